"""What is read of a person's payments: the list, what it came to, and whether something moved."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from flash.domain.account import Account
from flash.domain.history import Month, Place, Span, Totals
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.domain.outcome import Reason
from flash.domain.transfer import State


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """A transfer as one of its two people sees it, without its legs."""

    id: UUID
    number: str
    state: State
    amount: Money
    fee: Money
    description: str
    reason: Reason | None
    cancel_wanted: bool
    sent: bool
    payer: Msisdn
    payer_name: str
    payee: Msisdn
    payee_name: str
    created_at: datetime
    updated_at: datetime
    step_count: int

    @property
    def other(self) -> Msisdn:
        """The other person's number."""
        return self.payee if self.sent else self.payer

    @property
    def other_name(self) -> str:
        """The other person's name; empty when it is not known."""
        return self.payee_name if self.sent else self.payer_name

    @property
    def name(self) -> UUID:
        """Under which it is watched."""
        return self.id

    @property
    def mark(self) -> str:
        """What `History.marks` says of it."""
        return str(self.step_count)

    @property
    def place(self) -> Place:
        """Its place in the list."""
        return Place(self.created_at, self.id)


class History(Protocol):
    """What people look back at: all they sent, and what reached them."""

    def page(
        self, account: Account, span: Span, *, limit: int, before: Place | UUID | None = None
    ) -> Sequence[HistoryRow]:
        """Return a person's transfers of a span, by when they were ordered, the newest first.

        *before* is the last place of the page before, or the id of the transfer there; after one that is not theirs,
        or does not exist, comes nothing.
        """
        ...

    def ended(self, account: Account, span: Span, *, limit: int, after: Place | None) -> Sequence[HistoryRow]:
        """Return a person's transfers that were completed or returned in a span, by when that was, the oldest first."""
        ...

    def came_to(self, account: Account, until: datetime) -> Totals:
        """Return what everything came to that was completed before then."""
        ...

    def totals(self, account: Account, months: Sequence[Month]) -> Sequence[Totals]:
        """Return what each of these months, which follow each other, came to; a payment counts where it was ordered."""
        ...

    def marks(self, ids: Collection[UUID]) -> Mapping[UUID, str]:
        """Return a mark of each transfer and request that is there. It changes when a person would see a change."""
        ...
