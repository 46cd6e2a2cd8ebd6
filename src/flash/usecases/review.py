"""Decide what becomes of money in doubt: one member of staff proposes, another one approves."""

import logging
from datetime import datetime
from uuid import UUID

from flash.domain.account import Staff, email_address
from flash.domain.errors import BadInput, Conflict, NotSignedIn, StaleWrite
from flash.domain.progress import Patience
from flash.domain.review import (
    Decision,
    Desk,
    Standing,
    Wish,
    approved,
    check_other_person,
    check_role,
    ended,
    proposed,
)
from flash.domain.staff_action import StaffAction
from flash.domain.transfer import Change, Transfer
from flash.ports.clock import Chance, Clock
from flash.ports.passwords import Passwords
from flash.ports.store import Store, UnitOfWork

log = logging.getLogger(__name__)

DECIDED_MEANWHILE = "Somebody else decided this proposal at the same moment; nothing of yours was stored."
CHANGED_MEANWHILE = "The transfer changed at the same moment; nothing was decided. Look at it again."


def who_decides(email: str, password: str, *, unit_of_work: UnitOfWork, passwords: Passwords) -> Staff:
    """Return the member of staff who knows this password. The hash is made with no transaction open.

    Raises:
        NotSignedIn: address or password is wrong; which of them is not told, not even by the time it takes.
    """
    with unit_of_work() as store:
        member = store.accounts.staff_by_email(_address(email))
    stored = member.password_hash if member else None
    if not passwords.matches(stored, password) or member is None:
        raise NotSignedIn("The email address or the password is wrong.")
    return member


def _address(email: str) -> str:
    """Return the address as it is stored; what is none finds nobody."""
    try:
        return email_address(email)
    except BadInput:
        return ""


def propose(case_id: int, wish: Wish, member: Staff, *, store: Store, clock: Clock, chance: Chance) -> Decision:
    """Store what a member of staff proposes about a case, for another one to approve.

    Raises:
        NotFound: there is no such case.
        NotAllowed: their role does not decide.
        BadInput: the verdict needs more words.
        Conflict: it makes no sense for the case, or another proposal is open.
    """
    desk = _desk(case_id, store)
    decision = proposed(wish, desk, member, clock.now(), decision_id=chance.new_id())
    store.reviews.propose(decision)
    store.staff_actions.add(_noted("review.propose", decision, member, decision.proposed_at))
    return decision


def _desk(case_id: int, store: Store) -> Desk:
    filed = store.reviews.case(case_id)
    transfer = store.transfers.get(filed.transfer_id)
    return Desk(filed=filed, transfer=transfer, open_cases=store.reviews.open_cases(transfer.id))


def approve(decision_id: UUID, member: Staff, *, store: Store, clock: Clock, patience: Patience) -> Transfer:
    """Apply what another member of staff proposed: decision, transfer and case in one unit of work, or nothing.

    Raises:
        NotFound: there is no such proposal.
        NotAllowed: they proposed it themselves, or their role does not decide.
        Conflict: it was decided already, it makes no sense any more, or the transfer changed at this moment.
    """
    now, decision = clock.now(), store.reviews.decision(decision_id)
    check_other_person(decision, store.accounts.staff_member(decision.proposed_by), member)
    if not store.reviews.decide(decision_id, Standing.APPROVED, member.id, now):
        raise Conflict(DECIDED_MEANWHILE)
    store.staff_actions.add(_noted("review.approve", decision, member, now))
    result = approved(decision, _desk(decision.case_id, store), member, now, patience)
    change = result.change
    after = _applied(change, store)
    if result.closes and not store.reviews.close(decision.case_id, now):
        raise Conflict(CHANGED_MEANWHILE)
    if after.due_at is not None:
        store.jobs.advance(after.id)
    if change.case is not None:
        log.warning("a case was opened on %s: %s, %s", after.number, change.case.cause, change.case.detail)
    return after


def _applied(change: Change, store: Store) -> Transfer:
    try:
        return store.transfers.apply(change)
    except StaleWrite as error:
        raise Conflict(CHANGED_MEANWHILE) from error


def reject(decision_id: UUID, member: Staff, *, store: Store, clock: Clock) -> Decision:
    """Drop a proposal, one's own or another's, so that a better one can be made; the case stays open.

    Raises:
        NotFound: there is no such proposal.
        NotAllowed: their role does not decide.
        Conflict: it was decided already.
    """
    check_role(member)
    now, decision = clock.now(), store.reviews.decision(decision_id)
    if not store.reviews.decide(decision_id, Standing.REJECTED, member.id, now):
        raise Conflict("This proposal was decided already.")
    store.staff_actions.add(_noted("review.reject", decision, member, now))
    return ended(decision, Standing.REJECTED, member, now)


def _noted(action: str, decision: Decision, member: Staff, at: datetime) -> StaffAction:
    """Return the entry in the staff's log; why is told where the decision is."""
    return StaffAction(
        staff_id=member.id, at=at, action=action, subject=f"proposal {decision.id}", after=decision.verdict
    )
