"""Review: two members of staff decide what became of money in doubt; neither of them can do it alone."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from flash.domain.account import DECIDING_ROLES, Staff, clean_text, same_person
from flash.domain.errors import BadInput, Conflict, NotAllowed
from flash.domain.leg import Kind, Leg, LegState
from flash.domain.outcome import Declined, Evidence, Reason, Settled, Source
from flash.domain.progress import Patience, answered, overruled, refund_again
from flash.domain.transfer import Case, Change, State, Transfer

LONGEST_REASON, LONGEST_EVIDENCE, LONGEST_OPERATOR_ID = 500, 4000, 64


class Verdict(StrEnum):
    """What people may decide."""

    SETTLED = "settled"
    """The money of the leg moved, under an id of the operator."""
    DECLINED = "declined"
    """The money of the leg did not move and will not."""
    REFUND_AGAIN = "refund_again"
    """The declined refund stays declined, and the money goes back under a new reference."""
    NOTED = "noted"
    """The case needs nothing: the transfer has ended, or went on by itself."""


class Standing(StrEnum):
    """How far a decision got."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledCase:
    """A case as it lies on the desk, or lay there."""

    id: int
    transfer_id: UUID
    case: Case
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a decision is made on.

    Attributes:
        filed: the case.
        transfer: what it is about, as it is now.
        open_cases: all cases that are open about this transfer, this one among them unless it is closed.
    """

    filed: FiledCase
    transfer: Transfer
    open_cases: Sequence[FiledCase]

    def undecided(self, reference: UUID | None) -> list[Leg]:
        """Return the legs that cases are open about, other than the one with this reference."""
        about = {filed.case.reference for filed in self.open_cases} - {reference}
        return [leg for leg in self.transfer.legs if leg.reference in about]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody would like to be decided, as they wrote it.

    Attributes:
        kind: which leg it is about, the latest of its kind; None for the one under way, or else the one of the case.
    """

    verdict: Verdict
    reason: str
    evidence: str = ""
    operator_id: str = ""
    kind: Kind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one person proposed about a case and, unless it is still open, another one made of it.

    Attributes:
        reference: the leg that it decides; None when it decides none.
        evidence: what it rests on, in words: the line of a statement, who at the operator said what and when.
        operator_id: the operator's id of the money that moved.
    """

    id: UUID
    case_id: int
    reference: UUID | None
    verdict: Verdict
    reason: str
    evidence: str
    operator_id: str
    proposed_by: UUID
    proposed_at: datetime
    standing: Standing = Standing.PROPOSED
    decided_by: UUID | None = None
    decided_at: datetime | None = None


def check_role(member: Staff) -> None:
    """Refuse who may not decide.

    Raises:
        NotAllowed: the role is not one that decides about money.
    """
    if member.role not in DECIDING_ROLES:
        raise NotAllowed(f"The role {member.role} may not decide; {' or '.join(sorted(DECIDING_ROLES))} may.")


def proposed(wish: Wish, desk: Desk, member: Staff, now: datetime, *, decision_id: UUID) -> Decision:
    """Return what a member of staff proposes.

    Raises:
        NotAllowed: they may not decide.
        BadInput: something is missing that this verdict needs.
        Conflict: the verdict makes no sense for the case as it is.
    """
    check_role(member)
    decision = Decision(
        id=decision_id,
        case_id=desk.filed.id,
        reference=None if wish.verdict is Verdict.NOTED else _leg_meant(wish, desk).reference,
        verdict=wish.verdict,
        reason=clean_text(wish.reason, LONGEST_REASON, field="reason"),
        evidence=clean_text(wish.evidence, LONGEST_EVIDENCE, field="evidence"),
        operator_id=clean_text(wish.operator_id, LONGEST_OPERATOR_ID, field="operator_id"),
        proposed_by=member.id,
        proposed_at=now,
    )
    _check_words(decision)
    check_sense(decision, desk)
    return decision


def _leg_meant(wish: Wish, desk: Desk) -> Leg:
    if wish.kind is None:
        return desk.transfer.open_leg or desk.transfer.leg(desk.filed.case.reference)
    found = [leg for leg in desk.transfer.legs if leg.kind is wish.kind]
    if not found:
        raise BadInput(f"This transfer has no {wish.kind}.")
    return found[-1]


def _check_words(decision: Decision) -> None:
    if not decision.reason:
        raise BadInput("Please give a reason.", field="reason")
    if decision.verdict is not Verdict.NOTED and not decision.evidence:
        raise BadInput("Please say on what evidence: without it no money is moved or written off.", field="evidence")
    if decision.verdict is Verdict.SETTLED and not decision.operator_id:
        raise BadInput("Please give the operator's id of the money that moved.", field="operator_id")
    if decision.verdict is not Verdict.SETTLED and decision.operator_id:
        raise BadInput("Only money that moved has an operator's id.", field="operator_id")


def check_sense(decision: Decision, desk: Desk) -> None:
    """Refuse a verdict that makes no sense for a case as it is now, which may have changed since it was proposed.

    Raises:
        Conflict: says what speaks against it.
    """
    transfer = desk.transfer
    held = transfer.state is State.IN_REVIEW
    if desk.filed.closed_at is not None:
        raise Conflict("This case is closed already.")
    if decision.reference is None:
        if held:
            raise Conflict("The transfer is held, so this case decides what becomes of its money: noted is not enough.")
        return
    if not held:
        raise Conflict(f"The transfer is {transfer.state} and no longer held; only noted can close this case.")
    _check_leg(decision.verdict, transfer.leg(decision.reference), desk)


def _check_leg(verdict: Verdict, leg: Leg, desk: Desk) -> None:
    transfer = desk.transfer
    if transfer.open_leg not in (None, leg):
        raise Conflict(f"The {transfer.the_open_leg().kind} is still open; it has to be decided first.")
    refused_refund = leg.kind is Kind.REFUND and leg.state is LegState.DECLINED
    if verdict is Verdict.DECLINED and refused_refund:
        raise Conflict("The refund is declined already; refund_again sends the money back once more.")
    paid = [one for one in transfer.legs if one.kind is not Kind.COLLECTION and one.state is LegState.SETTLED]
    if leg.kind is not Kind.COLLECTION and verdict is not Verdict.DECLINED and any(one != leg for one in paid):
        raise Conflict(f"The {paid[0].kind} moved the money already, and it can be booked once: have the other undone.")
    if verdict is not Verdict.REFUND_AGAIN:
        return
    if not refused_refund or leg is not transfer.legs[-1]:
        raise Conflict("Only money whose latest refund was declined can be refunded again.")
    for other in desk.undecided(leg.reference):
        raise Conflict(f"A case about the {other.kind} is open; it has to be decided before money goes back.")


def check_other_person(decision: Decision, proposer: Staff, member: Staff) -> None:
    """Refuse that one person decides alone.

    Raises:
        NotAllowed: the role does not decide, or they proposed it themselves, under whatever spelling of their address.
        Conflict: the proposal is not open any more.
    """
    check_role(member)
    if decision.standing is not Standing.PROPOSED:
        raise Conflict(f"This proposal was {decision.standing} already.")
    if same_person(proposer, member):
        raise NotAllowed("Who proposed it cannot approve it; another person has to.")


@dataclass(frozen=True, slots=True)
class Approved:
    """What an approved decision changes, and whether its case is closed by it."""

    change: Change
    closes: bool


def approved(decision: Decision, desk: Desk, member: Staff, now: datetime, patience: Patience) -> Approved:
    """Return what an approved decision changes; it is evidence like any answer of an operator.

    While a case about another leg is open, money does not go on: the transfer stays held until that is decided too.

    Raises:
        Conflict: meanwhile it makes no sense any more.
    """
    check_sense(decision, desk)
    change = _change(decision, desk, member, now, patience)
    after = change.transfer
    goes_on = not after.final and after.state is not State.IN_REVIEW
    if goes_on and desk.undecided(decision.reference):
        change = replace(change, transfer=_still_held(desk.transfer, after), steps=())
    closes = after.final or decision.reference in (None, desk.filed.case.reference)
    return Approved(change, closes)


def _still_held(before: Transfer, after: Transfer) -> Transfer:
    """Return the transfer with its legs as they were decided, and everything else as it was."""
    return replace(before, legs=after.legs, updated_at=after.updated_at)


def _change(decision: Decision, desk: Desk, member: Staff, now: datetime, patience: Patience) -> Change:
    transfer, evidence = desk.transfer, Evidence(at=now, source=Source.STAFF, body=_body(decision, member))
    if decision.reference is None:
        return Change(transfer=transfer, evidence=((desk.filed.case.reference, evidence, decision.verdict),))
    if decision.verdict is Verdict.REFUND_AGAIN:
        return refund_again(transfer, evidence, now)
    outcome: Settled | Declined = Declined(evidence, Reason.OTHER)
    if decision.verdict is Verdict.SETTLED:
        outcome = Settled(evidence, decision.operator_id)
    if transfer.leg(decision.reference).closed:
        return overruled(transfer, decision.reference, outcome, now)
    return answered(transfer, decision.reference, outcome, now, patience)


def _body(decision: Decision, member: Staff) -> str:
    """Return what is kept for whoever asks later: why, on what grounds, and who."""
    told = {
        "verdict": decision.verdict,
        "reason": decision.reason,
        "evidence": decision.evidence,
        "operator_id": decision.operator_id,
        "proposed_by": str(decision.proposed_by),
        "approved_by": str(member.id),
        "case": decision.case_id,
        "decision": str(decision.id),
    }
    return json.dumps(told, ensure_ascii=False)


def ended(decision: Decision, standing: Standing, member: Staff, now: datetime) -> Decision:
    """Return the decision as it is after somebody approved or rejected it."""
    return replace(decision, standing=standing, decided_by=member.id, decided_at=now)
