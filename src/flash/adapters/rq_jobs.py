"""Jobs by RQ: a wake-up is an id in Redis, taken by any worker. Redis may be down, slow, or emptied at any time."""

import logging
import time
from uuid import UUID

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue

from flash.adapters.redis_client import impatient, trust
from flash.ports.jobs import Jobs, Work
from flash.settings import Settings

log = logging.getLogger(__name__)

QUEUE = "transfers"
JOB = "flash.worker.advance"
SPARE_S = 5.0
"""For so long a Redis that did not answer is left alone, so that not every request waits for it."""
JOB_TIMEOUT_S = 300


class RqJobs:
    """Puts wake-ups into Redis.

    Args:
        redis: a client that gives up soon.
    """

    def __init__(self, redis: Redis) -> None:
        self._queue = Queue(QUEUE, connection=redis, serializer="json")
        self._spared_until = 0.0

    def advance(self, transfer_id: UUID) -> None:
        """See `ports.jobs.WakeUps`."""
        if time.monotonic() < self._spared_until:
            return
        try:
            self._queue.enqueue(
                JOB, str(transfer_id), job_timeout=JOB_TIMEOUT_S, result_ttl=0, failure_ttl=3600, ttl=600
            )
        except (RedisError, OSError) as error:
            self._spared_until = time.monotonic() + SPARE_S
            log.warning("no wake-up through Redis (%s); the sweep will do it", type(error).__name__)

    def waiting(self) -> int | None:
        """See `ports.jobs.Jobs`."""
        try:
            return int(self._queue.count)
        except (RedisError, OSError) as error:
            log.warning("Redis does not tell how many wake-ups wait (%s)", type(error).__name__)
            return None

    def start(self, work: Work) -> None:
        """Do nothing: the workers of RQ are processes of their own, `flash worker`."""

    def stop(self) -> None:
        """Do nothing, as `start`."""


def from_settings(settings: Settings) -> Jobs:
    """Build it from `redis.url`; it connects at the first wake-up."""
    with settings.reading() as read:
        redis = read("redis.url", impatient(trust(read)))
    return RqJobs(redis)
