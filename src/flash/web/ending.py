"""The end of a web process: whoever is being served is answered, whoever waits at once, and nobody new is let in."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

ENDING = "flash.ending"
"""Where the server puts it into the environment of each request; another server than ours puts none there."""


class Ending:
    """Whether this process is about to end, and whom to wake for that."""

    def __init__(self) -> None:
        self._begun = threading.Event()
        self._sleepers: set[threading.Event] = set()
        self._lock = threading.Lock()

    @property
    def begun(self) -> bool:
        """Whether it is."""
        return self._begun.is_set()

    def begin(self) -> None:
        """Wake everybody who waits; whoever wants to wait from now on does not."""
        self._begun.set()
        with self._lock:
            for sleeper in self._sleepers:
                sleeper.set()

    @contextmanager
    def waking(self, sleeper: threading.Event) -> Iterator[None]:
        """Set this event when the end begins, if that is while the block runs or was before."""
        with self._lock:
            self._sleepers.add(sleeper)
        try:
            if self.begun:
                sleeper.set()
            yield
        finally:
            with self._lock:
                self._sleepers.remove(sleeper)


NEVER = Ending()
"""What requests see under a server that does not tell of its end."""


def ending_of(environ: dict[str, object]) -> Ending:
    """Return what the server says of its end to this request."""
    told = environ.get(ENDING)
    return told if isinstance(told, Ending) else NEVER
