"""Progress: what an answer changes. The tables below are payments.md sections 3 and 4."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from factories import a_transfer, declined, evidence, money, msisdn, sent, settled, told, under_way, unknown, unseen
from factories import waiting as waits
from flash.adapters.memory import MemoryClock
from flash.domain.leg import Kind, LegState
from flash.domain.money import EUR, Money
from flash.domain.outcome import Reason, Settled, Source, Unseen
from flash.domain.progress import (
    Patience,
    answered,
    has_to_submit,
    look_later,
    next_leg,
    not_started,
    submitting,
    too_old_to_start,
)
from flash.domain.transfer import FINAL, State

PATIENCE = Patience()
TICK = timedelta(microseconds=1)


@pytest.fixture
def clock():
    return MemoryClock()


OUTCOMES = {
    "waiting": waits,
    "settled": settled,
    "declined": lambda clock, source: declined(clock, Reason.PAYEE_NOT_FOUND, source),
    "unknown": unknown,
    "unseen": lambda clock, source: Unseen(evidence(clock, source)),
}

# Which answer ends a leg that is open: a success when it is proved, a failure also when the order itself was refused.
ENDS = {("settled", source): "settled" for source in Source if source is not Source.SUBMIT} | {
    ("declined", source): "declined" for source in Source
}

# Where a transfer goes when its leg ends so.
LEADS_TO = {
    (Kind.COLLECTION, "settled"): State.COLLECTED,
    (Kind.COLLECTION, "declined"): State.FAILED,
    (Kind.DISBURSEMENT, "settled"): State.COMPLETED,
    (Kind.DISBURSEMENT, "declined"): State.RETURNING,
    (Kind.REFUND, "settled"): State.RETURNED,
    (Kind.REFUND, "declined"): State.IN_REVIEW,
}

EVERY_ANSWER = list(product(Kind, OUTCOMES, Source))


@pytest.mark.parametrize(("kind", "outcome", "source"), EVERY_ANSWER)
def test_an_answer_about_an_open_leg_does_what_the_table_says(clock, kind, outcome, source):
    before = under_way(kind, clock)
    change = told(before, OUTCOMES[outcome](clock, source), clock)
    end = ENDS.get((outcome, source))
    assert change.transfer.state is (LEADS_TO[kind, end] if end else before.state)
    assert change.transfer.latest(kind).closed is (end is not None)
    assert bool(change.postings) is (end == "settled")
    assert (change.case is not None) is ((kind, end) == (Kind.REFUND, "declined"))
    assert change.evidence[0][2] == outcome


@pytest.mark.parametrize("end", ["settled", "declined"])
@pytest.mark.parametrize(("kind", "outcome", "source"), EVERY_ANSWER)
def test_an_answer_about_a_closed_leg_changes_nothing_but_calls_staff_if_it_says_the_opposite(
    clock, kind, outcome, source, end
):
    before = told(under_way(kind, clock), OUTCOMES[end](clock, Source.STATUS_QUERY), clock).transfer
    change = told(before, OUTCOMES[outcome](clock, source), clock, kind)
    opposite = {"settled": "declined", "declined": "settled"}[end]
    assert change.transfer.legs == before.legs
    assert change.postings == ()
    if outcome != opposite or (outcome, source) == ("declined", Source.SUBMIT):
        assert (change.transfer, change.case) == (before, None)
        return
    assert change.case.cause == "contradiction"
    assert change.transfer.state is (before.state if before.state in FINAL else State.IN_REVIEW)
    assert change.evidence[0][2] == outcome


@pytest.mark.parametrize(("kind", "outcome", "source"), EVERY_ANSWER)
def test_what_staff_hold_is_moved_by_staff_or_a_statement_only(clock, kind, outcome, source):
    held = _in_doubt_too_long(kind, clock)
    change = told(held, OUTCOMES[outcome](clock, source), clock)
    trusted = source in (Source.STAFF, Source.STATEMENT) and outcome in ("settled", "declined")
    assert change.transfer.state is (LEADS_TO[kind, outcome] if trusted else State.IN_REVIEW)
    assert change.evidence[0][2] == outcome


def _in_doubt_too_long(kind, clock):
    transfer = under_way(kind, clock)
    clock.pass_by(PATIENCE.doubt_limit + TICK)
    held = told(transfer, unknown(clock), clock).transfer
    assert held.state is State.IN_REVIEW
    return held


@pytest.mark.parametrize("outcome", ["waiting", "unknown", "unseen"])
@pytest.mark.parametrize("source", [Source.STAFF, Source.STATEMENT])
@pytest.mark.parametrize("kind", Kind)
def test_an_answer_that_proves_nothing_never_sets_going_again_what_staff_hold(clock, kind, source, outcome):
    held = told(under_way(kind, clock), settled(clock, amount=money("2500.00")), clock).transfer
    clock.pass_by(PATIENCE.grace + TICK)
    change = told(held, OUTCOMES[outcome](clock, source), clock)
    assert (change.transfer.state, change.transfer.due_at) == (State.IN_REVIEW, None)
    assert not has_to_submit(change.transfer)


@pytest.mark.parametrize("source", [Source.STAFF, Source.STATEMENT])
def test_a_refund_that_staff_prove_declined_is_closed(clock, source):
    change = told(_in_doubt_too_long(Kind.REFUND, clock), declined(clock, source=source), clock)
    assert change.case.cause == "refund_declined"
    assert change.transfer.latest(Kind.REFUND).state is LegState.DECLINED


def test_money_that_settles_is_posted_and_names_the_operators_id(clock):
    change = told(under_way(Kind.COLLECTION, clock), settled(clock), clock)
    assert change.transfer.latest(Kind.COLLECTION).operator_id == "OP1"
    assert [posting.account for posting in change.postings] == ["payer:mtn", "float:mtn:collection"]


def test_a_payment_that_fails_says_why(clock):
    change = told(under_way(Kind.COLLECTION, clock), declined(clock, Reason.NOT_ENOUGH_FUNDS), clock)
    assert (change.transfer.reason, change.steps[-1].note) == (Reason.NOT_ENOUGH_FUNDS, "not_enough_funds")
    assert change.gives_back_limit


def test_a_payment_that_is_returned_says_why_the_payee_could_not_be_paid(clock):
    transfer = told(under_way(Kind.DISBURSEMENT, clock), declined(clock, Reason.PAYEE_NOT_FOUND), clock).transfer
    change = told(sent(transfer, clock), settled(clock), clock)
    assert (change.transfer.state, change.transfer.reason) == (State.RETURNED, Reason.PAYEE_NOT_FOUND)
    assert change.gives_back_limit


def test_a_completed_payment_keeps_its_part_of_the_limit(clock):
    assert not told(under_way(Kind.DISBURSEMENT, clock), settled(clock), clock).gives_back_limit


# What comes next


def test_first_the_payer_is_asked_then_the_payee_is_paid(clock):
    recorded = a_transfer(clock)
    collecting = sent(recorded, clock)
    collected = told(collecting, settled(clock), clock).transfer
    paying_out = sent(collected, clock)
    assert [has_to_submit(one) for one in (recorded, collecting, collected, paying_out)] == [True, False, True, False]
    assert [leg.kind for leg in paying_out.legs] == [Kind.COLLECTION, Kind.DISBURSEMENT]
    assert told(paying_out, settled(clock), clock).transfer.state is State.COMPLETED


def test_what_was_collected_for_nothing_goes_back_by_a_refund(clock):
    returning = told(under_way(Kind.DISBURSEMENT, clock), declined(clock), clock).transfer
    assert has_to_submit(returning)
    assert sent(returning, clock).the_open_leg().kind is Kind.REFUND


def test_a_payout_pays_the_amount_to_the_payee_and_keeps_the_fee(clock):
    leg = under_way(Kind.DISBURSEMENT, clock, fee="0.50").latest(Kind.DISBURSEMENT)
    assert (leg.party, leg.operator, leg.amount) == (msisdn("0970000002"), "airtel", money("25.00"))


def test_a_refund_returns_amount_and_fee_to_whom_it_was_collected_from(clock):
    transfer = under_way(Kind.REFUND, clock, fee="0.50")
    leg, collection = transfer.latest(Kind.REFUND), transfer.latest(Kind.COLLECTION)
    assert (leg.party, leg.operator, leg.amount) == (msisdn("0960000001"), "mtn", money("25.50"))
    assert (leg.refunds, leg.refunds_operator_id) == (collection.reference, "OP1")
    assert leg.reference not in (collection.reference, transfer.latest(Kind.DISBURSEMENT).reference)


@pytest.mark.parametrize("kind", Kind)
def test_an_intent_is_not_due_before_its_lease_ends(clock, kind):
    assert under_way(kind, clock).due_at == clock.now() + PATIENCE.lease


@pytest.mark.parametrize("kind", Kind)
def test_an_intent_leaves_a_trace_before_anybody_is_called(clock, kind):
    leg = under_way(kind, clock).the_open_leg()
    assert (leg.state, leg.attempts, leg.platform) == (LegState.SUBMITTING, 1, "p")


@pytest.mark.parametrize("outcome", ["waiting", "unknown", "unseen", "settled"])
def test_a_refund_never_starts_on_doubt(clock, outcome):
    transfer = under_way(Kind.DISBURSEMENT, clock)
    for _ in range(40):
        transfer = told(transfer, OUTCOMES[outcome](clock, Source.SUBMIT), clock).transfer
        transfer = sent(transfer, clock) if has_to_submit(transfer) else transfer
        assert {leg.kind for leg in transfer.legs} == {Kind.COLLECTION, Kind.DISBURSEMENT}
        clock.pass_by(timedelta(hours=1))
    assert transfer.state is State.IN_REVIEW


# Doubt


def test_a_lost_answer_leaves_the_leg_submitting_and_is_asked_about(clock):
    change = told(under_way(Kind.COLLECTION, clock), unknown(clock, Source.SUBMIT), clock)
    assert change.transfer.the_open_leg().state is LegState.SUBMITTING
    assert not has_to_submit(change.transfer)


@pytest.mark.parametrize("kind", Kind)
def test_unseen_within_the_grace_time_is_asked_about_again(clock, kind):
    transfer = under_way(kind, clock)
    clock.pass_by(PATIENCE.grace)
    change = told(transfer, unseen(clock), clock)
    assert not has_to_submit(change.transfer)
    assert change.transfer.due_at > clock.now()


@pytest.mark.parametrize("kind", Kind)
def test_unseen_after_the_grace_time_is_sent_again_under_the_same_reference(clock, kind):
    transfer = under_way(kind, clock)
    clock.pass_by(PATIENCE.grace + TICK)
    change = told(transfer, unseen(clock), clock)
    assert (has_to_submit(change.transfer), change.transfer.due_at) == (True, clock.now())
    again = sent(change.transfer, clock)
    assert (again.the_open_leg().reference, again.the_open_leg().attempts) == (transfer.the_open_leg().reference, 2)
    assert again.state is transfer.state


def test_the_grace_time_begins_anew_when_an_order_is_sent_again(clock):
    transfer = under_way(Kind.COLLECTION, clock)
    clock.pass_by(PATIENCE.grace + TICK)
    again = sent(told(transfer, unseen(clock), clock).transfer, clock)
    clock.pass_by(PATIENCE.grace)
    assert not has_to_submit(told(again, unseen(clock), clock).transfer)


def test_a_refusal_of_an_order_sent_again_proves_nothing_about_the_first_time(clock):
    transfer = under_way(Kind.DISBURSEMENT, clock)
    clock.pass_by(PATIENCE.grace + TICK)
    again = sent(told(transfer, unseen(clock), clock).transfer, clock)
    change = told(again, declined(clock, source=Source.SUBMIT), clock)
    assert change.transfer.state is State.PAYING_OUT
    assert not change.transfer.the_open_leg().closed


def test_a_refusal_of_the_order_proves_nothing_once_the_operator_was_seen_to_know_it(clock):
    transfer = told(under_way(Kind.DISBURSEMENT, clock), waits(clock), clock).transfer
    change = told(transfer, declined(clock, source=Source.SUBMIT), clock)
    assert change.transfer.state is not State.RETURNING


def test_an_order_is_not_sent_again_once_the_operator_was_seen_to_know_it(clock):
    transfer = under_way(Kind.COLLECTION, clock)
    clock.pass_by(PATIENCE.grace + TICK)
    to_be_sent_again = told(transfer, unseen(clock), clock).transfer
    assert not has_to_submit(told(to_be_sent_again, waits(clock), clock).transfer)


@pytest.mark.parametrize("outcome", ["waiting", "unknown", "unseen"])
@pytest.mark.parametrize("kind", Kind)
def test_doubt_that_is_too_old_goes_to_staff(clock, kind, outcome):
    transfer = under_way(kind, clock)
    clock.pass_by(PATIENCE.doubt_limit)
    assert told(transfer, OUTCOMES[outcome](clock, Source.STATUS_QUERY), clock).transfer.state is transfer.state
    clock.pass_by(TICK)
    change = told(transfer, OUTCOMES[outcome](clock, Source.STATUS_QUERY), clock)
    assert (change.transfer.state, change.case.cause) == (State.IN_REVIEW, "doubt_too_old")
    assert (change.transfer.due_at, change.gives_back_limit) == (None, False)


def test_doubt_is_counted_from_the_first_time_an_order_was_sent(clock):
    transfer = under_way(Kind.COLLECTION, clock)
    clock.pass_by(PATIENCE.doubt_limit)
    again = sent(told(transfer, unseen(clock), clock).transfer, clock)
    clock.pass_by(TICK)
    assert told(again, unknown(clock), clock).transfer.state is State.IN_REVIEW


@pytest.mark.parametrize("end", ["settled", "declined"])
def test_a_proof_is_taken_however_late_it_comes(clock, end):
    transfer = under_way(Kind.COLLECTION, clock)
    clock.pass_by(PATIENCE.doubt_limit * 2)
    change = told(transfer, OUTCOMES[end](clock, Source.STATUS_QUERY), clock)
    assert change.transfer.state is LEADS_TO[Kind.COLLECTION, end]


def test_the_same_answer_again_is_no_news(clock):
    first = told(under_way(Kind.COLLECTION, clock), waits(clock), clock)
    again = told(first.transfer, waits(clock), clock)
    other = told(again.transfer, unknown(clock), clock)
    yet_another = told(other.transfer, unknown(clock, detail="503"), clock)
    assert [len(change.evidence) for change in (first, again, other, yet_another)] == [1, 0, 1, 1]


def test_the_looks_come_in_the_order_of_the_rules(clock):
    transfer = told(under_way(Kind.COLLECTION, clock), waits(clock, Source.SUBMIT), clock).transfer
    gaps = []
    for _ in range(20):
        gaps.append((transfer.due_at - clock.now()).total_seconds())
        clock.pass_by(transfer.due_at - clock.now())
        transfer = told(transfer, waits(clock), clock).transfer
    assert [gap for gap in gaps if gap < 60] == [2, 3, 5, 8, 13, 20, 30]
    assert gaps[-1] == 600
    assert gaps == sorted(gaps)


# Contradictions


@pytest.mark.parametrize(
    "named", [{"amount": money("25.01")}, {"amount": Money(2500, EUR)}, {"party": msisdn("0960000099")}]
)
@pytest.mark.parametrize("outcome", [settled, declined])
@pytest.mark.parametrize("kind", Kind)
def test_an_answer_about_another_amount_currency_or_party_goes_to_staff(clock, kind, outcome, named):
    before = under_way(kind, clock)
    change = told(before, outcome(clock, **named), clock)
    assert (change.transfer.state, change.case.cause) == (State.IN_REVIEW, "contradiction")
    assert change.case.reference == before.the_open_leg().reference
    assert not change.transfer.latest(kind).closed
    assert change.postings == ()
    assert not change.gives_back_limit


def test_staff_too_cannot_settle_another_amount_than_was_ordered(clock):
    held = _in_doubt_too_long(Kind.COLLECTION, clock)
    change = told(held, settled(clock, Source.STAFF, amount=money("24.00")), clock)
    assert (change.transfer, change.case.cause) == (held, "contradiction")


@pytest.mark.parametrize("kind", Kind)
def test_a_success_about_another_amount_after_the_end_opens_a_case(clock, kind):
    ended = told(under_way(kind, clock), settled(clock), clock).transfer
    change = told(ended, settled(clock, Source.STATEMENT, amount=money("2500.00")), clock, kind)
    assert change.case is not None
    assert change.postings == ()


def test_a_contradiction_holds_the_payout_before_it_is_ordered(clock):
    collected = told(under_way(Kind.COLLECTION, clock), settled(clock), clock).transfer
    change = told(collected, declined(clock), clock, Kind.COLLECTION)
    assert (change.transfer.state, change.transfer.due_at) == (State.IN_REVIEW, None)


def test_a_payout_that_succeeds_after_all_stops_the_refund(clock):
    returning = told(under_way(Kind.DISBURSEMENT, clock), declined(clock), clock).transfer
    change = told(returning, settled(clock), clock, Kind.DISBURSEMENT)
    assert (change.transfer.state, change.case.cause) == (State.IN_REVIEW, "contradiction")
    assert {leg.kind for leg in change.transfer.legs} == {Kind.COLLECTION, Kind.DISBURSEMENT}


def test_a_case_about_what_staff_hold_already_leaves_it_where_it_is(clock):
    collected = told(under_way(Kind.COLLECTION, clock), settled(clock), clock).transfer
    held = told(collected, declined(clock), clock, Kind.COLLECTION).transfer
    change = told(held, declined(clock), clock, Kind.COLLECTION)
    assert (change.transfer, change.steps, change.case.cause) == (held, (), "contradiction")


# Before the payer is asked


def test_a_payment_whose_payer_was_never_asked_fails_with_a_reason(clock):
    change = not_started(a_transfer(clock), Reason.FLOAT_TOO_LOW, clock.now())
    assert (change.transfer.state, change.transfer.reason) == (State.FAILED, Reason.FLOAT_TOO_LOW)
    assert change.gives_back_limit


def test_what_must_be_known_first_is_looked_at_again_after_five_seconds(clock):
    change = look_later(a_transfer(clock), clock.now())
    assert change.transfer.due_at == clock.now() + timedelta(seconds=5)
    assert change.transfer.state is State.RECORDED


def test_a_payer_is_asked_within_ten_minutes_or_not_at_all(clock):
    transfer = a_transfer(clock)
    clock.pass_by(PATIENCE.start_limit)
    assert not too_old_to_start(transfer, clock.now(), PATIENCE)
    clock.pass_by(TICK)
    assert too_old_to_start(transfer, clock.now(), PATIENCE)


# When nothing of the kind can be


def test_only_our_own_legs_can_be_answered_about(clock):
    stranger = under_way(Kind.DISBURSEMENT, clock).the_open_leg().reference
    with pytest.raises(StopIteration):
        answered(a_transfer(clock), stranger, settled(clock), clock.now(), PATIENCE)


def test_an_order_without_a_date_is_young(clock):
    transfer = a_transfer(clock, state=State.COLLECTING)
    transfer = replace(transfer, legs=(replace(transfer.legs[0], state=LegState.SUBMITTING),))
    assert told(transfer, unseen(clock), clock).transfer.state is State.COLLECTING


def test_a_resend_tells_no_new_step(clock):
    transfer = under_way(Kind.COLLECTION, clock)
    clock.pass_by(PATIENCE.grace + TICK)
    resend = told(transfer, unseen(clock), clock).transfer
    leg = next_leg(resend, transfer.id)
    change = submitting(resend, leg, clock.now(), platform="other", callback_token="other", lease=PATIENCE.lease)
    assert change.steps == ()


def test_a_success_that_is_claimed_in_answer_to_the_order_is_asked_about(clock):
    claim = Settled(evidence(clock, Source.SUBMIT), "OP1")
    change = told(under_way(Kind.DISBURSEMENT, clock), claim, clock)
    leg = change.transfer.the_open_leg()
    assert (leg.state, leg.operator_id, change.postings) == (LegState.SUBMITTED, None, ())
