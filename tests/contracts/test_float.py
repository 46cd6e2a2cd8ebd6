"""What a store promises of the payout float, over every store there is."""

from dataclasses import replace
from datetime import datetime, timedelta

from factories import World, at_once, money
from flash.domain.money import Money
from flash.domain.outcome import Reason
from flash.domain.payout_float import FloatClaims
from flash.domain.routing import Operator
from flash.domain.transfer import State
from flash.usecases.advance_transfer import advance_transfer


def test_float_is_reserved_while_a_payout_may_still_come_and_by_the_operator_that_pays(world: World) -> None:
    nothing, payout = FloatClaims(Money(0), Money(0)), money("40.00")
    began = world.clock.now()
    world.send("40.00")
    assert claims(world) == (nothing, nothing)
    world.pass_by(5)
    assert claims(world) == (nothing, FloatClaims(ahead=payout, under_way=Money(0)))
    until_state(world, State.PAYING_OUT)
    assert claims(world) == (nothing, FloatClaims(ahead=Money(0), under_way=payout))
    world.pass_by(60)
    assert claims(world) == (nothing, nothing)
    assert claims(world, since=began) == (nothing, FloatClaims(ahead=Money(0), under_way=payout))


def test_a_refund_draws_on_the_float_of_the_operator_that_gives_it_back(world: World) -> None:
    transfer = world.send("40.00", payee="0970000072")
    until_state(world, State.RETURNING)
    began, back = world.clock.now(), FloatClaims(ahead=Money(0), under_way=money("40.00"))
    assert claims(world)[0] == back
    world.pass_by(60)
    assert world.get(transfer).state is State.RETURNED
    assert claims(world)[0] == FloatClaims(Money(0), Money(0))
    assert claims(world, since=began)[0] == back


def claims(world: World, since: datetime | None = None) -> tuple[FloatClaims, ...]:
    """What draws on the floats of MTN and Airtel."""
    at = since or world.clock.now()
    found = []
    for operator in (Operator.MTN, Operator.AIRTEL):
        with world.database.unit_of_work() as store:
            found.append(store.transfers.reserve_float(operator, at))
    return tuple(found)


def until_state(world: World, state: State) -> None:
    """Let time pass until the only transfer is in a state."""
    with world.database.unit_of_work() as store:
        (dossier,) = store.transfers.dossiers(after=None, limit=1)
    for _ in range(100):
        if world.get(dossier.transfer).state is state:
            return
        world.clock.pass_by(timedelta(seconds=1))
        advance_transfer(dossier.transfer.id, world.engine)
    raise AssertionError(f"it never became {state}")


def test_a_float_for_one_payout_asks_one_payer_however_many_send_at_once(sql_world: World) -> None:
    world = sql_world
    sandbox = replace(world.sandbox, payout_float=money("100.00"))
    world.operate(sandbox, sandbox)
    transfers = [world.send("80.00", payer=f"096000000{number}") for number in range(1, 9)]
    at_once(8, lambda number: advance_transfer(transfers[number].id, world.engine))
    states = [world.get(transfer).state for transfer in transfers]
    assert (states.count(State.COLLECTING), states.count(State.FAILED)) == (1, 7)
    assert {world.get(one).reason for one in transfers} == {None, Reason.FLOAT_TOO_LOW}
    world.pass_by(60)
    assert world.audit() == []
