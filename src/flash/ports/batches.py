"""Lists of payments that were accepted, and how far each is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from flash.domain.batch import Batch, Line, Progress
from flash.domain.outcome import Reason
from flash.domain.transfer import State


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line with what became of its payment; None where none was made, or nothing went wrong."""

    line: Line
    transfer_number: str | None
    transfer_state: State | None
    reason: Reason | None


class Batches(Protocol):
    """Batches with their lines."""

    def take_turn(self, account_id: UUID) -> None:
        """Make whoever else adds a batch for the same person wait for the end of the unit of work."""
        ...

    def add(self, batch: Batch, lines: Sequence[Line]) -> None:
        """Store a batch with all its lines.

        Raises:
            Conflict: its key is taken.
        """
        ...

    def twin(self, account_id: UUID, key: str) -> Batch | None:
        """Return the person's batch with this key; None when there is none."""
        ...

    def get(self, account_id: UUID, batch_id: UUID) -> Batch:
        """Return one of the person's batches.

        Raises:
            NotFound: there is none, or it is somebody else's.
        """
        ...

    def page(self, account_id: UUID, *, limit: int, before: UUID | None = None) -> Sequence[Batch]:
        """Return the person's batches, the newest first; those after *before*, which is one of theirs."""
        ...

    def lines(self, batch_id: UUID, *, after: int, limit: int) -> Sequence[LineRow]:
        """Return the lines behind the one with the number *after*, in their order."""
        ...

    def progress(self, batch: Batch) -> Progress:
        """Return how far a batch is."""
        ...

    def claim_due(self, now: datetime, *, until: datetime) -> Batch | None:
        """Take the batch that is due for longest, and put it off *until* then for everybody else."""
        ...

    def latest_state(self, batch_id: UUID) -> State | None:
        """Return the state of the payment that was made last; None when none was."""
        ...

    def next_line(self, batch_id: UUID) -> Line | None:
        """Return the first line of which nothing has become yet; None when there is none."""
        ...

    def settle(self, batch_id: UUID, line: Line) -> None:
        """Store what became of a line, unless that is stored already."""
        ...

    def put_off(self, batch_id: UUID, due_at: datetime | None) -> None:
        """Say when the batch is looked at next, or that it never is; nothing moves one that was stopped."""
        ...

    def stop(self, account_id: UUID, now: datetime, batch_id: UUID | None = None) -> None:
        """Make no more of this batch, or of any of the person's; what was made goes on."""
        ...

    def leave(self, account_id: UUID, now: datetime) -> None:
        """Stop all batches of a person who leaves, and forget the lines of which no payment was made."""
        ...
