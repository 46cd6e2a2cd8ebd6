"""How many people there are: counted by HyperLogLogs in Redis for all processes, or exactly in the memory of one.

A HyperLogLog tells how many there were, to about one in a hundred, and keeps nobody. A request only puts an id into a
set; a thread brings the sets of the last seconds to Redis, so that no request waits for it.
"""

import logging
import threading
import time
from uuid import UUID

from redis import Redis
from redis.exceptions import RedisError

from flash.adapters.redis_client import shared_or_not, trust
from flash.ports.meter import Presence
from flash.settings import Settings

log = logging.getLogger(__name__)

MINUTES = 5
"""Whoever called within so many minutes counts as being there."""
NAMESPACE = "flash:people"
EVERY_S = 2.0
"""Seconds from one journey to Redis to the next."""


class MemoryPresence:
    """People of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: dict[UUID, float] = {}

    def seen(self, person: UUID) -> None:
        """See `ports.meter.Presence`."""
        with self._lock:
            self._last[person] = time.monotonic()

    def count(self) -> int | None:
        """See `ports.meter.Presence`."""
        since = time.monotonic() - MINUTES * 60
        with self._lock:
            self._last = {person: at for person, at in self._last.items() if at > since}
            return len(self._last)


class RedisPresence:
    """People of all processes. Those of a minute have a key of their own, which goes by itself.

    Args:
        redis: a client that gives up soon.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._lock = threading.Lock()
        self._new: set[UUID] = set()
        self._wanted = threading.Event()
        self._courier: threading.Thread | None = None

    def seen(self, person: UUID) -> None:
        """See `ports.meter.Presence`."""
        with self._lock:
            self._new.add(person)
            if self._courier is None:
                self._courier = threading.Thread(target=self._bring, name="presence", daemon=True)
                self._courier.start()
        self._wanted.set()

    def count(self) -> int | None:
        """See `ports.meter.Presence`."""
        minute = _minute()
        try:
            return int(self._redis.pfcount(*(_key(minute - ago) for ago in range(MINUTES))))
        except (RedisError, OSError) as error:
            log.warning("Redis does not tell how many people there are (%s)", type(error).__name__)
            return None

    def _bring(self) -> None:
        """Bring people to Redis, and rest. Those who come while it is gone are forgotten; they will call again."""
        while True:
            self._wanted.wait()
            self._wanted.clear()
            with self._lock:
                people, self._new = self._new, set()
            key = _key(_minute())
            try:
                with self._redis.pipeline(transaction=False) as journey:
                    journey.pfadd(key, *(person.bytes for person in people))
                    journey.expire(key, (MINUTES + 1) * 60)
                    journey.execute()
            except (RedisError, OSError) as error:
                log.warning("people are not counted while Redis does not answer (%s)", type(error).__name__)
            time.sleep(EVERY_S)


def _minute() -> int:
    return int(time.time() // 60)


def _key(minute: int) -> str:
    return f"{NAMESPACE}:{minute}"


def from_settings(settings: Settings) -> Presence:
    """Build it from `flash.throttle.store`, which is where all processes count together."""
    with settings.reading() as read:
        redis = read("flash.throttle.store", shared_or_not(trust(read)))
    return MemoryPresence() if redis is None else RedisPresence(redis)
