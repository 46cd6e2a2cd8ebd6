"""Copies of a SQLite database, by its own means of copying online."""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import NullPool, create_engine, make_url

from flash.adapters.sql.copies import content_of, snapshots_of, who_lives
from flash.domain.backup import BackupTrouble, Content
from flash.ports.backups import Progress, Scratch
from flash.ports.store import UnitOfWork

Workroom = Callable[[Path], AbstractContextManager[Path]]
"""Makes a folder in another, that goes with its context."""

ALIVE = timedelta(seconds=30)
"""As `usecases.heartbeat.SILENT`."""


class SqliteCopies:
    """See `ports.backups.Copier`.

    Args:
        url: of the database.
        workroom: makes a folder in another that goes with its context.
    """

    kind = "sqlite"

    def __init__(self, url: str, workroom: Workroom) -> None:
        self._path = Path(make_url(url).database or "")
        self._workroom = workroom

    @property
    def name(self) -> str:
        """See `ports.backups.Copier`."""
        return self._path.name

    @contextmanager
    def alone(self) -> Iterator[None]:
        """See `ports.backups.Copier`. The lock is on the folder, and ends with the process."""
        self._must_exist()
        handle = os.open(self._path.parent, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BackupTrouble("A backup of this database is being made already.") from error
        else:
            yield
        finally:
            os.close(handle)

    def copy(self, path: Path, progress: Progress) -> Content:
        """See `ports.backups.Copier`."""
        self._must_exist()
        progress("copying")
        with _told(), closing(sqlite3.connect(self._path)) as source, closing(sqlite3.connect(path)) as target:
            source.backup(target)
            # One file, and no log beside it.
            target.execute("PRAGMA journal_mode = delete")
        return _content(path)

    def check(self, path: Path) -> None:
        """See `ports.backups.Copier`."""
        with _told(), closing(sqlite3.connect(path)) as connection:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
            astray = connection.execute("PRAGMA foreign_key_check").fetchone()
        if found != ["ok"] or astray:
            raise BackupTrouble("The copy is damaged: SQLite's integrity check finds faults.")

    def made_by(self) -> str:
        """See `ports.backups.Copier`."""
        return f"SQLite {sqlite3.sqlite_version}"

    def holds_something(self) -> bool:
        """See `ports.backups.Copier`."""
        return self._path.exists() and bool(_content(self._path).counts)

    def users(self) -> Sequence[str]:
        """See `ports.backups.Copier`. Whoever has the file open holds a lock on it, so that it cannot be ours alone."""
        if not self._path.exists():
            return []
        try:
            with closing(sqlite3.connect(self._path, timeout=0)) as connection:
                connection.execute("PRAGMA locking_mode = exclusive")
                connection.execute("BEGIN EXCLUSIVE")
                connection.rollback()
        except sqlite3.OperationalError:
            return [f"a process has {self._path} open"]
        engine = create_engine(f"sqlite:///{self._path}", poolclass=NullPool)
        with engine.connect() as connection:
            return who_lives(connection, datetime.now(UTC) - ALIVE)

    @contextmanager
    def scratch(self, *, to_take_over: bool) -> Iterator[Scratch]:
        """See `ports.backups.Copier`. It lies beside the real one, to be renamed."""
        del to_take_over
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._workroom(self._path.parent) as room:
            yield SqliteScratch(room / "scratch.db", self._path)

    def _must_exist(self) -> None:
        if not self._path.exists():
            raise BackupTrouble(f"There is no database at {self._path}.")


class SqliteScratch:
    """See `ports.backups.Scratch`."""

    def __init__(self, path: Path, real: Path) -> None:
        self._path = path
        self._real = real
        self.url = f"sqlite:///{path}"

    def fill(self, path: Path, progress: Progress) -> None:
        """See `ports.backups.Scratch`."""
        progress("copying")
        shutil.copyfile(path, self._path)

    def content(self) -> Content:
        """See `ports.backups.Scratch`."""
        return _content(self._path)

    def snapshots(self) -> AbstractContextManager[UnitOfWork]:
        """See `ports.backups.Scratch`."""
        return snapshots_of(self.url)

    def take_over(self, kept_as: str) -> str:
        """See `ports.backups.Scratch`. The real one gets a second name before it loses its first."""
        with _told(), closing(sqlite3.connect(self._path)) as connection:
            connection.execute("PRAGMA journal_mode = delete")
        for left in ("-wal", "-shm"):  # Of a real one that is gone; SQLite would take them for ours.
            self._real.with_name(f"{self._real.name}{left}").unlink(missing_ok=True)
        if not self._real.exists():
            self._path.replace(self._real)
            return ""
        old = self._real.with_name(f"{self._real.name}.{kept_as}")
        old.hardlink_to(self._real)
        self._path.replace(self._real)
        return old.name


def _content(path: Path) -> Content:
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.connect() as connection:
        return content_of(connection)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise BackupTrouble(f"SQLite cannot do it: {error}.") from error
