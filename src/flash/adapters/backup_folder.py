"""A folder as the place where backups lie."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from flash.adapters.workroom import workroom
from flash.domain.backup import BackupTrouble
from flash.ports.backups import Progress

OURS = "flash-*"


class FolderShelf:
    """Files in a folder, each for its owner only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def place(self) -> str:
        """See `ports.backups.Shelf`."""
        return str(self._folder)

    def files(self) -> Mapping[str, int]:
        """See `ports.backups.Shelf`."""
        with _told(self._folder):
            return {path.name: path.stat().st_size for path in self._folder.glob(OURS) if path.is_file()}

    def read(self, name: str) -> bytes:
        """See `ports.backups.Shelf`."""
        with _told(self._folder / name):
            return (self._folder / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        """See `ports.backups.Shelf`."""
        with self.workroom() as room:
            path = room / name
            with _told(self._folder):
                path.write_bytes(content)
            self.put(name, path, lambda _: None)

    def put(self, name: str, path: Path, progress: Progress) -> None:  # noqa: ARG002 - it takes no time
        """See `ports.backups.Shelf`. What is there is on the disk: it survives the machine's loss of power."""
        with _told(self._folder):
            path.chmod(0o600)
            _written_through(path)
            path.replace(self._folder / name)
            _written_through(self._folder)

    def get(self, name: str, path: Path, progress: Progress) -> None:
        """See `ports.backups.Shelf`."""
        progress(f"reading {name}")
        with _told(self._folder / name):
            shutil.copyfile(self._folder / name, path)

    def remove(self, name: str) -> None:
        """See `ports.backups.Shelf`."""
        with _told(self._folder / name):
            (self._folder / name).unlink(missing_ok=True)

    def workroom(self) -> AbstractContextManager[Path]:
        """See `ports.backups.Shelf`. It is in the folder, so that files are put by giving them their name."""
        return self._workroom()

    @contextmanager
    def _workroom(self) -> Iterator[Path]:
        with _told(self._folder):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with workroom(self._folder) as room:
            yield room


def _written_through(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BackupTrouble(f"{path} cannot be used: {error.strerror}.") from error
