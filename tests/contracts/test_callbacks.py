"""What a store promises of callbacks, over every store there is."""

from datetime import timedelta
from typing import Any

import pytest

from factories import World, at_once, settled, waiting
from flash.domain.callback import Callback
from flash.domain.leg import Leg
from flash.domain.outcome import Outcome
from flash.domain.transfer import State, Transfer
from flash.usecases.advance_transfer import advance_transfer, drive_transfer
from flash.usecases.hear_callback import hear_callback


def a_callback(world: World, token: str, operator: str = "mtn", body: bytes = b"{}") -> Callback:
    return Callback(
        received_at=world.clock.now(),
        operator=operator,
        token=token,
        method="PUT",
        source="127.0.0.1",
        headers=(("Content-Type", "application/json"), ("X-Odd", "\u00ff")),
        body=body,
    )


def hear(world: World, callback: Callback, **operators: Any) -> None:
    with world.database.unit_of_work() as store:
        hear_callback(callback, store=store, clock=world.clock, operators=operators)


def under_way(world: World) -> Transfer:
    """A transfer whose payer was asked, and that is not due for a while."""
    transfer = world.send()
    advance_transfer(transfer.id, world.engine)
    return world.get(transfer)


def test_a_callback_makes_its_transfer_due_now_and_wakes_a_job(world: World) -> None:
    transfer = under_way(world)
    woken = len(world.jobs.woken)
    assert transfer.due_at > world.clock.now()
    hear(world, a_callback(world, transfer.the_open_leg().callback_token))
    after = world.get(transfer)
    assert (after.due_at, after.hinted, after.state) == (world.clock.now(), True, transfer.state)
    assert world.jobs.woken[woken:] == [transfer.id]
    assert after.legs == transfer.legs


def test_what_a_callback_brought_comes_out_as_it_went_in(world: World) -> None:
    transfer = under_way(world)
    callback = a_callback(world, transfer.the_open_leg().callback_token, body=bytes(range(256)))
    hear(world, callback)
    hear(world, a_callback(world, "unknown"))
    assert world.file(transfer).callbacks == [callback]


@pytest.mark.parametrize(
    "wrong", ["unknown token", "no token", "other operator", "no operator", "odd characters", "an odd operator"]
)
def test_a_callback_about_nothing_we_know_changes_nothing_and_is_kept(world: World, wrong: str) -> None:
    transfer = under_way(world)
    token = transfer.the_open_leg().callback_token
    token, operator = {
        "unknown token": ("x" * 500, "mtn"),
        "no token": ("", "mtn"),
        "other operator": (token, "airtel"),
        "no operator": (token, "nobody" * 20),
        "odd characters": ("\x00\u20ac", "mtn"),
        "an odd operator": (token, "m\x00tn"),
    }[wrong]
    hear(world, a_callback(world, token, operator, body=bytes(range(256))))
    assert world.get(transfer) == transfer


def test_callbacks_one_after_the_other_wake_once_and_change_no_schedule(world: World) -> None:
    transfer = under_way(world)
    token = transfer.the_open_leg().callback_token
    woken = len(world.jobs.woken)
    for _ in range(3):
        hear(world, a_callback(world, token))
    assert world.jobs.woken[woken:] == [transfer.id]
    assert world.get(transfer).version == transfer.version + 1
    for _ in range(7):
        hear(world, a_callback(world, token))
        advance_transfer(transfer.id, world.engine)
    assert world.get(transfer).due_at == world.clock.now() + timedelta(seconds=2)


def test_a_callback_about_what_is_overdue_does_not_put_it_back_in_the_queue(world: World) -> None:
    transfer = under_way(world)
    world.clock.pass_by(timedelta(minutes=1))
    hear(world, a_callback(world, transfer.the_open_leg().callback_token))
    assert world.get(transfer).due_at == transfer.due_at


def test_a_callback_after_the_end_changes_nothing(world: World) -> None:
    transfer = under_way(world)
    world.pass_by(60)
    end = world.get(transfer)
    for leg in end.legs:
        hear(world, a_callback(world, leg.callback_token, leg.operator))
    assert world.get(transfer) == end
    assert end.due_at is None


def test_a_hint_while_the_operator_is_asked_has_it_asked_again_at_once(world: World) -> None:
    """The answer on its way may be older than the callback, and the next look may be ten minutes off."""
    transfer = under_way(world)
    token = transfer.the_open_leg().callback_token

    def asked(leg: Leg) -> Outcome:
        hear(world, a_callback(world, token))
        return waiting(world.clock)

    world.answers(asked, settled(world.clock))
    world.clock.pass_by(timedelta(seconds=5))
    advance_transfer(transfer.id, world.engine)
    assert world.get(transfer).due_at == world.clock.now()
    advance_transfer(transfer.id, world.engine)
    assert world.get(transfer).state is State.COLLECTED
    assert world.audit() == []


def test_it_is_known_when_a_callback_last_came_and_whether_one_did(world: World) -> None:
    transfer = under_way(world)
    with world.database.unit_of_work() as store:
        assert store.callbacks.last_at("mtn") is None
    hear(world, a_callback(world, "unknown"))
    hear(world, a_callback(world, transfer.the_open_leg().callback_token))
    with world.database.unit_of_work() as store:
        assert store.callbacks.last_at("mtn") == world.clock.now()
        assert store.callbacks.last_at("airtel") is None
        assert [store.callbacks.has_token("mtn", token) for token in ("unknown", "never")] == [True, False]


def test_a_hundred_callbacks_at_once_complete_a_payment_once(sql_world: World) -> None:
    world = sql_world
    transfer = under_way(world)
    token = transfer.the_open_leg().callback_token
    world.clock.pass_by(timedelta(seconds=31))

    def either(number: int) -> None:
        if number % 4:
            hear(world, a_callback(world, token))
        else:
            drive_transfer(transfer.id, world.engine)

    at_once(100, either)
    world.pass_by(60)
    end = world.get(transfer)
    assert end.state is State.COMPLETED
    assert [leg.attempts for leg in end.legs] == [1, 1]
    assert world.audit() == []
