"""Leave Flash: what belongs to a person goes, what the law wants kept of their payments stays."""

from flash.domain.account import Account, freed_digest
from flash.domain.errors import BadInput, Conflict
from flash.ports.clock import Clock
from flash.ports.passwords import Passwords
from flash.ports.store import Store

UNDER_WAY = "A payment of yours is still under way. Please try again when it has ended."


def delete_account(
    password: str, account: Account, *, store: Store, clock: Clock, passwords: Passwords, key: bytes
) -> None:
    """Delete the person's account; whoever has the number next begins anew.

    The row of the account stays without name, number, address and password, because payments refer to it.

    Raises:
        BadInput: the password is wrong.
        Conflict: a payment from or to the person has not ended.
    """
    if not passwords.matches(account.password_hash, password):
        raise BadInput("Your password is wrong.", field="password")
    now = clock.now()
    store.accounts.hold(account.id)
    if store.transfers.any_under_way(account):
        raise Conflict(UNDER_WAY)
    store.accounts.revoke_all_tokens(account.id, now)
    store.accounts.close(account.id, freed_digest(key, account.msisdn), now)
    store.phone_codes.remove_all(account.msisdn)
    store.outbox.remove_all(account.msisdn)
    store.profiles.remove(account.id)
    store.pins.remove(account.id)
    store.contacts.remove_all(account.id)
    store.invites.remove_all(account.id)
    store.requests.leave(account, now)
    store.blocks.remove_all(account.id)
