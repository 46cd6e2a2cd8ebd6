"""Circuit breakers by pybreaker, in Redis for all processes together or in the memory of one.

What pybreaker guards is not the call itself, which would make calls wait for each other, but what is heard of it. How
long a circuit stays open is a mark that goes by itself, so that machines need not agree on the time.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from pybreaker import STATE_CLOSED, CircuitBreaker, CircuitBreakerError, CircuitMemoryStorage, CircuitRedisStorage
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from flash.domain.circuit import Circuit, Condition, Flow
from flash.ports.circuits import Circuits
from flash.ports.clock import Clock
from flash.settings import Settings, above_zero, whole

log = logging.getLogger(__name__)

T = TypeVar("T")

IN_MEMORY = "memory"
NAMESPACE = "flash:circuit"
WAIT_S = 0.5
"""Longest wait for Redis; without it every circuit counts as closed."""
SPARE_S = 5.0
"""For so long a Redis that did not answer is left alone."""
RECENT = timedelta(seconds=1)
"""So old may a condition be that a request is told; it spares each of them the way to Redis."""
SLOW_CALLS = 3
"""So many slow calls one after the other make a circuit slow."""
NO_TIME = timedelta(0)


class BadAnswer(Exception):
    """What pybreaker counts as a failure."""


class PybreakerCircuits:
    """See `ports.circuits.Circuits`.

    Args:
        clock: the time.
        redis: where processes share what they hear; None to keep it to this one.
        failures: so many bad answers one after the other open a circuit.
        open_for: how long before an open one is tried again, and how long a try may take.
        slow: a call that takes longer is slow.
    """

    def __init__(
        self,
        clock: Clock,
        redis: Redis | None = None,
        *,
        failures: int = 5,
        open_for: timedelta = timedelta(seconds=30),
        slow: timedelta = timedelta(seconds=5),
    ) -> None:
        self._clock = clock
        self._redis = redis
        self._failures = failures
        self._open_for = open_for
        self._slow = slow
        self._lock = threading.Lock()
        self._breakers: dict[str, CircuitBreaker] = {}
        self._marks: dict[str, datetime] = {}
        self._recent: dict[Circuit, tuple[datetime, Condition]] = {}
        self._spared_until = 0.0

    def heard(self, circuit: Circuit, *, good: bool, took: timedelta) -> None:
        """See `ports.circuits.Circuits`."""
        self._guarded(lambda: self._tell(_name(circuit), self._failures, good=good), None)
        self._guarded(lambda: self._tell(_pace(circuit), SLOW_CALLS, good=took <= self._slow), None)

    def condition(self, circuit: Circuit) -> Condition:
        """See `ports.circuits.Circuits`."""
        now = self._clock.now()
        told_at, condition = self._recent.get(circuit, (now - 2 * RECENT, Condition()))
        if now - told_at > RECENT:
            condition = self._guarded(lambda: self._condition(circuit), Condition())
            self._recent[circuit] = (now, condition)
        return condition

    def lets_through(self, circuit: Circuit) -> bool:
        """See `ports.circuits.Circuits`."""
        return self._guarded(lambda: self._lets_through(_name(circuit)), default=True)

    def _lets_through(self, name: str) -> bool:
        if self._breaker(name, self._failures).current_state == STATE_CLOSED:
            return True
        return not self._left(f"{name}:open") and self._mark(f"{name}:try")

    def _condition(self, circuit: Circuit) -> Condition:
        name, pace = _name(circuit), _pace(circuit)
        if self._breaker(name, self._failures).current_state != STATE_CLOSED:
            wait = self._left(f"{name}:open")
            return Condition(Flow.OPEN, wait) if wait else Condition(Flow.SLOW)
        slow = self._breaker(pace, SLOW_CALLS).current_state != STATE_CLOSED and self._left(f"{pace}:open")
        return Condition(Flow.SLOW) if slow else Condition()

    def _tell(self, name: str, failures: int, *, good: bool) -> None:
        """Let the breaker count an answer. One that is open hears nothing until it is time to try again."""
        breaker = self._breaker(name, failures)
        if breaker.current_state != STATE_CLOSED and self._left(f"{name}:open"):
            return
        try:
            with contextlib.suppress(BadAnswer):
                breaker.call(_good if good else _bad)
        except CircuitBreakerError:
            self._mark(f"{name}:open")
            log.warning("the circuit %s is open", name)

    def _breaker(self, name: str, failures: int) -> CircuitBreaker:
        with self._lock:
            if name not in self._breakers:
                storage: CircuitMemoryStorage | CircuitRedisStorage = CircuitMemoryStorage(STATE_CLOSED)
                if self._redis is not None:
                    storage = CircuitRedisStorage(STATE_CLOSED, self._redis, namespace=f"{NAMESPACE}:{name}")
                # How long it stays open is told by the mark alone.
                self._breakers[name] = CircuitBreaker(fail_max=failures, reset_timeout=0, state_storage=storage)
            return self._breakers[name]

    def _mark(self, name: str) -> bool:
        """Make a mark that goes after a while; False when it is there."""
        if self._redis is not None:
            lasts = max(1, round(self._open_for.total_seconds() * 1000))
            return bool(self._redis.set(f"{NAMESPACE}:{name}", 1, nx=True, px=lasts))
        with self._lock:
            if self._marks.get(name, self._clock.now()) > self._clock.now():
                return False
            self._marks[name] = self._clock.now() + self._open_for
            return True

    def _left(self, name: str) -> timedelta:
        """Return how long a mark will still be there; nothing when it is gone."""
        if self._redis is not None:
            return timedelta(milliseconds=max(0, int(self._redis.pttl(f"{NAMESPACE}:{name}"))))
        return max(NO_TIME, self._marks.get(name, self._clock.now()) - self._clock.now())

    def _guarded(self, ask: Callable[[], T], default: T) -> T:
        """Ask Redis, unless it was gone a moment ago. pybreaker logs each failure at length, so it is greeted first."""
        if self._redis is None:
            return ask()
        if time.monotonic() < self._spared_until:
            return default
        try:
            self._redis.ping()
            return ask()
        except (RedisError, OSError) as error:
            self._spared_until = time.monotonic() + SPARE_S
            log.warning("circuits count as closed while Redis does not answer (%s)", type(error).__name__)
            return default


def _good() -> None:
    """Return, which is what pybreaker counts as a success."""


def _bad() -> None:
    raise BadAnswer


def _name(circuit: Circuit) -> str:
    return f"{circuit.operator}:{circuit.operation}"


def _pace(circuit: Circuit) -> str:
    """Return the name of the breaker that counts slow calls."""
    return f"{_name(circuit)}:pace"


def from_settings(settings: Settings, clock: Clock) -> Circuits:
    """Build them from `flash.circuits.*`."""
    with settings.reading() as read:
        store = read("flash.circuits.store", _store)
        failures = read("flash.circuits.failures", whole)
        open_s = read("flash.circuits.open_s", above_zero)
        slow_s = read("flash.circuits.slow_s", above_zero)
    return PybreakerCircuits(
        clock, store, failures=failures, open_for=timedelta(seconds=open_s), slow=timedelta(seconds=slow_s)
    )


def _store(text: str) -> Redis | None:
    """Read the URL of a Redis server, or memory."""
    if text == IN_MEMORY:
        return None
    return Redis.from_url(text, socket_connect_timeout=WAIT_S, socket_timeout=WAIT_S, retry=Retry(NoBackoff(), 0))
