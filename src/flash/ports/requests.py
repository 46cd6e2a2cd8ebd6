"""What is remembered of requests for money, and of who does not want them from whom."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from flash.domain.account import Account
from flash.domain.msisdn import Msisdn
from flash.domain.request import Block, PaymentRequest
from flash.domain.transfer import State


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """A request as one of its two people sees it.

    Attributes:
        mine: whether they made it.
        payer_name: of the account with the payer's number; empty when there is none.
        transfer_number: of the transfer that pays it, while it is approved.
        transfer_state: of that transfer.
        transfer_steps: how many steps that transfer made so far.
    """

    request: PaymentRequest
    mine: bool
    requester_name: str
    payer_name: str
    transfer_number: str | None
    transfer_state: State | None
    transfer_steps: int

    @property
    def name(self) -> UUID:
        """Under which it is watched."""
        return self.request.id

    @property
    def mark(self) -> str:
        """What `ports.history.History.marks` says of it."""
        return f"{self.transfer_steps}{self.request.state}"


class Requests(Protocol):
    """Requests for money. What is hidden from its payer does not exist for them."""

    def take_turn(self, requester_id: UUID) -> None:
        """Make everybody else wait who asks in this person's name, or blocks them, until the unit of work ends."""
        ...

    def add(self, request: PaymentRequest) -> None:
        """Store a new request.

        Raises:
            Conflict: its number or its requester's key is taken.
        """
        ...

    def twin(self, requester_id: UUID, key: str | None, fingerprint: str, since: datetime) -> PaymentRequest | None:
        """Return the request with this key; without one, a like one that is pending and not from before."""
        ...

    def find(self, account: Account, name: str) -> RequestRow | None:
        """Return the request with this id or number, if the account is one of its two people."""
        ...

    def hold(self, account: Account, name: str) -> PaymentRequest | None:
        """Return the same, which nobody else changes until the unit of work ends."""
        ...

    def put(self, request: PaymentRequest, *, before: PaymentRequest) -> None:
        """Store what became of a request.

        Raises:
            StaleWrite: somebody else changed it first.
        """
        ...

    def page(self, account: Account, *, limit: int, before: UUID | None = None) -> Sequence[RequestRow]:
        """Return the requests that a person made or that ask them, the newest first.

        *before* is the last request of the page before; after one that is not theirs, or does not exist, comes nothing.
        """
        ...

    def expire(self, now: datetime, *, limit: int) -> int:
        """Note the end of requests that were not answered in time, the longest over first; tell how many those were."""
        ...

    def leave(self, account: Account, now: datetime) -> None:
        """Cancel what a person who leaves asks; what asks them is over, and hidden from whoever has the number next."""
        ...

    def astray(self) -> Iterator[str]:
        """Yield the numbers of requests that do not agree with the transfers that name them, for the audit.

        An approved one needs a transfer that pays it or still may, and no such transfer may name another one.
        """
        ...


class Blocks(Protocol):
    """Who does not want to be asked by whom."""

    def add(self, block: Block) -> Block:
        """Store a block and hide what the number asks already; return the block as stored.

        One that is there already is returned instead.
        """
        ...

    def remove(self, account_id: UUID, block_id: UUID) -> bool:
        """End a block, and show what is still pending; False when the account has none with this id."""
        ...

    def remove_all(self, account_id: UUID) -> None:
        """End all blocks of a person who leaves, and show nothing."""
        ...

    def page(self, account_id: UUID, *, limit: int, before: UUID | None = None) -> Sequence[Block]:
        """Return a person's blocks, the newest first, as `Requests.page` does."""
        ...

    def stands(self, *, payer: Msisdn, requester: Msisdn) -> bool:
        """Whether whoever has the payer's number has blocked the requester's."""
        ...
