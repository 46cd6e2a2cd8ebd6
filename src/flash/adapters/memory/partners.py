"""Partners, their keys and payment links in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from flash.adapters.memory.people import MemoryAccounts
from flash.domain.errors import Conflict, NotFound
from flash.domain.partner import Caller, Partner, PartnerKey
from flash.domain.payment_link import PaymentLink

if TYPE_CHECKING:
    from flash.adapters.memory.store import Tables


class MemoryPartners:
    """See `ports.partners.Partners`."""

    def __init__(self, tables: "Tables") -> None:
        self._tables = tables
        self._partners = tables.partners
        self._keys = tables.partner_keys

    def add(self, partner: Partner) -> None:
        if any(known.name == partner.name for known in self._partners.values()):
            raise Conflict("There is a partner with this name.", field="name")
        self._partners[partner.id] = partner

    def by_name(self, name: str) -> Partner:
        for partner in self._partners.values():
            if partner.name == name:
                return partner
        raise NotFound("There is no partner with this name.")

    def get(self, partner_id: UUID) -> Partner:
        return self._partners[partner_id]

    def list(self) -> Sequence[Partner]:
        return sorted(self._partners.values(), key=lambda one: one.name)

    def add_key(self, key: PartnerKey) -> None:
        self._keys[key.id] = key

    def keys(self, partner_id: UUID) -> Sequence[PartnerKey]:
        theirs = [key for key in self._keys.values() if key.partner_id == partner_id]
        return sorted(theirs, key=lambda one: (one.created_at, one.id))

    def revoke(self, key_id: UUID, now: datetime) -> bool:
        key = self._keys.get(key_id)
        if key is None or key.revoked_at is not None:
            return False
        self._keys[key_id] = replace(key, revoked_at=now)
        return True

    def caller(self, digest: str) -> Caller | None:
        for key in self._keys.values():
            if key.digest == digest and key.revoked_at is None:
                partner = self._partners[key.partner_id]
                account = MemoryAccounts(self._tables).by_id(partner.account_id)
                return Caller(partner, key, account) if account else None
        return None


class MemoryPaymentLinks:
    """See `ports.partners.PaymentLinks`."""

    def __init__(self, tables: "Tables") -> None:
        self._tables = tables
        self._links = tables.payment_links

    def take_turn(self, partner_id: UUID) -> None:
        """There is one unit of work at a time."""

    def add(self, link: PaymentLink) -> None:
        for known in self._links.values():
            same_key = link.key is not None and (known.partner_id, known.key) == (link.partner_id, link.key)
            if known.number == link.number or same_key:
                raise Conflict
        self._links[link.id] = link

    def twin(self, partner_id: UUID, key: str) -> PaymentLink | None:
        found = (one for one in self._links.values() if (one.partner_id, one.key) == (partner_id, key))
        return next((self._with_state(one) for one in found), None)

    def get(self, partner_id: UUID, name: str) -> PaymentLink:
        for link in self._links.values():
            if link.partner_id == partner_id and name in (str(link.id), link.number):
                return self._with_state(link)
        raise NotFound

    def by_secret(self, digest: str) -> PaymentLink:
        for link in self._links.values():
            if link.secret_digest == digest:
                return self._with_state(link)
        raise NotFound

    def hold(self, link_id: UUID) -> PaymentLink:
        return self._with_state(self._links[link_id])

    def by_number(self, number: str) -> UUID | None:
        return next((link.id for link in self._links.values() if link.number == number), None)

    def page(
        self, partner_id: UUID, *, limit: int, before: UUID | None = None, reference: str | None = None
    ) -> Sequence[PaymentLink]:
        theirs = [one for one in self._links.values() if one.partner_id == partner_id]
        theirs.sort(key=lambda one: (one.created_at, one.id), reverse=True)
        if before is not None:
            last = next((one for one in theirs if one.id == before), None)
            theirs = [one for one in theirs if last and (one.created_at, one.id) < (last.created_at, last.id)]
        fitting = [one for one in theirs if reference in (None, one.reference)]
        return [self._with_state(one) for one in fitting[:limit]]

    def pay(self, link: PaymentLink, transfer_id: UUID) -> None:
        self._links[link.id] = replace(self._links[link.id], transfer_id=transfer_id)

    def cancel(self, link: PaymentLink) -> None:
        self._links[link.id] = replace(self._links[link.id], cancelled_at=link.cancelled_at)

    def leave(self, account_id: UUID, now: datetime) -> None:
        for link in list(self._links.values()):
            if self._tables.partners[link.partner_id].account_id == account_id and link.cancelled_at is None:
                self._links[link.id] = replace(link, cancelled_at=now)

    def _with_state(self, link: PaymentLink) -> PaymentLink:
        transfer = self._tables.transfers[link.transfer_id] if link.transfer_id else None
        return replace(link, transfer_state=transfer.state if transfer else None)
