"""Signs of life of the processes that work, and since when something has been due."""

from datetime import timedelta

import pytest

from factories import World, at_once
from flash.ports.heartbeats import Heartbeat
from flash.usecases.heartbeat import KEPT, Heart

SECOND = timedelta(seconds=1)


def heart(world: World, process: str = "here:1") -> Heart:
    return Heart(world.database.unit_of_work, world.clock, process)


def beats(world: World) -> list[Heartbeat]:
    with world.database.unit_of_work() as store:
        return list(store.heartbeats.all())


def test_a_process_says_that_it_lives_and_when_it_last_looked_for_what_is_due(world: World) -> None:
    mine = heart(world)
    mine.beat()
    assert beats(world) == [Heartbeat("here:1", world.clock.now(), None)]
    assert mine.noting(lambda: 7)() == 7
    swept_at = world.clock.now()
    world.clock.pass_by(SECOND)
    mine.beat()
    assert beats(world) == [Heartbeat("here:1", world.clock.now(), swept_at)]


def test_a_sweep_that_broke_did_not_come_to_its_end(world: World) -> None:
    def broken() -> int:
        raise OSError("the database went away")

    mine = heart(world)
    with pytest.raises(OSError, match="went away"):
        mine.noting(broken)()
    mine.beat()
    assert beats(world)[0].swept_at is None


def test_the_latest_is_told_first_and_who_ended_as_it_should_not_at_all(world: World) -> None:
    hearts = [heart(world, f"here:{number}") for number in range(3)]
    for one in hearts:
        one.beat()
        world.clock.pass_by(SECOND)
    hearts[1].stop()
    hearts[1].stop()
    assert [one.process for one in beats(world)] == ["here:2", "here:0"]


def test_the_dead_are_forgotten_after_a_day(world: World) -> None:
    heart(world, "there:1").beat()
    world.clock.pass_by(KEPT)
    heart(world).beat()
    assert len(beats(world)) == 2
    world.clock.pass_by(SECOND)
    heart(world).beat()
    assert [one.process for one in beats(world)] == ["here:1"]


def test_processes_say_so_at_once(sql_world: World) -> None:
    at_once(8, lambda number: heart(sql_world, f"here:{number % 4}").beat())
    assert {one.process for one in beats(sql_world)} == {f"here:{number}" for number in range(4)}


def test_it_is_known_since_when_something_has_been_due_that_nobody_took(world: World) -> None:
    def due_since() -> object:
        with world.database.unit_of_work() as store:
            return store.transfers.due_since(world.clock.now())

    assert due_since() is None
    began = world.clock.now()
    world.send()
    world.clock.pass_by(SECOND)
    world.send(payer="0960000002")
    world.clock.pass_by(SECOND)
    assert due_since() == began
    with world.database.unit_of_work() as store:
        store.transfers.claim_due(world.clock.now(), until=world.clock.now() + SECOND, limit=2)
    assert due_since() is None
    world.clock.pass_by(SECOND)
    assert due_since() == world.clock.now()
