"""What a restored database forgot, and the operators remember: held before it is paid twice, on every database."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from desk import BWALYA, approve, member, open_cases, propose
from factories import RecordingOperator, World, at_once, settled, waiting
from flash.domain.errors import Conflict
from flash.domain.forgotten import forgotten_leg
from flash.domain.leg import Kind, Leg, derived_reference
from flash.domain.outcome import Reason
from flash.domain.review import Verdict
from flash.domain.routing import Operator
from flash.domain.statement import Entry, Line, Result
from flash.domain.transfer import State, Transfer
from flash.usecases.advance_transfer import advance_transfer, drive_transfer
from flash.usecases.reconcile import Became
from statements import NOTHING, a_statement, line_of, reconciled, told

FORGOTTEN, KNOWN = ("forgotten", "case opened"), ("forgotten", "known before")
EXPECTED = ("forgotten", "closed")


def stopped_in(world: World, state: State, *, cancelled: bool = False, **more: Any) -> Transfer:
    """A transfer as it was at the backup, and is again: the operators know no more than that yet."""
    reached = settled(world.clock)
    slow = Kind.COLLECTION if state is State.COLLECTING else Kind.DISBURSEMENT
    world.answers(lambda leg: waiting(world.clock) if leg.kind is slow else reached)
    transfer = world.send(**more)
    if cancelled and state is State.COLLECTING:
        advance_transfer(transfer.id, world.engine)
        world.cancel(transfer)
    while world.get(transfer).state is not (State.COLLECTED if cancelled and state is State.RETURNING else state):
        world.clock.pass_by(timedelta(seconds=1))
        advance_transfer(transfer.id, world.engine)
    if cancelled and state is State.RETURNING:
        world.cancel(transfer)
    return world.get(transfer)


def lost(transfer: Transfer, kind: Kind, place: int = 1) -> Leg:
    """A leg that followed in the history that is gone."""
    reference = derived_reference(transfer.legs[0].reference, kind, place)
    return forgotten_leg(transfer, reference, kind, transfer.updated_at)


def line(world: World, leg: Leg, **more: Any) -> Line:
    return line_of(leg, **{"at": world.clock.now(), **more})


def causes(world: World, transfer: Transfer) -> list[str]:
    return [case.cause for case in world.file(transfer).cases]


def decided(world: World, *verdicts: Verdict, **more: Any) -> None:
    """Two people decide the only case there is, and the one that this opens."""
    thandi, bwalya = member(world), member(world, BWALYA)
    for verdict in verdicts:
        (filed,) = open_cases(world)
        approve(world, propose(world, filed, thandi, verdict, **more), bwalya)


def hard_at_work(world: World) -> RecordingOperator:
    """Have workers do all there is, at an operator that would pay whatever it is asked for; return what it got."""
    operator = RecordingOperator(world.sandbox)
    world.operate(operator)
    world.pass_by(120, every=5)
    return operator


BEFORE = [
    pytest.param(State.RECORDED, 1, id="not asked for yet"),
    pytest.param(State.COLLECTING, 1, id="collecting"),
    pytest.param(State.COLLECTING, 2, id="collecting, and the payout was declined"),
    pytest.param(State.COLLECTED, 1, id="collected"),
    pytest.param(State.COLLECTED, 2, id="collected, and the payout was declined"),
    pytest.param(State.PAYING_OUT, 2, id="paying out, which was declined"),
]


@pytest.mark.parametrize(("state", "place"), BEFORE)
def test_a_refund_that_our_books_lost_holds_the_transfer_until_two_people_decided(
    world: World, state: State, place: int
) -> None:
    transfer = stopped_in(world, state)
    world.clock.pass_by(timedelta(minutes=1))
    collection = replace(transfer.legs[0].sent(transfer.updated_at, ""), closed_at=world.clock.now(), operator_id="OP1")
    refund = line(world, lost(transfer, Kind.REFUND, place), raw="the very line", operator_id="R1")
    statement = a_statement(line_of(collection), refund)
    assert told(reconciled(world, statement)) == [FORGOTTEN]
    after = world.get(transfer)
    assert (after.state, after.due_at, causes(world, transfer)) == (State.IN_REVIEW, None, ["reconcile_forgotten"])
    bodies = [kept.body for _, kept, meaning in world.file(transfer).evidence if meaning == "forgotten"]
    assert bodies == ["the very line"]
    assert world.audit() == []
    assert told(reconciled(world, statement)) == [KNOWN]
    assert world.get(transfer) == after
    operator = hard_at_work(world)
    assert (operator.received, world.get(transfer)) == ([], after)
    decided(world, Verdict.SETTLED, operator_id="R1")
    ended = world.get(transfer)
    cancelled = Reason.CANCELLED_BY_PAYER if place == 1 else None
    assert (ended.state, ended.legs[-1].reference, ended.reason) == (State.RETURNED, refund.reference, cancelled)
    assert hard_at_work(world).received == []
    assert told(reconciled(world, statement)) == []
    assert world.audit() == []


@pytest.mark.parametrize("result", [Result.FAILED, Result.PENDING])
def test_a_refund_that_may_have_been_tried_by_hand_since_is_asked_about_too(world: World, result: Result) -> None:
    transfer = stopped_in(world, State.COLLECTED)
    statement = a_statement(line(world, lost(transfer, Kind.REFUND), result=result))
    assert told(reconciled(world, statement)) == [FORGOTTEN]
    assert told(reconciled(world, statement)) == [KNOWN]
    decided(world, Verdict.DECLINED, Verdict.REFUND_AGAIN)
    operator = hard_at_work(world)
    assert [kind for kind, _ in operator.received] == [Kind.REFUND]
    assert world.get(transfer).state is State.RETURNED
    assert world.audit() == []


def test_a_refund_of_another_amount_holds_it_all_the_same(world: World) -> None:
    transfer = stopped_in(world, State.COLLECTED)
    wrong = line(world, lost(transfer, Kind.REFUND), amount=replace(transfer.amount, minor=1), entry=Entry.DISBURSEMENT)
    for became in ("case opened", "known before"):
        assert told(reconciled(world, a_statement(wrong))) == [("amount", became)]
    assert (world.get(transfer).state, causes(world, transfer)) == (State.IN_REVIEW, ["reconcile_amount"])
    assert world.audit() == []


def test_a_fee_beside_it_is_a_second_case(world: World) -> None:
    transfer = stopped_in(world, State.COLLECTED)
    statement = a_statement(line(world, lost(transfer, Kind.REFUND), fee=transfer.amount))
    assert told(reconciled(world, statement)) == [FORGOTTEN, ("fee", "case opened")]
    assert told(reconciled(world, statement)) == [KNOWN, ("fee", "known before")]


@pytest.mark.parametrize(("verdict", "state"), [(Verdict.SETTLED, State.COMPLETED), (Verdict.DECLINED, State.FAILED)])
def test_a_collection_that_was_not_asked_for_yet_when_our_books_stopped_is_decided_by_people(
    world: World, verdict: Verdict, state: State
) -> None:
    transfer = stopped_in(world, State.RECORDED)
    collection = line(world, transfer.legs[0], operator_id="OP1")
    assert told(reconciled(world, a_statement(collection))) == [("contradiction", "case opened")]
    assert world.get(transfer).state is State.IN_REVIEW
    world.clock.pass_by(timedelta(hours=1))  # So that it would be too old to be asked for.
    assert hard_at_work(world).received == []
    decided(world, verdict, **({"operator_id": "OP1"} if verdict is Verdict.SETTLED else {}))
    hard_at_work(world)
    assert world.get(transfer).state is state
    assert world.audit() == []


# --- What comes by itself


@pytest.mark.parametrize("state", [State.COLLECTING, State.COLLECTED])
def test_a_payout_that_is_ordered_again_anyway_is_named_and_holds_nobody_up(world: World, state: State) -> None:
    transfer = stopped_in(world, state)
    payout = lost(transfer, Kind.DISBURSEMENT)
    statement, airtel = a_statement(line(world, payout)), replace(NOTHING, operator=Operator.AIRTEL)
    assert told(reconciled(world, statement, airtel)) == [EXPECTED]
    (again,) = reconciled(world, statement, airtel)
    assert (again.became, again.is_done) == (Became.KNOWN, True)
    assert world.get(transfer) == transfer
    world.answers(lambda leg: replace(settled(world.clock), operator_id=line_of(leg).operator_id))
    world.pass_by(60, every=5)
    after = world.get(transfer)
    assert (after.state, after.legs[1].reference) == (State.COMPLETED, payout.reference)
    assert told(reconciled(world, statement, airtel)) == []
    assert causes(world, transfer) == []


@pytest.mark.parametrize("state", [State.COLLECTING, State.RETURNING])
def test_a_refund_that_is_ordered_again_anyway_holds_nobody_up(world: World, state: State) -> None:
    transfer = stopped_in(world, state, cancelled=True)
    assert told(reconciled(world, a_statement(line(world, lost(transfer, Kind.REFUND))))) == [EXPECTED]
    assert world.get(transfer) == transfer


def test_money_that_went_out_is_not_paid_back_because_the_payer_cancels_after_the_restore(world: World) -> None:
    transfer = stopped_in(world, State.RETURNING, cancelled=True)
    statement = a_statement(line(world, lost(transfer, Kind.DISBURSEMENT), operator_id="P1"))
    assert told(reconciled(world, statement, replace(NOTHING, operator=Operator.AIRTEL))) == [FORGOTTEN]
    assert hard_at_work(world).received == []
    decided(world, Verdict.SETTLED, operator_id="P1")
    assert world.get(transfer).state is State.COMPLETED
    assert world.audit() == []


# --- Where workers ran already


def ordered_since(world: World) -> tuple[Transfer, Leg]:
    """A transfer whose payout went out after the restore, and whose refund was settled before it."""
    transfer = stopped_in(world, State.COLLECTED)
    refund = lost(transfer, Kind.REFUND)
    world.clock.pass_by(timedelta(hours=1))
    drive_transfer(transfer.id, world.engine)
    assert world.get(transfer).state is State.PAYING_OUT
    found = reconciled(world, a_statement(line_of(refund, operator_id="R1")))
    assert (told(found), world.get(transfer).state) == ([FORGOTTEN], State.IN_REVIEW)
    assert world.audit() == []
    return transfer, refund


def test_a_payout_that_a_worker_ordered_meanwhile_waits_for_people_beside_the_refund(world: World) -> None:
    transfer, refund = ordered_since(world)
    (filed,) = open_cases(world)
    with pytest.raises(Conflict, match="The refund moved the money already"):
        propose(world, filed, member(world, "mulenga@flash.example"), Verdict.SETTLED)
    decided(world, Verdict.DECLINED)
    after = world.get(transfer)
    assert (after.state, after.legs[-1].reference) == (State.RETURNED, refund.reference)
    assert hard_at_work(world).received == []
    assert world.audit() == []
    assert told(reconciled(world, a_statement(line_of(refund, operator_id="R1")))) == []


def test_a_refund_beside_a_payment_that_was_completed_is_told_and_changes_nothing(world: World) -> None:
    transfer = stopped_in(world, State.COLLECTED)
    statement = a_statement(line(world, lost(transfer, Kind.REFUND)))
    world.answers(settled(world.clock))
    drive_transfer(transfer.id, world.engine)
    completed = world.get(transfer)
    assert completed.state is State.COMPLETED
    assert told(reconciled(world, statement)) == [FORGOTTEN]
    assert told(reconciled(world, statement)) == [KNOWN]
    after = world.get(transfer)
    assert replace(after, version=completed.version) == completed
    decided(world, Verdict.NOTED)
    assert world.audit() == []


def interrupted(world: World, at: int, do: Callable[[], object]) -> None:
    """Have something done as the unit of work with this number is opened, from now on."""
    real, opened = world.database.unit_of_work, []

    def unit_of_work() -> Any:
        opened.append(None)
        if len(opened) == at:
            do()
        return real()

    world.database.unit_of_work = unit_of_work


def test_a_transfer_that_goes_back_while_we_look_is_left_alone(world: World) -> None:
    transfer = stopped_in(world, State.COLLECTED)
    statement = a_statement(line(world, lost(transfer, Kind.REFUND)))
    interrupted(world, 5, lambda: world.cancel(transfer))
    (found,) = reconciled(world, statement)
    assert (found.became, world.get(transfer).state) == (Became.MOVED, State.RETURNING)


def test_a_worker_that_pays_out_at_the_same_moment_pays_before_the_hold_or_not_at_all(sql_world: World) -> None:
    world = sql_world
    made = [stopped_in(world, State.COLLECTED, payer=f"096000000{number}") for number in range(1, 7)]
    lines = [line(world, lost(one, Kind.REFUND), operator_id=f"R{number}") for number, one in enumerate(made)]
    world.clock.pass_by(timedelta(minutes=10))
    operator = world.answers(waiting(world.clock))

    def work(number: int) -> None:
        if number == 0:
            reconciled(world, a_statement(*lines))
        else:
            for one in made[:: -1 if number == 1 else 1]:
                advance_transfer(one.id, world.engine)

    assert at_once(3, work) == [None] * 3
    paid = [leg.reference for call, leg in operator.calls if call == "submit"]
    assert len(paid) == len(set(paid))
    for transfer in made:
        after = world.get(transfer)
        assert (after.state, causes(world, after)) == (State.IN_REVIEW, ["reconcile_forgotten"])
        assert [leg.kind for leg in after.legs].count(Kind.REFUND) == 1
        ordered = [leg.reference for leg in after.legs if leg.kind is Kind.DISBURSEMENT]
        assert ordered == [reference for reference in paid if reference in {leg.reference for leg in after.legs}]
    before = len(operator.calls)
    world.pass_by(60, every=5)
    assert len(operator.calls) == before
    assert world.audit() == []
