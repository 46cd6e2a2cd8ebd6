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


def propose(case_of, verdict, clock, **more):
    filed, transfer = case_of
    return proposed(wish(verdict, **more), filed, transfer, THANDI, clock.now(), decision_id=DECISION)


def decide(case_of, verdict, clock, **more):
    filed, transfer = case_of
    decision = propose(case_of, verdict, clock, **more)
    return approved(decision, filed, transfer, BWALYA, clock.now(), Patience())


def opened(change):
    """The case that a change opened, and the transfer as it then was."""
    return FiledCase(id=CASE, transfer_id=change.transfer.id, case=change.case), change.transfer


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
    filed, held = collection_contradicted(clock)
    change = decide((filed, held), Verdict.DECLINED, clock)
    assert change.transfer.state is State.FAILED
    assert change.gives_back_limit
    before = postings_for(held.latest(Kind.COLLECTION), clock.now())
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


def test_the_leg_under_way_is_decided_first_and_another_one_by_name(clock):
    filed, held = payout_contradicted_while_going_back(clock)
    assert propose((filed, held), Verdict.DECLINED, clock).reference == held.latest(Kind.REFUND).reference
    with pytest.raises(Conflict, match="The refund is still open; it has to be decided first"):
        propose((filed, held), Verdict.SETTLED, clock, kind=Kind.DISBURSEMENT)
    change = decide((filed, held), Verdict.DECLINED, clock)
    settled_after_all = decide(opened(change), Verdict.SETTLED, clock, kind=Kind.DISBURSEMENT)
    assert settled_after_all.transfer.state is State.COMPLETED


def test_a_case_about_a_transfer_that_has_ended_is_noted_and_moves_nothing(clock):
    done = told(under_way(Kind.DISBURSEMENT, clock), settled(clock), clock).transfer
    filed, ended_one = opened(told(done, declined(clock), clock, Kind.DISBURSEMENT))
    change = decide((filed, ended_one), Verdict.NOTED, clock)
    assert (change.transfer, change.postings, change.steps) == (ended_one, (), ())
    assert (change.evidence[0][1].source, change.evidence[0][2]) == (Source.STAFF, "noted")


# --- What makes no sense


@pytest.mark.parametrize("verdict", [Verdict.SETTLED, Verdict.DECLINED, Verdict.REFUND_AGAIN])
@pytest.mark.parametrize("state", sorted(FINAL | {State.COLLECTED, State.RETURNING}))
def test_what_is_not_held_can_only_be_noted(clock, verdict, state):
    filed, held = refund_declined(clock)
    with pytest.raises(Conflict, match=f"The transfer is {state} and no longer held"):
        propose((filed, replace(held, state=state)), verdict, clock)


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
    filed, held = refund_declined(clock)
    again = sent(decide((filed, held), Verdict.REFUND_AGAIN, clock).transfer, clock)
    twice = opened(told(again, declined(clock), clock))
    old = propose((filed, held), Verdict.REFUND_AGAIN, clock)
    with pytest.raises(Conflict, match="latest refund"):
        approved(old, filed, twice[1], BWALYA, clock.now(), Patience())


def test_a_leg_that_there_is_not_cannot_be_decided(clock):
    with pytest.raises(BadInput, match="has no refund"):
        propose(in_doubt(Kind.COLLECTION, clock), Verdict.SETTLED, clock, kind=Kind.REFUND)


def test_a_closed_case_is_not_decided_again(clock):
    filed, held = refund_declined(clock)
    with pytest.raises(Conflict, match="closed already"):
        propose((replace(filed, closed_at=clock.now()), held), Verdict.REFUND_AGAIN, clock)


def test_what_was_proposed_is_looked_at_again_when_it_is_approved(clock):
    filed, held = in_doubt(Kind.COLLECTION, clock)
    decision = propose((filed, held), Verdict.DECLINED, clock)
    gone_on = told(held, settled(clock, Source.STATEMENT), clock).transfer
    with pytest.raises(Conflict, match="no longer held"):
        approved(decision, filed, gone_on, BWALYA, clock.now(), Patience())


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
    filed, held = refund_declined(clock) if verdict is Verdict.REFUND_AGAIN else in_doubt(Kind.COLLECTION, clock)
    if verdict is Verdict.NOTED:
        held = replace(held, state=State.FAILED)
    return propose((filed, held), verdict, clock, **more)


# --- Two people


@pytest.mark.parametrize("role", ROLES)
def test_only_finance_and_admin_propose_and_approve(clock, role):
    filed, held = refund_declined(clock)
    decision = propose((filed, held), Verdict.REFUND_AGAIN, clock)
    person = member(3, "chanda@flash.example", role)
    if role in ("finance", "admin"):
        check_role(person)
        check_other_person(decision, THANDI, person)
        return
    with pytest.raises(NotAllowed, match=f"The role {role} may not decide; admin or finance may"):
        proposed(wish(Verdict.REFUND_AGAIN), filed, held, person, clock.now(), decision_id=DECISION)
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
