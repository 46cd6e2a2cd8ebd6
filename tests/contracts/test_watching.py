"""Seats for those who wait: bounded, and nobody takes everybody's."""

import threading
from uuid import uuid4

import pytest

from factories import World
from flash.usecases.watch import EACH, Watcher


def test_nobody_gets_more_seats_than_their_own(world: World) -> None:
    watcher, me, other = Watcher(world.database.unit_of_work, seats=EACH + 1), uuid4(), uuid4()
    mine = [watcher.seat(uuid4(), "mark", me) for _ in range(EACH + 1)]
    taken = [seat.__enter__() for seat in mine]
    assert [seat is not None for seat in taken] == [True] * EACH + [False]
    with watcher.seat(uuid4(), "mark", other) as seat:
        assert seat is not None
    for seat in mine:
        seat.__exit__(None, None, None)
    assert watcher.waiting == 0


def test_a_watcher_that_cannot_begin_to_look_keeps_no_seat(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    watcher = Watcher(world.database.unit_of_work, seats=1)

    def no_more_threads(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", no_more_threads)
        with pytest.raises(RuntimeError), watcher.seat(uuid4(), "mark", uuid4()):
            pass
    assert watcher.waiting == 0
    with watcher.seat(uuid4(), "mark", uuid4()) as seat:
        assert seat is not None
        seat.wait(10)
        assert seat.changed.is_set()  # Nothing has this name, so what is known of it is no longer so.
