"""Partners and their keys: staff make them, and a key says who is calling."""

from collections.abc import Collection
from uuid import UUID

from flash.domain.account import clean_text
from flash.domain.errors import BadInput, NotFound
from flash.domain.msisdn import Msisdn
from flash.domain.partner import (
    KEY_PREFIX,
    LONGEST_LABEL,
    LONGEST_NAME,
    Caller,
    KeyNeeded,
    Partner,
    PartnerKey,
    Scope,
    key_digest,
)
from flash.ports.store import Store
from flash.usecases.desk import Desk


def add_partner(name: str, msisdn: Msisdn, desk: Desk) -> Partner:
    """Make a partner who is paid into the wallet of this number.

    Raises:
        NotAllowed: the member's role does not do this.
        BadInput: the name cannot be used.
        NotFound: nobody has an account with this number.
        Conflict: the name is taken.
    """
    desk.check_role()
    name = clean_text(name, LONGEST_NAME, field="name")
    if not name:
        raise BadInput("Please give the partner a name.", field="name")
    account = desk.store.accounts.by_msisdn(msisdn)
    if account is None:
        raise NotFound("Nobody has an account with this number.")
    partner = Partner(id=desk.chance.new_id(), name=name, account_id=account.id, created_at=desk.clock.now())
    desk.store.partners.add(partner)
    desk.note("partner.add", f"partner {partner.id}", name)
    return partner


def issue_key(name: str, label: str, scopes: Collection[Scope], desk: Desk) -> tuple[PartnerKey, str]:
    """Make a key for a partner, and return it with its text, which is not stored and never shown again.

    Raises:
        NotAllowed: the member's role does not do this.
        BadInput: no label or no scope.
        NotFound: there is no such partner.
    """
    desk.check_role()
    label = clean_text(label, LONGEST_LABEL, field="label")
    if not label or not scopes:
        raise BadInput("Please say what the key is for, and what it may do.")
    partner, text = desk.store.partners.by_name(name), KEY_PREFIX + desk.chance.token()
    key = PartnerKey(
        id=desk.chance.new_id(),
        partner_id=partner.id,
        label=label,
        scopes=frozenset(scopes),
        digest=key_digest(text),
        created_at=desk.clock.now(),
    )
    desk.store.partners.add_key(key)
    desk.note("partner.key", f"key {key.id}", f"{label}: {', '.join(sorted(key.scopes))}")
    return key, text


def revoke_key(key_id: UUID, desk: Desk) -> None:
    """End a key at once.

    Raises:
        NotAllowed: the member's role does not do this.
        NotFound: there is no such key, or it has ended.
    """
    desk.check_role()
    if not desk.store.partners.revoke(key_id, desk.clock.now()):
        raise NotFound("There is no such key, or it has ended already.")
    desk.note("partner.revoke", f"key {key_id}", "revoked")


def who_calls(text: str, *, store: Store) -> Caller:
    """Return whose key this is.

    Raises:
        KeyNeeded: it is unknown or revoked.
    """
    caller = store.partners.caller(key_digest(text)) if text.startswith(KEY_PREFIX) else None
    if caller is None:
        raise KeyNeeded
    return caller
