"""Histories in memory."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from flash.adapters.memory.people import MemoryAccounts
from flash.domain.account import Account
from flash.domain.history import Month, Place, Span, Totals
from flash.domain.money import Money
from flash.domain.transfer import State, Transfer
from flash.ports.history import HistoryRow

if TYPE_CHECKING:
    from flash.adapters.memory.store import Tables


class MemoryHistory:
    """See `ports.history.History`."""

    def __init__(self, tables: "Tables") -> None:
        self._tables = tables

    def page(
        self, account: Account, span: Span, *, limit: int, before: Place | UUID | None = None
    ) -> Sequence[HistoryRow]:
        all_theirs = [one for one in self._tables.transfers.values() if is_theirs(one, account)]
        theirs = [one for one in all_theirs if _in(span, one, account, one.created_at)]
        if isinstance(before, UUID):
            places = [Place(one.created_at, one.id) for one in all_theirs if one.id == before]
            theirs = theirs if places else []
            before = next(iter(places), None)
        theirs.sort(key=lambda one: (one.created_at, one.id), reverse=True)
        later = [one for one in theirs if before is None or Place(one.created_at, one.id) < before]
        return [row_of(one, account, self._tables) for one in later[:limit]]

    def ended(self, account: Account, span: Span, *, limit: int, after: Place | None) -> Sequence[HistoryRow]:
        theirs = [
            one
            for one in self._tables.transfers.values()
            if is_theirs(one, account) and one.state in (State.COMPLETED, State.RETURNED)
            if _in(span, one, account, one.updated_at)
            if after is None or Place(one.updated_at, one.id) > after
        ]
        theirs.sort(key=lambda one: (one.updated_at, one.id))
        return [row_of(one, account, self._tables) for one in theirs[:limit]]

    def came_to(self, account: Account, until: datetime) -> Totals:
        before = [one for one in self._tables.transfers.values() if one.updated_at < until]
        completed = [one for one in before if one.state is State.COMPLETED]
        return self._totals([one for one in completed if is_theirs(one, account)], account)

    def totals(self, account: Account, months: Sequence[Month]) -> Sequence[Totals]:
        theirs = [one for one in self._tables.transfers.values() if is_theirs(one, account)]
        return [
            self._totals([one for one in theirs if month.start <= one.created_at < month.following.start], account)
            for month in months
        ]

    def marks(self, ids: Collection[UUID]) -> Mapping[UUID, str]:
        return dict(self._marks(ids))

    def _marks(self, ids: Collection[UUID]) -> Iterator[tuple[UUID, str]]:
        for name in ids:
            if name in self._tables.transfers:
                yield name, f"{self._tables.transfers[name].step_count}"
            if name in self._tables.payment_requests:
                request = self._tables.payment_requests[name]
                pays = self._tables.transfers[request.transfer_id] if request.transfer_id else None
                yield name, f"{pays.step_count if pays else 0}{request.state}"

    @staticmethod
    def _totals(theirs: Sequence[Transfer], account: Account) -> Totals:
        sent = [one for one in theirs if one.payer_id == account.id]
        received = [one for one in theirs if one.payer_id != account.id]
        paid = [one for one in sent if one.state is State.COMPLETED]
        return Totals(
            sent_count=len(paid),
            sent=sum((one.amount for one in paid), Money(0)),
            fees=sum((one.fee for one in paid), Money(0)),
            received_count=len(received),
            received=sum((one.amount for one in received), Money(0)),
            returned=sum(one.state is State.RETURNED for one in sent),
            failed=sum(one.state is State.FAILED for one in sent),
        )


def is_theirs(one: Transfer, account: Account) -> bool:
    """Whether the account sent it, or it reached the account."""
    reached = one.payee == account.msisdn and one.state is State.COMPLETED
    return one.payer_id == account.id or (reached and _is_their_own(one, account))


def row_of(one: Transfer, account: Account, tables: "Tables") -> HistoryRow:
    """Return a transfer as the account sees it."""
    payee = MemoryAccounts(tables).by_msisdn(one.payee)
    return HistoryRow(
        id=one.id,
        number=one.number,
        state=one.state,
        amount=one.amount,
        fee=one.fee,
        description=one.description,
        reason=one.reason,
        cancel_wanted=one.cancel_wanted,
        sent=one.payer_id == account.id,
        payer=one.payer,
        payer_name=tables.accounts[one.payer_id].full_name,
        payee=one.payee,
        payee_name=payee.full_name if payee and _is_their_own(one, payee) else one.payee_name,
        created_at=one.created_at,
        updated_at=one.updated_at,
        step_count=one.step_count,
    )


def _in(span: Span, one: Transfer, account: Account, at: datetime) -> bool:
    direction = span.sent is None or span.sent is (one.payer_id == account.id)
    return direction and (span.since is None or span.since <= at) and (span.until is None or at < span.until)


def _is_their_own(one: Transfer, payee: Account) -> bool:
    """Whether a payment to this person's number was to this person, and not to whoever had the number before."""
    return payee.history_from is None or one.created_at > payee.history_from
