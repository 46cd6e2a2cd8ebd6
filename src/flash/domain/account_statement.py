"""Statements of account: what a person sent and received in some days, with running totals, sealed.

Flash holds no balance: a person's money is in the wallet at the operator, and only the operator can say how much. What
is brought forward is therefore what was sent and received through Flash until then.
"""

import hashlib
import json
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from flash.domain.errors import BadInput
from flash.domain.history import WRONG_ORDER, Totals, start_of
from flash.domain.limits import LUSAKA, local_day
from flash.domain.money import Money
from flash.domain.seal import BrokenSeal

MOST_DAYS = 366
SETTLING = timedelta(minutes=1)
"""What ended so recently is on the next statement: by then it is stored, whichever process did it."""

HEADER = (
    "Time",
    "Number",
    "What",
    "Person",
    "Phone",
    "Description",
    "Amount",
    "Fee",
    "Total sent",
    "Total fees",
    "Total received",
)
FIRST_MONEY = HEADER.index("Amount")
"""The columns from here on hold money or nothing, those before it text."""

OPENING, CLOSING, SEALED = "Brought forward", "Carried forward", "Seal"

Cell = str | Money | None
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The days of a statement.

    Attributes:
        until: what ended from this instant on is not in it; the end of the last day, unless that is not over.
    """

    first: date
    last: date
    until: datetime

    @property
    def since(self) -> datetime:
        """The first instant."""
        return start_of(self.first)


def period_of(first: date, last: date, now: datetime) -> Period:
    """Return the period of a statement that is made now.

    Raises:
        BadInput: it ends before it begins, is too long, or has not begun.
    """
    if last < first:
        raise BadInput(WRONG_ORDER, field="to")
    if first > local_day(now):
        raise BadInput("This day has not begun.", field="from")
    if (last - first).days >= MOST_DAYS:
        raise BadInput(f"A statement is about at most {MOST_DAYS} days.", field="from")
    until = min(start_of(last + timedelta(days=1)), now - SETTLING)
    return Period(first=first, last=last, until=max(until, start_of(first)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One payment that was completed or came back, as its person sees it.

    Attributes:
        what: `sent`, `received`, or `returned` for what was sent and came back.
        fee: what the payer paid for it; nothing for the payee, whose business it is not.
    """

    at: datetime
    number: str
    what: str
    person: str
    phone: str
    description: str
    amount: Money
    fee: Money

    def added_to(self, totals: Totals) -> Totals:
        """Return the totals after this line. What came back changes nothing."""
        if self.what == "sent":
            return replace(
                totals,
                sent_count=totals.sent_count + 1,
                sent=totals.sent + self.amount,
                fees=totals.fees + self.fee,
            )
        if self.what == "received":
            return replace(totals, received_count=totals.received_count + 1, received=totals.received + self.amount)
        return replace(totals, returned=totals.returned + 1)


class Statement:
    """A statement as its rows are written: they are added up and digested on the way, so that none has to be kept."""

    def __init__(self, period: Period, last_digits: str, opening: Totals) -> None:
        self.period = period
        self.last_digits = last_digits
        self.opening = opening
        self.closing = opening
        self.count = 0
        self._digest = hashlib.sha256()

    def rows(self, lines: Iterable[Line]) -> Iterator[Row]:
        """Yield the row of what is brought forward, one for each line, and that of what is carried forward."""
        yield self._noted(_standing(self.period.since, OPENING, self.opening))
        for line in lines:
            self.closing = line.added_to(self.closing)
            self.count += 1
            texts = (moment(line.at), line.number, line.what, line.person, line.phone, line.description)
            yield self._noted((*texts, line.amount, line.fee, *_sums(self.closing)))
        yield self._noted(_standing(self.period.until, CLOSING, self.closing))

    def _noted(self, row: Row) -> Row:
        self._digest.update(canonical(row))
        return row

    @property
    def facts(self) -> "Facts":
        """What is sealed, once all rows were written."""
        return Facts(
            last_digits=self.last_digits,
            first=self.period.first,
            last=self.period.last,
            until=self.period.until.replace(microsecond=0),
            count=self.count,
            opening=_sums(self.opening),
            closing=_sums(self.closing),
            digest=self._digest.digest(),
        )


def seal_row(code: str) -> Row:
    """Return the row that the code stands in, after all others."""
    return ("", "", SEALED, "", "", code, *(None,) * (len(HEADER) - FIRST_MONEY))


def canonical(row: Sequence[object]) -> bytes:
    """Return a row as it is digested: its cells as text, as one JSON array."""
    texts = ["" if cell is None else str(cell) for cell in row]
    return json.dumps(texts, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def moment(at: datetime) -> str:
    """Return a time as people in Zambia have it, to the second."""
    return f"{at.astimezone(LUSAKA):%Y-%m-%d %H:%M:%S}"


def _standing(at: datetime, what: str, totals: Totals) -> Row:
    return (moment(at), "", what, "", "", "", None, None, *_sums(totals))


def _sums(totals: Totals) -> tuple[Money, Money, Money]:
    return totals.sent, totals.fees, totals.received


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the seal of a statement says.

    Attributes:
        last_digits: the last three of the person's number.
        opening: what was sent, the fees, and what was received, until the first day.
        closing: the same, until the end.
        digest: of all rows, in the form of `canonical`; or of the bytes of a file.
    """

    last_digits: str
    first: date
    last: date
    until: datetime
    count: int
    opening: tuple[Money, Money, Money]
    closing: tuple[Money, Money, Money]
    digest: bytes


ROWS, WHOLE = 2, 3
"""The first byte of the content: the digest is that of rows, or of a file. A receipt's is 1."""
PACKED = struct.Struct(">B3sIIQI6Q32s")


def packed(facts: Facts, kind: int = ROWS) -> bytes:
    """Return the facts as they are sealed."""
    return PACKED.pack(
        kind,
        facts.last_digits.encode(),
        facts.first.toordinal(),
        facts.last.toordinal(),
        int(facts.until.timestamp()),
        facts.count,
        *(money.minor for money in (*facts.opening, *facts.closing)),
        facts.digest,
    )


def unpacked(content: bytes, kind: int = ROWS) -> Facts:
    """Return the facts that were sealed.

    Raises:
        BrokenSeal: it is the seal of something else.
    """
    if len(content) != PACKED.size or content[0] != kind:
        raise BrokenSeal
    _, digits, first, last, until, count, *sums, digest = PACKED.unpack(content)
    sent, fees, received, *closing = (Money(minor) for minor in sums)
    return Facts(
        last_digits=digits.decode(),
        first=date.fromordinal(first),
        last=date.fromordinal(last),
        until=datetime.fromtimestamp(until, UTC),
        count=count,
        opening=(sent, fees, received),
        closing=(closing[0], closing[1], closing[2]),
        digest=digest,
    )


class Altered(BadInput):
    """The seal is genuine, and what stands before it is not what was sealed."""

    code = "altered"
    text = "This statement was changed after it was sealed."


def check_rows(facts: Facts, rows: Iterable[Sequence[object]]) -> None:
    """Check that these rows, without header and seal, are those that were sealed.

    Raises:
        Altered: they are not.
    """
    digest = hashlib.sha256()
    for row in rows:
        digest.update(canonical(row))
    if digest.digest() != facts.digest:
        raise Altered
