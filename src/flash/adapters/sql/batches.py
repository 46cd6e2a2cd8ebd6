"""Lists of payments in SQL."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from flash.adapters.sql.batch_tables import batch_lines, batches
from flash.adapters.sql.people import hold_account
from flash.adapters.sql.tables import transfers
from flash.domain.batch import Batch, Line, LineState, Progress
from flash.domain.errors import Conflict, NotFound
from flash.domain.facts import LineEnded
from flash.domain.money import CURRENCIES, Money
from flash.domain.msisdn import Msisdn
from flash.domain.outcome import Reason
from flash.domain.transfer import State
from flash.ports.batches import LineRow
from flash.ports.meter import UNMETERED, Meter

OPEN = batch_lines.c.transfer_id.is_(None) & (batch_lines.c.refusal == "")


class SqlBatches:
    """See `ports.batches.Batches`."""

    def __init__(self, session: Session, meter: Meter = UNMETERED) -> None:
        self._session = session
        self._meter = meter

    def take_turn(self, account_id: UUID) -> None:
        """See `ports.batches.Batches`."""
        hold_account(self._session, account_id)

    def add(self, batch: Batch, lines: Sequence[Line]) -> None:
        """See `ports.batches.Batches`."""
        try:
            self._session.execute(insert(batches), _batch_values(batch))
        except IntegrityError as error:
            raise Conflict from error
        self._session.execute(insert(batch_lines), [_line_values(batch.id, line) for line in lines])

    def twin(self, account_id: UUID, key: str) -> Batch | None:
        """See `ports.batches.Batches`."""
        same = (batches.c.account_id == account_id) & (batches.c.key == key)
        row = self._session.execute(select(batches).where(same)).one_or_none()
        return _batch(row) if row else None

    def get(self, account_id: UUID, batch_id: UUID) -> Batch:
        """See `ports.batches.Batches`."""
        mine = (batches.c.account_id == account_id) & (batches.c.id == batch_id)
        row = self._session.execute(select(batches).where(mine)).one_or_none()
        if row is None:
            raise NotFound
        return _batch(row)

    def page(self, account_id: UUID, *, limit: int, before: UUID | None = None) -> Sequence[Batch]:
        """See `ports.batches.Batches`."""
        mine = select(batches).where(batches.c.account_id == account_id)
        if before is not None:
            theirs = (batches.c.id == before) & (batches.c.account_id == account_id)
            last = select(batches.c.created_at).where(theirs).scalar_subquery()
            mine = mine.where(batches.c.created_at <= last, (batches.c.created_at < last) | (batches.c.id < before))
        mine = mine.order_by(batches.c.created_at.desc(), batches.c.id.desc()).limit(limit)
        return [_batch(row) for row in self._session.execute(mine)]

    def lines(self, batch_id: UUID, *, after: int, limit: int) -> Sequence[LineRow]:
        """See `ports.batches.Batches`."""
        theirs = (batch_lines.c.batch_id == batch_id) & (batch_lines.c.number > after)
        became = (transfers.c.number.label("transfer_number"), transfers.c.state, transfers.c.reason)
        statement = (
            select(batch_lines, *became)
            .outerjoin(transfers, transfers.c.id == batch_lines.c.transfer_id)
            .where(theirs)
            .order_by(batch_lines.c.number)
            .limit(limit)
        )
        return [_line_row(row) for row in self._session.execute(statement)]

    def progress(self, batch: Batch) -> Progress:
        """See `ports.batches.Batches`."""
        refused = (batch_lines.c.refusal != "").label("refused")
        statement = (
            select(transfers.c.state, refused, func.count().label("count"), func.sum(batch_lines.c.amount_minor))
            .select_from(batch_lines.outerjoin(transfers, transfers.c.id == batch_lines.c.transfer_id))
            .where(batch_lines.c.batch_id == batch.id)
            .group_by(transfers.c.state, refused)
        )
        lines: Counter[LineState] = Counter()
        payments: Counter[State] = Counter()
        paid_out = 0
        for state, was_refused, count, minor in self._session.execute(statement):
            if state is not None:
                lines[LineState.MADE] += count
                payments[State(state)] += count
                paid_out += int(minor) if state == State.COMPLETED else 0
            elif was_refused:
                lines[LineState.REFUSED] += count
            else:
                lines[LineState.STOPPED if batch.stopped_at else LineState.WAITING] += count
        return Progress(lines, payments, Money(paid_out, batch.total.currency))

    def claim_due(self, now: datetime, *, until: datetime) -> Batch | None:
        """See `ports.batches.Batches`."""
        due = (
            select(batches.c.id)
            .where(batches.c.due_at <= now)
            .order_by(batches.c.due_at)
            .limit(1)
            .with_for_update(skip_locked=True)
            .cte("due")
        )
        statement = update(batches).where(batches.c.id.in_(select(due.c.id))).values(due_at=until)
        row = self._session.execute(statement.returning(batches)).one_or_none()
        return _batch(row) if row else None

    def latest_state(self, batch_id: UUID) -> State | None:
        """See `ports.batches.Batches`."""
        statement = (
            select(transfers.c.state)
            .join(batch_lines, batch_lines.c.transfer_id == transfers.c.id)
            .where(batch_lines.c.batch_id == batch_id)
            .order_by(batch_lines.c.number.desc())
            .limit(1)
        )
        state = self._session.execute(statement).scalar_one_or_none()
        return State(state) if state else None

    def next_line(self, batch_id: UUID) -> Line | None:
        """See `ports.batches.Batches`."""
        statement = select(batch_lines).join(batches)
        statement = statement.where(batch_lines.c.batch_id == batch_id, OPEN, batches.c.stopped_at.is_(None))
        # Held, so that whoever stops it waits for the line under way, and tells the truth.
        statement = statement.order_by(batch_lines.c.number).limit(1).with_for_update(of=batches, key_share=True)
        row = self._session.execute(statement).one_or_none()
        return _line(row) if row else None

    def settle(self, batch_id: UUID, line: Line) -> None:
        """See `ports.batches.Batches`."""
        this = (batch_lines.c.batch_id == batch_id) & (batch_lines.c.number == line.number) & OPEN
        became = {"transfer_id": line.transfer_id, "refusal": line.refusal}
        ended = self._session.execute(update(batch_lines).where(this).values(became).returning(batch_lines.c.number))
        if ended.one_or_none() is not None:
            self._meter.note(LineEnded(refused=bool(line.refusal)))

    def put_off(self, batch_id: UUID, due_at: datetime | None) -> None:
        """See `ports.batches.Batches`."""
        goes_on = (batches.c.id == batch_id) & batches.c.stopped_at.is_(None)
        self._session.execute(update(batches).where(goes_on).values(due_at=due_at))

    def stop(self, account_id: UUID, now: datetime, batch_id: UUID | None = None) -> None:
        """See `ports.batches.Batches`."""
        which = (batches.c.account_id == account_id) & batches.c.due_at.is_not(None)
        if batch_id is not None:
            which &= batches.c.id == batch_id
        self._session.execute(update(batches).where(which).values(due_at=None, stopped_at=now))

    def leave(self, account_id: UUID, now: datetime) -> None:
        """See `ports.batches.Batches`."""
        self.stop(account_id, now)
        theirs = select(batches.c.id).where(batches.c.account_id == account_id)
        not_made = batch_lines.c.batch_id.in_(theirs) & batch_lines.c.transfer_id.is_(None)
        self._session.execute(delete(batch_lines).where(not_made))


def _batch_values(batch: Batch) -> dict[str, Any]:
    return {
        "id": batch.id,
        "account_id": batch.account_id,
        "key": batch.key,
        "fingerprint": batch.fingerprint,
        "line_count": batch.line_count,
        "currency": batch.total.currency.code,
        "total_minor": batch.total.minor,
        "created_at": batch.created_at,
        "due_at": batch.due_at,
        "stopped_at": batch.stopped_at,
    }


def _batch(row: Row[Any]) -> Batch:
    return Batch(
        id=row.id,
        account_id=row.account_id,
        key=row.key,
        fingerprint=row.fingerprint,
        line_count=row.line_count,
        total=Money(row.total_minor, CURRENCIES[row.currency]),
        created_at=row.created_at,
        due_at=row.due_at,
        stopped_at=row.stopped_at,
    )


def _line_values(batch_id: UUID, line: Line) -> dict[str, Any]:
    return {
        "batch_id": batch_id,
        "number": line.number,
        "payee": line.payee.e164,
        "currency": line.amount.currency.code,
        "amount_minor": line.amount.minor,
        "description": line.description,
        "key": line.key,
        "transfer_id": line.transfer_id,
        "refusal": line.refusal,
    }


def _line(row: Row[Any]) -> Line:
    return Line(
        number=row.number,
        payee=Msisdn(row.payee),
        amount=Money(row.amount_minor, CURRENCIES[row.currency]),
        description=row.description,
        key=row.key,
        transfer_id=row.transfer_id,
        refusal=row.refusal,
    )


def _line_row(row: Row[Any]) -> LineRow:
    return LineRow(
        line=_line(row),
        transfer_number=row.transfer_number,
        transfer_state=State(row.state) if row.state else None,
        reason=Reason(row.reason) if row.reason else None,
    )
