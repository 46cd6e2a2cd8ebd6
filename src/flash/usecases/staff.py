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
    reason = clean_text(wish.reason, LONGEST_REASON, field="reason")
    if not reason:
        raise BadInput("Please give a reason.", field="reason")
    account = store.accounts.by_msisdn(wish.msisdn)
    if account is None:
        raise NotFound("Nobody has an account with this number.")
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
