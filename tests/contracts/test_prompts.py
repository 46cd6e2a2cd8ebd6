"""A payer's phone shows one request for approval at a time; other payments wait in order, and not for ever."""

from datetime import timedelta

import pytest

from factories import PAYER, ScriptedProvider, World, at_once, declined, settled, unseen, waiting
from flash.domain.errors import StaleWrite
from flash.domain.leg import Kind
from flash.domain.outcome import Reason
from flash.domain.progress import Patience, cancelled
from flash.domain.transfer import State, Transfer
from flash.usecases.advance_transfer import advance_transfer

PATIENCE = Patience()


def states(world: World, *transfers: Transfer) -> list[State]:
    return [world.get(transfer).state for transfer in transfers]


def collections(operator: ScriptedProvider, of: Transfer | None = None) -> int:
    asked = [leg.reference for call, leg in operator.calls if call == "submit" and leg.kind is Kind.COLLECTION]
    return asked.count(of.legs[0].reference) if of else len(asked)


def sends(world: World, count: int) -> list[Transfer]:
    """Payments of one person, one right after the other."""
    found = []
    for number in range(count):
        world.clock.pass_by(timedelta(seconds=0.1))
        found.append(world.send(f"{25 + number}.00"))
    return found


def test_a_second_payment_waits_until_the_first_is_approved(world: World) -> None:
    first, second = sends(world, 2)
    world.pass_by(20)
    assert states(world, first, second) == [State.COLLECTING, State.RECORDED]
    world.pass_by(15)
    assert states(world, second) == [State.COLLECTING]
    world.pass_by(60)
    assert states(world, first, second) == [State.COMPLETED, State.COMPLETED]
    assert world.audit() == []


def test_payments_are_asked_for_in_the_order_in_which_they_were_made(world: World) -> None:
    transfers = sends(world, 4)
    asked: list[Transfer] = []
    for _ in range(300):
        world.pass_by(1)
        asked += [one for one in transfers if world.get(one).state is not State.RECORDED and one not in asked]
    assert asked == transfers


@pytest.mark.parametrize("end", ["declined", "cancelled"])
def test_the_next_payment_is_asked_for_at_once_when_the_one_before_came_to_nothing(world: World, end: str) -> None:
    operator = world.answers(waiting(world.clock))
    first, second = sends(world, 2)
    world.pass_by(5)
    if end == "cancelled":
        world.cancel(first)
    operator.answers = [declined(world.clock), waiting(world.clock)]
    world.pass_by(10)
    assert world.get(first).final
    assert states(world, second) == [State.COLLECTING]


def test_one_in_line_that_ends_lets_the_next_one_pass(world: World) -> None:
    operator = world.answers(waiting(world.clock))
    transfers = sends(world, 3)
    world.pass_by(5)
    world.cancel(transfers[1])
    operator.answers = [settled(world.clock)]
    world.pass_by(10)
    assert states(world, *transfers) == [State.COMPLETED, State.CANCELLED, State.COMPLETED]


def test_a_phone_that_never_answers_is_free_again_when_its_request_must_have_lapsed(world: World) -> None:
    operator = world.answers(waiting(world.clock))
    first, second = sends(world, 2)
    world.pass_by(PATIENCE.prompt_life.total_seconds() - 20, every=5)
    assert (states(world, first, second), collections(operator)) == ([State.COLLECTING, State.RECORDED], 1)
    world.pass_by(60, every=5)
    assert (states(world, first, second), collections(operator)) == ([State.COLLECTING, State.COLLECTING], 2)


def test_who_waits_too_long_is_not_asked_any_more_and_told_why(world: World) -> None:
    world.answers(waiting(world.clock))
    transfers = sends(world, 3)
    world.pass_by(PATIENCE.start_limit.total_seconds() + 30, every=5)
    last = world.get(transfers[2])
    assert (last.state, last.reason) == (State.FAILED, Reason.PAYER_BUSY)
    assert world.audit() == []


def test_an_order_that_nobody_knows_is_not_sent_again_while_the_phone_shows_another(world: World) -> None:
    operator = world.answers(unseen(world.clock))
    operator.answers = [waiting(world.clock), unseen(world.clock)]
    first, second = sends(world, 2)
    world.pass_by(5)
    with world.database.unit_of_work() as store:
        now = world.clock.now()
        assert not store.transfers.take_prompt(second, now, now + PATIENCE.prompt_life)
        assert store.transfers.take_prompt(second, now + PATIENCE.prompt_life, now + 2 * PATIENCE.prompt_life)
    world.pass_by(120)
    assert (states(world, first), collections(operator, first)) == ([State.COLLECTING], 1)


def test_a_cancel_that_was_passed_by_the_request_for_approval_does_not_free_the_phone(world: World) -> None:
    world.answers(waiting(world.clock))
    first, second = sends(world, 2)
    with world.database.unit_of_work() as store:
        before = store.transfers.get(first.id)
    advance_transfer(first.id, world.engine)
    with world.database.unit_of_work() as store:
        with pytest.raises(StaleWrite):
            store.transfers.apply(cancelled(before, world.clock.now()))
        assert not store.transfers.may_ask(second, world.clock.now())


def test_of_eight_payments_taken_up_at_once_one_is_asked_for(sql_world: World) -> None:
    world = sql_world
    operator = world.answers(waiting(world.clock))
    transfers = [world.send(f"{25 + number}.00") for number in range(8)]
    at_once(8, lambda number: advance_transfer(transfers[number].id, world.engine))
    assert collections(operator) == 1
    assert states(world, *transfers).count(State.COLLECTING) == 1
    world.clock.pass_by(timedelta(minutes=1))
    operator.answers = [settled(world.clock)]
    world.pass_by(120)
    assert set(states(world, *transfers)) == {State.COMPLETED}
    assert world.audit() == []


def test_eight_in_line_that_are_cancelled_at_once_do_not_wait_for_each_other(sql_world: World) -> None:
    world = sql_world
    world.answers(waiting(world.clock))
    shown, *in_line = sends(world, 9)
    world.pass_by(3)
    ended = at_once(8, lambda number: world.cancel(in_line[number]))
    assert [one.state for one in ended if isinstance(one, Transfer)] == [State.CANCELLED] * 8
    assert states(world, shown) == [State.COLLECTING]


def test_people_do_not_wait_for_each_other(world: World) -> None:
    world.answers(waiting(world.clock))
    mine, theirs = world.send(payer=PAYER), world.send(payer="0960000003")
    world.pass_by(2)
    assert states(world, mine, theirs) == [State.COLLECTING, State.COLLECTING]
