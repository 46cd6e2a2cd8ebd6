"""Legs as statements are compared with them, the differences that were found, and the days that were closed."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from flash.adapters.sql import mapping
from flash.adapters.sql.people import upsert
from flash.adapters.sql.tables import day_closes, differences, evidence, legs, postings, steps, transfers
from flash.domain.balance import Reading
from flash.domain.day_close import DayClose, Figures, Row, begins, digest_of
from flash.domain.forgotten import Root
from flash.domain.leg import Kind, LegState
from flash.domain.money import Money
from flash.domain.reconcile import Counterpart, Difference, Remedy
from flash.domain.routing import Operator
from flash.domain.transfer import FINAL

PAGE = 1000
"""Rows that are fetched at a time."""


class SqlReconciliations:
    """See `ports.reconciliations.Reconciliations`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def counterparts(
        self, operator: Operator, references: Sequence[UUID], operator_ids: Sequence[str]
    ) -> Sequence[Counterpart]:
        """See `ports.reconciliations.Reconciliations`. Two statements, so that each uses its index."""
        named: list[ColumnElement[bool]] = [legs.c.reference.in_(references)] if references else []
        if operator_ids:
            storable = [mapping.storable(name) for name in operator_ids]
            named.append(and_(legs.c.operator_id.in_(storable), legs.c.operator == operator))
        found: dict[UUID, Counterpart] = {}
        for condition in named:
            for row in self._session.execute(_counterparts().where(condition).order_by(legs.c.reference)):
                found[row.reference] = _counterpart(row)
        return list(found.values())

    def unknown(self, references: Sequence[UUID]) -> set[UUID]:
        """See `ports.reconciliations.Reconciliations`."""
        known = select(legs.c.reference).where(legs.c.reference.in_(references))
        return set(references) - set(self._session.scalars(known))

    def roots(self, since: datetime) -> Sequence[Root]:
        """See `ports.reconciliations.Reconciliations`."""
        wanted = or_(transfers.c.state.not_in(FINAL), transfers.c.updated_at >= since)
        others = legs.alias()
        count = select(func.count()).where(others.c.transfer_id == legs.c.transfer_id).scalar_subquery()
        found = (
            select(legs.c.transfer_id, legs.c.reference, count)
            .join(transfers, transfers.c.id == legs.c.transfer_id)
            .where(wanted, legs.c.position == 0)
            .order_by(legs.c.transfer_id)
        )
        return [Root(*row) for row in self._session.execute(found.execution_options(yield_per=PAGE))]

    def settled(
        self, operator: Operator, *, since: datetime, until: datetime, after: Counterpart | None, limit: int
    ) -> Sequence[Counterpart]:
        """See `ports.reconciliations.Reconciliations`."""
        closed_at, reference = legs.c.closed_at, legs.c.reference
        page = (
            _counterparts()
            .where(legs.c.operator == operator, legs.c.state == LegState.SETTLED)
            .where(closed_at >= since, closed_at <= until)
            .order_by(closed_at, reference)
            .limit(limit)
        )
        if after is not None:
            last = after.leg.closed_at
            page = page.where(or_(closed_at > last, and_(closed_at == last, reference > after.leg.reference)))
        return [_counterpart(row) for row in self._session.execute(page)]

    def note(self, found: Sequence[Difference], now: datetime) -> set[str]:
        """See `ports.reconciliations.Reconciliations`. Sorted, so that two at once never wait for each other."""
        rows = {one.digest: _difference_values(one, now) for one in sorted(found, key=lambda one: one.digest)}
        statement = upsert(self._session, differences).values(list(rows.values()))
        statement = statement.on_conflict_do_nothing(index_elements=["digest"]).returning(differences.c.digest)
        return set(self._session.scalars(statement))

    def is_doubted(self, reference: UUID) -> bool:
        """See `ports.reconciliations.Reconciliations`."""
        waiting = (differences.c.reference == reference) & differences.c.closed_at.is_(None)
        return bool(self._session.scalar(select(exists().where(waiting))))

    def reading(self, operator: Operator, accounts: Sequence[str]) -> Reading:
        """See `ports.reconciliations.Reconciliations`. What was before the last closed day is taken from its close."""
        last = SqlDayCloses(self._session).last()
        balance = sum(last.balances.get(account, 0) for account in accounts) if last else 0
        statement = select(func.sum(postings.c.amount_minor)).where(postings.c.account.in_(accounts))
        if last is not None:
            statement = statement.where(postings.c.at >= begins(last.next_day))
        balance += int(self._session.scalar(statement) or 0)
        sums = (
            select(legs.c.kind, func.sum(legs.c.amount_minor))
            .where(legs.c.state.not_in(("settled", "declined")), legs.c.attempts > 0, legs.c.operator == operator)
            .group_by(legs.c.kind)
        )
        open_legs = {kind: int(minor) for kind, minor in self._session.execute(sums)}
        coming = open_legs.pop(Kind.COLLECTION, 0)
        joint = f"float:{operator}:collection" in accounts
        return Reading(Money(balance), Money(sum(open_legs.values())), Money(coming if joint else 0))


class SqlDayCloses:
    """See `ports.reconciliations.DayCloses`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def all(self) -> Iterator[DayClose]:
        """See `ports.reconciliations.DayCloses`."""
        for row in self._session.execute(select(day_closes).order_by(day_closes.c.day)).all():
            yield DayClose(row.day, row.contents, row.signature)

    def last(self) -> DayClose | None:
        """See `ports.reconciliations.DayCloses`."""
        row = self._session.execute(select(day_closes).order_by(day_closes.c.day.desc()).limit(1)).one_or_none()
        return DayClose(row.day, row.contents, row.signature) if row else None

    def add(self, close: DayClose, now: datetime) -> bool:
        """See `ports.reconciliations.DayCloses`."""
        statement = upsert(self._session, day_closes).values(
            day=close.day, closed_at=now, contents=close.contents, signature=close.signature
        )
        statement = statement.on_conflict_do_nothing(index_elements=["day"]).returning(day_closes.c.day)
        return self._session.execute(statement).one_or_none() is not None

    def figures(self, since: datetime | None, until: datetime) -> Figures:
        """See `ports.reconciliations.DayCloses`."""
        sums = select(postings.c.account, func.sum(postings.c.amount_minor)).group_by(postings.c.account)
        ends = select(steps.c.after, func.count()).where(steps.c.after.in_(FINAL)).group_by(steps.c.after)
        posted, journal = digest_of(self._rows(postings, since, until, _posting))
        kept, proofs = digest_of(self._rows(evidence, since, until, _evidence))
        return Figures(
            accounts={name: int(minor) for name, minor in self._session.execute(_within(sums, postings, since, until))},
            ended={row[0]: int(row[1]) for row in self._session.execute(_within(ends, steps, since, until))},
            postings=posted,
            evidence=kept,
            rows=hashlib.sha256(f"{journal} {proofs}".encode()).hexdigest(),
        )

    def _rows(self, table: Any, since: datetime | None, until: datetime, row_of: Any) -> Iterator[Row]:
        """Yield rows by their ids, a page at a time in memory. Both tables are only ever added to."""
        statement = _within(select(table), table, since, until).order_by(table.c.id)
        for row in self._session.execute(statement.execution_options(yield_per=PAGE)):
            yield row_of(row)


def _within(statement: Select[Any], table: Any, since: datetime | None, until: datetime) -> Select[Any]:
    statement = statement.where(table.c.at < until)
    return statement if since is None else statement.where(table.c.at >= since)


def _posting(row: Any) -> Row:
    ids = (row.id, str(row.transfer_id), str(row.reference))
    return *ids, row.at.isoformat(), row.account, row.currency, row.amount_minor


def _evidence(row: Any) -> Row:
    ids = (row.id, str(row.transfer_id), str(row.reference))
    told = (row.source, row.meaning, row.http_status, row.body, row.currency, row.amount_minor, row.party)
    return *ids, row.at.isoformat(), *told


def _counterparts() -> Select[Any]:
    return select(legs, transfers.c.number).join(transfers, transfers.c.id == legs.c.transfer_id)


def _counterpart(row: Any) -> Counterpart:
    return Counterpart(row.transfer_id, row.number, mapping.leg_from(row))


def _difference_values(difference: Difference, now: datetime) -> dict[str, Any]:
    counterpart, line = difference.counterpart, difference.line
    return {
        "digest": difference.digest,
        "operator": difference.operator,
        "cls": difference.cls,
        "reference": difference.reference,
        "transfer_id": counterpart.transfer_id if counterpart else None,
        "line": mapping.storable(line.raw) if line else "",
        "detail": mapping.storable(difference.detail),
        "age_s": int(difference.age.total_seconds()),
        "found_at": now,
        "closed_at": None if difference.remedy is Remedy.CASE else now,
    }
