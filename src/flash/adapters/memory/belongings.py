"""Profiles, PINs, contacts and invites in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flash.domain.contact import KNOWN_ALREADY, TOO_MANY, Contact
from flash.domain.errors import Conflict, NotFound
from flash.domain.invite import Invite
from flash.domain.msisdn import Msisdn
from flash.domain.pin import Pin, locked_until
from flash.domain.profile import Profile
from flash.ports.belongings import InviteRow

if TYPE_CHECKING:
    from flash.adapters.memory.store import Tables


class MemoryProfiles:
    """See `ports.belongings.Profiles`."""

    def __init__(self, tables: "Tables") -> None:
        self._profiles = tables.profiles

    def get(self, account_id: UUID) -> Profile:
        return self._profiles.get(account_id) or Profile(account_id=account_id)

    def change(self, account_id: UUID, changes: Mapping[str, Any]) -> None:
        self._profiles[account_id] = replace(self.get(account_id), **changes)

    def remove(self, account_id: UUID) -> None:
        self._profiles.pop(account_id, None)


class MemoryPins:
    """See `ports.belongings.Pins`."""

    def __init__(self, tables: "Tables") -> None:
        self._pins = tables.pins

    def get(self, account_id: UUID) -> Pin | None:
        return self._pins.get(account_id)

    def put(self, pin: Pin, *, instead_of: str | None) -> bool:
        known = self._pins.get(pin.account_id)
        if (known.hash if known else None) != instead_of:
            return False
        self._pins[pin.account_id] = pin
        return True

    def take_try(self, account_id: UUID, now: datetime) -> Pin | None:
        pin = self._pins.get(account_id)
        if pin is None or (pin.locked_until is not None and pin.locked_until > now):
            return None
        self._pins[account_id] = replace(pin, tries=pin.tries + 1, locked_until=locked_until(pin.tries + 1, now))
        return self._pins[account_id]

    def forget_tries(self, account_id: UUID) -> None:
        if account_id in self._pins:
            self._pins[account_id] = replace(self._pins[account_id], tries=0, locked_until=None)

    def remove(self, account_id: UUID) -> None:
        self._pins.pop(account_id, None)


class MemoryContacts:
    """See `ports.belongings.Contacts`."""

    def __init__(self, tables: "Tables") -> None:
        self._contacts = tables.contacts

    def add(self, contact: Contact, *, most: int) -> None:
        self._check_number(contact)
        if len(self._of(contact.account_id)) >= most:
            raise Conflict(TOO_MANY)
        self._contacts[contact.id] = contact

    def list(self, account_id: UUID, *, after: UUID | None, limit: int) -> Sequence[Contact]:
        theirs = sorted(self._of(account_id), key=lambda one: (one.sort_key, one.id))
        if after is not None:
            last = next((one for one in theirs if one.id == after), None)
            theirs = [one for one in theirs if last and (one.sort_key, one.id) > (last.sort_key, last.id)]
        return theirs[:limit]

    def by_msisdn(self, account_id: UUID, msisdn: Msisdn) -> Contact | None:
        return next((one for one in self._of(account_id) if one.msisdn == msisdn), None)

    def get(self, account_id: UUID, contact_id: UUID) -> Contact:
        contact = self._contacts.get(contact_id)
        if contact is None or contact.account_id != account_id:
            raise NotFound
        return contact

    def save(self, contact: Contact) -> None:
        self._check_number(contact)
        self._contacts[contact.id] = contact

    def remove(self, account_id: UUID, contact_id: UUID) -> bool:
        contact = self._contacts.get(contact_id)
        if contact is None or contact.account_id != account_id:
            return False
        del self._contacts[contact_id]
        return True

    def remove_all(self, account_id: UUID) -> None:
        for contact in self._of(account_id):
            del self._contacts[contact.id]

    def _of(self, account_id: UUID) -> Sequence[Contact]:
        return [one for one in self._contacts.values() if one.account_id == account_id]

    def _check_number(self, contact: Contact) -> None:
        if any(one.msisdn == contact.msisdn and one.id != contact.id for one in self._of(contact.account_id)):
            raise Conflict(KNOWN_ALREADY, field="contact_phone")


class MemoryInvites:
    """See `ports.belongings.Invites`."""

    def __init__(self, tables: "Tables") -> None:
        self._tables = tables
        self._invites = tables.invites

    def add(self, invite: Invite) -> bool:
        places = {(one.account_id, one.slot) for one in self._invites.values()}
        if (invite.account_id, invite.slot) in places or self.by_code(invite.code) is not None:
            return False
        self._invites[invite.id] = invite
        return True

    def of(self, account_id: UUID) -> Sequence[InviteRow]:
        theirs = sorted(self._of(account_id), key=lambda one: one.slot)
        return [self._row(one) for one in theirs]

    def by_code(self, code: str) -> Invite | None:
        return next((one for one in self._invites.values() if one.code == code), None)

    def share(self, invite_id: UUID, now: datetime, sent_to: Msisdn | None) -> bool:
        invite = self._invites[invite_id]
        if invite.shared_at is not None:
            return False
        self._invites[invite_id] = replace(invite, shared_at=now, sent_to=sent_to)
        return True

    def join(self, code: str, account_id: UUID, now: datetime, *, shared_after: datetime) -> bool:
        invite = self.by_code(code)
        if invite is None or invite.joined_at is not None:
            return False
        if invite.shared_at is not None and invite.shared_at <= shared_after:
            return False
        joined = replace(invite, joined_id=account_id, joined_at=now, shared_at=invite.shared_at or now)
        self._invites[invite.id] = joined
        return True

    def remove_all(self, account_id: UUID) -> None:
        for invite in self._of(account_id):
            del self._invites[invite.id]
        for invite in list(self._invites.values()):
            if invite.joined_id == account_id:
                self._invites[invite.id] = replace(invite, joined_id=None)

    def _of(self, account_id: UUID) -> list[Invite]:
        return [one for one in self._invites.values() if one.account_id == account_id]

    def _row(self, invite: Invite) -> InviteRow:
        if invite.joined_id is None:
            return InviteRow(invite)
        joiner = self._tables.accounts[invite.joined_id]
        return InviteRow(invite, joiner.full_name, joiner.msisdn)
