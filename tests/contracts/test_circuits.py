"""What circuit breakers promise, in the memory of one process and in Redis for several."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from redis import Redis

from factories import at_once
from flash.adapters.circuits import WAIT_S, PybreakerCircuits
from flash.adapters.memory import MemoryClock
from flash.domain.circuit import Circuit, Flow, Operation
from flash.domain.routing import Operator
from servers import RedisServer, Server

COLLECTING = Circuit(Operator.MTN, Operation.COLLECTION)
QUICK, SLOW = timedelta(seconds=1), timedelta(seconds=6)
OPEN_FOR = timedelta(seconds=30)


@dataclass
class Shared:
    """Circuits, the same as another process sees them, and a way to let the open time go by."""

    here: PybreakerCircuits
    there: PybreakerCircuits
    clock: MemoryClock
    let_open_time_pass: Callable[[], None]

    def hear(self, *answers: bool, took: timedelta = QUICK, circuit: Circuit = COLLECTING) -> None:
        for good in answers:
            self.here.heard(circuit, good=good, took=took)

    def flow(self, circuit: Circuit = COLLECTING) -> Flow:
        self.clock.pass_by(timedelta(seconds=2))
        assert self.here.condition(circuit) == self.here.condition(circuit)
        return self.there.condition(circuit).flow


@pytest.fixture(params=["memory", "redis"])
def circuits(request: pytest.FixtureRequest) -> Iterator[Shared]:
    clock = MemoryClock()
    if request.param == "memory":
        one = PybreakerCircuits(clock)
        yield Shared(one, one, clock, lambda: clock.pass_by(OPEN_FOR))
        return
    with Redis.from_url(request.getfixturevalue("redis_server").url) as redis:
        redis.flushdb()

        def pass_by() -> None:
            clock.pass_by(OPEN_FOR)
            for key in redis.scan_iter("flash:circuit:*"):
                if redis.pttl(key) > 0:
                    redis.delete(key)

        yield Shared(PybreakerCircuits(clock, redis), PybreakerCircuits(clock, redis), clock, pass_by)
        redis.flushdb()


def test_a_circuit_begins_closed_and_lets_everything_through(circuits: Shared) -> None:
    assert circuits.flow() is Flow.CLOSED
    assert all(circuits.here.lets_through(COLLECTING) for _ in range(3))


def test_five_bad_answers_in_a_row_open_it_for_every_process(circuits: Shared) -> None:
    circuits.hear(False, False, False, False)
    assert circuits.flow() is Flow.CLOSED
    circuits.hear(False)
    assert circuits.flow() is Flow.OPEN
    assert timedelta(0) < circuits.there.condition(COLLECTING).wait <= OPEN_FOR
    assert not circuits.there.lets_through(COLLECTING)


def test_one_good_answer_in_between_keeps_it_closed(circuits: Shared) -> None:
    circuits.hear(*([False, False, False, False, True] * 3))
    assert circuits.flow() is Flow.CLOSED


def test_circuits_of_other_operations_and_operators_stay_as_they_are(circuits: Shared) -> None:
    circuits.hear(*[False] * 5)
    others = [Circuit(Operator.MTN, Operation.QUERY), Circuit(Operator.AIRTEL, Operation.COLLECTION)]
    assert [circuits.flow(other) for other in others] == [Flow.CLOSED, Flow.CLOSED]


def test_what_is_heard_while_it_is_open_changes_nothing(circuits: Shared) -> None:
    circuits.hear(*[False] * 5, True, True, False)
    assert circuits.flow() is Flow.OPEN


def test_when_its_time_is_over_one_try_is_let_through_among_all_processes(circuits: Shared) -> None:
    circuits.hear(*[False] * 5)
    circuits.let_open_time_pass()
    assert circuits.flow() is Flow.SLOW
    tries = at_once(8, lambda number: (circuits.here if number % 2 else circuits.there).lets_through(COLLECTING))
    assert tries.count(True) == 1


def test_while_somebody_tries_it_is_open_to_everybody_else(circuits: Shared) -> None:
    circuits.hear(*[False] * 5)
    circuits.let_open_time_pass()
    assert circuits.here.lets_through(COLLECTING)
    assert circuits.flow() is Flow.OPEN
    assert timedelta(0) < circuits.there.condition(COLLECTING).wait <= OPEN_FOR
    circuits.let_open_time_pass()
    assert circuits.flow() is Flow.SLOW
    assert circuits.there.lets_through(COLLECTING)


def test_a_try_that_goes_well_closes_it(circuits: Shared) -> None:
    circuits.hear(*[False] * 5)
    circuits.let_open_time_pass()
    assert circuits.there.lets_through(COLLECTING)
    circuits.there.heard(COLLECTING, good=True, took=QUICK)
    assert circuits.flow() is Flow.CLOSED
    assert all(circuits.here.lets_through(COLLECTING) for _ in range(3))
    circuits.hear(False, False, False, False)
    assert circuits.flow() is Flow.CLOSED


def test_a_try_that_does_not_opens_it_again(circuits: Shared) -> None:
    circuits.hear(*[False] * 5)
    circuits.let_open_time_pass()
    assert circuits.here.lets_through(COLLECTING)
    circuits.hear(False)
    assert circuits.flow() is Flow.OPEN
    circuits.let_open_time_pass()
    assert circuits.there.lets_through(COLLECTING)


def test_answers_that_take_long_make_it_slow_until_they_are_quick_again(circuits: Shared) -> None:
    circuits.hear(True, True, took=SLOW)
    assert circuits.flow() is Flow.CLOSED
    circuits.hear(True, took=SLOW)
    assert circuits.flow() is Flow.SLOW
    assert circuits.here.lets_through(COLLECTING)
    circuits.let_open_time_pass()
    circuits.hear(True)
    assert circuits.flow() is Flow.CLOSED


def test_bad_answers_from_many_threads_open_it_and_one_good_one_closes_it(circuits: Shared) -> None:
    at_once(16, lambda _: circuits.hear(False))
    assert circuits.flow() is Flow.OPEN
    circuits.let_open_time_pass()
    circuits.hear(True)
    assert circuits.flow() is Flow.CLOSED


def test_without_redis_circuits_count_as_closed_and_nobody_waits_for_it(caplog: pytest.LogCaptureFixture) -> None:
    own = RedisServer()
    clock = MemoryClock()
    with Redis.from_url(own.url) as redis:
        circuits = PybreakerCircuits(clock, redis)
        for _ in range(5):
            circuits.heard(COLLECTING, good=False, took=QUICK)
        assert circuits.condition(COLLECTING).flow is Flow.OPEN
        assert circuits.conditions()[COLLECTING].flow is Flow.OPEN
        own.stop()
        clock.pass_by(timedelta(seconds=2))
        assert circuits.conditions() is None
        assert circuits.lets_through(COLLECTING)
        assert circuits.condition(COLLECTING).flow is Flow.CLOSED
        circuits.heard(COLLECTING, good=False, took=QUICK)
    told = [record for record in caplog.records if "Redis does not answer" in record.message]
    assert len(told) == 1
    assert all(record.exc_info is None for record in caplog.records)


def test_an_emptied_redis_is_a_new_beginning(redis_server: Server) -> None:
    with Redis.from_url(redis_server.url) as redis:
        circuits = PybreakerCircuits(MemoryClock(), redis)
        circuit = Circuit(Operator.MTN, Operation.REFUND)
        for _ in range(5):
            circuits.heard(circuit, good=False, took=QUICK)
        redis.flushdb()
        assert circuits.lets_through(circuit)
        for _ in range(5):
            circuits.heard(circuit, good=False, took=QUICK)
        assert not circuits.lets_through(circuit)
        redis.flushdb()


def test_requests_read_all_circuits_in_one_journey_a_second(redis_server: Server) -> None:
    with Redis.from_url(redis_server.url) as redis:
        clock = MemoryClock()
        circuits = PybreakerCircuits(clock, redis)

        def commands() -> int:
            return int(redis.info("stats")["total_commands_processed"])

        before = commands()
        for _ in range(100):
            assert circuits.condition(COLLECTING).flow is Flow.CLOSED
        assert commands() - before <= 4 * 15 + 5


class SlowRedis:
    """A Redis that answers, but takes its time; it counts the journeys."""

    def __init__(self) -> None:
        self.journeys = 0

    def pipeline(self, **_: object) -> "SlowRedis":
        return self

    def __enter__(self) -> "SlowRedis":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def pttl(self, _name: str) -> None:
        return None

    def execute(self) -> list[int]:
        self.journeys += 1
        time.sleep(WAIT_S + 0.1)
        return [-2] * 4 * 15


def test_a_slow_redis_is_left_alone_for_a_while(caplog: pytest.LogCaptureFixture) -> None:
    clock, redis = MemoryClock(), SlowRedis()
    circuits = PybreakerCircuits(clock, redis)  # type: ignore[arg-type]
    for _ in range(5):
        clock.pass_by(timedelta(seconds=2))
        assert circuits.condition(COLLECTING).flow is Flow.CLOSED
    assert redis.journeys == 1
    assert "Redis is slow" in caplog.text
