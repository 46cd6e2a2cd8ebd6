"""The heart of a process that works: it says now and then that it lives, and when it last looked for what is due."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from flash.ports.clock import Clock
from flash.ports.heartbeats import Heartbeat
from flash.ports.store import UnitOfWork
from flash.usecases.mistakes import without_values

log = logging.getLogger(__name__)

EVERY_S = 5.0
"""Seconds from one sign of life to the next."""
SILENT = timedelta(seconds=30)
"""Whoever has said nothing for so long is taken for dead."""
KEPT = timedelta(days=1)
"""For so long it is known that somebody died."""


class Heart:
    """The heart of this process.

    Args:
        process: its name, which no other has.
    """

    def __init__(self, unit_of_work: UnitOfWork, clock: Clock, process: str) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._process = process
        self._swept_at: datetime | None = None

    def noting(self, sweep: Callable[[], int]) -> Callable[[], int]:
        """Return a sweep of which is noted when it last came to its end."""

        def noted() -> int:
            taken = sweep()
            self._swept_at = self._clock.now()
            return taken

        return noted

    def beat(self) -> int:
        """Say that the process lives; there is never more of it to do at once."""
        now = self._clock.now()
        with self._unit_of_work() as store:
            store.heartbeats.beat(Heartbeat(self._process, now, self._swept_at))
            store.heartbeats.forget_before(now - KEPT)
        return 0

    def stop(self) -> None:
        """Say that the process ends as it should, if anybody hears it."""
        try:
            with self._unit_of_work() as store:
                store.heartbeats.forget(self._process)
        except Exception as error:  # noqa: BLE001 - told below; it will count as dead
            log.warning("this process ends and cannot say so\n%s", without_values(error))
