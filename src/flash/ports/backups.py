"""What making and restoring backups needs: a place for them, an envelope, and the database's own way of copying."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from flash.domain.backup import Content
from flash.ports.store import UnitOfWork

Progress = Callable[[str], None]
"""Hears how far long work has come, in a few words."""


class Shelf(Protocol):
    """Where backups lie: files by name. Whatever is put there is there whole, or not at all.

    Every method raises `BackupTrouble` when the place cannot be used.
    """

    @property
    def place(self) -> str:
        """Where it is, for people; without secrets."""
        ...

    def files(self) -> Mapping[str, int]:
        """Return the name and size of each file whose name begins like one of ours."""
        ...

    def read(self, name: str) -> bytes:
        """Return a small file.

        Raises:
            BackupTrouble: also when there is none.
        """
        ...

    def write(self, name: str, content: bytes) -> None:
        """Put a small file, in the place of one that is there."""
        ...

    def put(self, name: str, path: Path, progress: Progress) -> None:
        """Put a file of any size. It may be moved away from where it is."""
        ...

    def get(self, name: str, path: Path, progress: Progress) -> None:
        """Fetch a file of any size.

        Raises:
            BackupTrouble: also when there is none.
        """
        ...

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        ...

    def workroom(self) -> AbstractContextManager[Path]:
        """Make a folder that nobody else can look into, and that goes with its context.

        Those that killed processes left behind go, too.
        """
        ...


class Envelope(Protocol):
    """Encryption for a public key, a piece at a time."""

    def seal(self, plain: Path, sealed: Path, recipient: str) -> None:
        """Encrypt a file.

        Raises:
            BackupTrouble: the recipient is no public key.
        """
        ...

    def open(self, sealed: Path, plain: Path, identity: Path) -> None:
        """Decrypt a file with the private key in another.

        Raises:
            BackupTrouble: it is the wrong key, or none, or the file was changed.
        """
        ...


class Scratch(Protocol):
    """A database beside the real one, in which a backup is restored before anything is touched.

    It is dropped when its context ends, unless it took the real one's place.
    """

    url: str

    def fill(self, path: Path, progress: Progress) -> None:
        """Restore a copy into it.

        Raises:
            BackupTrouble: it cannot be restored, in full.
        """
        ...

    def content(self) -> Content:
        """Return what it holds."""
        ...

    def snapshots(self) -> AbstractContextManager[UnitOfWork]:
        """Open it for reading."""
        ...

    def take_over(self, kept_as: str) -> str:
        """Put it in the place of the real one, at one blow.

        Args:
            kept_as: what the end of the name is, under which the real one is kept.

        Returns:
            The name under which the one that was replaced is kept; empty when there was none.

        Raises:
            BackupTrouble: it cannot take its place, and all is as it was.
        """
        ...


class Copier(Protocol):
    """A kind of database, and how it is copied and restored.

    Every method raises `BackupTrouble` when it cannot be done.
    """

    kind: str
    """Ends the names of files; only a copy of the same kind can be restored."""

    @property
    def name(self) -> str:
        """The name of the database."""
        ...

    def alone(self) -> AbstractContextManager[None]:
        """Be the only one that makes a backup of this database, or be refused."""
        ...

    def copy(self, path: Path, progress: Progress) -> Content:
        """Write a copy of one moment to a file, without holding anybody up, and return what it holds."""
        ...

    def check(self, path: Path) -> None:
        """Read a copy through to its end."""
        ...

    def made_by(self) -> str:
        """Return the program that copies, with its version."""
        ...

    def holds_something(self) -> bool:
        """Whether there is a database, with a table in it."""
        ...

    def users(self) -> Sequence[str]:
        """Return who works with the database at this moment, a line each."""
        ...

    def scratch(self, *, to_take_over: bool) -> AbstractContextManager[Scratch]:
        """Make an empty database beside the real one. Those that a killed process left behind are dropped.

        Args:
            to_take_over: whether it is to take the real one's place; otherwise it may be elsewhere.
        """
        ...
