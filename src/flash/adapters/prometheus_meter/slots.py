"""The slots of a folder that processes count in: a number for each that lives."""

import fcntl
import itertools
import os
from pathlib import Path

ROOM = 4 << 20
"""Bytes that each file has from the start. All series that there can be, each route with each method, take half of it;
and a file that had to grow on a full disk would end the process."""
FILES = ("counter", "histogram", "gauge_mostrecent")


class Slots:
    """The slot of this process in a folder.

    Raises:
        OSError: the folder cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pid = 0
        self._slot = 0
        folder.mkdir(parents=True, exist_ok=True)
        self.mine()

    def mine(self) -> int:
        """Return the slot of this process; one that was forked takes one of its own."""
        if self._pid != os.getpid():
            self._slot, self._pid = self._taken(), os.getpid()
        return self._slot

    def _taken(self) -> int:
        for slot in itertools.count():
            try:
                lock = os.open(self._folder / f"slot-{slot}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            except PermissionError:
                if not (self._folder / f"slot-{slot}").exists():
                    raise
                continue  # Somebody else's, who ran a command here.
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # Held until the process ends, however it does.
            except BlockingIOError:
                os.close(lock)
                continue
            self._make_room(slot)
            return slot
        raise AssertionError("there is no end of numbers")

    def _make_room(self, slot: int) -> None:
        for kind in FILES:
            with (self._folder / f"{kind}_{slot}.db").open("ab") as file:
                os.posix_fallocate(file.fileno(), 0, ROOM)
