"""The signed close of a local day: what happened in it, so that a later change of the past shows."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from flash.domain.limits import LUSAKA

MARGIN = timedelta(minutes=15)
"""How long after its end a day is closed at the earliest. An outcome is stored within seconds of its time."""

Row = tuple[object, ...]
"""A posting or an answer as it is stored, in a form that never changes."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the database holds about a span of time.

    Attributes:
        accounts: journal account to the sum of its postings, in minor units.
        ended: final state to the number of transfers that reached it.
        postings: how many there are.
        evidence: how many answers were kept.
        rows: digest over all of them.
    """

    accounts: Mapping[str, int]
    ended: Mapping[str, int]
    postings: int
    evidence: int
    rows: str


@dataclass(frozen=True, slots=True)
class DayClose:
    """A day as it was closed.

    Attributes:
        contents: all that was found, as JSON in one spelling.
        signature: HMAC-SHA256 of the contents.
    """

    day: date
    contents: str
    signature: str

    @property
    def digest(self) -> str:
        """What the next day refers to."""
        return hashlib.sha256(f"{self.contents}\n{self.signature}".encode()).hexdigest()

    @property
    def next_day(self) -> date:
        """The day that is closed after it."""
        return self.day + timedelta(days=1)

    @property
    def balances(self) -> Mapping[str, int]:
        """Journal account to its balance at the end of the day, in minor units."""
        return _numbers(self.contents, "balances")

    @property
    def openings(self) -> Mapping[str, int]:
        """Operator to what its wallet holds beside the journal, in minor units: what staff paid in and took out."""
        return _numbers(self.contents, "openings")


@dataclass(frozen=True, slots=True)
class Seal:
    """Signs and checks.

    Attributes:
        key: derived from the service's secret for this alone.
    """

    key: bytes

    @classmethod
    def of(cls, secret: bytes) -> "Seal":
        """Derive the key from the service's secret."""
        return cls(hmac.digest(secret, b"flash day-close", "sha256"))

    @property
    def name(self) -> str:
        """Tells keys apart without giving one away."""
        return hashlib.sha256(b"name of " + self.key).hexdigest()[:8]

    def signature(self, contents: str) -> str:
        """Return the signature of a day's contents, which name the day."""
        return hmac.new(self.key, contents.encode(), "sha256").hexdigest()


def begins(day: date) -> datetime:
    """Return the instant at which a local day begins, in UTC."""
    return datetime.combine(day, time(), LUSAKA).astimezone(UTC)


def span(day: date, previous: DayClose | None) -> tuple[datetime | None, datetime]:
    """Return from when until before when a close counts; the first one counts all that was before it, too."""
    return None if previous is None else begins(day), begins(day + timedelta(days=1))


def may_be_closed(day: date, now: datetime) -> bool:
    """Whether the day has ended, and so long ago that nothing about it is still on its way into the database."""
    return now >= begins(day + timedelta(days=1)) + MARGIN


def digest_of(rows: Iterable[Row]) -> tuple[int, str]:
    """Return how many rows there are, and the digest over them in their order."""
    count, digest = 0, hashlib.sha256()
    for row in rows:
        count += 1
        digest.update(json.dumps(row, separators=(",", ":")).encode() + b"\n")
    return count, digest.hexdigest()


def closed(day: date, figures: Figures, previous: DayClose | None, openings: Mapping[str, int], seal: Seal) -> DayClose:
    """Return the close of a day that follows another one."""
    contents = _contents(day, figures, previous, openings, seal)
    return DayClose(day, contents, seal.signature(contents))


def broken(close: DayClose, figures: Figures, previous: DayClose | None, seal: Seal) -> str:
    """Say what does not agree between a close and what is stored now; empty when all does."""
    if not hmac.compare_digest(close.signature, seal.signature(close.contents)):
        ours = f'"key":"{seal.name}"' in close.contents
        return "its signature does not fit" if ours else "it was signed with another key (was flash.secret changed?)"
    told = json.loads(close.contents)
    if previous is not None and close.day != previous.next_day:
        return f"it does not follow {previous.day}"
    if told["previous"] != (previous.digest if previous else ""):
        return "it refers to another day before it than there is"
    now = json.loads(_contents(close.day, figures, previous, close.openings, seal))
    differing = sorted(name for name in now if now[name] != told[name])
    return f"{', '.join(differing)} changed since it was closed" if differing else ""


def _contents(day: date, figures: Figures, previous: DayClose | None, openings: Mapping[str, int], seal: Seal) -> str:
    balances = dict(previous.balances) if previous else {}
    for account, minor in figures.accounts.items():
        balances[account] = balances.get(account, 0) + minor
    told = {
        "day": day.isoformat(),
        "accounts": dict(figures.accounts),
        "balances": balances,
        "ended": dict(figures.ended),
        "postings": figures.postings,
        "evidence": figures.evidence,
        "rows": figures.rows,
        "openings": dict(openings),
        "previous": previous.digest if previous else "",
        "key": seal.name,
    }
    return json.dumps(told, sort_keys=True, separators=(",", ":"))


def _numbers(contents: str, name: str) -> Mapping[str, int]:
    numbers: dict[str, int] = json.loads(contents)[name]
    return numbers
