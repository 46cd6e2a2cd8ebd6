"""What the throttle promises, in the memory of one process and in Redis for several."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from limits import parse
from redis import Redis

from factories import ROOT, at_once
from flash.adapters.memory import MemoryClock
from flash.adapters.throttle import MOST_REMEMBERED, WAIT_S, LimitsThrottle, from_settings
from flash.ports.throttle import Rule
from flash.settings import BadSettings, load
from servers import RedisServer

KEY = b"a secret of the tests"
RATES = dict.fromkeys(Rule, parse("4 per minute"))
MINUTE = timedelta(minutes=1)
NUMBER = "+260960000001"


@dataclass
class Shared:
    """A throttle, the same as another process sees it, and a way to let time pass in both."""

    here: LimitsThrottle
    there: LimitsThrottle
    pass_by: Callable[[timedelta], None]

    def allowed(self, tries: int, *subject: object, rule: Rule = Rule.LOGIN_PAIR) -> int:
        """Return how many of so many tries are allowed."""
        return [self.here.hit(rule, *(subject or (NUMBER,))) for _ in range(tries)].count(None)


@pytest.fixture(params=["memory", "redis"])
def throttle(request: pytest.FixtureRequest) -> Iterator[Shared]:
    clock = MemoryClock()
    if request.param == "memory":
        one = LimitsThrottle(RATES, KEY, clock)
        yield Shared(one, one, clock.pass_by)
        return
    with Redis.from_url(request.getfixturevalue("redis_server").url) as redis:
        redis.flushdb()

        def pass_by(duration: timedelta) -> None:
            """Redis's clock cannot be moved, but its keys can be made to end sooner."""
            for key in redis.scan_iter("flash:rate:*"):
                left = redis.pttl(key) - int(duration.total_seconds() * 1000)
                redis.pexpire(key, left) if left > 0 else redis.delete(key)

        yield Shared(LimitsThrottle(RATES, KEY, clock, redis), LimitsThrottle(RATES, KEY, clock, redis), pass_by)
        redis.flushdb()


def test_as_many_as_the_rule_says_are_allowed_and_the_next_is_told_how_long_to_wait(throttle: Shared) -> None:
    assert throttle.allowed(4) == 4
    wait = throttle.here.hit(Rule.LOGIN_PAIR, NUMBER)
    assert wait is not None
    assert timedelta(seconds=50) < wait <= MINUTE


def test_every_process_counts_the_same(throttle: Shared) -> None:
    assert throttle.allowed(4) == 4
    assert throttle.there.hit(Rule.LOGIN_PAIR, NUMBER) is not None


def test_each_subject_and_each_rule_is_counted_for_itself(throttle: Shared) -> None:
    assert throttle.allowed(5, NUMBER, "192.0.2.1") == 4
    assert throttle.allowed(5, NUMBER, "192.0.2.2") == 4
    assert throttle.allowed(5, f"{NUMBER}1", "92.0.2.1") == 4
    assert throttle.allowed(5, NUMBER, "192.0.2.1", rule=Rule.VERIFY_PAIR) == 4


def test_what_is_refused_is_not_counted(throttle: Shared) -> None:
    throttle.allowed(50)
    throttle.pass_by(1.3 * MINUTE)
    assert throttle.allowed(50) == 2


def test_whoever_waits_as_long_as_told_is_allowed(throttle: Shared) -> None:
    for told_after in (timedelta(0), timedelta(seconds=20), timedelta(seconds=45)):
        throttle.pass_by(told_after)
        throttle.allowed(4)
        wait = throttle.here.hit(Rule.LOGIN_PAIR, NUMBER)
        assert wait is not None
        throttle.pass_by(wait + timedelta(seconds=1))
        assert throttle.allowed(1) == 1


def test_after_two_windows_of_nothing_all_are_allowed_again(throttle: Shared) -> None:
    throttle.allowed(4)
    throttle.pass_by(2 * MINUTE + timedelta(seconds=1))
    assert throttle.allowed(5) == 4


def test_the_border_of_two_windows_allows_no_more_than_the_rate(throttle: Shared) -> None:
    throttle.allowed(1)
    throttle.pass_by(timedelta(seconds=58))
    assert throttle.allowed(10) == 3
    throttle.pass_by(timedelta(seconds=4))
    assert throttle.allowed(10) == 1


def test_looking_counts_nothing(throttle: Shared) -> None:
    throttle.allowed(3)
    assert [throttle.here.wait(Rule.LOGIN_PAIR, NUMBER) for _ in range(5)] == [None] * 5
    assert throttle.allowed(5) == 1
    wait = throttle.there.wait(Rule.LOGIN_PAIR, NUMBER)
    assert wait is not None
    assert timedelta(seconds=50) < wait <= MINUTE


def test_of_many_at_once_exactly_so_many_are_allowed(throttle: Shared) -> None:
    pair = (throttle.here, throttle.there)
    waits = at_once(16, lambda number: pair[number % 2].hit(Rule.LOGIN_PAIR, NUMBER))
    assert waits.count(None) == 4


def test_no_number_or_address_stands_in_redis(throttle: Shared, request: pytest.FixtureRequest) -> None:
    throttle.allowed(2, NUMBER, "192.0.2.77")
    with Redis.from_url(request.getfixturevalue("redis_server").url, decode_responses=True) as redis:
        keys = list(redis.scan_iter("flash:rate:*"))
    assert not [key for key in keys if "960000001" in key or "192.0.2" in key]
    assert LimitsThrottle(RATES, b"another", MemoryClock())._key_of(Rule.SEND, (NUMBER,)) != throttle.here._key_of(
        Rule.SEND, (NUMBER,)
    )


def test_without_redis_each_process_counts_for_itself_and_nobody_waits_for_it(caplog: pytest.LogCaptureFixture) -> None:
    own = RedisServer()
    with Redis.from_url(own.url) as redis:
        here, there = (LimitsThrottle(RATES, KEY, MemoryClock(), redis) for _ in range(2))
        assert here.hit(Rule.SEND, NUMBER) is None
        own.stop()
        assert [one.hit(Rule.SEND, NUMBER) for one in (here, there) for _ in range(5)].count(None) == 8
    told = [record for record in caplog.records if "Redis does not answer" in record.message]
    assert len(told) == 2
    assert all(record.exc_info is None for record in caplog.records)


def test_an_emptied_redis_is_a_new_beginning(throttle: Shared, request: pytest.FixtureRequest) -> None:
    if throttle.here is throttle.there:
        return  # It has no Redis.
    throttle.allowed(4)
    with Redis.from_url(request.getfixturevalue("redis_server").url) as redis:
        redis.flushall()
        redis.script_flush()
    assert throttle.allowed(5) == 4


class SlowRedis:
    """What limits asks of a Redis: it answers, but takes its time. It counts the journeys."""

    journeys = 0

    def acquire_sliding_window_entry(self, *_: object) -> bool:
        self.journeys += 1
        time.sleep(WAIT_S + 0.1)
        return True


def test_a_slow_redis_is_left_alone_for_a_while(caplog: pytest.LogCaptureFixture) -> None:
    throttle, slow = LimitsThrottle(RATES, KEY, MemoryClock()), SlowRedis()
    throttle._shared = slow  # type: ignore[assignment]
    assert [throttle.hit(Rule.SEND, NUMBER) for _ in range(6)].count(None) == 5
    assert slow.journeys == 1
    assert "Redis is slow" in caplog.text


def test_subjects_whose_time_is_over_are_forgotten() -> None:
    clock = MemoryClock()
    throttle = LimitsThrottle(RATES, KEY, clock)
    for number in range(MOST_REMEMBERED):
        throttle.hit(Rule.SEND, number)
    clock.pass_by(3 * MINUTE)
    throttle.hit(Rule.SEND, NUMBER)
    assert len(throttle._own._windows) == 1


def test_every_rule_needs_a_rate_and_every_rate_a_rule() -> None:
    settings = load(str(ROOT / "production.ini")).with_values(
        {
            "flash.throttle.store": "memory",
            "flash.rate.send": "",
            "flash.rate.login.pair": "hunter2",
            "flash.rate.login.number": "0 per hour",
            "flash.rate.logn.pair": "1 per hour",
        }
    )
    with pytest.raises(BadSettings) as refused:
        from_settings(settings, MemoryClock(), KEY)
    assert refused.value.problems == [
        "flash.rate.login.pair: is not a rate, like 10 per 5 minutes",
        "flash.rate.login.number: is not a rate, like 10 per 5 minutes",
        "flash.rate.send: missing or empty",
        "flash.rate.logn.pair: there is no such rule",
    ]
