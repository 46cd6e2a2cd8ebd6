"""The databases that every contract of the store is run over."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from emptying import empty
from factories import World
from flash.adapters.memory import MemoryJobs, MemoryMeter
from flash.adapters.sql.store import SqlDatabase, make_engine
from flash.adapters.sql.tables import metadata
from servers import PostgresServer


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """The core on each database there is."""
    if request.param == "memory":
        yield World()
    else:
        yield from _sql_world(request, tmp_path)


@pytest.fixture(params=["sqlite", "postgres"])
def sql_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """The core on each real database, for what only several connections can show."""
    yield from _sql_world(request, tmp_path)


def _sql_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("new_file"), tmp_path / "flash.db")
        url = f"sqlite:///{tmp_path / 'flash.db'}"
    else:
        url = request.getfixturevalue("kept_database")
    jobs = MemoryJobs()
    meter = MemoryMeter()
    database = SqlDatabase(url, jobs=jobs, meter=meter)
    if request.param == "postgres":
        _empty(database.engine)
    world = World(database)
    world.jobs = jobs
    world.meter = meter
    yield world
    database.engine.dispose()


@pytest.fixture(scope="session")
def new_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of SQLite with all tables, made once because that takes longer than most tests."""
    path = tmp_path_factory.mktemp("contracts") / "new.db"
    engine = make_engine(f"sqlite:///{path}")
    metadata.create_all(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def kept_database(postgres: PostgresServer) -> str:
    """A database on PostgreSQL with all tables, made once because that takes longer than most tests."""
    url = postgres.create_database("contracts")
    engine = make_engine(url)
    metadata.create_all(engine)
    engine.dispose()
    return url


LARGE = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    " AND pg_relation_size(oid) > 200000"
)


def _empty(engine: Engine) -> None:
    """Make a database as if it were new."""
    with engine.begin() as connection:
        # Deleted rows are looked at again by whoever comes next, until the table is vacuumed; truncated ones are gone.
        large = connection.exec_driver_sql(LARGE).scalars().all()
        if large:
            connection.exec_driver_sql(f"TRUNCATE {', '.join(large)} CASCADE")
        empty(connection)
        sequences = "SELECT setval(format('%%I', sequencename)::regclass, 1, false) FROM pg_sequences"
        connection.exec_driver_sql(f"{sequences} WHERE schemaname = 'public'")
