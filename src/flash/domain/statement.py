"""An operator's account statement: its lines, and what is known of the whole before any line is believed."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from flash.domain.errors import BadInput
from flash.domain.leg import Kind
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn


class Entry(StrEnum):
    """What a line is about. The first three are the kinds of legs."""

    COLLECTION = "collection"
    DISBURSEMENT = "disbursement"
    REFUND = "refund"
    REVERSAL = "reversal"
    FEE = "fee"
    OTHER = "other"
    """A word that the settings do not know."""


class Result(StrEnum):
    """How it ended there."""

    SETTLED = "settled"
    FAILED = "failed"
    REVERSED = "reversed"
    PENDING = "pending"


class BadStatement(BadInput):
    """The file is no statement that can be read; nothing of it was applied."""

    code = "bad_statement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a statement.

    Attributes:
        number: where it stands in its file, from 1.
        raw: the line as it was.
        operator_id: the operator's id of the movement; empty when the line has none.
        reference: ours, if the line has one.
        original_id: of a reversal, the operator's id of what it takes back; empty when the line does not say.
        amount: what was moved, never negative.
        incoming: whether our wallet received it; None when the line does not say.
        fee: what the operator kept for it.
        party: the customer; None when the line names nobody with a Zambian mobile number.
    """

    number: int
    raw: str
    entry: Entry
    result: Result
    amount: Money
    at: datetime
    operator_id: str = ""
    reference: UUID | None = None
    original_id: str = ""
    incoming: bool | None = None
    fee: Money = field(default=Money(0))
    party: Msisdn | None = None

    @property
    def names(self) -> frozenset[UUID | str]:
        """By what other lines may be about the same movement."""
        return frozenset(name for name in (self.reference, self.operator_id, self.original_id) if name)

    @property
    def moves_money(self) -> bool:
        """Whether it says that an order, of whatever kind, was carried out."""
        return self.result is Result.SETTLED and self.entry not in (Entry.REVERSAL, Entry.FEE)

    @property
    def takes_back(self) -> bool:
        """Whether it says that a movement was undone."""
        return self.result is Result.REVERSED or (self.entry is Entry.REVERSAL and self.result is Result.SETTLED)

    def is_of(self, kind: Kind) -> bool:
        """Whether it is about such a leg. Money may go back as a payout under our own reference (ADR 9)."""
        return self.entry is Entry(kind.value) or (kind is Kind.REFUND and self.entry is Entry.DISBURSEMENT)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line that says nothing we understand.

    Attributes:
        problem: what is wrong with it, without its content.
    """

    number: int
    raw: str
    problem: str


Statement = Callable[[], Iterator[Line | Unreadable]]
"""Reads the statement from its beginning, as often as it is called."""


@dataclass(slots=True)
class Overview:
    """What the first reading of a statement leaves behind: names and times, but no lines, so that it stays small.

    Attributes:
        ended: names of orders that the statement shows as settled, failed or taken back.
        first: the earliest instant of a line; None when there is none.
        last: the latest.
    """

    lines: int = 0
    unreadable: int = 0
    first: datetime | None = None
    last: datetime | None = None
    ended: set[UUID | str] = field(default_factory=set)
    _seen: set[UUID | str] = field(default_factory=set)
    _repeated: set[UUID | str] = field(default_factory=set)

    @classmethod
    def of(cls, lines: Iterable[Line | Unreadable]) -> Self:
        """Read everything once."""
        overview = cls()
        for line in lines:
            overview.lines += 1
            if isinstance(line, Unreadable):
                overview.unreadable += 1
            else:
                overview._note(line)
        return overview

    @property
    def references(self) -> list[UUID]:
        """All that the lines have in the place of a reference of ours, in the same order for everybody."""
        return sorted(name for name in self._seen if isinstance(name, UUID))

    def is_alone(self, line: Line) -> bool:
        """Whether no other line shares a name with this one."""
        return self._repeated.isdisjoint(line.names)

    def _note(self, line: Line) -> None:
        self._repeated |= line.names & self._seen
        self._seen |= line.names
        if line.result is not Result.PENDING and line.entry is not Entry.FEE:
            self.ended |= line.names
        self.first = min(self.first or line.at, line.at)
        self.last = max(self.last or line.at, line.at)


def grouped(lines: Iterable[Line]) -> list[list[Line]]:
    """Return the lines in groups that share names, directly or through others."""
    groups: dict[int, list[Line]] = {}
    home: dict[UUID | str, int] = {}
    for number, line in enumerate(lines):
        near = sorted({home[name] for name in line.names if name in home}) or [number]
        into = near[0]
        groups.setdefault(into, []).append(line)
        for other in near[1:]:
            home.update((name, into) for one in groups[other] for name in one.names)
            groups[into] += groups.pop(other)
        home.update((name, into) for name in line.names)
    return list(groups.values())
