"""Transfers: what the states mean, and which follows which."""

import pytest

from factories import a_transfer, money, under_way
from flash.adapters.memory import MemoryClock
from flash.domain.leg import Kind
from flash.domain.outcome import Reason
from flash.domain.transfer import FINAL, MEANINGS, MOVES, SENDING, State, gives_back_limit, moved

CLOCK = MemoryClock()


def test_every_state_means_what_the_rules_say():
    assert {state.value: (meaning.status, meaning.where, meaning.final) for state, meaning in MEANINGS.items()} == {
        "recorded": ("pending", "with the payer", False),
        "collecting": ("processing", "with the payer, or leaving", False),
        "collected": ("processing", "in our float", False),
        "paying_out": ("processing", "in our float, or leaving", False),
        "returning": ("processing", "in our float, going back", False),
        "in_review": ("processing", "in our float or unproven", False),
        "completed": ("completed", "with the payee", True),
        "failed": ("failed", "with the payer: it never left", True),
        "returned": ("failed", "back with the payer", True),
        "cancelled": ("cancelled", "with the payer", True),
    }


def test_every_state_has_a_meaning_and_moves():
    assert set(MEANINGS) == set(MOVES) == set(State)


def test_a_final_state_has_no_moves_and_every_other_has_some():
    assert {state for state, after in MOVES.items() if not after} == FINAL


def test_every_state_can_be_reached_from_the_first():
    reached, front = {State.RECORDED}, [State.RECORDED]
    while front:
        fresh = MOVES[front.pop()] - reached
        reached |= fresh
        front += fresh
    assert reached == set(State)


def test_every_state_can_still_end():
    ending = set(FINAL)
    for _ in State:
        ending |= {state for state, after in MOVES.items() if after & ending}
    assert ending == set(State)


def test_the_payee_is_paid_from_money_that_was_collected_only():
    assert {state for state, after in MOVES.items() if State.PAYING_OUT in after} == {State.COLLECTED}


def test_nothing_comes_back_to_the_beginning():
    assert not any(State.RECORDED in after for after in MOVES.values())


@pytest.mark.parametrize("after", State)
@pytest.mark.parametrize("before", State)
def test_a_move_is_made_if_the_table_has_it_and_refused_otherwise(before, after):
    transfer = a_transfer(CLOCK, state=before)
    if after not in MOVES[before]:
        with pytest.raises(ValueError, match=f"cannot move from {before} to {after}"):
            moved(transfer, after, CLOCK.now())
        return
    there, step = moved(transfer, after, CLOCK.now())
    assert (there.state, step.before, step.after, step.number) == (after, before, after, 2)


@pytest.mark.parametrize("state", [state for state in State if state is not State.RECORDED])
def test_what_has_ended_or_waits_for_staff_is_not_due_and_all_else_is(state):
    before = next(before for before, after in MOVES.items() if state in after)
    there, _ = moved(a_transfer(CLOCK, state=before, due_at=None), state, CLOCK.now())
    assert there.due_at == (None if MEANINGS[state].final or state is State.IN_REVIEW else CLOCK.now())


def test_a_move_keeps_the_reason_that_was_known_unless_it_brings_another():
    failed, step = moved(a_transfer(CLOCK), State.FAILED, CLOCK.now(), reason=Reason.FLOAT_TOO_LOW)
    assert (failed.reason, step.note) == (Reason.FLOAT_TOO_LOW, "float_too_low")
    held, step = moved(
        a_transfer(CLOCK, state=State.RETURNING, reason=Reason.PAYEE_NOT_FOUND), State.IN_REVIEW, CLOCK.now(), note="n"
    )
    assert (held.reason, step.note) == (Reason.PAYEE_NOT_FOUND, "n")


@pytest.mark.parametrize("after", State)
@pytest.mark.parametrize("before", State)
def test_the_limit_comes_back_when_it_ends_without_paying_and_at_no_other_time(before, after):
    ends_unpaid = after in {State.FAILED, State.RETURNED, State.CANCELLED} and before not in FINAL
    assert gives_back_limit(a_transfer(CLOCK, state=before), a_transfer(CLOCK, state=after)) is ends_unpaid


@pytest.mark.parametrize("kind", Kind)
def test_while_a_leg_is_under_way_the_state_says_so(kind):
    transfer = under_way(kind, CLOCK)
    assert transfer.state is SENDING[kind]
    assert transfer.open_leg == transfer.the_open_leg() == transfer.latest(kind)


def test_the_payer_pays_amount_and_fee():
    assert a_transfer(CLOCK, fee="0.50").total == money("25.50")


def test_each_person_reads_on_their_phone_what_a_leg_is_about():
    transfer = a_transfer(CLOCK)
    assert [transfer.message(kind) for kind in Kind] == [
        "Flash to +260970000002",
        "Flash from +260960000001",
        f"Flash refund {transfer.number}",
    ]
    assert a_transfer(CLOCK, description="Lunch").message(Kind.COLLECTION) == "Flash to +260970000002: Lunch"
    assert len(a_transfer(CLOCK, description="x" * 500).message(Kind.REFUND)) == 160
