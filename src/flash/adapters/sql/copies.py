"""What copies of both kinds of database have in common."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, func, inspect, select, table
from sqlalchemy.orm import Session

from flash.adapters.sql.chain import SqlChain
from flash.adapters.sql.store import VERSIONS, SqlDatabase
from flash.adapters.sql.tables import chain_links, heartbeats
from flash.domain.backup import Content
from flash.ports.store import UnitOfWork


class NoJobs:
    """Nobody is woken for a copy."""

    def advance(self, transfer_id: UUID) -> None:
        """Refuse: a copy is only looked at."""
        raise AssertionError(f"nothing advances {transfer_id} in a copy")


def content_of(connection: Connection) -> Content:
    """Return what a database holds, whatever migration it is at."""
    names = inspect(connection).get_table_names()
    counts = {
        name: connection.execute(select(func.count()).select_from(table(name))).scalar_one()
        for name in sorted(names)
        if name != VERSIONS
    }
    schema = connection.exec_driver_sql(f"SELECT version_num FROM {VERSIONS}").scalar() if VERSIONS in names else ""  # noqa: S608
    heads = SqlChain(Session(connection)).heads() if chain_links.name in names else ()
    return Content(str(schema or ""), counts, tuple(heads))


@contextmanager
def snapshots_of(url: str) -> Iterator[UnitOfWork]:
    """Open a database for reading."""
    database = SqlDatabase(url, jobs=NoJobs())
    try:
        yield database.snapshot
    finally:
        database.engine.dispose()


def who_lives(connection: Connection, since: datetime) -> Sequence[str]:
    """Return the processes that gave a sign of life since then, a line each."""
    if heartbeats.name not in inspect(connection).get_table_names():
        return []
    alive = select(heartbeats.c.process).where(heartbeats.c.at >= since).order_by(heartbeats.c.process)
    return [f"the process {name}" for name in connection.execute(alive).scalars()]
