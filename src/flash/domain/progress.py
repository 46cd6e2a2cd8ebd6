"""How a transfer gets on: what to do next, what an answer changes, and what a change of mind can still reach."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

from flash.domain.errors import TooLateToCancel
from flash.domain.journal import Posting, fee_postings, postings_for, taken_back
from flash.domain.leg import Kind, Leg, LegState, derived_reference
from flash.domain.news import news_of
from flash.domain.outcome import (
    PROOF,
    Declined,
    Evidence,
    Outcome,
    Reason,
    Settled,
    Source,
    Unknown,
    Unseen,
    Waiting,
)
from flash.domain.transfer import SENDING, Case, Change, Kept, State, Step, Transfer, gives_back_limit, moved

CHECK_AGAIN = timedelta(seconds=5)
"""How long to wait before a payee's wallet or our float is looked at again."""
CHECK_AT_LEAST_EVERY = timedelta(seconds=15)

PHONE_AHEAD = frozenset({State.RECORDED, State.COLLECTING})
"""The states in which a transfer waits for the payer's phone, or for what the payer does there."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long Flash waits for what.

    Attributes:
        grace: for so long after submitting, an operator may not know a reference yet (payments.md section 4).
        doubt_limit: doubt older than this goes to a member of staff.
        start_limit: a payer who could not be asked within this time is not asked any more; a prompt that comes out of
            the blue would be approved by mistake.
        prompt_life: for so long a payer's phone may show one request for approval: the five minutes that operators give
            them (payments.md section 1), and the time that an order takes to get there.
        lease: for so long one taker has a transfer to itself; a longer call is not lost, only asked about twice.
    """

    grace: timedelta = timedelta(seconds=30)
    doubt_limit: timedelta = timedelta(hours=24)
    start_limit: timedelta = timedelta(minutes=10)
    lease: timedelta = timedelta(seconds=90)
    prompt_life: timedelta = timedelta(minutes=6)


def has_to_submit(transfer: Transfer) -> bool:
    """Whether the next leg has to be sent; otherwise the open one was sent and has to be asked about."""
    leg = transfer.open_leg
    return leg is None or leg.state is LegState.PLANNED or leg.resend


def next_leg(transfer: Transfer, reference: UUID) -> Leg:
    """Return the leg to be sent next: the open one under the reference it has, or a new one under *reference*."""
    return transfer.open_leg or new_leg(transfer, reference, _kind_to_come(transfer))


def next_reference(transfer: Transfer) -> UUID:
    """Return the reference of the leg that comes next, should there be no open one.

    It follows from the reference of the collection, so that a transfer that comes back from a backup orders again what
    it ordered before, and not once more.
    """
    return reference_to_come(transfer, _kind_to_come(transfer))


def reference_to_come(transfer: Transfer, kind: Kind) -> UUID:
    """Return the reference under which a leg of this kind would follow on those that a transfer has."""
    known = {leg.reference for leg in transfer.legs}
    places = (derived_reference(transfer.legs[0].reference, kind, place) for place in count(len(transfer.legs)))
    return next(reference for reference in places if reference not in known)


def _kind_to_come(transfer: Transfer) -> Kind:
    return Kind.DISBURSEMENT if transfer.state is State.COLLECTED else Kind.REFUND


def submitting(
    transfer: Transfer, leg: Leg, now: datetime, *, platform: str, callback_token: str, lease: timedelta
) -> Change:
    """Record the intent to send a leg, to be committed before the call.

    Args:
        transfer: as it was claimed.
        leg: what `next_leg` returned.
        now: the present instant.
        platform: base URL it will be created on, unless it was sent before.
        callback_token: for the URL that the operator may call, unless it has one.
        lease: for so long nobody else will take the transfer.
    """
    steps: tuple[Step, ...] = ()
    after = replace(with_leg(transfer, leg.sent(now, platform, callback_token)), updated_at=now)
    if transfer.state is not SENDING[leg.kind]:
        after, step = moved(after, SENDING[leg.kind], now)
        steps = (step,)
    return Change(transfer=replace(after, due_at=now + lease), steps=steps)


def new_leg(transfer: Transfer, reference: UUID, kind: Kind) -> Leg:
    """Return the payout of a transfer, or the refund of what was collected for it."""
    if kind is Kind.DISBURSEMENT:
        return Leg(
            reference=reference,
            kind=Kind.DISBURSEMENT,
            operator=transfer.payee_operator,
            party=transfer.payee,
            amount=transfer.amount,
            message=transfer.message(Kind.DISBURSEMENT),
        )
    collection = transfer.latest(Kind.COLLECTION)
    return Leg(
        reference=reference,
        kind=Kind.REFUND,
        operator=collection.operator,
        party=collection.party,
        amount=collection.amount,
        message=transfer.message(Kind.REFUND),
        refunds=collection.reference,
        refunds_operator_id=collection.operator_id,
    )


def answered(transfer: Transfer, reference: UUID, outcome: Outcome, now: datetime, patience: Patience) -> Change:
    """Apply an operator's answer about one leg. Safe for answers that come late, twice or against each other."""
    leg = transfer.leg(reference)
    word = type(outcome).__name__.lower()
    kept = ((reference, outcome.evidence, word),)
    if leg.closed or transfer.final:
        return _after_the_end(transfer, leg, outcome, kept, now)
    if transfer.state is State.IN_REVIEW and not _decides(outcome):
        return Change(transfer=transfer, evidence=kept)
    if leg.contradicted_by(outcome.evidence):
        return _to_review(transfer, leg, "contradiction", "the answer names another amount or party", kept, now)
    match outcome:
        case Settled(evidence=evidence, operator_id=operator_id) if evidence.source in PROOF:
            return _settled(transfer, leg.settled(operator_id, now), kept, now)
        case Declined(evidence=evidence, reason=reason) if evidence.source in PROOF or _is_new(leg):
            return _declined(transfer, leg.declined(reason, now), kept, now)
    return _still_open(transfer, leg, outcome, kept, now, patience)


def _decides(outcome: Outcome) -> bool:
    """Whether an answer may end a review: a clear one that people have looked at."""
    return isinstance(outcome, Settled | Declined) and outcome.evidence.source in (Source.STAFF, Source.STATEMENT)


def _is_new(leg: Leg) -> bool:
    """Whether a refusal of the order proves that nothing was created.

    It does not when the order was sent before, or when the operator was seen to know it.
    """
    return leg.attempts == 1 and leg.state is LegState.SUBMITTING


def _settled(transfer: Transfer, leg: Leg, kept: Kept, now: datetime) -> Change:
    postings: tuple[Posting, ...] = postings_for(leg, now)
    reason = None
    if leg.kind is Kind.COLLECTION and transfer.cancel_wanted:
        state, reason = State.RETURNING, Reason.CANCELLED_BY_PAYER
    elif leg.kind is Kind.COLLECTION:
        state = State.RETURNING if _payout_declined(transfer) else State.COLLECTED
    elif leg.kind is Kind.DISBURSEMENT:
        state = State.COMPLETED
        postings += fee_postings(transfer.latest(Kind.COLLECTION), transfer.fee, now)
    else:
        state = State.RETURNED
    after, step = moved(with_leg(transfer, leg), state, now, reason=reason)
    return replace(_change(transfer, after, step, kept, postings), ended_leg=leg)


def _payout_declined(transfer: Transfer) -> bool:
    """Whether the payee could not be paid, so that the money can only go back."""
    return any(leg.kind is Kind.DISBURSEMENT and leg.state is LegState.DECLINED for leg in transfer.legs)


def _declined(transfer: Transfer, leg: Leg, kept: Kept, now: datetime) -> Change:
    if _paid_otherwise(transfer, leg):
        return _paid_at_last(transfer, leg, kept, now)
    if leg.kind is Kind.REFUND:
        return replace(_to_review(transfer, leg, "refund_declined", leg.reason or "", kept, now), ended_leg=leg)
    reason = leg.reason
    if leg.kind is Kind.DISBURSEMENT:
        state = State.RETURNING
    elif transfer.cancel_wanted:
        state, reason = State.CANCELLED, Reason.CANCELLED_BY_PAYER
    else:
        state = State.FAILED
    after, step = moved(with_leg(transfer, leg), state, now, reason=reason)
    return replace(_change(transfer, after, step, kept), ended_leg=leg)


def _paid_otherwise(transfer: Transfer, leg: Leg) -> bool:
    """Whether payee or payer got the money by another leg, which only what a restore forgot makes possible."""
    if leg.kind is Kind.COLLECTION:
        return False
    return any(other.kind is not Kind.COLLECTION and other.state is LegState.SETTLED for other in transfer.legs)


def _paid_at_last(transfer: Transfer, leg: Leg, kept: Kept, now: datetime) -> Change:
    """End a held transfer by the leg that was paid, now that the other one is known not to have been."""
    back = leg.kind is Kind.DISBURSEMENT
    postings = () if back else fee_postings(transfer.latest(Kind.COLLECTION), transfer.fee, now)
    after, step = moved(with_leg(transfer, leg), State.RETURNED if back else State.COMPLETED, now)
    return replace(_change(transfer, after, step, kept, postings), ended_leg=leg)


def _still_open(
    transfer: Transfer,
    leg: Leg,
    outcome: Outcome,
    kept: Kept,
    now: datetime,
    patience: Patience,
) -> Change:
    """Nothing is proven: decide when to look again, whether to send again, and when to call a person."""
    opened_at = leg.opened_at or now
    if now - opened_at > patience.doubt_limit:
        return _to_review(transfer, leg, "doubt_too_old", kept[0][2], kept, now)
    word = _word(outcome)
    news = kept if word != leg.last_word else ()
    leg = replace(leg if outcome.evidence.source is Source.SUBMIT else leg.looked(now), last_word=word)
    due_at = leg.next_look(now)
    if isinstance(outcome, Unseen):
        resend = now - (leg.submitted_at or now) > patience.grace and _may_be_sent_again(transfer, leg, now, patience)
        leg = replace(leg, resend=resend)
        due_at = now if resend else due_at
    elif isinstance(outcome, Waiting | Settled):
        leg = replace(leg.accepted(), resend=False)
    if transfer.hinted:  # The operator called while we were asking: it may say more by now.
        due_at = now
    return Change(transfer=replace(with_leg(transfer, leg), due_at=due_at, updated_at=now), evidence=news)


def _may_be_sent_again(transfer: Transfer, leg: Leg, now: datetime, patience: Patience) -> bool:
    """Whether an order that the operator does not know may go out again.

    A collection rings the payer's phone: not after they changed their mind, and not when they no longer expect it.
    """
    expected = now - (leg.opened_at or now) <= patience.start_limit and not transfer.cancel_wanted
    return leg.kind is not Kind.COLLECTION or expected


def _after_the_end(transfer: Transfer, leg: Leg, outcome: Outcome, kept: Kept, now: datetime) -> Change:
    """An answer about a leg that has ended never reopens it; one that says otherwise calls a person."""
    match outcome:
        case Declined(evidence=evidence):  # That an order sent late is refused says nothing of the one before.
            otherwise = leg.state is LegState.SETTLED and evidence.source in PROOF
        case Settled():
            otherwise = leg.state is LegState.DECLINED
        case _:
            otherwise = False
    if not otherwise and not leg.contradicted_by(outcome.evidence):
        return Change(transfer=transfer)
    return _to_review(transfer, leg, "contradiction", f"{kept[0][2]} after {leg.state}", kept, now)


def _to_review(
    transfer: Transfer,
    leg: Leg,
    cause: str,
    detail: str,
    kept: Kept,
    now: datetime,
) -> Change:
    """Open a case, and hold the transfer where it is unless it has ended or is held already."""
    case = Case(cause, leg.reference, now, detail)
    transfer = with_leg(transfer, leg)
    if transfer.final or transfer.state is State.IN_REVIEW:
        return Change(transfer=transfer, evidence=kept, case=case)
    after, step = moved(transfer, State.IN_REVIEW, now, note=cause)
    return Change(transfer=after, steps=(step,), evidence=kept, case=case)


def overruled(transfer: Transfer, reference: UUID, outcome: Settled | Declined, now: datetime) -> Change:
    """Apply a decision of people about a leg of a held transfer that had ended, and was contradicted afterwards.

    Where they decide otherwise than it ended, new postings take back the old ones; nothing is erased.
    """
    before = transfer.leg(reference)
    kept: Kept = ((reference, outcome.evidence, type(outcome).__name__.lower()),)
    if isinstance(outcome, Settled):
        change = _settled(transfer, before.reopened().settled(outcome.operator_id, now), kept, now)
    else:
        change = _declined(transfer, before.reopened().declined(outcome.reason, now), kept, now)
    if before.state is LegState.DECLINED:
        return change
    posted = postings_for(before, now)
    if isinstance(outcome, Settled):
        return replace(change, postings=change.postings[len(posted) :])
    return replace(change, postings=tuple(taken_back(posting) for posting in posted))


def refund_again(transfer: Transfer, evidence: Evidence, now: datetime) -> Change:
    """Send the money of a held transfer back once more, under a new reference, after its refund was declined."""
    kept: Kept = ((transfer.legs[-1].reference, evidence, "refund_again"),)
    after, step = moved(transfer, State.RETURNING, now, note="refund_again")
    return _change(transfer, after, step, kept)


def not_started(transfer: Transfer, reason: Reason, now: datetime) -> Change:
    """End a transfer whose payer was never asked."""
    after, step = moved(transfer, State.FAILED, now, reason=reason)
    return _change(transfer, after, step)


def look_later(transfer: Transfer, now: datetime, wait: timedelta = CHECK_AGAIN) -> Change:
    """Put off the next order while something that must be known first is not: for longer the longer it lasts."""
    growing = min((now - transfer.updated_at) / 4, CHECK_AT_LEAST_EVERY)
    return Change(transfer=replace(transfer, due_at=now + max(wait, growing)))


def kept_in_line(transfer: Transfer, now: datetime, patience: Patience) -> Change:
    """Keep a payment waiting while the payer's phone shows another one; not for longer than they expect it.

    An order that was sent before, and that the operator did not know, is asked about again meanwhile.
    """
    if transfer.state is State.COLLECTING:
        leg = replace(transfer.the_open_leg(), resend=False)
        return look_later(with_leg(transfer, leg), now)
    if too_old_to_start(transfer, now, patience):
        return not_started(transfer, Reason.PAYER_BUSY, now)
    return look_later(replace(transfer, in_line=True), now)


def never_ordered(transfer: Transfer, now: datetime) -> Change:
    """Call a person: the operator that has to be told next could not be reached for too long."""
    leg = max((leg for leg in transfer.legs if leg.closed), key=lambda leg: leg.closed_at or now)
    return _to_review(transfer, leg, "never_ordered", "the operator could not be reached", (), now)


def too_old_to_start(transfer: Transfer, now: datetime, patience: Patience) -> bool:
    """Whether so much time went by that the payer should not be asked any more."""
    return now - transfer.created_at > patience.start_limit


def may_wait(transfer: Transfer, now: datetime, patience: Patience) -> bool:
    """Whether a payout that was never ordered may wait for its operator; not for ever, so that a person sees it."""
    last = max((leg.closed_at for leg in transfer.legs if leg.closed_at), default=transfer.created_at)
    return now - last <= patience.doubt_limit


def cancelled(transfer: Transfer, now: datetime) -> Change:
    """Apply the payer's change of mind: at once, as a wish, or by giving the money back (payments.md section 3).

    Raises:
        TooLateToCancel: the payout was ordered, a person is looking at it, or the transfer has ended otherwise.
    """
    by_payer = Reason.CANCELLED_BY_PAYER
    if transfer.state is State.CANCELLED or (transfer.cancel_wanted and not transfer.final):
        return Change(transfer=transfer)
    match transfer.state:
        case State.RECORDED:
            after, step = moved(transfer, State.CANCELLED, now, reason=by_payer)
        case State.COLLECTED:
            after, step = moved(replace(transfer, cancel_wanted=True), State.RETURNING, now, reason=by_payer)
        case State.COLLECTING:
            step = Step(transfer.step_count + 1, now, transfer.state, transfer.state, "cancel_wanted")
            leg = replace(transfer.the_open_leg(), resend=False)
            after = replace(with_leg(transfer, leg), cancel_wanted=True, step_count=step.number, updated_at=now)
        case _:
            raise TooLateToCancel(_TOO_LATE[transfer.state])
    return _change(transfer, after, step)


_TOO_LATE = {
    State.PAYING_OUT: "The money is already on its way to the recipient.",
    State.RETURNING: "The money is already on its way back to you.",
    State.IN_REVIEW: "Our staff are looking at this payment.",
    State.COMPLETED: "The payment is completed.",
    State.FAILED: "The payment has already failed.",
    State.RETURNED: "The money was already returned to you.",
}


def _change(
    before: Transfer,
    after: Transfer,
    step: Step,
    kept: Kept = (),
    postings: tuple[Posting, ...] = (),
) -> Change:
    return Change(
        transfer=after,
        steps=(step,),
        evidence=kept,
        postings=postings,
        gives_back_limit=gives_back_limit(before, after),
        frees_prompt=before.state in PHONE_AHEAD and after.state not in PHONE_AHEAD,
        news=news_of(after) if after.final and not before.final else (),
    )


def with_leg(transfer: Transfer, leg: Leg) -> Transfer:
    """Return the transfer with this leg put in the place of the one with its reference, or added."""
    known = any(old.reference == leg.reference for old in transfer.legs)
    legs = tuple(leg if old.reference == leg.reference else old for old in transfer.legs)
    return replace(transfer, legs=legs if known else (*legs, leg))


def _word(outcome: Outcome) -> str:
    """Name an outcome so that the same answer again is no news."""
    detail = f": {outcome.detail}" if isinstance(outcome, Unknown) else ""
    return f"{outcome.evidence.source}: {type(outcome).__name__.lower()}{detail}"[:200]
