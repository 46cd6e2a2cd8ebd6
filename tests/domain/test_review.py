"""Review: what two people may decide about money in doubt, and what it changes."""

import json
from dataclasses import replace
from uuid import UUID

import pytest

from desk import WORDS
from factories import a_transfer, declined, money, sent, settled, told, under_way
from flash.adapters.memory import MemoryClock
from flash.domain.account import ROLES, Staff, email_address, same_person
from flash.domain.errors import BadInput, Conflict, NotAllowed
from flash.domain.journal import balances, postings_for
from flash.domain.leg import Kind, LegState
from flash.domain.outcome import Reason, Source
from flash.domain.progress import Patience, cancelled
from flash.domain.review import (
    Desk,
    FiledCase,
    Standing,
    Verdict,
    Wish,
    approved,
    check_other_person,
    check_role,
    ended,
    proposed,
)
from flash.domain.transfer import FINAL, State

DECISION, CASE = UUID(int=77, version=4), 12


@pytest.fixture
def clock():
    return MemoryClock()


def member(number=1, email="thandi@flash.example", role="finance"):
    return Staff(
        id=UUID(int=number, version=4),
        email=email,
        full_name="Thandiwe Zulu",
        role=role,
        password_hash="unusable",
        created_at=MemoryClock().now(),
    )


THANDI, BWALYA = member(), member(2, "bwalya@flash.example")


def wish(verdict, **more):
    return Wish(verdict=verdict, **{**WORDS[verdict], **more})


def propose(desk, verdict, clock, **more):
    return proposed(wish(verdict, **more), desk, THANDI, clock.now(), decision_id=DECISION)


def approve(desk, verdict, clock, **more):
    return approved(propose(desk, verdict, clock, **more), desk, BWALYA, clock.now(), Patience())


def decide(desk, verdict, clock, **more):
    return approve(desk, verdict, clock, **more).change


def opened(change):
    """The case that a change opened, about the transfer as it then was."""
    filed = FiledCase(id=CASE, transfer_id=change.transfer.id, case=change.case)
    return Desk(filed=filed, transfer=change.transfer, open_cases=[filed])


# --- Situations that bring a transfer to staff


def in_doubt(kind, clock, **more):
    """The leg under way is said to have moved another amount."""
    return opened(told(under_way(kind, clock, **more), settled(clock, amount=money("1.00")), clock))


def refund_declined(clock):
    return opened(told(under_way(Kind.REFUND, clock), declined(clock), clock))


def payout_contradicted(clock):
    """The payout was declined, so the money was to go back; then the operator says that it was paid."""
    back = told(under_way(Kind.DISBURSEMENT, clock), declined(clock), clock).transfer
    return opened(told(back, settled(clock), clock, Kind.DISBURSEMENT))


def collection_contradicted(clock, **more):
    """The collection was settled; then the operator says that it was declined."""
    there = told(sent(a_transfer(clock, **more), clock), settled(clock), clock).transfer
    return opened(told(there, declined(clock), clock, Kind.COLLECTION))


def payout_contradicted_while_going_back(clock):
    back = under_way(Kind.REFUND, clock)
    return opened(told(back, settled(clock), clock, Kind.DISBURSEMENT))


# --- What a decision changes


@pytest.mark.parametrize(
    ("kind", "verdict", "state"),
    [
        (Kind.COLLECTION, Verdict.SETTLED, State.COLLECTED),
        (Kind.COLLECTION, Verdict.DECLINED, State.FAILED),
        (Kind.DISBURSEMENT, Verdict.SETTLED, State.COMPLETED),
        (Kind.DISBURSEMENT, Verdict.DECLINED, State.RETURNING),
        (Kind.REFUND, Verdict.SETTLED, State.RETURNED),
        (Kind.REFUND, Verdict.DECLINED, State.IN_REVIEW),
    ],
)
def test_a_decision_about_a_leg_in_doubt_does_what_the_operators_answer_would_do(clock, kind, verdict, state):
    change = decide(in_doubt(kind, clock), verdict, clock)
    assert change.transfer.state is state
    assert change.transfer.latest(kind).state == verdict
    assert [(kept[1].source, kept[2]) for kept in change.evidence] == [(Source.STAFF, verdict)]
    assert (change.case is not None) == (state is State.IN_REVIEW)


def test_a_decision_is_evidence_with_its_reasons_and_both_people(clock):
    change = decide(in_doubt(Kind.COLLECTION, clock), Verdict.SETTLED, clock)
    body = json.loads(change.evidence[0][1].body)
    assert body == {
        "verdict": "settled",
        "reason": "MTN confirms it",
        "evidence": "statement of 23 Nov, line 7",
        "operator_id": "OP7",
        "proposed_by": str(THANDI.id),
        "approved_by": str(BWALYA.id),
        "case": CASE,
        "decision": str(DECISION),
    }
    assert change.transfer.latest(Kind.COLLECTION).operator_id == "OP7"


def test_money_goes_back_once_more_after_a_declined_refund_under_a_new_reference(clock):
    change = decide(refund_declined(clock), Verdict.REFUND_AGAIN, clock)
    assert (change.transfer.state, change.transfer.due_at) == (State.RETURNING, clock.now())
    assert change.evidence[0][2] == "refund_again"
    again = sent(change.transfer, clock)
    refunds = [leg for leg in again.legs if leg.kind is Kind.REFUND]
    assert [leg.state for leg in refunds] == [LegState.DECLINED, LegState.SUBMITTING]
    assert refunds[0].reference != refunds[1].reference


def test_a_refund_that_was_paid_by_hand_settles_the_declined_one(clock):
    change = decide(refund_declined(clock), Verdict.SETTLED, clock)
    assert change.transfer.state is State.RETURNED
    assert change.postings == postings_for(change.transfer.latest(Kind.REFUND), clock.now())


@pytest.mark.parametrize(
    ("verdict", "state", "posted"),
    [(Verdict.SETTLED, State.COMPLETED, 2), (Verdict.DECLINED, State.RETURNING, 0)],
)
def test_a_payout_whose_end_is_contradicted_is_decided_anew(clock, verdict, state, posted):
    change = decide(payout_contradicted(clock), verdict, clock)
    assert (change.transfer.state, len(change.postings)) == (state, posted)
    assert change.transfer.latest(Kind.DISBURSEMENT).state == verdict


def test_a_collection_that_never_came_is_taken_back_in_the_journal_and_nothing_is_erased(clock):
    held = collection_contradicted(clock)
    change = decide(held, Verdict.DECLINED, clock)
    assert change.transfer.state is State.FAILED
    assert change.gives_back_limit
    before = postings_for(held.transfer.latest(Kind.COLLECTION), clock.now())
    assert len(change.postings) == 2
    assert not any(balances(before + change.postings).values())


def test_a_collection_that_did_come_goes_on_to_the_payee_and_is_not_posted_twice(clock):
    change = decide(collection_contradicted(clock), Verdict.SETTLED, clock)
    assert (change.transfer.state, change.postings) == (State.COLLECTED, ())


def test_a_collection_that_did_come_goes_back_when_the_payer_wanted_that(clock):
    there = told(sent(a_transfer(clock), clock), settled(clock), clock).transfer
    back = cancelled(there, clock.now()).transfer
    held = opened(told(back, declined(clock), clock, Kind.COLLECTION))
    assert decide(held, Verdict.SETTLED, clock).transfer.state is State.RETURNING


def test_a_collection_that_did_come_goes_back_when_the_payee_cannot_be_paid(clock):
    back = told(under_way(Kind.DISBURSEMENT, clock), declined(clock), clock).transfer
    held = opened(told(back, declined(clock), clock, Kind.COLLECTION))
    assert decide(held, Verdict.SETTLED, clock).transfer.state is State.RETURNING


def test_the_leg_under_way_is_decided_first(clock):
    desk = payout_contradicted_while_going_back(clock)
    refund = desk.transfer.latest(Kind.REFUND)
    assert propose(desk, Verdict.DECLINED, clock).reference == refund.reference
    with pytest.raises(Conflict, match="The refund is still open; it has to be decided first"):
        propose(desk, Verdict.SETTLED, clock, kind=Kind.DISBURSEMENT)


def test_a_decision_about_another_leg_leaves_the_case_open_unless_the_transfer_ends(clock):
    desk = payout_contradicted_while_going_back(clock)
    assert not approve(desk, Verdict.DECLINED, clock).closes
    assert approve(desk, Verdict.SETTLED, clock).closes


def after_the_refund_was_declined(clock, of):
    """The payout is contradicted, and the refund that was under way was declined by staff: two cases are open."""
    first = payout_contradicted_while_going_back(clock)
    change = decide(first, Verdict.DECLINED, clock)
    second = FiledCase(id=CASE + 1, transfer_id=change.transfer.id, case=change.case)
    filed = {Kind.DISBURSEMENT: first.filed, Kind.REFUND: second}[of]
    return Desk(filed=filed, transfer=change.transfer, open_cases=[first.filed, second])


def test_money_does_not_go_back_while_it_is_open_whether_the_payee_has_it(clock):
    with pytest.raises(Conflict, match="A case about the disbursement is open"):
        propose(after_the_refund_was_declined(clock, Kind.REFUND), Verdict.REFUND_AGAIN, clock)
    desk = after_the_refund_was_declined(clock, Kind.DISBURSEMENT)
    change, closes = approve(desk, Verdict.SETTLED, clock).change, approve(desk, Verdict.SETTLED, clock).closes
    assert (change.transfer.state, closes) == (State.COMPLETED, True)
    upheld = approve(desk, Verdict.DECLINED, clock)
    assert (upheld.change.transfer.state, upheld.change.steps, upheld.closes) == (State.IN_REVIEW, (), True)
    assert (upheld.change.transfer.due_at, upheld.change.transfer.step_count) == (None, desk.transfer.step_count)


def collection_contradicted_while_paying_out(clock):
    return opened(told(under_way(Kind.DISBURSEMENT, clock), declined(clock), clock, Kind.COLLECTION))


@pytest.mark.parametrize(("verdict", "state"), [(Verdict.SETTLED, State.RETURNING), (Verdict.DECLINED, State.FAILED)])
def test_a_payout_that_staff_declined_goes_back_only_when_it_is_decided_that_the_money_came(clock, verdict, state):
    desk = collection_contradicted_while_paying_out(clock)
    first = approve(desk, Verdict.DECLINED, clock)
    assert first.change.transfer.latest(Kind.DISBURSEMENT).state is LegState.DECLINED
    assert (first.change.transfer.state, first.closes) == (State.IN_REVIEW, False)
    change = decide(replace(desk, transfer=first.change.transfer), verdict, clock)
    assert change.transfer.state is state
    assert decide(desk, Verdict.SETTLED, clock).transfer.state is State.COMPLETED


def test_a_case_about_a_transfer_that_has_ended_is_noted_and_moves_nothing(clock):
    done = told(under_way(Kind.DISBURSEMENT, clock), settled(clock), clock).transfer
    desk = opened(told(done, declined(clock), clock, Kind.DISBURSEMENT))
    change = decide(desk, Verdict.NOTED, clock)
    assert (change.transfer, change.postings, change.steps) == (desk.transfer, (), ())
    assert (change.evidence[0][1].source, change.evidence[0][2]) == (Source.STAFF, "noted")


# --- What makes no sense


@pytest.mark.parametrize("verdict", [Verdict.SETTLED, Verdict.DECLINED, Verdict.REFUND_AGAIN])
@pytest.mark.parametrize("state", sorted(FINAL | {State.COLLECTED, State.RETURNING}))
def test_what_is_not_held_can_only_be_noted(clock, verdict, state):
    desk = refund_declined(clock)
    with pytest.raises(Conflict, match=f"The transfer is {state} and no longer held"):
        propose(in_state(desk, state), verdict, clock)


def in_state(desk, state):
    return replace(desk, transfer=replace(desk.transfer, state=state))


def test_money_that_is_held_cannot_be_noted_away(clock):
    with pytest.raises(Conflict, match="noted is not enough"):
        propose(refund_declined(clock), Verdict.NOTED, clock)


@pytest.mark.parametrize("kind", Kind)
def test_only_a_declined_refund_is_refunded_again(clock, kind):
    with pytest.raises(Conflict, match="latest refund was declined"):
        propose(in_doubt(kind, clock), Verdict.REFUND_AGAIN, clock)


def test_a_declined_refund_cannot_be_declined_again(clock):
    with pytest.raises(Conflict, match="refund_again"):
        propose(refund_declined(clock), Verdict.DECLINED, clock)


def test_an_older_refund_cannot_be_refunded_again_next_to_a_newer_one(clock):
    desk = refund_declined(clock)
    again = sent(decide(desk, Verdict.REFUND_AGAIN, clock).transfer, clock)
    twice = told(again, declined(clock), clock).transfer
    old = propose(desk, Verdict.REFUND_AGAIN, clock)
    with pytest.raises(Conflict, match="latest refund"):
        approved(old, replace(desk, transfer=twice), BWALYA, clock.now(), Patience())


def test_a_leg_that_there_is_not_cannot_be_decided(clock):
    with pytest.raises(BadInput, match="has no refund"):
        propose(in_doubt(Kind.COLLECTION, clock), Verdict.SETTLED, clock, kind=Kind.REFUND)


def test_a_closed_case_is_not_decided_again(clock):
    desk = refund_declined(clock)
    with pytest.raises(Conflict, match="closed already"):
        propose(replace(desk, filed=replace(desk.filed, closed_at=clock.now())), Verdict.REFUND_AGAIN, clock)


def test_what_was_proposed_is_looked_at_again_when_it_is_approved(clock):
    desk = in_doubt(Kind.COLLECTION, clock)
    decision = propose(desk, Verdict.DECLINED, clock)
    gone_on = told(desk.transfer, settled(clock, Source.STATEMENT), clock).transfer
    with pytest.raises(Conflict, match="no longer held"):
        approved(decision, replace(desk, transfer=gone_on), BWALYA, clock.now(), Patience())


@pytest.mark.parametrize(
    ("verdict", "missing", "told_so"),
    [
        *((verdict, "reason", "give a reason") for verdict in Verdict),
        *((verdict, "evidence", "on what evidence") for verdict in Verdict if verdict is not Verdict.NOTED),
        (Verdict.SETTLED, "operator_id", "operator's id"),
    ],
)
def test_each_verdict_needs_its_words(clock, verdict, missing, told_so):
    with pytest.raises(BadInput, match=told_so) as refusal:
        _propose_where_it_fits(verdict, clock, **{missing: "  "})
    assert refusal.value.field == missing


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.SETTLED])
def test_only_money_that_moved_has_an_operators_id(clock, verdict):
    with pytest.raises(BadInput, match="Only money that moved"):
        _propose_where_it_fits(verdict, clock, operator_id="OP7")


def _propose_where_it_fits(verdict, clock, **more):
    desk = refund_declined(clock) if verdict is Verdict.REFUND_AGAIN else in_doubt(Kind.COLLECTION, clock)
    return propose(in_state(desk, State.FAILED) if verdict is Verdict.NOTED else desk, verdict, clock, **more)


# --- Two people


@pytest.mark.parametrize("role", ROLES)
def test_only_finance_and_admin_propose_and_approve(clock, role):
    desk = refund_declined(clock)
    decision = propose(desk, Verdict.REFUND_AGAIN, clock)
    person = member(3, "chanda@flash.example", role)
    if role in ("finance", "admin"):
        check_role(person)
        check_other_person(decision, THANDI, person)
        return
    with pytest.raises(NotAllowed, match=f"The role {role} may not decide; admin or finance may"):
        proposed(wish(Verdict.REFUND_AGAIN), desk, person, clock.now(), decision_id=DECISION)
    with pytest.raises(NotAllowed):
        check_other_person(decision, THANDI, person)


@pytest.mark.parametrize(
    "other", [THANDI, member(3, "Thandi@FLASH.example"), member(3, "thandi+2@flash.example"), member(1, "x@y.example")]
)
def test_who_proposed_cannot_approve_under_whatever_spelling(clock, other):
    decision = propose(refund_declined(clock), Verdict.REFUND_AGAIN, clock)
    with pytest.raises(NotAllowed, match="another person has to"):
        check_other_person(decision, THANDI, other)


def test_what_was_decided_cannot_be_approved(clock):
    decision = propose(refund_declined(clock), Verdict.REFUND_AGAIN, clock)
    for standing in (Standing.APPROVED, Standing.REJECTED):
        with pytest.raises(Conflict, match=f"was {standing} already"):
            check_other_person(ended(decision, standing, BWALYA, clock.now()), THANDI, BWALYA)


@pytest.mark.parametrize("typed", ["thandi@flash.example", " Thandi@Flash.Example\n", "ｔｈａｎｄｉ@flash.example"])
def test_every_spelling_of_an_email_address_is_the_same_one(typed):
    assert email_address(typed) == "thandi@flash.example"


@pytest.mark.parametrize("typed", ["", "thandi", "@flash.example", "thandi@", "a b@c.example", "a@" + "b" * 260])
def test_what_is_no_email_address_is_refused(typed):
    with pytest.raises(BadInput, match="no email address"):
        email_address(typed)


def test_two_people_of_one_company_are_two_people():
    assert not same_person(THANDI, BWALYA)


def test_staff_decline_without_telling_a_reason_they_cannot_know(clock):
    change = decide(in_doubt(Kind.COLLECTION, clock), Verdict.DECLINED, clock)
    assert change.transfer.reason is Reason.OTHER
