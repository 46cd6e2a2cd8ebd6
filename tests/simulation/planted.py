"""Bugs that a test plants in the product, one at a time, to see that the simulation finds them.

Each takes pytest's monkeypatch and is gone with it. Nothing in the product knows of them.
"""

import json
from dataclasses import replace
from datetime import timedelta

from flash.adapters.memory.store import MemoryDayLimits, MemoryTransfers
from flash.domain import progress
from flash.domain.errors import NotFound
from flash.domain.journal import postings_for
from flash.domain.leg import Kind, Leg, LegState
from flash.domain.money import Money
from flash.domain.outcome import Declined, Evidence, Reason, Settled, Source, Unknown, Unseen
from flash.domain.payout_float import FloatClaims
from flash.domain.transfer import MOVES, Change, State, moved
from flash.domain.whereabouts import Whereabouts
from flash.simulation import invariants, run
from flash.simulation.operator import SimulatedOperator
from flash.simulation.run import Run
from flash.usecases import advance_transfer, cancel_transfer, hear_callback

PLANTED = {}


def planted(function):
    """Add a bug under the name of its function."""
    PLANTED[function.__name__] = function
    return function


# --- What an answer means


@planted
def a_refund_begins_on_unknown(patch):
    """Doubt about a payout counts as its failure."""
    patch_answers(patch, lambda leg, outcome: leg.kind is Kind.DISBURSEMENT and isinstance(outcome, Unknown))


@planted
def not_found_is_failure(patch):
    """A 404 ends a leg at once."""
    patch_answers(patch, lambda _leg, outcome: isinstance(outcome, Unseen))


@planted
def a_refused_order_is_always_proof(patch):
    """Also when it was sent before, and the first may have arrived."""
    patch.setattr(progress, "_is_new", lambda _leg: True)


def patch_answers(patch, is_taken_for_a_failure):
    answered = progress.answered

    def patched(transfer, reference, outcome, now, patience):
        if is_taken_for_a_failure(transfer.leg(reference), outcome):
            outcome = Declined(replace(outcome.evidence, source=Source.STATUS_QUERY), Reason.OTHER)
        return answered(transfer, reference, outcome, now, patience)

    patch.setattr(advance_transfer, "answered", patched)


@planted
def contradictions_are_ignored(patch):
    """An answer that names another amount counts like any other."""
    patch.setattr(Leg, "contradicted_by", lambda _leg, _evidence: False)


@planted
def a_contradicted_payout_is_sent_anew(patch):
    """Under another reference, and forgotten in review."""
    to_review = progress._to_review
    fresh = []

    def patched(transfer, leg, cause, detail, kept, now):
        if cause != "contradiction" or leg.kind is not Kind.DISBURSEMENT or leg.closed:
            return to_review(transfer, leg, cause, detail, kept, now)
        change = to_review(transfer, leg, cause, detail, kept, now)
        fresh.append(leg.reference)
        other = replace(leg, reference=leg.reference.__class__(int=leg.reference.int ^ 1))
        legs = tuple(other if one.reference == leg.reference else one for one in change.transfer.legs)
        return replace(change, transfer=replace(change.transfer, legs=legs), evidence=())

    commit = advance_transfer._commit_outcome

    def then_send(transfer, leg, outcome, engine):
        after = commit(transfer, leg, outcome, engine)
        if leg.reference in fresh and after.state is State.IN_REVIEW:
            fresh.remove(leg.reference)
            advance_transfer._called(engine, after.legs[-1], Source.SUBMIT)
        return after

    answered = progress.answered

    def unless_forgotten(transfer, reference, outcome, now, patience):
        known = any(leg.reference == reference for leg in transfer.legs)
        return answered(transfer, reference, outcome, now, patience) if known else Change(transfer=transfer)

    patch.setattr(progress, "_to_review", patched)
    patch.setattr(advance_transfer, "_commit_outcome", then_send)
    patch.setattr(advance_transfer, "answered", unless_forgotten)


@planted
def a_callback_is_believed(patch):
    """What an operator, or anybody, calls about a leg ends it."""
    hear = hear_callback.hear_callback

    def patched(callback, *, store, clock, operators):
        hear(callback, store=store, clock=clock, operators=operators)
        body = json.loads(callback.body)
        reference = operators[callback.operator].reference_in(callback.body)
        about = store.transfers.leg_called_about(callback.operator, callback.token, reference)
        if about is None:
            return
        told = Evidence(clock.now(), Source.STATUS_QUERY, "callback")
        outcome = Settled(told, "x") if body["status"] == "SUCCESSFUL" else Declined(told, Reason.OTHER)
        transfer = store.transfers.get(about[0])
        change = progress.answered(transfer, about[1], outcome, clock.now(), progress.Patience())
        if change.steps:
            store.transfers.apply(change)

    patch.setattr("flash.simulation.run.hear_callback", patched)


# --- References and intents


@planted
def it_is_resent_under_a_new_reference(patch):
    """An order that was not seen goes out again, and the operator cannot know that it is the same."""

    def patched(transfer, reference):
        leg = transfer.open_leg
        if leg is not None and leg.resend:
            return replace(leg, reference=reference)
        return next_leg(transfer, reference)

    next_leg, with_leg = progress.next_leg, progress.with_leg

    def in_its_place(transfer, leg):
        if any(one.reference == leg.reference for one in transfer.legs):
            return with_leg(transfer, leg)
        kept = tuple(one for one in transfer.legs if one.closed or one.kind is not leg.kind)
        return replace(transfer, legs=(*kept, leg))

    patch.setattr(advance_transfer, "next_leg", patched)
    patch.setattr(progress, "with_leg", in_its_place)


@planted
def the_call_comes_before_the_commit(patch):
    """The order is sent first, and the intent stored with the answer."""

    def patched(transfer, intent, engine, outlook=None):
        leg = intent.transfer.the_open_leg()
        outcome = advance_transfer._called(engine, leg, Source.SUBMIT)
        with engine.unit_of_work() as store:
            transfer = store.transfers.apply(intent)
        return advance_transfer._commit_outcome(transfer, leg, outcome, engine)

    patch.setattr(advance_transfer, "_submit", patched)


@planted
def another_amount_is_sent_than_was_stored(patch):
    """One ngwee too much goes over the wire."""
    submit = SimulatedOperator.submit
    patch.setattr(
        SimulatedOperator,
        "submit",
        lambda self, leg: submit(self, replace(leg, amount=leg.amount + Money(1))),
    )


# --- What is stored


@planted
def the_version_is_not_checked(patch):
    """The last to write wins."""
    apply = MemoryTransfers.apply

    def patched(self, change):
        version = self.get(change.transfer.id).version
        return apply(self, replace(change, transfer=replace(change.transfer, version=version)))

    patch.setattr(MemoryTransfers, "apply", patched)


@planted
def evidence_is_not_stored(patch):
    """The answer that ended a leg is nowhere."""
    apply = MemoryTransfers.apply
    patch.setattr(MemoryTransfers, "apply", lambda self, change: apply(self, replace(change, evidence=())))


@planted
def evidence_is_stored_later(patch):
    """In a database transaction of its own, which may never come."""
    apply, claim = MemoryTransfers.apply, MemoryTransfers.claim_due
    owed = {}

    def patched(self, change):
        after = apply(self, replace(change, evidence=()))
        owed[after.id] = owed.get(after.id, ()) + change.evidence
        return after

    def and_evidence(self, now, **more):
        for transfer_id in self._transfers.keys() & owed.keys():
            self._tables.evidence[transfer_id] = owed[transfer_id]
        return claim(self, now, **more)

    patch.setattr(MemoryTransfers, "apply", patched)
    patch.setattr(MemoryTransfers, "claim_due", and_evidence)


@planted
def one_side_is_posted(patch):
    """The journal gets only what leaves an account."""
    patch.setattr(progress, "postings_for", lambda leg, now: postings_for(leg, now)[:1])


@planted
def a_payout_is_posted_when_it_is_ordered(patch):
    """The journal says that the payee was paid before anybody knows."""
    submitting = progress.submitting

    def patched(transfer, leg, now, **more):
        change = submitting(transfer, leg, now, **more)
        first = leg.kind is Kind.DISBURSEMENT and not leg.attempts
        return replace(change, postings=postings_for(leg, now)) if first else change

    settled = progress.postings_for
    patch.setattr(advance_transfer, "submitting", patched)
    patch.setattr(progress, "postings_for", lambda leg, now: () if leg.kind is Kind.DISBURSEMENT else settled(leg, now))


@planted
def a_step_is_not_told(patch):
    """The story of a transfer lacks the beginning of its payout."""
    apply = MemoryTransfers.apply

    def patched(self, change):
        return apply(self, replace(change, steps=tuple(s for s in change.steps if s.after is not State.PAYING_OUT)))

    patch.setattr(MemoryTransfers, "apply", patched)


# --- Reservations


@planted
def the_limit_is_given_back_twice(patch):
    """Whenever a transfer fails."""
    give_back = MemoryDayLimits.give_back

    def patched(self, account_id, day, amount):
        give_back(self, account_id, day, amount)
        give_back(self, account_id, day, amount)

    patch.setattr(MemoryDayLimits, "give_back", patched)


@planted
def the_limit_is_given_back_at_the_wish(patch):
    """At the change of mind, while the money may still leave, instead of at the end."""
    cancelled, change_of = progress.cancelled, progress._change

    def patched(transfer, now):
        change = cancelled(transfer, now)
        wish = change.transfer.cancel_wanted and not transfer.cancel_wanted
        return replace(change, gives_back_limit=wish or change.gives_back_limit)

    def not_again(before, after, *more):
        change = change_of(before, after, *more)
        return replace(change, gives_back_limit=change.gives_back_limit and not before.cancel_wanted)

    patch.setattr(cancel_transfer, "cancelled", patched)
    patch.setattr(progress, "_change", not_again)


@planted
def the_limit_is_reserved_later(patch):
    """With the first step, not with the acceptance: sends at the same moment do not see each other."""
    add = MemoryTransfers.add

    def unreserved(self, transfer):
        add(self, transfer)
        MemoryDayLimits(self._tables).give_back(transfer.payer_id, transfer.limit_day, transfer.amount)

    def reserving(method):
        def patched(self, *args, **more):
            new = {one.id: one for one in self._transfers.values() if one.version == 1}
            result = method(self, *args, **more)
            for one in new.values():
                if self._transfers[one.id].version > 1:
                    day, used = self._tables.day_limits[one.payer_id]
                    self._tables.day_limits[one.payer_id] = (day, used + one.amount.minor)
            return result

        return patched

    patch.setattr(MemoryTransfers, "add", unreserved)
    for name in ("apply", "claim_due", "hint"):
        patch.setattr(MemoryTransfers, name, reserving(getattr(MemoryTransfers, name)))


@planted
def the_float_of_completed_payouts_stays_reserved(patch):
    """What was paid is counted as still to be paid."""
    reserve = MemoryTransfers.reserve_float

    def patched(self, operator, since):
        claims = reserve(self, operator, since)
        done = [one for one in self._transfers.values() if one.state is State.COMPLETED]
        more = sum((one.amount for one in done if one.payee_operator is operator), Money(0))
        return FloatClaims(ahead=claims.ahead + more, under_way=claims.under_way)

    patch.setattr(MemoryTransfers, "reserve_float", patched)


# --- Ends


@planted
def a_late_answer_reopens_an_end(patch):
    """An answer that was under way while another one ended the leg is applied as if nothing had happened."""

    def patched(transfer, leg, outcome, kept, now):
        if not transfer.final:
            return Change(transfer=transfer)
        kind = leg.kind
        back = State.COLLECTING if kind is Kind.COLLECTION else State.PAYING_OUT
        opened = replace(leg, state=LegState.SUBMITTED)
        return Change(transfer=replace(progress.with_leg(transfer, opened), state=back, due_at=now), evidence=kept)

    patch.setattr(progress, "_after_the_end", patched)


@planted
def a_failed_transfer_can_be_cancelled(patch):
    """It reads nicer."""
    patch.setitem(MOVES, State.FAILED, frozenset({State.CANCELLED}))
    cancelled = progress.cancelled

    def patched(transfer, now):
        if transfer.state is not State.FAILED:
            return cancelled(transfer, now)
        after, step = moved(transfer, State.CANCELLED, now, reason=Reason.CANCELLED_BY_PAYER)
        return Change(transfer=after, steps=(step,))

    patch.setattr(cancel_transfer, "cancelled", patched)


@planted
def a_payout_goes_out_after_a_cancel(patch):
    """The wish is noted, and nobody looks at it: the money goes back and to the payee."""
    commit = advance_transfer._commit_outcome

    def patched(transfer, leg, outcome, engine):
        after = commit(transfer, leg, outcome, engine)
        if after.state is State.RETURNING and leg.kind is Kind.COLLECTION:
            payout = progress.new_leg(after, engine.chance.new_id(), Kind.DISBURSEMENT)
            advance_transfer._called(engine, payout, Source.SUBMIT)
        return after

    patch.setattr(advance_transfer, "_commit_outcome", patched)


@planted
def the_sweep_skips_a_state(patch):
    """Money in our float waits for a wake-up that was lost."""
    claim = MemoryTransfers.claim_due

    def patched(self, now, *, until, limit, transfer_id=None, **more):
        if transfer_id is not None:
            return claim(self, now, until=until, limit=limit, transfer_id=transfer_id, **more)
        every = self._transfers
        due = sorted(
            (one for one in every.values() if one.due_at and one.due_at <= now and one.state is not State.COLLECTED),
            key=lambda one: (one.due_at, one.id),
        )
        return claim(self, now, until=until, limit=1, transfer_id=due[0].id, **more) if due else []

    patch.setattr(MemoryTransfers, "claim_due", patched)


@planted
def doubt_never_reaches_a_person(patch):
    """However old it is."""
    still_open = progress._still_open

    def patched(transfer, leg, outcome, kept, now, patience):
        return still_open(transfer, leg, outcome, kept, now, replace(patience, doubt_limit=timedelta(days=365)))

    patch.setattr(progress, "_still_open", patched)


# --- What people are told


@planted
def double_taps_are_not_folded(patch):
    """Without a key every tap is a send."""
    twin = MemoryTransfers.twin

    def patched(self, payer_id, key, fingerprint, since):
        return None if key is None else twin(self, payer_id, key, fingerprint, since)

    patch.setattr(MemoryTransfers, "twin", patched)


@planted
def a_phone_shows_several_payments(patch):
    """Nobody looks whether the payer is asked for another payment already."""
    patch.setattr(MemoryTransfers, "may_ask", lambda *_: True)
    patch.setattr(MemoryTransfers, "take_prompt", lambda *_: True)


@planted
def the_answer_comes_before_the_commit(patch):
    """And then the commit fails."""
    send, send_money = Run._send, run.send_money
    asking = []

    def noted(self, intent):
        asking[:] = [self, intent]
        send(self, intent)

    def patched(order, **more):
        accepted = send_money(order, **more)
        if not accepted.replayed and asking:
            asking[0].answer(asking[1], accepted.transfer.id, accepted.transfer.number)
        return accepted

    patch.setattr(Run, "_send", noted)
    patch.setattr(run, "send_money", patched)


@planted
def a_failed_transfer_is_not_found(patch):
    """Nobody wants to see it."""
    row = MemoryTransfers.history_row

    def patched(self, account, name):
        found = row(self, account, name)
        if found.state is State.FAILED:
            raise NotFound
        return found

    patch.setattr(MemoryTransfers, "history_row", patched)


@planted
def money_under_way_is_said_to_be_in_our_float(patch):
    """Without a doubt."""
    whereabouts = invariants.whereabouts

    def patched(transfer, now, patience):
        told = whereabouts(transfer, now, patience)
        return Whereabouts("in our float", certain=True) if transfer.state is State.PAYING_OUT else told

    patch.setattr(invariants, "whereabouts", patched)


# --- And the rest


@planted
def the_first_doubt_breaks_the_worker(patch):
    """A case that nobody thought of raises; the lease heals it."""
    answered = progress.answered

    def patched(transfer, reference, outcome, now, patience):
        if isinstance(outcome, Unknown) and outcome.detail == "signed out" and not transfer.leg(reference).last_word:
            raise KeyError(outcome.detail)
        return answered(transfer, reference, outcome, now, patience)

    patch.setattr(advance_transfer, "answered", patched)
