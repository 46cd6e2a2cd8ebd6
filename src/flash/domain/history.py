"""A person's history: which payments they look for, where in the list they are, and what a month came to."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from flash.domain.errors import BadInput
from flash.domain.limits import LUSAKA
from flash.domain.money import Money
from flash.domain.transfer import MEANINGS, State

EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)
"""No payment is from before or after; a day beyond counts as the nearest of these."""

MOST_MONTHS = 24

NOTHING = Money(0)

SENT_WORDS = {"sent": True, "received": False}


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a list that is ordered by time."""

    at: datetime
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What an index finds: one or both directions, and a stretch of time.

    Attributes:
        sent: only what was sent, or only what was received; None for both.
        since: the first instant; None for the beginning.
        until: the first instant that no longer counts; None for no end.
    """

    sent: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What of a payment a person may look for.

    Attributes:
        number: what people quote.
        names: of the other person, as the caller's list shows it.
        phone: of the other person.
    """

    state: State
    number: str
    names: tuple[str, ...]
    phone: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What else a payment must be like.

    Attributes:
        status: a public status.
        phones: the other person has one of these numbers, or a name with *name* in it.
        name: part of the other person's name.
        text: part of the description, the number or the other person's name.
    """

    status: str | None = None
    phones: frozenset[str] = frozenset()
    name: str = ""
    text: str = ""

    @property
    def anything(self) -> bool:
        """Whether any payment will do."""
        return self == Wanted()

    def fits(self, shown: Shown) -> bool:
        """Whether a payment is wanted. Capital and small letters are the same, and no character is a wildcard."""
        if self.status is not None and MEANINGS[shown.state].status != self.status:
            return False
        if (self.phones or self.name) and not self._with(shown):
            return False
        texts = (shown.description, shown.number, *shown.names)
        return not self.text or _in_any(self.text, texts)

    def _with(self, shown: Shown) -> bool:
        return shown.phone in self.phones or (bool(self.name) and _in_any(self.name, shown.names))


def _in_any(part: str, texts: tuple[str, ...]) -> bool:
    return any(part.casefold() in text.casefold() for text in texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a stretch of time came to. What is under way counts nowhere yet.

    Attributes:
        sent: what reached the payees, without the fees.
        returned: how many payments came and went back.
        failed: how many never left.
    """

    sent_count: int = 0
    sent: Money = NOTHING
    fees: Money = NOTHING
    received_count: int = 0
    received: Money = NOTHING
    returned: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month, as people in Zambia have it."""

    first: date

    @property
    def following(self) -> "Month":
        """The month after it."""
        return Month((self.first + timedelta(days=31)).replace(day=1))

    @property
    def start(self) -> datetime:
        """Its first instant."""
        return start_of(self.first)

    def earlier(self, count: int) -> "Month":
        """Return the month so many months before."""
        years, month = divmod(self.first.year * 12 + self.first.month - 1 - count, 12)
        return Month(date(years, month + 1, 1))

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"


def month_of(day: date) -> Month:
    """Return the month of a day."""
    return Month(_within(day).replace(day=1))


def months(first: Month, last: Month) -> tuple[Month, ...]:
    """Return all months of a stretch.

    Raises:
        BadInput: it ends before it begins, or is too long.
    """
    if last.first < first.first:
        raise BadInput(WRONG_ORDER, field="to")
    found = [first]
    while found[-1].first < last.first:
        if len(found) == MOST_MONTHS:
            raise BadInput(f"Please ask for at most {MOST_MONTHS} months.", field="from")
        found.append(found[-1].following)
    return tuple(found)


WRONG_ORDER = "The last day is before the first."


def days(first: date | None, last: date | None) -> tuple[datetime | None, datetime | None]:
    """Return the first instant of a stretch of local days, both included, and the first one after it.

    Raises:
        BadInput: it ends before it begins.
    """
    if first is not None and last is not None and last < first:
        raise BadInput(WRONG_ORDER, field="to")
    return (
        start_of(first) if first is not None else None,
        start_of(_within(last) + timedelta(days=1)) if last is not None else None,
    )


def start_of(day: date) -> datetime:
    """Return the first instant of a local day."""
    return datetime.combine(_within(day), time.min, LUSAKA).astimezone(UTC)


def _within(day: date) -> date:
    return min(max(day, EARLIEST), LATEST)
