"""The sweep: whatever is due is advanced, whoever forgot it."""

import logging
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from factories import ScriptedProvider, World, settled, waiting
from flash.domain.outcome import Source
from flash.domain.transfer import State
from flash.usecases.sweep import Bulkhead, sweep, sweep_until


@pytest.fixture
def world():
    return World()


def senders(world, count):
    return [world.send("1.00", payer=f"0960{number:06d}", payee="0970000002") for number in range(1000, 1000 + count)]


def test_a_payment_completes_without_a_single_wake_up(world):
    transfer = world.send()
    world.jobs.woken.clear()
    world.pass_by(60)
    assert world.get(transfer).state is State.COMPLETED


def test_a_sweep_takes_everything_due(world):
    world.answers(waiting(world.clock, Source.SUBMIT))
    transfers = senders(world, 7)
    assert sweep(world.engine) == 7
    assert {world.get(transfer).state for transfer in transfers} == {State.COLLECTING}


def test_a_sweep_is_bounded_and_the_longest_due_come_first(world):
    world.answers(waiting(world.clock, Source.SUBMIT))
    late = senders(world, 4)
    world.clock.pass_by(timedelta(seconds=1))
    young = world.send("2.00")
    assert sweep(world.engine, most=4) == 4
    assert {world.get(transfer).state for transfer in late} == {State.COLLECTING}
    assert world.get(young).state is State.RECORDED


def test_what_is_not_due_is_not_taken(world):
    world.send()
    sweep(world.engine)
    assert sweep(world.engine) == 0


def test_a_silent_operator_keeps_half_of_the_threads_at_most_and_the_other_is_served(world):
    silent = threading.Event()
    asked = threading.Semaphore(0)

    def wait_in_vain(_leg):
        asked.release()
        assert silent.wait(10)
        return waiting(world.clock, Source.SUBMIT)

    mtn, airtel = ScriptedProvider([wait_in_vain]), ScriptedProvider([waiting(world.clock, Source.SUBMIT)])
    world.operate(mtn, airtel)
    for payer in range(8):
        world.send("1.00", payer=f"09600000{10 + payer}")
    theirs = world.send("1.00", payer="0970000001", payee="0970000002")
    bulkhead = Bulkhead(4)
    threads = [threading.Thread(target=sweep, args=(world.engine,), kwargs={"bulkhead": bulkhead}) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        assert asked.acquire(timeout=10)
        assert asked.acquire(timeout=10)
        for thread in threads[2:]:
            thread.join(0.2)
        assert not asked.acquire(timeout=0.2)
        assert world.get(theirs).state is State.COLLECTING
    finally:
        silent.set()
        for thread in threads:
            thread.join()


class BreakingOnce:
    """Chance that fails the first time, as a bug in our own code would."""

    def __init__(self, chance):
        self.chance, self.broken = chance, False

    def new_id(self):
        return self.chance.new_id()

    def token(self):
        if not self.broken:
            self.broken = True
            raise RuntimeError("a bug")
        return self.chance.token()


def test_one_payment_that_breaks_does_not_keep_the_others_waiting_and_comes_back_after_its_lease(world, caplog):
    transfers = senders(world, 3)
    world.engine = replace(world.engine, chance=BreakingOnce(world.chance))
    assert sweep(world.engine) == 3
    (broken,) = [one for one in transfers if world.get(one).state is State.RECORDED]
    assert [world.get(one).state for one in transfers].count(State.COLLECTING) == 2
    assert f"transfer {broken.id} could not be advanced" in caplog.text
    world.pass_by(89)
    assert world.get(broken).state is State.RECORDED
    world.pass_by(1)
    assert world.get(broken).state is State.COLLECTING


def test_an_adapter_that_raises_leaves_doubt_and_is_asked_again(world, caplog):
    transfer = world.send()
    world.answers(RuntimeError("a bug"), settled(world.clock))
    world.pass_by(10)
    assert world.get(transfer).state is State.COMPLETED
    assert [kept.body for _, kept, meaning in world.file(transfer).evidence if meaning == "unknown"] == ["RuntimeError"]
    assert f"the adapter for mtn broke on {transfer.legs[0].reference}" in caplog.text


class Stopping(threading.Event):
    """Says to go on so many times."""

    def __init__(self, rounds):
        super().__init__()
        self.rounds, self.waited = rounds, []

    def wait(self, timeout=None):
        self.waited.append(timeout)
        self.rounds -= 1
        return self.rounds < 0


def test_a_sweep_that_fails_is_told_and_the_next_one_comes(caplog):
    swept = []

    def sweep_once():
        swept.append(len(swept))
        if len(swept) == 1:
            raise RuntimeError("the database is gone")
        return 0

    with caplog.at_level(logging.ERROR):
        sweep_until(Stopping(3), sweep_once, 1.0)
    assert swept == [0, 1, 2]
    assert caplog.text.count("the sweep failed") == 1


def test_a_sweep_follows_at_once_while_there_is_something_due():
    stopping, taken = Stopping(4), iter([0, 10, 3, 0])
    sweep_until(stopping, lambda: next(taken), 1.5)
    assert stopping.waited == [1.5, 1.5, 0, 0, 1.5]


def test_sweeping_stops_when_it_is_told_to():
    stopping = threading.Event()
    stopping.set()
    sweep_until(stopping, lambda: pytest.fail("it swept"), 1.0)
