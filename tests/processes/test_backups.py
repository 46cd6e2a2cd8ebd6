"""Backups in earnest: made, damaged, refused, restored, on trial and for good."""

import json
import re
import signal
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from factories import World
from flash.adapters.sql.postgres_copies import SCRATCH, connected
from flash.domain.transfer import State
from processes.profile import Profile, look_into, until
from processes.test_rehearsal import all_final, dossiers
from servers import PostgresServer

MEMORY = {"flash.circuits.store": "memory", "flash.throttle.store": "memory", "sandbox.delay_s": "0"}
NOWHERE = "redis://127.0.0.1:1/0"


@dataclass
class Kept:
    """A profile whose database is backed up into a folder."""

    profile: Profile
    world: World
    folder: Path

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())

    def made(self) -> str:
        done = self.profile.flash("backup")
        assert done.returncode == 0, done.stderr
        return done.stdout.partition(":")[0]

    def refused(self, *arguments: str, stdin: str = "") -> str:
        done = self.profile.flash(*arguments, stdin=stdin)
        assert done.returncode == 1, done.stdout
        assert "Traceback" not in done.stderr
        return done.stderr.removeprefix("Error: ").removesuffix("\n")

    def told(self, *arguments: str, stdin: str = "") -> str:
        done = self.profile.flash(*arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def on_postgres(
    rehearsal: Callable[..., tuple[Profile, World]], postgres: PostgresServer, tmp_path: Path
) -> Iterator[Kept]:
    """production.ini on PostgreSQL with the sandbox."""
    programs = {"flash.postgres_programs": str(postgres.programs)} if postgres.programs else {}
    profile, world = rehearsal(NOWHERE, **MEMORY, **programs, **{"flash.backup_to": str(tmp_path / "kept")})
    yield Kept(profile, world, tmp_path / "kept")
    world.database.engine.dispose()


@pytest.fixture
def on_sqlite(profiles: Callable[..., Profile], tmp_path: Path) -> Iterator[Kept]:
    """development.ini with a file of its own."""
    url = f"sqlite:///{tmp_path / 'demo.db'}"
    profile = profiles("development.ini", {**MEMORY, "sqlalchemy.url": url, "flash.backup_to": str(tmp_path / "kept")})
    assert profile.flash("migrate").returncode == 0
    world = look_into(url)
    yield Kept(profile, world, tmp_path / "kept")
    world.database.engine.dispose()


def with_key(kept: Kept) -> Path:
    """Have backups encrypted; return the file with the private key."""
    key = kept.profile.folder / "backup.key"
    public = kept.told("backup", "keygen", "--to", str(key)).split()[-1]
    kept.profile.settings = {**kept.profile.settings, "flash.backup_recipient": public}
    return key


def databases(kept: Kept) -> list[str]:
    url = make_url(kept.profile.environ["DATABASE_URL"])
    with connected(url.set(database="postgres")) as connection:
        return list(connection.execute(text("SELECT datname FROM pg_database")).scalars())


def drop(kept: Kept) -> None:
    url = make_url(kept.profile.environ["DATABASE_URL"])
    kept.world.database.engine.dispose()
    with connected(url.set(database="postgres")) as connection:
        connection.exec_driver_sql(f'DROP DATABASE "{url.database}"')


def test_a_database_that_is_lost_comes_back_and_what_was_under_way_finishes_as_it_had(on_postgres: Kept) -> None:
    kept, world = on_postgres, on_postgres.world
    key = with_key(kept)
    world.send("25.00", payer="0960000001", payee="0970000002")
    under_way = world.send("30.00", payer="0960000003", payee="0970000004")
    kept.told("chain")
    heads = kept.profile.folder / "kept.txt"
    heads.write_text(kept.told("audit"))
    name = kept.made()
    # What happens from here on is forgotten, and the operators remember it.
    until(lambda: kept.told("sweep") and all_final(world))
    world.send("40.00", payer="0960000005", payee="0970000006")
    legs = {leg.reference for leg in world.get(under_way).legs}
    assert len(legs) == 2
    drop(kept)
    assert "is encrypted for age1" in kept.refused("restore", "latest")
    assert kept.told("backup", "list").startswith(f"{name}  ")
    told = kept.told("restore", "latest", "--identity", str(key))
    assert f"{name} is now the database" in told
    assert "flash reconcile" in told
    kept.told("chain")
    assert kept.told("audit", "--expect", str(heads)).endswith("The audit is clean.\n")
    assert {one.transfer.state for one in dossiers(world)} == {State.RECORDED}
    until(lambda: kept.told("sweep") and all_final(world))
    assert [one.transfer.state for one in dossiers(world)] == [State.COMPLETED] * 2
    assert {leg.reference for leg in world.get(under_way).legs} == legs
    kept.told("chain")
    assert kept.told("audit").endswith("The audit is clean.\n")
    assert [database for database in databases(kept) if database.startswith(SCRATCH)] == []


def test_a_backup_is_restored_on_trial_and_that_is_remembered(on_postgres: Kept) -> None:
    kept, world = on_postgres, on_postgres.world
    world.send("25.00")
    name = kept.made()
    assert "never verified" in kept.told("backup", "list")
    left = f"{SCRATCH}20200101000000_dead"
    with connected(make_url(kept.profile.environ["DATABASE_URL"]).set(database="postgres")) as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{left}"')
    before = databases(kept)
    assert "its audit is clean" in kept.told("backup", "verify")
    assert "verified 0:00:0" in kept.told("backup", "list")
    assert json.loads((kept.folder / f"{name}.verified.json").read_text())["schema"] == "0014"
    assert set(before) - set(databases(kept)) == {left}
    # One that was made of a database in which somebody put a hand.
    kept.told("chain")
    until(lambda: kept.told("sweep") and all_final(world))
    with world.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE postings SET amount_minor = amount_minor + 1 WHERE id = 1")
    kept.made()
    assert "does not hold what it should. " in kept.refused("backup", "verify", "latest")
    assert [database for database in databases(kept) if database.startswith(SCRATCH)] == []
    assert "its audit is clean" in kept.told("backup", "verify", name)


def test_a_database_in_use_or_not_empty_is_not_replaced(on_postgres: Kept) -> None:
    kept, world = on_postgres, on_postgres.world
    transfer = world.send("25.00")
    kept.made()
    database = make_url(kept.profile.environ["DATABASE_URL"]).database or ""
    with world.database.unit_of_work() as store:
        store.transfers.apply  # noqa: B018 - it stays connected
    assert "is not empty. With --replace" in kept.refused("restore", "latest")
    told = kept.refused("restore", "latest", "--replace", "--yes", database)
    assert re.search(r"Somebody works with \S+: \w+ from \S+, \d connections", told)
    world.database.engine.dispose()
    wrong = kept.refused("restore", "latest", "--replace", stdin="flash\n")
    assert "Nothing was changed." in wrong
    world.send("30.00")
    world.database.engine.dispose()
    told = kept.told("restore", "latest", "--replace", stdin=f"{database}\n")
    old = re.search(r"is kept as (\S+);", told)
    assert old
    assert old[1] in databases(kept)
    assert [one.transfer.id for one in dossiers(world)] == [transfer.id]
    with connected(make_url(kept.profile.environ["DATABASE_URL"]).set(database=old[1])) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM transfers").scalar() == 2
    drop_named(kept, old[1])


def drop_named(kept: Kept, name: str) -> None:
    with connected(make_url(kept.profile.environ["DATABASE_URL"]).set(database="postgres")) as connection:
        connection.exec_driver_sql(f'DROP DATABASE "{name}"')


def test_a_role_that_may_make_no_databases_restores_into_an_empty_one_or_leaves_it_empty(
    on_postgres: Kept, postgres: PostgresServer
) -> None:
    kept = on_postgres
    kept.world.send("25.00")
    name = kept.made()
    url = make_url(postgres.create_database("poor"))
    role = f"poor_{url.database}"
    with connected(url) as connection:
        connection.exec_driver_sql(f"CREATE ROLE \"{role}\" LOGIN PASSWORD 'hunter2'")
        connection.exec_driver_sql(f'ALTER DATABASE "{url.database}" OWNER TO "{role}"')
        connection.exec_driver_sql(f'ALTER SCHEMA public OWNER TO "{role}"')
    poor = url.set(username=role, password="hunter2").render_as_string(hide_password=False)
    kept.profile.environ = {**kept.profile.environ, "DATABASE_URL": poor}
    assert "docs/backups.md" in kept.refused("backup", "verify")
    manifest = kept.folder / f"{name}.json"
    whole = manifest.read_text()
    manifest.write_text(whole.replace('"schema": "0014"', '"schema": "0013"'))
    assert "at migration 0014 where its manifest says 0013" in kept.refused("restore", name)
    with connected(url) as connection:
        tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        assert connection.exec_driver_sql(tables).scalar() == 0
    manifest.write_text(whole)
    assert f"{name} is now the database" in kept.told("restore", name)
    assert "is not empty" in kept.refused("restore", name)
    assert kept.told("audit").endswith("The audit is clean.\n")


SLOW = """#!/bin/sh
case "$1" in --version) exec {real} --version;; esac
echo $$ > {folder}/pid
{real} "$@"
exec sleep 60
"""


def test_a_backup_that_fails_leaves_the_last_good_one_and_nothing_else(
    on_postgres: Kept, postgres: PostgresServer, tmp_path: Path
) -> None:
    kept = on_postgres
    kept.world.send("25.00")
    kept.made()
    good = kept.files()
    contents = {name: (kept.folder / name).read_bytes() for name in good}
    assert {stat.S_IMODE((kept.folder / name).stat().st_mode) for name in good} == {0o600}
    # pg_dump is refused, as where a table is not ours to read.
    programs = tmp_path / "programs"
    programs.mkdir()
    real = (postgres.programs or Path("/usr/bin")) / "pg_dump"
    dump = programs / "pg_dump"
    refused = "echo 'pg_dump: error: permission denied for 0960000001' >&2; exit 1\n"
    dump.write_text(SLOW.format(real=real, folder=tmp_path).replace("exec sleep 60\n", refused))
    dump.chmod(0o755)
    settings, kept.profile.settings = (
        kept.profile.settings,
        {**kept.profile.settings, "flash.postgres_programs": str(programs)},
    )
    assert kept.refused("backup") == "pg_dump failed: permission denied for 0960***001"
    assert kept.files() == good
    # It is killed in the middle; meanwhile a second one says that there is a first.
    dump.write_text(SLOW.format(real=real, folder=tmp_path))
    (tmp_path / "pid").unlink()
    process = kept.profile.start("flash", "--ini", str(kept.profile.ini()), "backup")
    until((tmp_path / "pid").exists)
    assert kept.refused("backup") == "A backup of this database is being made already."
    process.kill()
    process.wait()
    assert len(kept.files()) == len(good) + 1
    import os

    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    kept.profile.settings = settings
    until(lambda: kept.profile.flash("backup").returncode == 0)
    assert {name: (kept.folder / name).read_bytes() for name in good} == contents
    assert len(kept.files()) == len(good) + 2
