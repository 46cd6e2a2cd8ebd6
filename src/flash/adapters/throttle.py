"""The throttle by limits: sliding windows, in Redis for all processes together or in the memory of one.

A window begins with the first hit in it. What the window before it had counts as much as its part that would still be
in a window that ends now, so that nobody gets twice the rate at the border of two windows.
"""

import hmac
import logging
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple, Protocol, TypeVar

from limits import RateLimitItem, parse
from limits.storage import RedisStorage
from redis import Redis
from redis.exceptions import RedisError

from flash.adapters.redis_client import WAIT_S, shared_or_not, trust
from flash.ports.clock import Clock
from flash.ports.throttle import Rule, Throttle
from flash.settings import Settings

log = logging.getLogger(__name__)

T = TypeVar("T")

NAMESPACE = "flash:rate"
SPARE_S = 5.0
"""For so long a Redis that did not answer is left alone."""
SUBJECT_DIGITS = 32
"""Of the hash that stands for a subject: enough that no two meet."""
MOST_REMEMBERED = 10_000
"""So many subjects are remembered before it is worth looking whose time is over."""


class Windows(Protocol):
    """Counts per key, as limits keeps them in Redis."""

    def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count one more, unless that is more than the limit in a window of so many seconds."""
        ...

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Return count and seconds left of the window before, and of this one; this one is kept for one window more."""
        ...


class Window(NamedTuple):
    """What is remembered of a subject.

    Attributes:
        began: when this window began.
        hits: how many were counted in it.
        before: how many in the window before it.
    """

    began: datetime
    hits: int
    before: int


class MemoryWindows:
    """Windows of one process, by the same arithmetic."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: dict[str, tuple[Window, timedelta]] = {}
        self._full_at = MOST_REMEMBERED

    def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """See `Windows`."""
        now, lasts = self._clock.now(), timedelta(seconds=expiry)
        with self._lock:
            window = self._window(key, lasts, now)
            if int(window.before * _left(window, lasts, now) / expiry) + window.hits + amount > limit:
                return False
            if len(self._windows) >= self._full_at:
                self._forget(now)
            self._windows[key] = window._replace(hits=window.hits + amount), lasts
            return True

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """See `Windows`."""
        now, lasts = self._clock.now(), timedelta(seconds=expiry)
        with self._lock:
            window = self._window(key, lasts, now)
        left = _left(window, lasts, now)
        return window.before, left, window.hits, left + expiry

    def _window(self, key: str, lasts: timedelta, now: datetime) -> Window:
        """Return the window that is now, which becomes the one before when its time is over."""
        window, _ = self._windows.get(key, (Window(now, 0, 0), lasts))
        age = now - window.began
        if age < lasts:
            return window
        return Window(window.began + lasts, 0, window.hits) if age < 2 * lasts else Window(now, 0, 0)

    def _forget(self, now: datetime) -> None:
        self._windows = {key: kept for key, kept in self._windows.items() if now - kept[0].began < 2 * kept[1]}
        self._full_at = max(MOST_REMEMBERED, 2 * len(self._windows))


def _left(window: Window, lasts: timedelta, now: datetime) -> float:
    return (window.began + lasts - now).total_seconds()


class LimitsThrottle:
    """See `ports.throttle.Throttle`.

    Args:
        rates: how often each rule allows.
        key: of the hashes that stand for subjects.
        clock: the time, in the memory of this process; Redis has its own.
        redis: where processes count together; None to keep it to this one.
    """

    def __init__(
        self, rates: Mapping[Rule, RateLimitItem], key: bytes, clock: Clock, redis: Redis | None = None
    ) -> None:
        self._rates = rates
        self._key = key
        self._own = MemoryWindows(clock)
        # The pool knows where Redis is; limits reads from the URL only that it is one.
        pool = redis.connection_pool if redis is not None else None
        self._shared = RedisStorage("redis://", pool, key_prefix=NAMESPACE) if pool else None
        self._spared_until = 0.0

    def hit(self, rule: Rule, *subject: object) -> timedelta | None:
        """See `ports.throttle.Throttle`."""
        rate, key = self._rates[rule], self._key_of(rule, subject)
        return self._counted(lambda windows: _hit(windows, rate, key))

    def wait(self, rule: Rule, *subject: object) -> timedelta | None:
        """See `ports.throttle.Throttle`."""
        rate, key = self._rates[rule], self._key_of(rule, subject)
        return self._counted(lambda windows: _wait(windows, rate, key))

    def _key_of(self, rule: Rule, subject: tuple[object, ...]) -> str:
        """Return a name that tells nobody who it is."""
        said = "\x1f".join([rule, *map(str, subject)])
        return f"{rule}:{hmac.new(self._key, said.encode(), sha256).hexdigest()[:SUBJECT_DIGITS]}"

    def _counted(self, ask: Callable[[Windows], T]) -> T:
        """Ask Redis, or our own memory when there is none, or it was gone or slow a moment ago."""
        if self._shared is None or time.monotonic() < self._spared_until:
            return ask(self._own)
        began = time.monotonic()
        try:
            got = ask(self._shared)
        except (RedisError, OSError, ValueError) as error:
            self._spare(f"does not answer ({type(error).__name__})")
            return ask(self._own)
        if time.monotonic() - began > WAIT_S:
            self._spare("is slow")
        return got

    def _spare(self, why: str) -> None:
        self._spared_until = time.monotonic() + SPARE_S
        log.warning("each process counts for itself while Redis %s", why)


def _hit(windows: Windows, rate: RateLimitItem, key: str) -> timedelta | None:
    if windows.acquire_sliding_window_entry(key, rate.amount, rate.get_expiry()):
        return None
    # Somebody's time may have come in between; then it is soon enough.
    return _wait(windows, rate, key) or timedelta(seconds=1)


def _wait(windows: Windows, rate: RateLimitItem, key: str) -> timedelta | None:
    """Return when the next hit is allowed, if nobody comes before."""
    expiry = rate.get_expiry()
    before, before_left, count, kept = windows.get_sliding_window(key, expiry)
    if count >= rate.amount:
        return timedelta(seconds=max(0.0, kept - expiry))
    if int(before * before_left / expiry) + count < rate.amount:
        return None
    return timedelta(seconds=max(0.0, before_left - (rate.amount - count) * expiry / before))


def from_settings(settings: Settings, clock: Clock, key: bytes) -> Throttle:
    """Build it from `flash.throttle.store` and one `flash.rate.NAME` for each rule."""
    with settings.reading() as read:
        store = read("flash.throttle.store", shared_or_not(trust(read)))
        rates = {rule: read(f"flash.rate.{rule}", _rate) for rule in Rule}
        for name in sorted(settings.under("flash.rate.").keys() - set(Rule)):
            read.problem(f"flash.rate.{name}", "there is no such rule")
    return LimitsThrottle(rates, key, clock, store)


def _rate(text: str) -> RateLimitItem:
    """Read a rate, like 10 per 5 minutes."""
    rate = parse(text)
    if rate.amount < 1:
        raise ValueError("it would allow nothing")
    return rate
