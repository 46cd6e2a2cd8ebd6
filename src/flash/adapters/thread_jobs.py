"""Jobs in this very process, for the demo: threads that take wake-ups, and one for each thing done again and again."""

import logging
import threading
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from uuid import UUID

from flash.ports.jobs import Jobs, Work
from flash.settings import Settings, above_zero, whole
from flash.trail import piece_of_work
from flash.usecases.mistakes import tell
from flash.usecases.sweep import sweep_until

log = logging.getLogger(__name__)


class ThreadJobs:
    """Wake-ups in memory. What is lost with the process is found by the sweep of the next.

    Args:
        threads: how many transfers are advanced at the same time.
        sweep_s: seconds from one sweep to the next.
    """

    def __init__(self, *, threads: int = 4, sweep_s: float = 1.0) -> None:
        self._woken: SimpleQueue[UUID | None] = SimpleQueue()
        self._stopping = threading.Event()
        self._count = threads
        self._sweep_s = sweep_s
        self._threads: list[threading.Thread] = []
        self._end: Callable[[], None] = lambda: None

    def advance(self, transfer_id: UUID) -> None:
        """See `ports.jobs.WakeUps`."""
        self._woken.put(transfer_id)

    def waiting(self) -> int | None:
        """See `ports.jobs.Jobs`."""
        return self._woken.qsize()

    def start(self, work: Work) -> None:
        """See `ports.jobs.Jobs`."""
        self._end = work.end
        targets = [partial(self._advance, work)] * self._count
        targets.append(partial(sweep_until, self._stopping, work.sweep, self._sweep_s))
        for chore in work.chores:
            again = partial(sweep_until, self._stopping, chore.do, chore.every_s, name=chore.name)
            targets += [again] * chore.threads
        for number, target in enumerate(targets):
            thread = threading.Thread(target=target, name=f"jobs-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """See `ports.jobs.Jobs`."""
        self._stopping.set()
        for _ in self._threads:
            self._woken.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        self._end()

    def _advance(self, work: Work) -> None:
        while (transfer_id := self._woken.get()) is not None:
            with piece_of_work():
                self._advance_one(transfer_id, work)

    def _advance_one(self, transfer_id: UUID, work: Work) -> None:
        try:
            work.advance(transfer_id)
        except Exception as error:  # noqa: BLE001 - told below, and due again after its lease
            tell(log, error, "transfer %s could not be advanced; the sweep will", transfer_id)


def from_settings(settings: Settings) -> Jobs:
    """Build it from `flash.worker_threads` and `flash.sweep_s`."""
    with settings.reading() as read:
        threads = read("flash.worker_threads", whole)
        sweep_s = read("flash.sweep_s", above_zero)
    return ThreadJobs(threads=threads, sweep_s=sweep_s)
