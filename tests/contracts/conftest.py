"""The databases that every contract of the store is run over."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from factories import World
from flash.adapters.memory import MemoryJobs
from flash.adapters.sql.store import SqlDatabase
from flash.adapters.sql.tables import metadata


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
        url = f"sqlite:///{tmp_path / 'flash.db'}"
    else:
        url = request.getfixturevalue("postgres").create_database(f"t{secrets.token_hex(6)}")
    jobs = MemoryJobs()
    database = SqlDatabase(url, jobs=jobs)
    metadata.create_all(database.engine)
    world = World(database)
    world.jobs = jobs
    yield world
    database.engine.dispose()
