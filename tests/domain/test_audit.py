"""The audit: damage of every kind is planted in a sound dossier, and each is told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from factories import PAYEE, World, a_transfer, money
from flash.adapters.memory import MemoryClock
from flash.domain.audit import Dossier, differences
from flash.domain.fees import parse_fees
from flash.domain.leg import Kind, LegState
from flash.domain.money import ZMW
from flash.domain.outcome import Source
from flash.domain.transfer import State, Step

NO_PAYEE = "0970000071"


def dossier_of(payee=PAYEE, *, seconds=40):
    """A dossier as the core itself makes it, with a fee of K0.42."""
    world = World()
    world.terms = replace(world.terms, fees=parse_fees("20000: 0.42", ZMW))
    transfer = world.send(payee=payee)
    world.pass_by(seconds)
    return world.file(transfer).dossier


COMPLETED = dossier_of()
RETURNED = dossier_of(NO_PAYEE)
COLLECTING = dossier_of(seconds=10)


def told(dossier):
    return " | ".join(differences(dossier))


def with_transfer(dossier, **changed):
    return replace(dossier, transfer=replace(dossier.transfer, **changed))


def with_leg(dossier, kind, **changed):
    """Change each leg of that kind."""
    legs = tuple(replace(leg, **changed) if leg.kind is kind else leg for leg in dossier.transfer.legs)
    return with_transfer(dossier, legs=legs)


def with_account(dossier, account, amount):
    """Change what is posted to an account, and balance it by another that is not looked at."""
    postings = [
        replace(posting, amount=money(amount)) if posting.account == account else posting
        for posting in dossier.postings
    ]
    rest = sum(posting.amount.minor for posting in postings)
    return replace(
        dossier, postings=[*postings, replace(postings[0], account="elsewhere", amount=money(f"{-rest}e-2"))]
    )


@pytest.mark.parametrize(
    ("dossier", "state"),
    [(COMPLETED, State.COMPLETED), (RETURNED, State.RETURNED), (COLLECTING, State.COLLECTING)],
    ids=["completed", "returned", "collecting"],
)
def test_what_the_core_itself_stores_is_sound(dossier, state):
    assert dossier.transfer.state is state
    assert told(dossier) == ""


def test_a_payment_as_it_was_recorded_is_sound():
    clock = MemoryClock()
    transfer = a_transfer(clock)
    step = Step(1, clock.now(), None, State.RECORDED)
    assert told(Dossier(transfer=transfer, steps=[step], postings=[], proofs=[])) == ""


def test_a_second_settled_collection_is_told():
    legs = COMPLETED.transfer.legs
    assert "more than one collection is settled" in told(with_transfer(COMPLETED, legs=(legs[0], *legs)))


def test_a_payout_and_a_refund_that_both_settled_are_told():
    damaged = with_leg(RETURNED, Kind.DISBURSEMENT, state=LegState.SETTLED)
    assert "more than one of disbursement and refund is settled" in told(damaged)


def test_a_second_settled_payout_is_told():
    legs = COMPLETED.transfer.legs
    damaged = with_transfer(COMPLETED, legs=(*legs, legs[-1]))
    assert "more than one of disbursement and refund is settled" in told(damaged)


def test_two_legs_under_way_at_once_are_told():
    damaged = with_leg(
        with_leg(COMPLETED, Kind.COLLECTION, state=LegState.SUBMITTED), Kind.DISBURSEMENT, state="planned"
    )
    assert "more than one leg is open" in told(damaged)


def test_a_leg_that_ended_without_evidence_is_told():
    assert "the collection is settled without evidence" in told(replace(COMPLETED, proofs=[]))
    assert "the disbursement is declined without evidence" in told(replace(RETURNED, proofs=[]))


@pytest.mark.parametrize(
    "weaker",
    [
        lambda proof: (proof[0], Source.SUBMIT, proof[2]),
        lambda proof: (*proof[:2], "declined"),
        lambda proof: (COMPLETED.transfer.id, *proof[1:]),
    ],
    ids=["answer to the order", "the opposite", "another leg"],
)
def test_evidence_that_does_not_prove_a_success_is_told(weaker):
    damaged = replace(COMPLETED, proofs=[weaker(proof) for proof in COMPLETED.proofs])
    assert "the collection is settled without evidence" in told(damaged)


def test_a_refusal_of_the_order_is_evidence_enough_for_a_decline():
    sources = {source for reference, source, word in RETURNED.proofs if word == "declined"}
    assert sources == {Source.SUBMIT}
    assert told(RETURNED) == ""


def test_a_posting_that_is_missing_is_told():
    assert "its postings do not sum to zero" in told(replace(COMPLETED, postings=COMPLETED.postings[1:]))


@pytest.mark.parametrize("account", ["payer:mtn", "payee:airtel", "fees"])
def test_a_journal_that_shows_other_sums_than_the_legs_is_told(account):
    damaged = with_account(COMPLETED, account, "1.00")
    assert f"the journal shows 100 for {account} where the legs say" in told(damaged)
    assert "sum to zero" not in told(damaged)


def test_a_fee_without_a_completed_payment_is_told():
    fee = [posting for posting in COMPLETED.postings if posting.amount in (money("0.42"), money("-0.42"))]
    damaged = replace(RETURNED, postings=[*RETURNED.postings, *fee])
    assert "the journal shows 42 for fees where the legs say 0" in told(damaged)


@pytest.mark.parametrize(
    ("dossier", "state"),
    [
        (COMPLETED, State.RECORDED),
        (COMPLETED, State.COLLECTING),
        (COMPLETED, State.COLLECTED),
        (COMPLETED, State.PAYING_OUT),
        (COMPLETED, State.RETURNING),
        (COMPLETED, State.FAILED),
        (COMPLETED, State.CANCELLED),
        (COMPLETED, State.RETURNED),
        (RETURNED, State.COMPLETED),
        (COLLECTING, State.COMPLETED),
        (COLLECTING, State.RETURNED),
        (COLLECTING, State.COLLECTED),
    ],
)
def test_a_state_that_its_settled_legs_do_not_bear_out_is_told(dossier, state):
    assert f"it is {state} with settled legs" in told(with_transfer(dossier, state=state))


def test_what_staff_hold_may_have_any_legs_settled():
    assert "with settled legs" not in told(with_transfer(COMPLETED, state=State.IN_REVIEW))


@pytest.mark.parametrize(
    ("dossier", "kind"),
    [
        (COMPLETED, Kind.COLLECTION),
        (COMPLETED, Kind.DISBURSEMENT),
        (RETURNED, Kind.COLLECTION),
        (RETURNED, Kind.REFUND),
    ],
    ids=["collected too much", "paid out too much", "collected too much and returned less", "returned too much"],
)
def test_a_leg_over_another_amount_than_was_agreed_is_told_even_where_the_journal_agrees_with_it(dossier, kind):
    reference = dossier.transfer.latest(kind).reference
    more = [
        replace(posting, amount=money("500.00" if posting.amount > money("0.00") else "-500.00"))
        if posting.reference == reference and abs(posting.amount.minor) > 42
        else posting
        for posting in dossier.postings
    ]
    damaged = replace(with_leg(dossier, kind, amount=money("500.00")), postings=more)
    assert told(damaged) != ""


def test_a_movement_booked_to_another_operators_float_is_told():
    swapped = [
        replace(posting, account=posting.account.replace("float:airtel", "float:mtn")) for posting in COMPLETED.postings
    ]
    assert told(replace(COMPLETED, postings=swapped)) != ""


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_a_missing_step_is_told(number):
    steps = [step for index, step in enumerate(COMPLETED.steps) if index != number]
    assert "its steps are broken at number" in told(replace(COMPLETED, steps=steps))


def test_steps_that_do_not_follow_from_each_other_are_told():
    steps = [*COMPLETED.steps[:-1], replace(COMPLETED.steps[-1], before=State.COLLECTING)]
    assert f"its steps are broken at number {len(steps)}" in told(replace(COMPLETED, steps=steps))


def test_a_story_without_its_end_is_told():
    damaged = replace(COMPLETED, steps=COMPLETED.steps[:-1])
    assert "its steps end in paying_out where it is completed" in told(damaged)


def test_a_payment_without_a_story_is_told():
    assert "its steps end in None where it is completed" in told(replace(COMPLETED, steps=[]))


def test_a_wrong_count_of_steps_is_told():
    assert "its steps end in" in told(with_transfer(COMPLETED, step_count=9))


def test_a_payment_under_way_that_nobody_will_look_at_again_is_told():
    assert "will never be looked at again" in told(with_transfer(COLLECTING, due_at=None))


def test_a_payment_that_has_ended_and_is_yet_due_is_told():
    due_at = COMPLETED.transfer.updated_at + timedelta(hours=1)
    assert "it is completed and yet due" in told(with_transfer(COMPLETED, due_at=due_at))
