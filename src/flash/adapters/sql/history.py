"""Histories in SQL: each half of a list is a short walk along its own index, and so is each sum."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, literal_column, or_, select, union_all
from sqlalchemy.orm import Session

from flash.adapters.sql.people_tables import accounts
from flash.adapters.sql.request_tables import payment_requests
from flash.adapters.sql.tables import transfers
from flash.domain.account import Account
from flash.domain.history import Month, Place, Span, Totals
from flash.domain.money import CURRENCIES, Money
from flash.domain.msisdn import Msisdn
from flash.domain.outcome import Reason
from flash.domain.transfer import State
from flash.ports.history import HistoryRow

TABLE = transfers.c

COMPLETED = TABLE.state == literal_column("'completed'")
CAME_TO_AN_END = TABLE.state.in_((literal_column("'completed'"), literal_column("'returned'")))
"""Written out, because an index over some rows serves only who names these rows literally."""


class SqlHistory:
    """What people look back at."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def page(
        self, account: Account, span: Span, *, limit: int, before: Place | UUID | None = None
    ) -> Sequence[HistoryRow]:
        """See `ports.history.History`."""
        walk, at = _within(span, TABLE.created_at), TABLE.created_at
        if isinstance(before, Place):
            walk += [at <= before.at, or_(at < before.at, TABLE.id < before.id)]  # The first alone bounds the walk.
        elif before is not None:
            theirs = or_(*(theirs_of(account, sent=sent) for sent in (True, False)))
            last = select(at).where(TABLE.id == before, theirs).scalar_subquery()
            walk += [at <= last, or_(at < last, TABLE.id < before)]
        halves = [
            select(TABLE.id, at.label("at"))
            .where(theirs_of(account, sent=sent), *walk)
            .order_by(at.desc(), TABLE.id.desc())
            for sent in _directions(span)
        ]
        return self._walked(account, halves, limit, newest_first=True)

    def ended(self, account: Account, span: Span, *, limit: int, after: Place | None) -> Sequence[HistoryRow]:
        """See `ports.history.History`. Nothing writes a transfer that has ended, so its last change was its end."""
        at = TABLE.updated_at
        walk = [*_within(span, at), CAME_TO_AN_END]
        if after is not None:
            walk += [at >= after.at, or_(at > after.at, TABLE.id > after.id)]
        halves = [
            select(TABLE.id, at.label("at")).where(theirs_of(account, sent=sent), *walk).order_by(at, TABLE.id)
            for sent in _directions(span)
        ]
        return self._walked(account, halves, limit, newest_first=False)

    def came_to(self, account: Account, until: datetime) -> Totals:
        """See `ports.history.History`."""
        columns = (func.count(), func.sum(TABLE.amount_minor), func.sum(TABLE.fee_minor))
        halves = [
            select(*columns).where(theirs_of(account, sent=sent), COMPLETED, CAME_TO_AN_END, TABLE.updated_at < until)
            for sent in (True, False)
        ]
        sent, received = (self._session.execute(half).one() for half in halves)
        return Totals(
            sent_count=sent[0],
            sent=Money(int(sent[1] or 0)),
            fees=Money(int(sent[2] or 0)),
            received_count=received[0],
            received=Money(int(received[1] or 0)),
        )

    def totals(self, account: Account, months: Sequence[Month]) -> Sequence[Totals]:
        """See `ports.history.History`."""
        at = TABLE.created_at
        place = case(*((at < month.following.start, number) for number, month in enumerate(months)))
        within = (at >= months[0].start, at < months[-1].following.start)
        sums = (func.count(), func.sum(TABLE.amount_minor), func.sum(TABLE.fee_minor))
        halves = []
        for sent in (True, False):
            rows = select(
                literal_column(str(int(sent))).label("sent"),
                place.label("place"),
                TABLE.state.label("state"),
                *sums,
            )
            halves.append(rows.where(theirs_of(account, sent=sent), *within).group_by(place, TABLE.state))
        found = [Totals()] * len(months)
        for direction, number, state, *figures in self._session.execute(union_all(*halves)):
            found[number] = _with(found[number], bool(direction), State(state), [int(one or 0) for one in figures])
        return found

    def marks(self, ids: Collection[UUID]) -> Mapping[UUID, str]:
        """See `ports.history.History`."""
        requests = payment_requests.c
        statement = union_all(
            select(TABLE.id, TABLE.step_count, literal_column("''").label("state")).where(TABLE.id.in_(ids)),
            select(requests.id, func.coalesce(TABLE.step_count, 0), requests.state)
            .select_from(payment_requests.outerjoin(transfers, TABLE.id == requests.transfer_id))
            .where(requests.id.in_(ids)),
        )
        return {row[0]: f"{row[1]}{row[2]}" for row in self._session.execute(statement)}

    def _walked(
        self, account: Account, halves: Sequence[Select[Any]], limit: int, *, newest_first: bool
    ) -> Sequence[HistoryRow]:
        """Return the rows at the beginning of both walks together."""
        both = union_all(*(select(half.limit(limit).subquery()) for half in halves)).subquery()
        order = (both.c.at.desc(), both.c.id.desc()) if newest_first else (both.c.at, both.c.id)
        statement = rows_of(account).join(both, both.c.id == TABLE.id).order_by(*order).limit(limit)
        return [row_from(row) for row in self._session.execute(statement)]


def theirs_of(account: Account, *, sent: bool) -> Any:
    """Return the condition for what the account sent, or for what reached it; an attempt is the payer's business."""
    if sent:
        return TABLE.payer_id == account.id
    reached = (TABLE.payee == account.msisdn.e164) & COMPLETED
    return reached if account.history_from is None else reached & (TABLE.created_at > account.history_from)


def rows_of(account: Account) -> Select[Any]:
    """Return all transfers with both people's names, as the account sees them."""
    payer, payee = accounts.alias("payer"), accounts.alias("payee")
    their_own = payee.c.history_from.is_(None) | (TABLE.created_at > payee.c.history_from)
    return (
        select(
            transfers,
            payer.c.full_name.label("payer_name"),
            payee.c.full_name.label("payee_account_name"),
            (TABLE.payer_id == account.id).label("sent"),
        )
        .join(payer, payer.c.id == TABLE.payer_id)
        .outerjoin(payee, (payee.c.msisdn == TABLE.payee) & their_own)
    )


def row_from(row: Any) -> HistoryRow:
    """Return what a row of `rows_of` says."""
    currency = CURRENCIES[row.currency]
    return HistoryRow(
        id=row.id,
        number=row.number,
        state=State(row.state),
        amount=Money(row.amount_minor, currency),
        fee=Money(row.fee_minor, currency),
        description=row.description,
        reason=Reason(row.reason) if row.reason else None,
        cancel_wanted=row.cancel_wanted,
        sent=row.sent,
        payer=Msisdn(row.payer),
        payer_name=row.payer_name,
        payee=Msisdn(row.payee),
        payee_name=row.payee_account_name or row.payee_name,
        created_at=row.created_at,
        updated_at=row.updated_at,
        step_count=row.step_count,
    )


def _directions(span: Span) -> Sequence[bool]:
    return (True, False) if span.sent is None else (span.sent,)


def _within(span: Span, at: Any) -> list[Any]:
    since = [at >= span.since] if span.since is not None else []
    until = [at < span.until] if span.until is not None else []
    return since + until


def _with(totals: Totals, sent: bool, state: State, figures: Sequence[int]) -> Totals:
    """Return the totals with so many payments of a state, their amounts and their fees."""
    count, amount, fees = figures
    if not sent:
        return replace(totals, received_count=count, received=Money(amount))
    match state:
        case State.COMPLETED:
            return replace(totals, sent_count=count, sent=Money(amount), fees=Money(fees))
        case State.RETURNED:
            return replace(totals, returned=count)
        case State.FAILED:
            return replace(totals, failed=count)
    return totals
