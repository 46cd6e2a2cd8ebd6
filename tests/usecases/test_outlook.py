"""Before the payer is asked: what is looked at, in which order, and what an operator that does not answer changes."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from factories import ScriptedProvider, World, declined, money, settled, unknown, waiting
from flash.adapters.circuits import PybreakerCircuits
from flash.domain.circuit import Circuit, Flow, Operation
from flash.domain.leg import Kind
from flash.domain.outcome import Reason, Source
from flash.domain.routing import Operator
from flash.domain.transfer import State
from flash.ports.provider import Wallet
from flash.usecases.advance_transfer import advance_transfer


@pytest.fixture
def world():
    return World()


@dataclass
class Talkative(ScriptedProvider):
    """A scripted operator that tells everything, and notes what it was asked."""

    ready: bool = True
    told: Wallet | None = field(default_factory=lambda: Wallet(active=True, holder="Chanda Phiri"))
    questions: list[str] = field(default_factory=list)

    def is_ready(self, kind):
        self.questions.append(f"ready for {kind}")
        return self.ready

    def wallet(self, _msisdn):
        self.questions.append("wallet")
        return self.told

    def float_available(self):
        self.questions.append("float")
        return money("1000000.00")


def begin(world, mtn, airtel, **more):
    world.operate(mtn, airtel)
    transfer = world.send(**more)
    advance_transfer(transfer.id, world.engine)
    return transfer


def test_the_payers_operator_is_asked_whether_it_would_ring_and_the_payees_about_wallet_and_float(world):
    mtn, airtel = Talkative([waiting(world.clock, Source.SUBMIT)]), Talkative([])
    transfer = begin(world, mtn, airtel)
    assert (mtn.questions, airtel.questions) == (
        ["ready for collection"],
        ["ready for disbursement", "wallet", "float"],
    )
    assert world.get(transfer).state is State.COLLECTING
    assert world.get(transfer).payee_name == "Chanda Phiri"


def test_a_wallet_that_is_not_active_needs_no_look_at_the_float(world):
    mtn, airtel = Talkative([]), Talkative([], told=Wallet(active=False))
    transfer = begin(world, mtn, airtel)
    assert airtel.questions == ["ready for disbursement", "wallet"]
    assert (world.get(transfer).state, world.get(transfer).reason) == (State.FAILED, Reason.PAYEE_NOT_FOUND)


def test_where_we_are_not_signed_in_nothing_is_stored_as_sent_and_nobody_rings(world):
    mtn, airtel = Talkative([waiting(world.clock, Source.SUBMIT)], ready=False), Talkative([])
    transfer = begin(world, mtn, airtel)
    assert world.get(transfer).state is State.RECORDED
    assert world.get(transfer).legs[0].attempts == 0
    mtn.ready = True
    world.pass_by(10)
    assert world.get(transfer).state is State.COLLECTING


def test_a_sign_in_that_keeps_failing_opens_the_circuit_and_the_payment_ends_with_a_clear_reason(world):
    mtn, airtel = Talkative([], ready=False), Talkative([])
    transfer = begin(world, mtn, airtel)
    world.pass_by(60)
    assert world.circuits.condition(Circuit(Operator.MTN, Operation.COLLECTION)).flow is not Flow.CLOSED
    world.pass_by(600)
    assert world.path(transfer) == ["recorded", "failed"]
    assert world.get(transfer).reason is Reason.OPERATOR_UNAVAILABLE
    assert mtn.calls == airtel.calls == []


def test_while_a_circuit_is_open_nobody_is_asked_anything(world):
    mtn, airtel = Talkative([waiting(world.clock, Source.SUBMIT)]), Talkative([])
    for _ in range(5):
        world.circuits.heard(Circuit(Operator.AIRTEL, Operation.DISBURSEMENT), good=False, took=timedelta(0))
    world.operate(mtn, airtel)
    transfer = a_send_from_before(world)
    world.pass_by(29)
    assert mtn.questions == airtel.questions == mtn.calls == []
    world.pass_by(5)
    assert world.get(transfer).state is State.COLLECTING


def a_send_from_before(world):
    """A payment that was accepted while all was well."""
    circuits, world.circuits = world.circuits, World().circuits
    transfer = world.send()
    world.circuits = circuits
    return transfer


def test_one_payment_tries_an_operator_that_was_down_and_the_others_wait_for_what_it_learns(world):
    orders = [unknown(world.clock, Source.SUBMIT)]
    mtn, airtel = Talkative(orders), Talkative([])
    for _ in range(5):
        world.circuits.heard(Circuit(Operator.MTN, Operation.COLLECTION), good=False, took=timedelta(0))
    world.operate(mtn, airtel)
    circuits, world.circuits = world.circuits, World().circuits
    transfers = [world.send(payer=f"096000000{number}") for number in range(1, 6)]
    world.circuits = circuits
    world.pass_by(31)
    assert len([call for call, _ in mtn.calls if call == "submit"]) == 1
    assert [world.get(one).state for one in transfers].count(State.COLLECTING) == 1
    mtn.answers = [waiting(world.clock, Source.SUBMIT)]
    world.pass_by(70)
    assert {world.get(one).state for one in transfers} == {State.COLLECTING}


@pytest.mark.parametrize("kind", [Kind.COLLECTION, Kind.DISBURSEMENT])
def test_orders_that_are_left_without_an_answer_open_the_circuit_of_their_kind(world, kind):
    answers = {Kind.COLLECTION: [unknown], Kind.DISBURSEMENT: [waiting, settled, unknown]}[kind]
    for number in range(5):
        script = [answer(world.clock) for answer in answers]
        world.answers(*script)
        transfer = a_send(world, number)
        for _ in range(len(answers)):
            world.clock.pass_by(timedelta(seconds=4))
            advance_transfer(transfer.id, world.engine)
    operator = Operator.MTN if kind is Kind.COLLECTION else Operator.AIRTEL
    world.clock.pass_by(timedelta(seconds=2))
    assert world.circuits.condition(Circuit(operator, Operation(kind))).flow is Flow.OPEN


def a_send(world, number):
    return world.send(payer=f"09600000{10 + number}")


def test_an_explicit_refusal_is_an_answer_and_opens_nothing(world):
    for number in range(12):
        transfer = world.send(payer="0960000064", payee=f"09700000{10 + number}")
        advance_transfer(transfer.id, world.engine)
        assert world.get(transfer).state is State.FAILED
    assert world.circuits.condition(Circuit(Operator.MTN, Operation.COLLECTION)).flow is Flow.CLOSED


def test_what_is_in_our_float_is_paid_out_though_the_circuit_is_open(world):
    world.circuits = PybreakerCircuits(world.clock, open_for=timedelta(hours=1))
    world.engine = replace(world.engine, circuits=world.circuits)
    transfer = world.send()
    world.pass_by(20)
    for operator in (Operator.MTN, Operator.AIRTEL):
        for operation in Operation:
            for _ in range(5):
                world.circuits.heard(Circuit(operator, operation), good=False, took=timedelta(0))
    world.pass_by(40)
    assert world.get(transfer).state is State.COMPLETED
    assert world.circuits.condition(Circuit(Operator.AIRTEL, Operation.DISBURSEMENT)).flow is Flow.OPEN


def test_a_payout_waits_at_the_door_until_we_are_signed_in_so_that_a_refusal_of_it_is_clear(world):
    mtn = Talkative([waiting(world.clock, Source.SUBMIT), settled(world.clock), waiting(world.clock)])
    airtel = Talkative([declined(world.clock, Reason.PAYEE_NOT_FOUND, Source.SUBMIT)])
    transfer = begin(world, mtn, airtel)
    airtel.ready = False
    world.pass_by(30)
    assert world.get(transfer).state is State.COLLECTED
    assert airtel.calls == []
    assert world.circuits.condition(Circuit(Operator.AIRTEL, Operation.DISBURSEMENT)).flow is not Flow.CLOSED
    airtel.ready = True
    world.pass_by(10)
    assert (world.get(transfer).state, world.get(transfer).legs[1].reason) == (State.RETURNING, Reason.PAYEE_NOT_FOUND)


def test_a_payout_does_not_wait_at_the_door_for_ever(world):
    mtn = Talkative([waiting(world.clock, Source.SUBMIT), settled(world.clock)])
    airtel = Talkative([unknown(world.clock, Source.SUBMIT)])
    transfer = begin(world, mtn, airtel)
    airtel.ready = False
    world.pass_by(23 * 3600, every=600)
    assert world.get(transfer).state is State.COLLECTED
    world.pass_by(2 * 3600, every=600)
    assert world.get(transfer).state is State.IN_REVIEW
    assert [case.cause for case in world.file(transfer).cases] == ["never_ordered"]
    assert airtel.calls == []


@pytest.mark.parametrize("missing", [Operator.MTN, Operator.AIRTEL])
def test_nobody_rings_when_an_operator_is_not_configured(world, missing):
    operator = Talkative([waiting(world.clock, Source.SUBMIT)])
    others = {one: operator for one in (Operator.MTN, Operator.AIRTEL) if one is not missing}
    world.engine = replace(world.engine, operators=others)
    transfer = world.send()
    world.pass_by(700)
    assert world.path(transfer) == ["recorded", "failed"]
    assert world.get(transfer).reason is Reason.OPERATOR_UNAVAILABLE
    assert operator.calls == []


def test_an_operator_that_answers_unclearly_about_one_leg_is_well(world):
    world.answers(waiting(world.clock, Source.SUBMIT), replace(unknown(world.clock), healthy=True))
    world.send()
    world.pass_by(60)
    assert world.circuits.condition(Circuit(Operator.MTN, Operation.QUERY)).flow is Flow.CLOSED


def test_a_payment_that_is_stopped_by_something_else_leaves_the_try_to_one_that_can_use_it(world):
    mtn, airtel = Talkative([waiting(world.clock, Source.SUBMIT)]), Talkative([], told=Wallet(active=False))
    break_down(world, Operator.MTN, Operation.COLLECTION)
    world.operate(mtn, airtel)
    stopped = a_send_from_before(world)
    world.pass_by(31)
    assert world.get(stopped).state is State.FAILED
    airtel.told = Wallet(active=True)
    transfer = world.send("30.00")
    world.pass_by(2)
    assert world.get(transfer).state is State.COLLECTING


def break_down(world, operator, operation):
    for _ in range(5):
        world.circuits.heard(Circuit(operator, operation), good=False, took=timedelta(0))


def test_a_float_that_is_not_known_for_too_long_is_too_low_and_asked_about_ever_more_seldom(world):
    mtn = Talkative([waiting(world.clock, Source.SUBMIT), settled(world.clock)])
    airtel = Talkative([unknown(world.clock, Source.SUBMIT), waiting(world.clock)])
    airtel.float_available = lambda: airtel.questions.append("float") or money("100.00")
    first = begin(world, mtn, airtel, amount="60.00")
    world.pass_by(10)
    assert world.get(first).state is State.PAYING_OUT
    del airtel.questions[:]
    mtn.answers = [waiting(world.clock, Source.SUBMIT)]
    second = world.send("60.00", payer="0960000003")
    world.pass_by(700)
    assert (world.get(second).state, world.get(second).reason) == (State.FAILED, Reason.FLOAT_TOO_LOW)
    assert airtel.questions.count("float") < 50
