"""Circuit breakers by pybreaker, in Redis for all processes together or in the memory of one.

What pybreaker guards is not the call itself, which would make calls wait for each other, but what is heard of it. What
everybody else has to know of a breaker is in marks that go by themselves, so that machines need not agree on the time,
and so that a request reads all of them at once, at most once a second.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol, TypeVar

from pybreaker import STATE_CLOSED, CircuitBreaker, CircuitBreakerError, CircuitMemoryStorage, CircuitRedisStorage
from redis import Redis
from redis.exceptions import RedisError

from flash.adapters.redis_client import WAIT_S, shared_or_not, trust
from flash.domain.circuit import Circuit, Condition, Flow, of_operator
from flash.domain.routing import Operator
from flash.ports.circuits import Circuits
from flash.ports.clock import Clock
from flash.settings import Settings, above_zero, whole

log = logging.getLogger(__name__)

T = TypeVar("T")
D = TypeVar("D")

NAMESPACE = "flash:circuit"
SPARE_S = 5.0
"""For so long a Redis that did not answer is left alone."""
RECENT = timedelta(seconds=1)
"""So old may a condition be that a request is told; it spares each of them the way to Redis."""
SLOW_CALLS = 3
"""So many slow calls one after the other make a circuit slow."""
NO_TIME = timedelta(0)
PACE = ":pace"
ALL = tuple(circuit for operator in Operator for circuit in of_operator(operator))


class BadAnswer(Exception):
    """What pybreaker counts as a failure."""


class Marks(Protocol):
    """Names that are there, most of them for a while."""

    def put(self, name: str, lasts: timedelta | None) -> bool:
        """Put a mark that goes after a while, or stays; False when it is there already."""
        ...

    def drop(self, *names: str) -> None:
        """Take marks away."""
        ...

    def left(self, names: Sequence[str]) -> Sequence[timedelta]:
        """Return for each how long it will still be there; nothing when it is not."""
        ...


class MemoryMarks:
    """Marks of one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._until: dict[str, datetime | None] = {}

    def put(self, name: str, lasts: timedelta | None) -> bool:
        """See `Marks`."""
        with self._lock:
            if self._left(name):
                return False
            self._until[name] = self._clock.now() + lasts if lasts else None
            return True

    def drop(self, *names: str) -> None:
        """See `Marks`."""
        with self._lock:
            for name in names:
                self._until.pop(name, None)

    def left(self, names: Sequence[str]) -> Sequence[timedelta]:
        """See `Marks`."""
        with self._lock:
            return [self._left(name) for name in names]

    def _left(self, name: str) -> timedelta:
        if name not in self._until:
            return NO_TIME
        until = self._until[name]
        return timedelta.max if until is None else max(NO_TIME, until - self._clock.now())


class RedisMarks:
    """Marks of all processes."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def put(self, name: str, lasts: timedelta | None) -> bool:
        """See `Marks`."""
        milliseconds = max(1, round(lasts.total_seconds() * 1000)) if lasts else None
        return bool(self._redis.set(f"{NAMESPACE}:{name}", 1, nx=True, px=milliseconds))

    def drop(self, *names: str) -> None:
        """See `Marks`."""
        self._redis.delete(*(f"{NAMESPACE}:{name}" for name in names))

    def left(self, names: Sequence[str]) -> Sequence[timedelta]:
        """See `Marks`. One journey, however many there are."""
        with self._redis.pipeline(transaction=False) as journey:
            for name in names:
                journey.pttl(f"{NAMESPACE}:{name}")
            return [_as_time(int(told)) for told in journey.execute()]


def _as_time(milliseconds: int) -> timedelta:
    """Return what PTTL tells: -1 stands for ever, -2 for none."""
    return timedelta.max if milliseconds == -1 else timedelta(milliseconds=max(0, milliseconds))


class Seen(NamedTuple):
    """The marks of a circuit.

    Attributes:
        ill: it was opened, and nothing went well since.
        opened: it is not tried yet.
        trying: somebody is trying.
        slow: its answers take long.
    """

    ill: timedelta
    opened: timedelta
    trying: timedelta
    slow: timedelta

    @property
    def condition(self) -> Condition:
        """How the circuit is. While somebody tries, nobody else may; so it is as good as open."""
        if not self.ill:
            return Condition(Flow.SLOW) if self.slow else Condition()
        wait = self.opened or self.trying
        return Condition(Flow.OPEN, wait) if wait else Condition(Flow.SLOW)


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
        self._marks: Marks = MemoryMarks(clock) if redis is None else RedisMarks(redis)
        self._failures = failures
        self._open_for = open_for
        self._slow = slow
        self._lock = threading.Lock()
        self._breakers: dict[str, CircuitBreaker] = {}
        self._reading = threading.Lock()
        self._read_at = clock.now() - 2 * RECENT
        self._conditions: Mapping[Circuit, Condition] = {}
        self._spared_until = 0.0

    def heard(self, circuit: Circuit, *, good: bool, took: timedelta) -> None:
        """See `ports.circuits.Circuits`."""
        self._guarded(lambda: self._tell(_name(circuit), self._failures, good=good), None)
        self._guarded(lambda: self._tell(_pace(circuit), SLOW_CALLS, good=took <= self._slow), None)

    def condition(self, circuit: Circuit) -> Condition:
        """See `ports.circuits.Circuits`. One thread reads; the others are told what was read before."""
        if self._clock.now() - self._read_at > RECENT and self._reading.acquire(blocking=False):
            try:
                self._conditions = self._guarded(self._all_conditions, {})
                self._read_at = self._clock.now()
            finally:
                self._reading.release()
        return self._conditions.get(circuit, Condition())

    def conditions(self) -> Mapping[Circuit, Condition] | None:
        """See `ports.circuits.Circuits`."""
        return self._guarded(self._all_conditions, None)

    def _all_conditions(self) -> Mapping[Circuit, Condition]:
        return {circuit: seen.condition for circuit, seen in zip(ALL, self._seen(ALL), strict=True)}

    def lets_through(self, circuit: Circuit) -> bool:
        """See `ports.circuits.Circuits`."""
        return self._guarded(lambda: self._lets_through(circuit), default=True)

    def _lets_through(self, circuit: Circuit) -> bool:
        [seen] = self._seen([circuit])
        return not seen.ill or (not seen.opened and self._marks.put(f"{_name(circuit)}:try", self._open_for))

    def _seen(self, circuits: Iterable[Circuit]) -> Sequence[Seen]:
        names = [
            mark
            for circuit in circuits
            for mark in (
                f"{_name(circuit)}:ill",
                f"{_name(circuit)}:open",
                f"{_name(circuit)}:try",
                f"{_pace(circuit)}:open",
            )
        ]
        left = self._marks.left(names)
        return [Seen(*left[place : place + 4]) for place in range(0, len(left), 4)]

    def _tell(self, name: str, failures: int, *, good: bool) -> None:
        """Let the breaker count an answer. One that is open hears nothing until it is time to try again."""
        if self._redis is not None:  # Greeted first, because pybreaker logs each of its failures at length.
            self._redis.ping()
        breaker = self._breaker(name, failures)
        was_open = breaker.current_state != STATE_CLOSED
        if was_open:
            if any(self._marks.left([f"{name}:open"])):
                return
            breaker.half_open()  # By the mark, and not by the clock of the machine that opened it.
        try:
            with contextlib.suppress(BadAnswer):
                breaker.call(_good if good else _bad)
        except CircuitBreakerError:
            self._marks.put(f"{name}:ill", None)
            self._marks.put(f"{name}:open", self._open_for)
            log.warning("the circuit %s", f"{name} is open" if not name.endswith(PACE) else f"{name} is too slow")
        else:
            if was_open:
                self._marks.drop(f"{name}:ill", f"{name}:try")

    def _breaker(self, name: str, failures: int) -> CircuitBreaker:
        with self._lock:
            if name not in self._breakers:
                storage: CircuitMemoryStorage | CircuitRedisStorage = CircuitMemoryStorage(STATE_CLOSED)
                if self._redis is not None:
                    storage = CircuitRedisStorage(STATE_CLOSED, self._redis, namespace=f"{NAMESPACE}:{name}")
                self._breakers[name] = CircuitBreaker(fail_max=failures, reset_timeout=0, state_storage=storage)
            return self._breakers[name]

    def _guarded(self, ask: Callable[[], T], default: D) -> T | D:
        """Ask Redis, unless it was gone or slow a moment ago."""
        if self._redis is None:
            return ask()
        if time.monotonic() < self._spared_until:
            return default
        began = time.monotonic()
        try:
            got = ask()
        except (RedisError, OSError, ValueError) as error:
            self._spare(f"does not answer ({type(error).__name__})")
            return default
        if time.monotonic() - began > WAIT_S:
            self._spare("is slow")
        return got

    def _spare(self, why: str) -> None:
        self._spared_until = time.monotonic() + SPARE_S
        log.warning("circuits count as closed while Redis %s", why)


def _good() -> None:
    """Return, which is what pybreaker counts as a success."""


def _bad() -> None:
    raise BadAnswer


def _name(circuit: Circuit) -> str:
    return f"{circuit.operator}:{circuit.operation}"


def _pace(circuit: Circuit) -> str:
    """Return the name of the breaker that counts slow calls."""
    return f"{_name(circuit)}{PACE}"


def from_settings(settings: Settings, clock: Clock) -> Circuits:
    """Build them from `flash.circuits.*`."""
    with settings.reading() as read:
        store = read("flash.circuits.store", shared_or_not(trust(read)))
        failures = read("flash.circuits.failures", whole)
        open_s = read("flash.circuits.open_s", above_zero)
        slow_s = read("flash.circuits.slow_s", above_zero)
    return PybreakerCircuits(
        clock, store, failures=failures, open_for=timedelta(seconds=open_s), slow=timedelta(seconds=slow_s)
    )
