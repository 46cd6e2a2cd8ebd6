"""Note the end of requests that nobody answered in time, whether anybody looks or not."""

from flash.ports.clock import Clock
from flash.ports.store import UnitOfWork

EVERY_S = 5.0
"""Seconds between two looks when nothing has expired. Nobody waits for it: what has expired reads so at once."""

BATCH = 200


def expire_requests(unit_of_work: UnitOfWork, clock: Clock, *, batch: int = BATCH) -> int:
    """Expire some requests that are over; tell how many those were. Any number may do so at once."""
    with unit_of_work() as store:
        return store.requests.expire(clock.now(), limit=batch)
