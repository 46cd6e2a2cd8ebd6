"""Requests for money and blocks in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from flash.adapters.memory.people import MemoryAccounts
from flash.domain.account import Account
from flash.domain.errors import Conflict, StaleWrite
from flash.domain.msisdn import Msisdn
from flash.domain.request import Block, PaymentRequest, RequestState, reopened
from flash.domain.transfer import State, Transfer
from flash.ports.requests import RequestRow

if TYPE_CHECKING:
    from flash.adapters.memory.store import Tables


class MemoryRequests:
    """See `ports.requests.Requests`."""

    def __init__(self, tables: "Tables") -> None:
        self._tables = tables
        self._requests = tables.payment_requests

    def take_turn(self, requester_id: UUID) -> None:
        """There is one unit of work at a time."""

    def add(self, request: PaymentRequest) -> None:
        for known in self._requests.values():
            same_key = request.key is not None and (known.requester_id, known.key) == (
                request.requester_id,
                request.key,
            )
            if known.number == request.number or same_key:
                raise Conflict
        self._requests[request.id] = request

    def twin(self, requester_id: UUID, key: str | None, fingerprint: str, since: datetime) -> PaymentRequest | None:
        mine = [one for one in self._requests.values() if one.requester_id == requester_id]
        if key is not None:
            return next((one for one in mine if one.key == key), None)
        alike = [
            one
            for one in mine
            if (one.fingerprint, one.state) == (fingerprint, RequestState.PENDING) and one.created_at >= since
        ]
        return max(alike, key=lambda one: one.created_at, default=None)

    def find(self, account: Account, name: str) -> RequestRow | None:
        one = self.hold(account, name)
        return self._row(one, account) if one else None

    def hold(self, account: Account, name: str) -> PaymentRequest | None:
        for one in self._requests.values():
            if name == one.number or name.lower() in (str(one.id), one.id.hex):
                return one if self._is_theirs(one, account) else None
        return None

    def put(self, request: PaymentRequest, *, before: PaymentRequest) -> None:
        if self._requests[before.id] != before:
            raise StaleWrite
        self._requests[request.id] = request

    def page(self, account: Account, *, limit: int, before: UUID | None = None) -> Sequence[RequestRow]:
        theirs = [one for one in self._requests.values() if self._is_theirs(one, account)]
        theirs.sort(key=lambda one: (one.created_at, one.id), reverse=True)
        if before is not None:
            last = next((one for one in theirs if one.id == before), None)
            theirs = [one for one in theirs if last and (one.created_at, one.id) < (last.created_at, last.id)]
        return [self._row(one, account) for one in theirs[:limit]]

    def expire(self, now: datetime, *, limit: int) -> int:
        lapsed = [
            one
            for one in self._requests.values()
            if one.state is RequestState.PENDING and one.state_at(now) is RequestState.EXPIRED
        ]
        lapsed = sorted(lapsed, key=lambda one: one.expires_at)[:limit]
        for one in lapsed:
            self._requests[one.id] = replace(one, state=RequestState.EXPIRED, updated_at=now)
        return len(lapsed)

    def leave(self, account: Account, now: datetime) -> None:
        for one in list(self._requests.values()):
            if one.requester_id == account.id and one.state is RequestState.PENDING:
                self._requests[one.id] = replace(one, state=RequestState.CANCELLED, updated_at=now)
            elif one.payer == account.msisdn:
                is_open = one.state is RequestState.PENDING
                over = replace(one, state=RequestState.EXPIRED, updated_at=now) if is_open else one
                self._requests[one.id] = replace(over, hidden=True)

    def reopen(self, transfer: Transfer) -> None:
        for one in list(self._requests.values()):
            if one.transfer_id == transfer.id:
                blocked = MemoryBlocks(self._tables).stands(payer=one.payer, requester=one.requester)
                self._requests[one.id] = replace(reopened(one, transfer.updated_at), hidden=blocked)

    def astray(self) -> Iterator[str]:
        for one in self._requests.values():
            paying = {
                transfer.id
                for transfer in self._tables.transfers.values()
                if transfer.request_id == one.id and (not transfer.final or transfer.state is State.COMPLETED)
            }
            if paying != ({one.transfer_id} if one.transfer_id else set()):
                yield one.number

    @staticmethod
    def _is_theirs(one: PaymentRequest, account: Account) -> bool:
        return one.requester_id == account.id or (one.payer == account.msisdn and not one.hidden)

    def _row(self, one: PaymentRequest, account: Account) -> RequestRow:
        payer = MemoryAccounts(self._tables).by_msisdn(one.payer)
        transfer = self._tables.transfers.get(one.transfer_id) if one.transfer_id else None
        return RequestRow(
            request=one,
            mine=one.requester_id == account.id,
            requester_name=self._tables.accounts[one.requester_id].full_name,
            payer_name=payer.full_name if payer and _is_to(one, payer) else "",
            transfer_number=transfer.number if transfer else None,
            transfer_state=transfer.state if transfer else None,
            transfer_steps=transfer.step_count if transfer else 0,
        )


def _is_to(one: PaymentRequest, payer: Account) -> bool:
    """Whether a request to this person's number was to this person, and not to whoever had the number before."""
    return payer.history_from is None or one.created_at > payer.history_from


class MemoryBlocks:
    """See `ports.requests.Blocks`."""

    def __init__(self, tables: "Tables") -> None:
        self._tables = tables
        self._blocks = tables.blocks

    def add(self, block: Block) -> Block:
        known = (one for one in self._blocks.values() if one.account_id == block.account_id)
        block = next((one for one in known if one.msisdn == block.msisdn), block)
        asked = [one for one in self._tables.payment_requests.values() if self._is_between(one, block)]
        name = self._tables.accounts[asked[0].requester_id].full_name if asked else ""
        self._blocks[block.id] = replace(block, name=name)
        self._show(block, hidden=True)
        return self._blocks[block.id]

    def remove(self, account_id: UUID, block_id: UUID) -> bool:
        block = self._blocks.get(block_id)
        if block is None or block.account_id != account_id:
            return False
        del self._blocks[block_id]
        self._show(block, hidden=False)
        return True

    def remove_all(self, account_id: UUID) -> None:
        for block in [one for one in self._blocks.values() if one.account_id == account_id]:
            del self._blocks[block.id]

    def page(self, account_id: UUID, *, limit: int, before: UUID | None = None) -> Sequence[Block]:
        mine = [one for one in self._blocks.values() if one.account_id == account_id]
        mine.sort(key=lambda one: (one.created_at, one.id), reverse=True)
        if before is not None:
            last = next((one for one in mine if one.id == before), None)
            mine = [one for one in mine if last and (one.created_at, one.id) < (last.created_at, last.id)]
        return mine[:limit]

    def stands(self, *, payer: Msisdn, requester: Msisdn) -> bool:
        account = MemoryAccounts(self._tables).by_msisdn(payer)
        return account is not None and any(
            (one.account_id, one.msisdn) == (account.id, requester) for one in self._blocks.values()
        )

    def _show(self, block: Block, *, hidden: bool) -> None:
        for one in list(self._tables.payment_requests.values()):
            if self._is_between(one, block) and one.state is RequestState.PENDING:
                self._tables.payment_requests[one.id] = replace(one, hidden=hidden)

    def _is_between(self, one: PaymentRequest, block: Block) -> bool:
        payer = self._tables.accounts[block.account_id].msisdn
        return (one.payer, one.requester) == (payer, block.msisdn)
