"""What is counted, and when, over every store and every meter there is."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from factories import World, money
from flash.adapters.memory import MemoryClock, MemoryMeter
from flash.adapters.prometheus_meter import PrometheusMeter
from flash.domain import facts, message
from flash.domain.circuit import Circuit, Operation
from flash.domain.errors import Conflict, StaleWrite
from flash.domain.facts import (
    CaseOpened,
    Fact,
    FloatHeard,
    LegEnded,
    MessageEnded,
    PersonJoined,
    TransferBegan,
    TransferEnded,
)
from flash.domain.leg import Kind, LegState
from flash.domain.outcome import Reason
from flash.domain.routing import Operator
from flash.domain.standing import Standing
from flash.domain.transfer import State
from flash.ports.jobs import Chore
from flash.usecases.metering import FloatWatch, MeteredCircuits, metered, metered_sweep

NOW = MemoryClock().now()


def kinds(world: World) -> Counter[type]:
    return Counter(type(fact) for fact in world.meter.facts)


def test_a_payment_is_counted_as_it_begins_with_each_leg_and_as_it_ends(world: World) -> None:
    world.send("40.00")
    assert kinds(world) == {PersonJoined: 1, TransferBegan: 1}
    world.pass_by(60)
    world.texts("0960000001")
    way = facts.Way(Operator.MTN, Operator.AIRTEL, facts.Occasion.SEND)
    ended = [fact for fact in world.meter.facts if isinstance(fact, TransferEnded)]
    assert [replace(fact, took=timedelta(0)) for fact in ended] == [
        TransferEnded(way, State.COMPLETED, None, timedelta(0))
    ]
    assert timedelta(seconds=10) < ended[0].took < timedelta(seconds=61)
    assert [fact for fact in world.meter.facts if isinstance(fact, LegEnded)] == [
        LegEnded(Operator.MTN, Kind.COLLECTION, LegState.SETTLED, money("40.00")),
        LegEnded(Operator.AIRTEL, Kind.DISBURSEMENT, LegState.SETTLED, money("40.00")),
    ]
    assert kinds(world)[MessageEnded] == 2
    assert MessageEnded(message.Kind.OUTCOME, message.Standing.SENT) in world.meter.facts


def test_a_payment_that_goes_back_counts_three_legs(world: World) -> None:
    world.send("40.00", payee="0970000072")
    world.pass_by(80)
    legs = [(fact.kind, fact.state) for fact in world.meter.facts if isinstance(fact, LegEnded)]
    assert legs == [
        (Kind.COLLECTION, LegState.SETTLED),
        (Kind.DISBURSEMENT, LegState.DECLINED),
        (Kind.REFUND, LegState.SETTLED),
    ]
    (ended,) = (fact for fact in world.meter.facts if isinstance(fact, TransferEnded))
    assert (ended.state, ended.reason) == (State.RETURNED, Reason.PAYEE_LIMIT_REACHED)


def test_a_case_is_counted_and_ends_nothing(world: World) -> None:
    world.send("25.83")
    world.pass_by(60)
    assert [fact for fact in world.meter.facts if isinstance(fact, CaseOpened)] == [CaseOpened("contradiction")]
    assert kinds(world)[TransferEnded] == 0


def test_what_is_rolled_back_was_never_counted(world: World) -> None:
    transfer = world.send("40.00")
    before = list(world.meter.facts)

    def two_of_which_one_is_known() -> None:
        with world.database.unit_of_work() as store:
            store.transfers.add(replace(transfer, id=world.chance.new_id(), number="FL2", key="other"))
            store.transfers.add(transfer)

    with pytest.raises(Conflict):
        two_of_which_one_is_known()
    assert world.meter.facts == before


EVERYTHING: list[Fact] = [
    TransferBegan(facts.Way(Operator.MTN, Operator.AIRTEL, facts.Occasion.LINK)),
    TransferEnded(
        facts.Way(Operator.MTN, Operator.MTN, facts.Occasion.SEND), State.FAILED, Reason.OTHER, timedelta(seconds=3)
    ),
    LegEnded(Operator.AIRTEL, Kind.REFUND, LegState.SETTLED, money("12.34")),
    LegEnded(Operator.AIRTEL, Kind.REFUND, LegState.DECLINED, money("99.00")),
    CaseOpened("doubt_too_old"),
    CaseOpened("reconcile_amount"),
    facts.LineEnded(refused=True),
    MessageEnded(message.Kind.CODE, message.Standing.REFUSED),
    PersonJoined(),
    facts.OperatorCalled(Circuit(Operator.MTN, Operation.QUERY), clear=False, took=timedelta(seconds=2)),
    facts.Swept(3),
    facts.ChoreDone("chain", failed=True),
    facts.RequestAnswered("/health/", "BREW", 404, timedelta(seconds=1)),
]


@pytest.fixture(params=[MemoryMeter, PrometheusMeter])
def meter(request: pytest.FixtureRequest) -> Any:
    """Each meter there is."""
    return request.param()


def read(meter: Any) -> str:
    """Return what a meter says, as text."""
    if isinstance(meter, MemoryMeter):
        return "\n".join(map(repr, meter.facts))
    return str(meter.page(Standing(at=NOW)).body.decode())


def test_a_meter_hears_every_fact_there_is(meter: Any) -> None:
    heard = FloatHeard(Operator.MTN, money("1.00"), NOW)
    assert {type(fact) for fact in [*EVERYTHING, heard]} == set(facts.Fact.__args__)
    meter.note()
    seen = {read(meter)}
    for fact in [*EVERYTHING, *EVERYTHING, heard]:
        meter.note(fact)
        assert read(meter) not in seen, fact
        seen.add(read(meter))


def test_what_a_meter_of_prometheus_shows() -> None:
    meter = PrometheusMeter()
    meter.note(*EVERYTHING, FloatHeard(Operator.MTN, money("5000.00"), NOW))
    page = read(meter)
    for line in (
        'flash_transfers_begun_total{occasion="link",payee_operator="airtel",payer_operator="mtn"} 1.0',
        'flash_legs_ended_total{kind="refund",operator="airtel",outcome="declined"} 1.0',
        'flash_moved_ngwee_total{kind="refund",operator="airtel"} 1234.0',
        'flash_cases_opened_total{cause="reconciliation"} 1.0',
        'flash_http_requests_total{method="other",route="/health/",status="4xx"} 1.0',
        'flash_transfer_duration_seconds_bucket{le="5.0",outcome="failed"} 1.0',
        'flash_float_ngwee{operator="mtn"} 500000.0',
        "flash_swept_transfers_total 3.0",
        "flash_database_up 0.0",
        "flash_queue_up 0.0",
    ):
        assert line in page.splitlines()
    assert "flash_transfers_due" not in page
    assert "_created" not in page


def test_calls_chores_sweeps_and_floats_are_counted_where_they_go_through() -> None:
    world, meter = World(), MemoryMeter()
    circuit = Circuit(Operator.MTN, Operation.QUERY)
    MeteredCircuits(world.circuits, meter).heard(circuit, good=True, took=timedelta(seconds=1))

    def broken() -> int:
        raise StaleWrite

    with pytest.raises(StaleWrite):
        metered(Chore("chain", broken, 1.0), meter).do()
    assert metered_sweep(lambda: 2, meter)() == 2
    assert FloatWatch({Operator.MTN: world.sandbox}, meter, world.clock).hear() == 0
    told = world.sandbox.float_available()
    assert meter.facts == [
        facts.OperatorCalled(circuit, True, timedelta(seconds=1)),
        facts.ChoreDone("chain", True),
        facts.ChoreDone("sweep", False),
        facts.Swept(2),
        FloatHeard(Operator.MTN, told, world.clock.now()),
    ]
