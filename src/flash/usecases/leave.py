"""Leave Flash: what belongs to a person goes, what the law wants kept of their payments stays."""

from flash.domain.account import Account, Freed, freed_digest
from flash.domain.errors import BadInput, Conflict, NotSignedIn
from flash.domain.limits import local_day
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
        NotSignedIn: the account was deleted, or got a new password, a moment ago.
    """
    if not passwords.matches(account.password_hash, password):
        raise BadInput("Your password is wrong.", field="password")
    now = clock.now()
    day = local_day(now)
    # Locked in the order of everybody else: whoever registers takes the code first, and all others their account.
    store.phone_codes.remove_all(account.msisdn)
    store.accounts.hold(account.id)
    if not store.accounts.keeps_password(account):
        raise NotSignedIn
    if store.transfers.any_under_way(account):
        raise Conflict(UNDER_WAY)
    store.accounts.revoke_all_tokens(account.id, now)
    freed = Freed(now, day, store.day_limits.used(account.id, day))
    store.accounts.close(account.id, freed_digest(key, account.msisdn), freed)
    store.outbox.remove_all(account.msisdn)
    store.push.remove_all(account.id)
    store.profiles.remove(account.id)
    store.pins.remove(account.id)
    store.contacts.remove_all(account.id)
    store.invites.remove_all(account.id)
    store.blocks.remove_all(account.id)
    store.requests.leave(account, now)
    store.batches.leave(account.id, now)
    store.payment_links.leave(account.id, now)
