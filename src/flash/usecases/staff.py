"""What members of staff do to accounts, theirs and others', each with an entry in their log."""

from dataclasses import dataclass

from flash.domain.account import Account, Staff, clean_text
from flash.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from flash.domain.msisdn import Msisdn
from flash.domain.staff_action import LONGEST_REASON, StaffAction
from flash.ports.clock import Clock
from flash.ports.store import Store

RAISING_ROLES = frozenset({"finance", "admin"})
"""Who may put a person into another tier."""

LOCKING_ROLES = RAISING_ROLES | {"support"}
"""Who may lock an account: whoever sees that something is wrong. To unlock it takes one of the others."""

TIERS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class TierWish:
    """Into which tier a person shall be put, and why."""

    msisdn: Msisdn
    tier: int
    reason: str


def add_staff(member: Staff, *, store: Store) -> None:
    """Store a new member of staff. Whoever has the shell does this, and is not asked who they are.

    Raises:
        Conflict: the email address is taken.
    """
    store.accounts.add_staff(member)
    store.staff_actions.add(
        StaffAction(
            staff_id=None, at=member.created_at, action="staff.add", subject=f"staff {member.id}", after=member.role
        )
    )


def change_tier(wish: TierWish, member: Staff, *, store: Store, clock: Clock) -> Account:
    """Put a person into another tier, which is what their day's limit depends on.

    Raises:
        NotAllowed: the member's role does not do this.
        BadInput: there is no such tier, or no reason.
        NotFound: nobody has this number.
        Conflict: they are in it already.
    """
    if member.role not in RAISING_ROLES:
        raise NotAllowed(f"The role {member.role} may not change tiers.")
    if wish.tier not in TIERS:
        raise BadInput("There are the tiers 1, 2 and 3.", field="tier")
    reason = _given(wish.reason)
    account = _account(wish.msisdn, store)
    if account.tier == wish.tier:
        raise Conflict(f"This person is in tier {wish.tier} already.")
    if not store.accounts.set_tier(account.id, wish.tier, instead_of=account.tier):
        raise Conflict("Somebody else changed the tier at the same moment. Look again.")
    store.staff_actions.add(
        StaffAction(
            staff_id=member.id,
            at=clock.now(),
            action="tier.change",
            subject=f"account {account.id}",
            before=str(account.tier),
            after=str(wish.tier),
            reason=reason,
        )
    )
    return account


def set_lock(msisdn: Msisdn, locked: bool, reason: str, member: Staff, *, store: Store, clock: Clock) -> Account:
    """Let no money be moved or asked for in a person's name, or let it again. What is under way goes on.

    Raises:
        NotAllowed: the member's role does not do this.
        BadInput: there is no reason.
        NotFound: nobody has this number.
        Conflict: it is so already.
    """
    if member.role not in (LOCKING_ROLES if locked else RAISING_ROLES):
        raise NotAllowed(f"The role {member.role} may not {'lock' if locked else 'unlock'} accounts.")
    reason = _given(reason)
    account = _account(msisdn, store)
    if not store.accounts.set_locked(account.id, clock.now() if locked else None):
        raise Conflict(f"This account is {'locked' if locked else 'not locked'} already.")
    before, after = ("open", "locked") if locked else ("locked", "open")
    store.staff_actions.add(
        StaffAction(
            staff_id=member.id,
            at=clock.now(),
            action="account.lock" if locked else "account.unlock",
            subject=f"account {account.id}",
            before=before,
            after=after,
            reason=reason,
        )
    )
    return account


def _given(reason: str) -> str:
    text = clean_text(reason, LONGEST_REASON, field="reason")
    if not text:
        raise BadInput("Please give a reason.", field="reason")
    return text


def _account(msisdn: Msisdn, store: Store) -> Account:
    account = store.accounts.by_msisdn(msisdn)
    if account is None:
        raise NotFound("Nobody has an account with this number.")
    return account
