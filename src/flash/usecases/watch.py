"""Wait for something to change, many people at once: one thread asks for all of them, and nobody holds a connection."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from flash.ports.store import UnitOfWork
from flash.usecases.mistakes import tell

log = logging.getLogger(__name__)

EVERY_S = 0.4
"""How often it is looked, while anybody waits: a change is seen within a second, whichever process made it."""

EACH = 4
"""Seats that one person may have, so that nobody takes everybody's."""


@dataclass(eq=False)
class Seat:
    """Where somebody waits until what they know of a transfer or a request is no longer so."""

    name: UUID
    mark: str
    owner: UUID
    changed: threading.Event = field(default_factory=threading.Event)

    def wait(self, seconds: float) -> None:
        """Return when it changed, or the time is over."""
        self.changed.wait(seconds)


class Watcher:
    """Looks whether something changed, in one statement for all who wait in this process.

    Args:
        read: opens the unit of work that is looked in.
        seats: so many may wait at once.
    """

    def __init__(self, read: UnitOfWork, *, seats: int) -> None:
        self._read = read
        self._most = seats
        self._seats: set[Seat] = set()
        self._lock = threading.Lock()
        self._looking = False

    @contextmanager
    def seat(self, name: UUID, mark: str, owner: UUID) -> Iterator[Seat | None]:
        """Give a seat to whoever knows this mark of it; None when all are taken, or their *owner* has enough."""
        seat = self._taken(name, mark, owner)
        try:
            yield seat
        finally:
            if seat is not None:
                with self._lock:
                    self._seats.remove(seat)

    @property
    def waiting(self) -> int:
        """How many wait at present."""
        with self._lock:
            return len(self._seats)

    def _taken(self, name: UUID, mark: str, owner: UUID) -> Seat | None:
        with self._lock:
            theirs = sum(seat.owner == owner for seat in self._seats)
            if len(self._seats) >= self._most or theirs >= EACH:
                return None
            if not self._looking:  # It begins to look when the lock is free.
                threading.Thread(target=self._look_on, name="watcher", daemon=True).start()
                self._looking = True
            seat = Seat(name, mark, owner)
            self._seats.add(seat)
            return seat

    def _look_on(self) -> None:
        while True:
            time.sleep(EVERY_S)
            with self._lock:
                if not self._seats:
                    self._looking = False
                    return
                seats = list(self._seats)
            try:
                self._look(seats)
            except Exception as error:  # noqa: BLE001 - told below; who waits is answered when their time is over
                tell(log, error, "it could not be looked whether something changed")

    def _look(self, seats: list[Seat]) -> None:
        with self._read() as store:
            marks = store.history.marks({seat.name for seat in seats})
        for seat in seats:
            if marks.get(seat.name) != seat.mark:
                seat.changed.set()
