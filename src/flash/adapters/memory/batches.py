"""Lists of payments in memory."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from flash.domain.batch import Batch, Line, LineState, Progress, state_of
from flash.domain.errors import Conflict, NotFound
from flash.domain.facts import LineEnded
from flash.domain.money import Money
from flash.domain.transfer import State
from flash.ports.batches import LineRow
from flash.ports.meter import UNMETERED, Meter

if TYPE_CHECKING:
    from flash.adapters.memory.store import Tables


class MemoryBatches:
    """See `ports.batches.Batches`."""

    def __init__(self, tables: "Tables", meter: Meter = UNMETERED) -> None:
        self._meter = meter
        self._tables = tables
        self._batches = tables.batches

    def take_turn(self, account_id: UUID) -> None:
        """There is one unit of work at a time."""

    def add(self, batch: Batch, lines: Sequence[Line]) -> None:
        if self.twin(batch.account_id, batch.key) is not None:
            raise Conflict
        self._batches[batch.id] = batch
        self._tables.batch_lines[batch.id] = tuple(lines)

    def twin(self, account_id: UUID, key: str) -> Batch | None:
        return next((one for one in self._batches.values() if (one.account_id, one.key) == (account_id, key)), None)

    def get(self, account_id: UUID, batch_id: UUID) -> Batch:
        batch = self._batches.get(batch_id)
        if batch is None or batch.account_id != account_id:
            raise NotFound
        return batch

    def page(self, account_id: UUID, *, limit: int, before: UUID | None = None) -> Sequence[Batch]:
        mine = [one for one in self._batches.values() if one.account_id == account_id]
        mine.sort(key=lambda one: (one.created_at, one.id), reverse=True)
        if before is not None:
            last = next((one for one in mine if one.id == before), None)
            mine = [one for one in mine if last and (one.created_at, one.id) < (last.created_at, last.id)]
        return mine[:limit]

    def lines(self, batch_id: UUID, *, after: int, limit: int) -> Sequence[LineRow]:
        return [self._row(line) for line in self._tables.batch_lines[batch_id] if line.number > after][:limit]

    def progress(self, batch: Batch) -> Progress:
        lines: Counter[LineState] = Counter()
        payments: Counter[State] = Counter()
        paid_out = Money(0)
        for line in self._tables.batch_lines[batch.id]:
            lines[state_of(line, stopped=batch.stopped_at is not None)] += 1
            if line.transfer_id is not None:
                transfer = self._tables.transfers[line.transfer_id]
                payments[transfer.state] += 1
                paid_out += line.amount if transfer.state is State.COMPLETED else Money(0)
        return Progress(lines, payments, paid_out)

    def claim_due(self, now: datetime, *, until: datetime) -> Batch | None:
        due = [(one.due_at, one.id) for one in self._batches.values() if one.due_at is not None and one.due_at <= now]
        if not due:
            return None
        batch_id = min(due)[1]
        self._batches[batch_id] = replace(self._batches[batch_id], due_at=until)
        return self._batches[batch_id]

    def latest_state(self, batch_id: UUID) -> State | None:
        made = [line.transfer_id for line in self._tables.batch_lines[batch_id] if line.transfer_id is not None]
        return self._tables.transfers[made[-1]].state if made else None

    def next_line(self, batch_id: UUID) -> Line | None:
        if self._batches[batch_id].stopped_at is not None:
            return None
        return next((line for line in self._tables.batch_lines[batch_id] if _is_open(line)), None)

    def settle(self, batch_id: UUID, line: Line) -> None:
        known = self._tables.batch_lines[batch_id]
        if any(one.number == line.number and _is_open(one) for one in known):
            self._meter.note(LineEnded(refused=bool(line.refusal)))
        self._tables.batch_lines[batch_id] = tuple(
            line if one.number == line.number and _is_open(one) else one for one in known
        )

    def put_off(self, batch_id: UUID, due_at: datetime | None) -> None:
        if self._batches[batch_id].stopped_at is None:
            self._batches[batch_id] = replace(self._batches[batch_id], due_at=due_at)

    def stop(self, account_id: UUID, now: datetime, batch_id: UUID | None = None) -> None:
        for one in list(self._batches.values()):
            if one.account_id == account_id and one.due_at is not None and batch_id in (None, one.id):
                self._batches[one.id] = replace(one, due_at=None, stopped_at=now)

    def leave(self, account_id: UUID, now: datetime) -> None:
        self.stop(account_id, now)
        for one in self._batches.values():
            if one.account_id == account_id:
                made = [line for line in self._tables.batch_lines[one.id] if line.transfer_id is not None]
                self._tables.batch_lines[one.id] = tuple(made)

    def _row(self, line: Line) -> LineRow:
        transfer = self._tables.transfers[line.transfer_id] if line.transfer_id else None
        return LineRow(
            line=line,
            transfer_number=transfer.number if transfer else None,
            transfer_state=transfer.state if transfer else None,
            reason=transfer.reason if transfer else None,
        )


def _is_open(line: Line) -> bool:
    return line.transfer_id is None and not line.refusal
