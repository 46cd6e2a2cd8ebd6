"""What is remembered of partners, their keys, and what they ask to be paid."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from flash.domain.partner import Caller, Partner, PartnerKey
from flash.domain.payment_link import PaymentLink


class Partners(Protocol):
    """Partners and their keys."""

    def add(self, partner: Partner) -> None:
        """Store a new partner.

        Raises:
            Conflict: the name is taken.
        """
        ...

    def by_name(self, name: str) -> Partner:
        """Return the partner with this name.

        Raises:
            NotFound: there is none.
        """
        ...

    def get(self, partner_id: UUID) -> Partner:
        """Return the partner, who must exist."""
        ...

    def list(self) -> Sequence[Partner]:
        """Return all partners, by name."""
        ...

    def add_key(self, key: PartnerKey) -> None:
        """Store a new key."""
        ...

    def keys(self, partner_id: UUID) -> Sequence[PartnerKey]:
        """Return all keys of a partner, the oldest first."""
        ...

    def revoke(self, key_id: UUID, now: datetime) -> bool:
        """End a key at once; False when there is none such, or it has ended."""
        ...

    def caller(self, digest: str) -> Caller | None:
        """Return whose key has this digest; None when it is unknown or revoked, or the account is closed."""
        ...


class PaymentLinks(Protocol):
    """What partners ask to be paid by whoever has the link."""

    def take_turn(self, partner_id: UUID) -> None:
        """Make whoever else adds a link for the same partner wait for the end of the unit of work."""
        ...

    def add(self, link: PaymentLink) -> None:
        """Store a new link.

        Raises:
            Conflict: its number or its partner's key is taken.
        """
        ...

    def twin(self, partner_id: UUID, key: str) -> PaymentLink | None:
        """Return the partner's link with this key; None when there is none."""
        ...

    def get(self, partner_id: UUID, name: str) -> PaymentLink:
        """Return one of the partner's links by its id or number.

        Raises:
            NotFound: there is none, or it is somebody else's.
        """
        ...

    def by_secret(self, digest: str) -> PaymentLink:
        """Return the link whose secret has this digest.

        Raises:
            NotFound: there is none.
        """
        ...

    def hold(self, link_id: UUID) -> PaymentLink:
        """Return the link, which nobody else changes until the unit of work ends."""
        ...

    def by_number(self, number: str) -> UUID | None:
        """Return the id of the link with this number; None when there is none."""
        ...

    def page(
        self, partner_id: UUID, *, limit: int, before: UUID | None = None, reference: str | None = None
    ) -> Sequence[PaymentLink]:
        """Return the partner's links, the newest first; those after *before*, which is one of theirs."""
        ...

    def pay(self, link: PaymentLink, transfer_id: UUID) -> None:
        """Note the payment of a held link."""
        ...

    def cancel(self, link: PaymentLink) -> None:
        """Note that a held link was cancelled."""
        ...

    def leave(self, account_id: UUID, now: datetime) -> None:
        """Cancel all links that would pay into the wallet of an account whose owner leaves."""
        ...
