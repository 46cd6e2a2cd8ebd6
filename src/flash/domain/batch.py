"""A batch: many payments that one person orders with one list, checked whole before any of them is made."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from flash.domain.errors import BadInput
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.domain.transfer import MEANINGS, State

MOST_LINES = 1000
MOST_TOLD = 50
"""So many wrong lines are told at once; whoever mends them sees the rest."""
LOOK_AGAIN_S = 2.0
"""Seconds until a batch is looked at again whose last payment still waits for the payer's phone."""


class LineState(StrEnum):
    """What became of a line, apart from its payment."""

    WAITING = "waiting"
    MADE = "made"
    REFUSED = "refused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One payment of a list.

    Attributes:
        number: its place in the list, from 1.
        key: the payment's Idempotency-Key.
        transfer_id: the payment that was made of it.
        refusal: why none was, in words for people; empty otherwise.
    """

    number: int
    payee: Msisdn
    amount: Money
    description: str
    key: str
    transfer_id: UUID | None = None
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A list of payments that was accepted.

    Attributes:
        key: the client's Idempotency-Key for the whole list.
        fingerprint: digest of all lines, for replays.
        due_at: when its next line is looked at; None when none is left.
        stopped_at: when the payer stopped it; lines that were not made then never are.
    """

    id: UUID
    account_id: UUID
    key: str
    fingerprint: str
    line_count: int
    total: Money
    created_at: datetime
    due_at: datetime | None
    stopped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one line.

    Attributes:
        line: its number, from 1.
        field: the column it is about; None when it is about the whole line.
        text: one sentence for people.
    """

    line: int
    field: str | None
    text: str


class BadLines(BadInput):
    """Some lines of a list cannot be used, so that nothing of it was taken.

    Attributes:
        faults: what is wrong, in the order of the lines; not more than `MOST_TOLD`.
    """

    code = "bad_lines"

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = faults[:MOST_TOLD]
        first, lines = faults[0], len({fault.line for fault in faults})
        more = "" if lines == 1 else f" {lines} lines of the list cannot be used."
        super().__init__(f"Line {first.line}: {first.text}{more} Nothing was sent.", field="payments")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is.

    Attributes:
        lines: how many lines are in which state.
        payments: how many payments of it are in which state.
        paid_out: what reached payees so far.
    """

    lines: Mapping[LineState, int] = field(default_factory=Counter)
    payments: Mapping[State, int] = field(default_factory=Counter)
    paid_out: Money = field(default_factory=lambda: Money(0))

    def status(self, batch: Batch) -> str:
        """Return `running`, `stopped` or `done`; nothing of the last two changes any more."""
        under_way = any(count and not MEANINGS[state].final for state, count in self.payments.items())
        if under_way or self.lines.get(LineState.WAITING, 0):
            return "running"
        return "stopped" if batch.stopped_at else "done"


def state_of(line: Line, *, stopped: bool) -> LineState:
    """Return what became of a line."""
    if line.transfer_id is not None:
        return LineState.MADE
    if line.refusal:
        return LineState.REFUSED
    return LineState.STOPPED if stopped else LineState.WAITING
