"""Requests for money: one person asks a phone number to pay them, and that number answers (payments.md section 8)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from flash.domain.errors import BadInput, RequestClosed
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.domain.number import REQUEST, last_number
from flash.domain.transfer import State as TransferState

LONGEST_DESCRIPTION = 500
LONGEST_REASON = 200
LEAST_HOURS, USUAL_HOURS, MOST_HOURS = 1, 24, 168
LONGEST_NOTE = 120
"""Of a description in a QR code; a longer one would make it too fine for a phone's camera."""


class RequestState(StrEnum):
    """Where a request is on its way. Whether it is paid is told by its transfer."""

    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


MOVES: Mapping[RequestState, frozenset[RequestState]] = {
    RequestState.PENDING: frozenset(
        {RequestState.APPROVED, RequestState.DECLINED, RequestState.CANCELLED, RequestState.EXPIRED}
    ),
    # Only when its transfer ended without paying.
    RequestState.APPROVED: frozenset({RequestState.PENDING, RequestState.EXPIRED}),
    RequestState.DECLINED: frozenset(),
    RequestState.CANCELLED: frozenset(),
    RequestState.EXPIRED: frozenset(),
}

CLOSED_TEXTS: Mapping[RequestState, str] = {
    RequestState.APPROVED: "This request has already been approved.",
    RequestState.DECLINED: "This request was declined.",
    RequestState.CANCELLED: "This request was cancelled by the person who made it.",
    RequestState.EXPIRED: "This request has expired.",
}
"""What whoever wants to answer a request reads when it is too late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRequest:
    """One person's wish to be paid.

    Attributes:
        number: what people quote, like RQ20261123K7Q2M9XW4T.
        payer: whom it asks; the number need not have an account yet.
        key: the client's Idempotency-Key, if it sent one.
        fingerprint: digest of what was asked, for replays and folding.
        transfer_id: the transfer that pays it, while it is approved.
        decline_reason: what the payer wrote.
        hidden: the payer has blocked whoever asks, and does not see it. Whoever asks notices nothing.
    """

    id: UUID
    number: str
    requester_id: UUID
    requester: Msisdn
    payer: Msisdn
    amount: Money
    description: str
    key: str | None
    fingerprint: str
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    state: RequestState = RequestState.PENDING
    transfer_id: UUID | None = None
    decline_reason: str = ""
    hidden: bool = False

    def state_at(self, now: datetime) -> RequestState:
        """Return its state as it is true now: it expires by itself, whether anybody noted it or not."""
        lapsed = self.state is RequestState.PENDING and self.expires_at <= now
        return RequestState.EXPIRED if lapsed else self.state

    def asks(self, payer: Msisdn, payee: Msisdn, amount: Money) -> bool:
        """Whether a payment from one person to another of this amount is what it asks for."""
        return (self.payer, self.requester, self.amount) == (payer, payee, amount)

    @property
    def note(self) -> str:
        """What a payment by scan carries as its description: by the number at its end the request is found."""
        about = self.description[:LONGEST_NOTE].rstrip()
        return f"{about} {self.number}" if about else self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A person does not want to be asked by a number.

    Attributes:
        account_id: who does not want it.
        msisdn: the number that is blocked; it need not have an account.
        name: of whoever has it, as far as they made themselves known by a request; otherwise empty.
    """

    id: UUID
    account_id: UUID
    msisdn: Msisdn
    created_at: datetime
    name: str = ""


def moved(request: PaymentRequest, state: RequestState, now: datetime) -> PaymentRequest:
    """Move a request to another state.

    Raises:
        RequestClosed: the table `MOVES` does not allow it, because somebody or time was first.
    """
    present = request.state_at(now)
    if state not in MOVES[present]:
        raise RequestClosed(CLOSED_TEXTS[present])
    return replace(request, state=state, updated_at=now)


def approved(request: PaymentRequest, transfer_id: UUID, now: datetime) -> PaymentRequest:
    """Return the request as paid, or about to be, by this transfer.

    Raises:
        RequestClosed: it was answered, cancelled, or has expired.
    """
    return replace(moved(request, RequestState.APPROVED, now), transfer_id=transfer_id)


def declined(request: PaymentRequest, reason: str, now: datetime) -> PaymentRequest:
    """Return the request as its payer declined it; declining again changes nothing.

    Raises:
        RequestClosed: it was approved or cancelled, or has expired.
    """
    if request.state is RequestState.DECLINED:
        return request
    return replace(moved(request, RequestState.DECLINED, now), decline_reason=reason)


def withdrawn(request: PaymentRequest, now: datetime) -> PaymentRequest:
    """Return the request as cancelled by whoever made it; cancelling again changes nothing.

    Raises:
        RequestClosed: it was answered, or has expired.
    """
    return request if request.state is RequestState.CANCELLED else moved(request, RequestState.CANCELLED, now)


def reopened(request: PaymentRequest, now: datetime) -> PaymentRequest:
    """Return an approved request whose transfer ended without paying: it can be answered again while it lasts."""
    state = RequestState.EXPIRED if request.expires_at <= now else RequestState.PENDING
    return replace(moved(request, state, now), transfer_id=None)


def public_status(request: PaymentRequest, transfer: TransferState | None, now: datetime) -> str:
    """Return the status of the mobile contract: while a request is approved it is that of its transfer."""
    state = request.state_at(now)
    if state is not RequestState.APPROVED:
        return state.value
    return "completed" if transfer is TransferState.COMPLETED else "processing"


def number_in(description: str) -> str | None:
    """Return the number of the request that a payment's description ends with; None when it ends otherwise."""
    return last_number(REQUEST, description)


def expiry(hours: int | None, now: datetime) -> datetime:
    """Return when a request made now expires, after so many hours or the usual ones.

    Raises:
        BadInput: too few or too many hours.
    """
    hours = USUAL_HOURS if hours is None else hours
    if not LEAST_HOURS <= hours <= MOST_HOURS:
        raise BadInput(f"A request lasts {LEAST_HOURS} to {MOST_HOURS} hours.", field="expires_in_hours")
    return now + timedelta(hours=hours)
