"""A folder for work in progress, that is gone afterwards, also when the process was killed."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = ".flash-work-"


@contextmanager
def workroom(where: Path) -> Iterator[Path]:
    """Make a folder in another that only we can look into, and remove it; those of dead processes go too.

    Raises:
        OSError: there is no place for it.
    """
    for left in where.glob(f"{PREFIX}*"):
        with suppress(OSError), _locked(left):  # Somebody works there, or has just removed it.
            shutil.rmtree(left)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=where))
    try:
        with _locked(folder):
            yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a lock on a folder that ends with the process, however that does.

    Raises:
        OSError: somebody else has it.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)
