"""Payment links: what a partner asks to be paid, by whoever has the link."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from flash.domain.errors import RequestClosed
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.domain.number import last_number
from flash.domain.transfer import FINAL, State

LINK = "PL"
"""How the numbers of links begin."""
LONGEST_DESCRIPTION = 200
LONGEST_REFERENCE = 100
LONGEST_NOTE = 120
SECRET_LENGTH = 32
"""Characters of five bits each."""


class LinkState(StrEnum):
    """Where a link is on its way. Whether it is paid is told by its latest transfer."""

    OPEN = "open"
    PROCESSING = "processing"
    PAID = "paid"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


CLOSED_TEXTS = {
    LinkState.PROCESSING: "Somebody is paying this already.",
    LinkState.PAID: "This is paid already.",
    LinkState.CANCELLED: "Whoever asked for this money does not want it any more.",
    LinkState.EXPIRED: "This link has expired.",
}
"""What whoever wants to pay reads when it cannot be paid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentLink:
    """One amount that a partner wants to be paid once.

    Attributes:
        number: what people quote; it opens nothing.
        payee: the partner's wallet, as it was when the link was made.
        reference: the partner's own, like the number of an order.
        key: the partner's Idempotency-Key.
        secret_digest: of the secret in the link.
        transfer_id: the latest payment of it, which may have come to nothing.
        transfer_state: of that payment.
    """

    id: UUID
    number: str
    partner_id: UUID
    payee: Msisdn
    amount: Money
    description: str
    reference: str
    key: str | None
    fingerprint: str
    secret_digest: str
    created_at: datetime
    expires_at: datetime
    cancelled_at: datetime | None = None
    transfer_id: UUID | None = None
    transfer_state: State | None = None

    def state_at(self, now: datetime) -> LinkState:
        """Return its state as it is true now. A payment that came to nothing leaves it as if it had not been."""
        if self.transfer_state is State.COMPLETED:
            return LinkState.PAID
        if self.transfer_state is not None and self.transfer_state not in FINAL:
            return LinkState.PROCESSING
        if self.cancelled_at is not None:
            return LinkState.CANCELLED
        return LinkState.EXPIRED if self.expires_at <= now else LinkState.OPEN

    def asks(self, payee: Msisdn, amount: Money) -> bool:
        """Whether a payment of this amount to this number is what it asks for."""
        return (self.payee, self.amount) == (payee, amount)

    @property
    def note(self) -> str:
        """What a payment by scan carries as its description: by the number at its end the link is found."""
        about = self.description[:LONGEST_NOTE].rstrip()
        return f"{about} {self.number}" if about else self.number


def check_open(link: PaymentLink, now: datetime) -> None:
    """Refuse to pay what cannot be paid now.

    Raises:
        RequestClosed: it is paid or being paid, was cancelled, or has expired.
    """
    state = link.state_at(now)
    if state is not LinkState.OPEN:
        raise RequestClosed(CLOSED_TEXTS[state])


def cancelled(link: PaymentLink, now: datetime) -> PaymentLink:
    """Return the link as its partner cancelled it; cancelling again changes nothing.

    Raises:
        RequestClosed: it is paid, or somebody is paying it.
    """
    state = link.state_at(now)
    if state in (LinkState.PROCESSING, LinkState.PAID):
        raise RequestClosed(CLOSED_TEXTS[state])
    return link if link.cancelled_at else replace(link, cancelled_at=now)


def link_secret(key: bytes, link_id: UUID) -> str:
    """Return the secret of a link: derived, so that it is stored nowhere and a replay shows it again."""
    digest = hmac.new(key, b"payment link\x1f" + link_id.bytes, hashlib.sha256).digest()
    return base64.b32encode(digest).decode().lower()[:SECRET_LENGTH]


def link_number_in(description: str) -> str | None:
    """Return the number of the link that a payment's description ends with; None when it ends otherwise."""
    return last_number(LINK, description)
