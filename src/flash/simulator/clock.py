"""The simulator's time: the real one plus what somebody advanced it by."""

from datetime import UTC, datetime, timedelta
from threading import Lock


class SimulatorClock:
    """Real time with an offset, or for tests a time that only moves when told."""

    def __init__(self, *, stands_at: datetime | None = None) -> None:
        """Begin now, or stand still at *stands_at*."""
        self._stands_at = stands_at
        self._offset = timedelta()
        self._lock = Lock()

    def now(self) -> datetime:
        """Return the time as aware UTC."""
        with self._lock:
            return (self._stands_at or datetime.now(UTC)) + self._offset

    def advance(self, by: timedelta) -> datetime:
        """Move on, never back, and return the new time."""
        if by < timedelta():
            raise ValueError("Time does not run backwards.")
        with self._lock:
            self._offset += by
        return self.now()
