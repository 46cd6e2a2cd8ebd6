"""Figures about everything that is stored, each from an index."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, literal_column, select, text
from sqlalchemy.orm import Session

from flash.adapters.sql.people_tables import accounts, messages
from flash.adapters.sql.tables import ENDED, cases, legs, steps, transfers
from flash.domain import message
from flash.domain.day_report import Begun, Ended, Moved
from flash.domain.facts import Way, occasion_of
from flash.domain.leg import Kind, LegState
from flash.domain.money import Money
from flash.domain.outcome import Reason
from flash.domain.routing import Operator
from flash.domain.standing import Waiting
from flash.domain.transfer import FINAL, State

AT_ONCE = 1000
"""Rows that are fetched at a time."""

OPEN = transfers.c.state.not_in(sorted(FINAL))
STILL_OPEN = text("state NOT IN ('completed', 'failed', 'returned', 'cancelled')")
"""To the letter as in the index: SQLite uses it for nothing else."""
SETTLED: Any = literal_column(f"'{LegState.SETTLED}'")
COUNT: Any = func.count()


class SqlFigures:
    """See `ports.figures.Figures`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def due(self, now: datetime) -> Waiting:
        """See `ports.figures.Figures`."""
        late = select(COUNT, func.min(transfers.c.due_at)).where(transfers.c.due_at <= now)
        return Waiting(*self._session.execute(late).one())

    def open_transfers(self) -> Mapping[State, tuple[int, Money]]:
        """See `ports.figures.Figures`."""
        statement = select(transfers.c.state, COUNT, func.sum(transfers.c.amount_minor)).where(STILL_OPEN)
        statement = statement.group_by(transfers.c.state)
        return {State(row[0]): (row[1], Money(int(row[2]))) for row in self._session.execute(statement)}

    def waiting_messages(self) -> Mapping[message.Kind, Waiting]:
        """See `ports.figures.Figures`."""
        table = messages.c
        statement = select(table.kind, COUNT, func.min(table.created_at)).where(table.due_at.is_not(None))
        rows = self._session.execute(statement.group_by(table.kind))
        return {message.Kind(row[0]): Waiting(row[1], row[2]) for row in rows}

    def open_cases(self) -> Waiting:
        """See `ports.figures.Figures`."""
        statement = select(COUNT, func.min(cases.c.opened_at)).where(cases.c.closed_at.is_(None))
        return Waiting(*self._session.execute(statement).one())

    def begun(self, start: datetime, end: datetime) -> Begun:
        """See `ports.figures.Figures`."""
        amount, none = transfers.c.amount_minor, 0
        statement = select(
            COUNT,
            func.coalesce(func.sum(amount), none),
            func.coalesce(func.sum(case((OPEN, 1), else_=0)), none),
            func.coalesce(func.sum(case((OPEN, amount), else_=0)), none),
        )
        count, total, still, about = self._session.execute(_within(statement, transfers.c.created_at, start, end)).one()
        return Begun(count, Money(int(total)), int(still), Money(int(about)))

    def ended(self, start: datetime, end: datetime) -> Iterator[Ended]:
        """See `ports.figures.Figures`."""
        statement = select(transfers, steps.c.at).join(transfers, transfers.c.id == steps.c.transfer_id).where(ENDED)
        statement = _within(statement, steps.c.at, start, end).execution_options(yield_per=AT_ONCE)
        for row in self._session.execute(statement):
            occasion = occasion_of(pays_request=row.request_id is not None, pays_link=row.link_id is not None)
            yield Ended(
                way=Way(Operator(row.payer_operator), Operator(row.payee_operator), occasion),
                state=State(row.state),
                reason=Reason(row.reason) if row.reason else None,
                amount=Money(row.amount_minor),
                fee=Money(row.fee_minor),
                took=row.at - row.created_at,
            )

    def moved(self, start: datetime, end: datetime) -> Sequence[Moved]:
        """See `ports.figures.Figures`. All operators are named, because the index begins with them."""
        statement = (
            select(legs.c.operator, legs.c.kind, COUNT, func.sum(legs.c.amount_minor))
            .where(legs.c.state == SETTLED, legs.c.operator.in_(list(Operator)))
            .group_by(legs.c.operator, legs.c.kind)
            .order_by(legs.c.operator, legs.c.kind)
        )
        rows = self._session.execute(_within(statement, legs.c.closed_at, start, end))
        return [Moved(Operator(row[0]), Kind(row[1]), row[2], Money(int(row[3]))) for row in rows]

    def joined(self, start: datetime, end: datetime) -> int:
        """See `ports.figures.Figures`."""
        statement = select(COUNT).select_from(accounts)
        return int(self._session.execute(_within(statement, accounts.c.created_at, start, end)).scalar_one())

    def cases(self, start: datetime, end: datetime) -> tuple[int, int]:
        """See `ports.figures.Figures`."""
        opened, closed = (
            self._session.execute(_within(select(COUNT).select_from(cases), moment, start, end)).scalar_one()
            for moment in (cases.c.opened_at, cases.c.closed_at)
        )
        return opened, closed


def _within(statement: Select[Any], moment: Any, start: datetime, end: datetime) -> Select[Any]:
    return statement.where(moment >= start, moment < end)
