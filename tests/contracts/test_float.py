"""What a store promises of the payout float, over every store there is."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from factories import PAYEE, World, at_once, money, msisdn, settled, unknown, waiting
from flash.adapters.memory import MemoryClock
from flash.domain.leg import Kind, Leg
from flash.domain.money import Money
from flash.domain.outcome import Outcome, Reason, Source
from flash.domain.payout_float import FloatClaims
from flash.domain.routing import Operator
from flash.domain.transfer import State
from flash.usecases.advance_transfer import advance_transfer
from flash.usecases.send_money import Order
from flash.usecases.sweep import sweep


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


def test_what_may_go_back_is_held_where_it_would_go_back(world: World) -> None:
    transfer = world.send("40.00", payee="0970000072")
    until_state(world, State.RETURNING)
    world.answers(unknown(world.clock))
    world.pass_by(25 * 3600, every=600)
    assert world.get(transfer).state is State.IN_REVIEW
    assert claims(world) == (FloatClaims(ahead=money("40.00"), under_way=Money(0)), FloatClaims(Money(0), Money(0)))


def test_what_its_payer_does_not_want_any_more_is_held_where_it_would_go_back(world: World) -> None:
    transfer = world.send("40.00")
    until_state(world, State.COLLECTING)
    world.cancel(transfer)
    assert claims(world) == (FloatClaims(ahead=money("40.00"), under_way=Money(0)), FloatClaims(Money(0), Money(0)))


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


class Treasury:
    """An operator whose float really goes down, at once when a payout is ordered and before anybody is told."""

    def __init__(self, clock: MemoryClock, payout_float: Money) -> None:
        self.clock, self.left = clock, payout_float
        self.asked: Counter[UUID] = Counter()
        self.paid: set[UUID] = set()
        self._turn = threading.Lock()

    def platform(self, kind: Kind) -> str:
        return f"https://operator.example/{kind}"

    def submit(self, leg: Leg) -> Outcome:
        with self._turn:
            if leg.kind is Kind.COLLECTION:
                self.asked[leg.reference] += 1
            elif leg.reference not in self.paid:
                self.paid.add(leg.reference)
                self.left -= leg.amount
        return waiting(self.clock, Source.SUBMIT)

    def ask(self, leg: Leg) -> Outcome:
        return settled(self.clock, amount=leg.amount, party=leg.party)

    def float_available(self) -> Money:
        with self._turn:
            return self.left


def test_a_thousand_sends_on_a_float_for_a_hundred_ask_exactly_a_hundred_payers(sql_world: World) -> None:
    """On SQLite, where one writes at a time, two hundred on a float for twenty."""
    world = sql_world
    count = 1000 if world.database.engine.dialect.name == "postgresql" else 200
    treasury = Treasury(world.clock, money(f"{count}.00"))
    world.operate(treasury)
    people = [world.person(f"0960000{number:03}") for number in range(count)]
    orders = [
        Order(payer=people[number], payee=msisdn(PAYEE), amount=money("10.00"), key=f"key-{number}")
        for number in range(count)
    ]
    with ThreadPoolExecutor(16) as pool:
        transfers = [accepted.transfer for accepted in pool.map(world.accept_order, orders)]
        for _ in range(40):
            list(pool.map(lambda _: sweep(world.engine), range(16)))
            world.clock.pass_by(timedelta(seconds=5))
    ends = Counter((world.get(one).state, world.get(one).reason) for one in transfers)
    paid = count // 10
    assert ends == {(State.COMPLETED, None): paid, (State.FAILED, Reason.FLOAT_TOO_LOW): count - paid}
    assert set(treasury.asked.values()) == {1}
    assert (len(treasury.asked), treasury.left) == (paid, Money(0))
    assert claims(world, since=world.clock.now() + timedelta(1)) == (FloatClaims(Money(0), Money(0)),) * 2
    assert world.audit() == []
