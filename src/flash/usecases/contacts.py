"""Keep a list of whom one pays often."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from flash.domain.account import Account
from flash.domain.contact import MOST_CONTACTS, OWN_NUMBER, Contact, contact_name
from flash.domain.errors import BadInput, NotFound
from flash.domain.msisdn import Msisdn
from flash.ports.clock import Chance, Clock
from flash.ports.store import Store


def add_contact(contact: Contact, account: Account, *, store: Store) -> Contact:
    """Add a contact to the person's list.

    Raises:
        BadInput: it has no name, or the person's own number.
        Conflict: the number is in the list already, or the list is full.
    """
    contact = _checked(contact, account)
    store.contacts.add(contact, most=MOST_CONTACTS)
    return contact


def new_contact(name: str, msisdn: Msisdn, account: Account, *, clock: Clock, chance: Chance) -> Contact:
    """Return a contact that is not stored yet, and no favourite."""
    return Contact(
        id=chance.new_id(),
        account_id=account.id,
        name=name,
        msisdn=msisdn,
        is_favourite=False,
        created_at=clock.now(),
    )


def change_contact(contact_id: UUID, changes: Mapping[str, Any], account: Account, *, store: Store) -> Contact:
    """Change what is named of a contact.

    Raises:
        NotFound: it is not there, or not theirs.
        BadInput: it would have no name, or the person's own number.
        Conflict: the number is in the list already.
    """
    contact = store.contacts.get(account.id, contact_id)
    contact = _checked(replace(contact, **changes), account)
    store.contacts.save(contact)
    return contact


def remove_contact(contact_id: UUID, account: Account, *, store: Store) -> None:
    """Take a contact off the list.

    Raises:
        NotFound: it is not there, or not theirs.
    """
    if not store.contacts.remove(account.id, contact_id):
        raise NotFound


def _checked(contact: Contact, account: Account) -> Contact:
    if contact.msisdn == account.msisdn:
        raise BadInput(OWN_NUMBER, field="contact_phone")
    return replace(contact, name=contact_name(contact.name))
