"""The migrations make the very tables that the code uses, on both databases."""

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect
from sqlalchemy.exc import OperationalError

from flash.adapters.sql.store import SCHEMA, make_engine
from processes.profile import REHEARSAL, ROOT, Profile, until
from releases import NEXT, migrations_of_the_next_release
from servers import PostgresServer


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Profile, str]]:
    """A profile on an empty database, and that database's URL."""
    url = f"sqlite:///{tmp_path / 'flash.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").create_database(f"m{secrets.token_hex(6)}")
    return Profile(tmp_path, ROOT / "development.ini", {**REHEARSAL, "sqlalchemy.url": url}), url


def alembic(profile: Profile) -> Config:
    """What alembic's commands are given. They run in this process, because a new one would take longer than they do."""
    return Config(str(profile.ini()))


def test_the_migrations_make_the_tables_of_the_code(database: tuple[Profile, str]) -> None:
    profile, _ = database
    assert profile.flash("migrate").returncode == 0
    command.check(alembic(profile))


def test_the_code_knows_which_migration_it_needs() -> None:
    folder = ScriptDirectory.from_config(Config(str(ROOT / "development.ini")))
    assert folder.get_current_head() == SCHEMA
    revisions = sorted(script.revision for script in folder.walk_revisions())
    assert revisions == [f"{number:04}" for number in range(1, int(SCHEMA) + 1)]


def test_every_migration_can_be_taken_back(database: tuple[Profile, str]) -> None:
    profile, url = database
    command.upgrade(alembic(profile), "head")
    command.downgrade(alembic(profile), "base")
    engine = make_engine(url)
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    engine.dispose()
    command.upgrade(alembic(profile), "head")


def test_several_releases_may_migrate_at_once(postgres: PostgresServer, tmp_path: Path) -> None:
    url = postgres.create_database(f"m{secrets.token_hex(6)}")
    profile = Profile(tmp_path, ROOT / "development.ini", {**REHEARSAL, "sqlalchemy.url": url})
    profile.ini()
    with ThreadPoolExecutor(3) as pool:
        codes = list(pool.map(lambda _: profile.flash_alone("migrate").returncode, range(3)))
    assert codes == [0, 0, 0]


def test_indexes_on_large_tables_may_be_made_before_the_upgrade(database: tuple[Profile, str]) -> None:
    profile, url = database
    command.upgrade(alembic(profile), "0001")
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE INDEX ix_legs_closed_at_paid ON legs (closed_at)")
        connection.exec_driver_sql("CREATE INDEX ix_postings_at ON postings (at)")
        connection.exec_driver_sql("CREATE INDEX ix_evidence_at ON evidence (at)")
    engine.dispose()
    command.upgrade(alembic(profile), "head")


WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock' AND database = {me}"
MIGRATING = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = {me}"
ME = "(SELECT oid FROM pg_database WHERE datname = current_database())"


@pytest.fixture
def used(postgres: PostgresServer, tmp_path: Path) -> Iterator[tuple[Config, Engine]]:
    """What migrates a database of this release to the next one, and that database."""
    url = postgres.create_database(f"m{secrets.token_hex(6)}")
    profile = Profile(tmp_path, ROOT / "development.ini", {**REHEARSAL, "sqlalchemy.url": url})
    assert profile.flash("migrate").returncode == 0
    config = alembic(profile)
    config.set_main_option("script_location", str(migrations_of_the_next_release(tmp_path / "next")))
    engine = make_engine(url)
    yield config, engine
    engine.dispose()


def asked(engine: Engine, statement: str) -> int:
    with engine.connect() as connection:
        return int(connection.exec_driver_sql(statement.format(me=ME)).scalar() or 0)


def test_a_migration_that_cannot_have_its_lock_lets_others_by_and_is_made_when_it_can(
    used: tuple[Config, Engine],
) -> None:
    config, engine = used
    with ThreadPoolExecutor(1) as pool:
        with engine.connect() as long_one:
            long_one.exec_driver_sql("SELECT count(*) FROM transfers")
            migrated = pool.submit(command.upgrade, config, "head")
            until(lambda: asked(engine, WAITING))
            # Behind a migration that waits for ever this would wait too, and end with an error after eight seconds.
            assert asked(engine, "SELECT count(*) FROM transfers") == 0
            assert not migrated.done()
        migrated.result(30)
    assert asked(engine, "SELECT version_num FROM alembic_version") == int(NEXT)
    assert asked(engine, "SELECT count(note) FROM transfers") == 0


def test_a_migration_that_is_killed_leaves_nothing_and_can_be_made_again(used: tuple[Config, Engine]) -> None:
    config, engine = used
    with ThreadPoolExecutor(1) as pool:
        with engine.connect() as long_one:
            long_one.exec_driver_sql("SELECT count(*) FROM transfers")
            migrated = pool.submit(command.upgrade, config, "head")
            until(lambda: asked(engine, WAITING))
            asked(engine, f"SELECT pg_terminate_backend(({MIGRATING}))::int")
            with pytest.raises(OperationalError):
                migrated.result(30)
        assert asked(engine, "SELECT version_num FROM alembic_version") == int(SCHEMA)
        assert not inspect(engine).has_table("notes")
        command.upgrade(config, "head")
    assert inspect(engine).has_table("notes")
