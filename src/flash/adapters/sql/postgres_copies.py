"""Copies of a PostgreSQL database, by pg_dump and pg_restore."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Connection, Engine, MetaData, NullPool, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError

from flash.adapters.sql.copies import content_of, snapshots_of, who_lives
from flash.adapters.sql.postgres_programs import environ_for, find, run
from flash.domain.backup import BackupTrouble, Content, size_told
from flash.ports.backups import Progress, Scratch
from flash.ports.store import UnitOfWork

LOCK = 7_270_261
"""PostgreSQL's advisory lock of whoever makes a backup. (Migrations have the one below.)"""

SCRATCH = "flash_scratch_"
LEFT_BEHIND = timedelta(days=1)
"""A scratch database that is so old and that nobody is connected to belongs to a process that was killed."""
ALIVE = timedelta(seconds=30)
"""As `usecases.heartbeat.SILENT`."""

APPLICATION = "flash backup"

CONNECTED = """
    SELECT usename, coalesce(host(client_addr), 'this machine'), coalesce(application_name, ''), count(*)
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND coalesce(backend_type, 'client backend') = 'client backend'
    AND application_name <> :ours  -- Those we closed are listed for a moment more.
    GROUP BY 1, 2, 3 ORDER BY 4 DESC
"""
LIKE = "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = :name"
LEFT = """
    SELECT datname FROM pg_database
    WHERE starts_with(datname, :prefix) AND pg_has_role(datdba, 'USAGE')
    AND NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE pg_stat_activity.datname = pg_database.datname)
"""


class PostgresCopies:
    """See `ports.backups.Copier`.

    Args:
        url: of the database.
        programs: the folder with PostgreSQL's programs; None for wherever they are.
        trial: URL of any database on the server on which backups are restored on trial; None for that of the database.
    """

    kind = "pgdump"

    def __init__(self, url: str, *, programs: Path | None = None, trial: str | None = None) -> None:
        self._url = make_url(url)
        self._programs = programs
        self._trial = make_url(trial) if trial else self._url

    @property
    def name(self) -> str:
        """See `ports.backups.Copier`."""
        return self._url.database or ""

    @contextmanager
    def alone(self) -> Iterator[None]:
        """See `ports.backups.Copier`."""
        with connected(self._url) as connection:
            if not connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK}):
                raise BackupTrouble("A backup of this database is being made already.")
            yield

    def copy(self, path: Path, progress: Progress) -> Content:
        """See `ports.backups.Copier`. What is counted and what is dumped are the same snapshot."""
        with connected(self._url, "REPEATABLE READ") as connection:
            snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
            content = content_of(connection)
            program, _ = find("pg_dump", _major(connection), self._programs)
            command = (program, "-Fc", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", "-f", path)
            run(command, environ_for(self._url, APPLICATION), lambda: progress(f"{_size(path)} written"))
        return content

    def check(self, path: Path) -> None:
        """See `ports.backups.Copier`. All of it is unpacked, into nothing."""
        program, _ = self._program("pg_restore", self._url)
        run((program, "-f", "/dev/null", path), environ_for(self._url, APPLICATION), lambda: None)

    def made_by(self) -> str:
        """See `ports.backups.Copier`."""
        _, version = self._program("pg_dump", self._url)
        return f"pg_dump {version}"

    def holds_something(self) -> bool:
        """See `ports.backups.Copier`."""
        if not self._exists():
            return False
        with connected(self._url) as connection:
            return bool(content_of(connection).counts)

    def users(self) -> Sequence[str]:
        """See `ports.backups.Copier`."""
        if not self._exists():
            return []
        with connected(self._url) as connection:
            found = connection.execute(text(CONNECTED), {"ours": APPLICATION}).all()
            lines = [
                f"{who} from {where}, {n} connections{f' ({what})' if what else ''}" for who, where, what, n in found
            ]
            return [*lines, *who_lives(connection, datetime.now(UTC) - ALIVE)]

    def scratch(self, *, to_take_over: bool) -> AbstractContextManager[Scratch]:
        """See `ports.backups.Copier`.

        Where the role may make no databases, an empty one is filled itself, in one transaction.
        """
        return self._beside(self._url if to_take_over else self._trial, to_take_over=to_take_over)

    @contextmanager
    def _beside(self, server: URL, *, to_take_over: bool) -> Iterator[Scratch]:
        with ExitStack() as stack:
            connection = stack.enter_context(_connected_to_server(server))
            tool = find("pg_restore", _major(connection), self._programs)[0]
            if connection.scalar(text("SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user")):
                yield stack.enter_context(_made(connection, server, self._url, tool))
            elif to_take_over and not self.holds_something():
                yield stack.enter_context(_filled_itself(self._url, tool, self.users))
            else:
                told = "This role may make no databases, which the restore of a backup takes"
                raise BackupTrouble(f'{told}: see docs/backups.md, "Without CREATEDB".')

    def _program(self, name: str, url: URL) -> tuple[Path, str]:
        with connected(url) as connection:
            return find(name, _major(connection), self._programs)

    def _exists(self) -> bool:
        with _connected_to_server(self._url) as connection:
            found = text("SELECT count(*) FROM pg_database WHERE datname = :name")
            return bool(connection.scalar(found, {"name": self.name}))


class PostgresScratch:
    """See `ports.backups.Scratch`.

    Args:
        url: of the database that is filled.
        tool: pg_restore.
        at_once: whether it is filled in one transaction.
    """

    def __init__(self, url: URL, tool: Path, *, at_once: bool = False) -> None:
        self._url = url
        self._tool = tool
        self._at_once = at_once
        self.filled = False
        self.url = url.render_as_string(hide_password=False)

    def fill(self, path: Path, progress: Progress) -> None:
        """See `ports.backups.Scratch`."""
        into = f"--dbname={make_conninfo(dbname=self._url.database)}"
        how = ("--single-transaction",) if self._at_once else ("--exit-on-error",)
        command = (self._tool, "--no-owner", "--no-privileges", *how, into, path)
        environ = environ_for(self._url, APPLICATION)
        with _connected_to_server(self._url) as connection:
            size = text("SELECT pg_database_size(:name)")
            run(command, environ, lambda: progress(_restored(connection.scalar(size, {"name": self._url.database}))))
        self.filled = True
        with connected(self._url) as connection:
            connection.execute(text("ANALYZE"))

    def content(self) -> Content:
        """See `ports.backups.Scratch`."""
        with connected(self._url) as connection:
            return content_of(connection)

    def snapshots(self) -> AbstractContextManager[UnitOfWork]:
        """See `ports.backups.Scratch`."""
        return snapshots_of(self.url)

    def take_over(self, kept_as: str) -> str:
        """See `ports.backups.Scratch`. It has its place already."""
        del kept_as
        return ""


class _Swapped(PostgresScratch):
    """One that has a name of its own, and gets the real one's."""

    def __init__(self, url: URL, tool: Path, connection: Connection, real: str) -> None:
        super().__init__(url, tool)
        self._connection = connection
        self._real = real

    def take_over(self, kept_as: str) -> str:
        """See `ports.backups.Scratch`. Both names change in one transaction."""
        quoted = self._connection.dialect.identifier_preparer.quote_identifier
        old = f"{self._real[:40]}_{kept_as}"
        there = bool(
            self._connection.scalar(
                text("SELECT count(*) FROM pg_database WHERE datname = :name"), {"name": self._real}
            )
        )
        renames = [(self._real, old)] if there else []
        try:
            with _connected_to_server(self._url, isolation_level="READ COMMITTED") as other, other.begin():
                for before, after in (*renames, (self._url.database or "", self._real)):
                    other.exec_driver_sql(f"ALTER DATABASE {quoted(before)} RENAME TO {quoted(after)}")
        except DBAPIError as error:
            told = str(error.orig).partition("\n")[0]
            raise BackupTrouble(f"The databases cannot change their names ({told}); all is as it was.") from error
        return old if there else ""


@contextmanager
def _made(connection: Connection, server: URL, real: URL, tool: Path) -> Iterator[PostgresScratch]:
    """Make a database, and drop it in the end unless it got another name meanwhile."""
    quoted = connection.dialect.identifier_preparer.quote_identifier
    _drop_left_behind(connection)
    name = f"{SCRATCH}{datetime.now(UTC):%Y%m%d%H%M%S}_{secrets.token_hex(4)}"
    connection.exec_driver_sql(f"CREATE DATABASE {quoted(name)} TEMPLATE template0 {_likeness(connection, real)}")
    try:
        yield _Swapped(server.set(database=name), tool, connection, real.database or "")
    finally:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)")


def _likeness(connection: Connection, real: URL) -> str:
    """Return what makes a new database sort and spell as the real one does, if that is here."""
    found = connection.execute(text(LIKE), {"name": real.database}).one_or_none()
    if found is None or None in found:
        return "ENCODING 'UTF8'"
    encoding, collate, ctype = (value.replace("'", "''") for value in found)
    return f"ENCODING '{encoding}' LC_COLLATE '{collate}' LC_CTYPE '{ctype}'"


def _drop_left_behind(connection: Connection) -> None:
    quoted = connection.dialect.identifier_preparer.quote_identifier
    before = f"{SCRATCH}{datetime.now(UTC) - LEFT_BEHIND:%Y%m%d%H%M%S}"
    for name in connection.execute(text(LEFT), {"prefix": SCRATCH}).scalars().all():
        if name < before:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {quoted(name)}")


@contextmanager
def _filled_itself(real: URL, tool: Path, users: Callable[[], Sequence[str]]) -> Iterator[PostgresScratch]:
    """Fill the real one, which is empty; it is empty again when that fails.

    What is in it is taken away only if it came from us, and nobody began to work with it meanwhile.
    """
    scratch = PostgresScratch(real, tool, at_once=True)
    try:
        yield scratch
    except BaseException:
        if not scratch.filled or users():
            raise
        engine = _engine(real, "READ COMMITTED")
        metadata = MetaData()
        metadata.reflect(engine)
        metadata.drop_all(engine)
        raise


def _engine(url: URL, isolation_level: str) -> Engine:
    """Return an engine without the limits that requests have; connections end with their context."""
    return create_engine(
        url,
        poolclass=NullPool,
        isolation_level=isolation_level,
        connect_args={
            "application_name": APPLICATION,
            "connect_timeout": 5,
            "options": "-c timezone=UTC -c statement_timeout=0 -c idle_in_transaction_session_timeout=0",
        },
        hide_parameters=True,
    )


@contextmanager
def connected(url: URL, isolation_level: str = "AUTOCOMMIT") -> Iterator[Connection]:
    """Connect to a database for as long as it takes."""
    with _engine(url, isolation_level).connect() as connection:
        yield connection


@contextmanager
def _connected_to_server(url: URL, isolation_level: str = "AUTOCOMMIT") -> Iterator[Connection]:
    """Connect to the server of a database that may not be there."""
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(connected(url.set(database="postgres"), isolation_level))
        except OperationalError:  # Some hosts let nobody in there.
            connection = stack.enter_context(connected(url, isolation_level))
        yield connection


def _major(connection: Connection) -> int:
    version: Any = connection.dialect.server_version_info
    return int(version[0])


def _size(path: Path) -> str:
    return size_told(path.stat().st_size if path.exists() else 0)


def _restored(size: int | None) -> str:
    return f"{size_told(size or 0)} restored"
