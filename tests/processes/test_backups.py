"""Backups in earnest: made, damaged, refused, restored, on trial and for good."""

import hashlib
import os
import re
import resource
import signal
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from factories import World
from flash.adapters.sql.postgres_copies import SCRATCH, connected
from flash.adapters.sql.store import SCHEMA
from flash.domain.backup import a_name, begun_at
from flash.domain.chain import Head, as_line
from flash.domain.transfer import State
from flash.ports.heartbeats import Heartbeat
from flash.usecases.chain import Chainer, verify_chains
from flash.usecases.sweep import sweep
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

    @property
    def database(self) -> str:
        return make_url(self.profile.environ["DATABASE_URL"]).database or ""

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


def on_server(kept: Kept, statement: str) -> None:
    with connected(make_url(kept.profile.environ["DATABASE_URL"]).set(database="postgres")) as connection:
        connection.exec_driver_sql(statement)


def asked(world: World) -> None:
    """Ask every payer, who takes their time."""
    world.engine = replace(world.engine, clock=world.clock)
    world.operate(replace(world.sandbox, clock=world.clock, delay=timedelta(hours=1)))
    assert sweep(world.engine)


def finished(world: World) -> None:
    """Have everything under way looked at, now and not in some seconds, until it is at its end."""
    world.engine = replace(world.engine, clock=world.clock)
    world.operate(replace(world.sandbox, clock=world.clock, delay=timedelta(0), payout_delay=timedelta(0)))
    while not all_final(world):
        with world.database.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE transfers SET due_at = created_at WHERE due_at IS NOT NULL")
        sweep(world.engine)


def chained(world: World) -> list[Head]:
    """Link all rows, and return the heads of the chains when all is in order."""
    Chainer(world.database.unit_of_work).chain_rows()
    assert world.audit() == []
    with world.database.snapshot() as store:
        return list(verify_chains(store=store, clock=world.clock))


def test_a_lost_database_comes_back_and_payments_under_way_finish_as_they_had(on_postgres: Kept) -> None:
    kept, world = on_postgres, on_postgres.world
    key = with_key(kept)
    under_way = world.send("30.00", payer="0960000003", payee="0970000004")
    asked(world)
    new = world.send("25.00", payer="0960000001", payee="0970000002")
    heads = chained(world)
    name = kept.made()
    # What happens from here on is forgotten by us, and the operators remember it.
    finished(world)
    world.send("40.00", payer="0960000005", payee="0970000006")
    legs = {leg.reference for one in (under_way, new) for leg in world.get(one).legs}
    assert len(legs) == 4
    world.database.engine.dispose()
    on_server(kept, f'DROP DATABASE "{kept.database}"')
    assert "is encrypted for age1" in kept.refused("restore", "latest")
    told = kept.told("restore", "latest", "--identity", str(key))
    assert f"{name} is now the database" in told
    assert "flash reconcile" in told
    assert [one.transfer.state for one in dossiers(world)].count(State.COLLECTING) == 1
    finished(world)
    assert [one.transfer.state for one in dossiers(world)] == [State.COMPLETED] * 2
    assert {leg.reference for one in dossiers(world) for leg in one.transfer.legs} == legs
    chained(world)
    heads_file = kept.profile.folder / "kept.txt"
    heads_file.write_text("\n".join(map(as_line, heads)))
    done = kept.profile.flash_alone("audit", "--expect", str(heads_file))
    assert done.stdout.endswith("The audit is clean.\n"), done.stdout

    # And on trial: what is left of a process that was killed goes, and a backup of a touched database is found.
    left = f"{SCRATCH}20200101000000_dead"
    on_server(kept, f'CREATE DATABASE "{left}"')
    before = databases(kept)
    assert "never verified" in kept.told("backup", "list")
    assert "its audit is clean" in kept.told("backup", "verify", "--identity", str(key))
    assert "encrypted  verified 0:00:0" in kept.told("backup", "list")
    assert (kept.folder / f"{name}.verified.json").exists()
    assert set(before) - set(databases(kept)) == {left}
    with world.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE postings SET amount_minor = amount_minor + 1 WHERE id = 1")
    kept.made()
    assert "does not hold what it should. " in kept.refused("backup", "verify", "--identity", str(key))
    assert databases(kept) == [database for database in before if database != left]


def test_a_database_is_replaced_only_when_it_is_meant_and_at_rest(on_postgres: Kept, postgres: PostgresServer) -> None:
    kept, world = on_postgres, on_postgres.world
    transfer = world.send("25.00")
    name = kept.made()
    assert "is not empty. With --replace" in kept.refused("restore", "latest")
    told = kept.refused("restore", "latest", "--replace", "--yes", kept.database)
    assert re.search(r"Somebody works with \S+: \w+ from \S+, 1 connections", told)
    world.database.engine.dispose()
    assert "Nothing was changed." in kept.refused("restore", "latest", "--replace", stdin="flash\n")
    world.send("30.00")
    with world.database.unit_of_work() as store:
        store.heartbeats.beat(Heartbeat("machine:7", world.clock.now(), None))
    world.database.engine.dispose()
    assert "the process machine:7." in kept.refused("restore", "latest", "--replace", "--yes", kept.database)
    with world.database.unit_of_work() as store:
        store.heartbeats.forget("machine:7")
    world.database.engine.dispose()
    told = kept.told("restore", "latest", "--replace", stdin=f"{kept.database}\n")
    old = re.search(r"is kept as (\S+);", told)
    assert old
    assert [one.transfer.id for one in dossiers(world)] == [transfer.id]
    with connected(make_url(kept.profile.environ["DATABASE_URL"]).set(database=old[1])) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM transfers").scalar() == 2
    on_server(kept, f'DROP DATABASE "{old[1]}"')

    # A role that may make no databases fills an empty one, in full or not at all.
    url = make_url(postgres.create_database("poor"))
    on_server(kept, f"CREATE ROLE \"{url.database}\" LOGIN PASSWORD 'hunter2'")
    on_server(kept, f'ALTER DATABASE "{url.database}" OWNER TO "{url.database}"')
    poor = url.set(username=url.database, password="hunter2").render_as_string(hide_password=False)
    kept.profile.environ = {**kept.profile.environ, "DATABASE_URL": poor}
    assert "docs/backups.md" in kept.refused("backup", "verify")
    manifest = kept.folder / f"{name}.json"
    whole = manifest.read_text()
    manifest.write_text(whole.replace(f'"schema": "{SCHEMA}"', '"schema": "0013"'))
    assert f"at migration {SCHEMA} where its manifest says 0013" in kept.refused("restore", name)
    with connected(url) as connection:
        tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        assert connection.exec_driver_sql(tables).scalar() == 0
    manifest.write_text(whole)
    assert f"{name} is now the database" in kept.told("restore", name)
    assert "is not empty" in kept.refused("restore", name)


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
    assert kept.refused("backup") == "pg_dump failed: permission denied for ****001"
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
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    kept.profile.settings = settings
    until(lambda: kept.profile.flash("backup").returncode == 0)
    assert {name: (kept.folder / name).read_bytes() for name in good} == contents
    assert len(kept.files()) == len(good) + 2


def damaged(kept: Kept, name: str) -> Iterator[tuple[str, str]]:
    """Damage a backup in one way after the other; yield how, and what has to be told of it."""
    file, manifest = kept.folder / f"{name}.sqlite.age", kept.folder / f"{name}.json"
    whole, known = file.read_bytes(), manifest.read_text()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    file.write_bytes(flipped)
    yield "one bit flipped", "is damaged: its digest is not that of its manifest. Take another one."
    manifest.write_text(known.replace(hashlib.sha256(whole).hexdigest(), hashlib.sha256(flipped).hexdigest()))
    yield "and the manifest made to agree", "the key is another, or the file was changed."
    manifest.write_text(known)
    file.write_bytes(whole[:-1000])
    yield "truncated", "is damaged: it has "
    file.write_bytes(b"")
    yield "emptied", "is damaged: it has 0.0 kB (0 bytes)"
    file.unlink()
    yield "removed", "cannot be used: No such file or directory."
    file.write_bytes(whole)
    manifest.unlink()
    yield "without manifest", "has no manifest, so nobody knows whether it is whole."
    manifest.write_text(known[:50])
    yield "with half a manifest", "The manifest of the backup cannot be read."
    manifest.write_text(known.replace(name, "flash-20200101T010000-000Z"))
    yield "with another one's manifest", "is that of another backup."
    manifest.write_text(known.replace('"kind": "sqlite"', '"kind": "pgdump"'))
    yield "of another kind", "is of another kind of database (pgdump)."
    manifest.write_text(re.sub(r'"transfers": 1', '"transfers": 2', known))
    yield "with more in the manifest", "transfers has 1 rows where its manifest says 2."
    manifest.write_text(known)


def test_a_damaged_backup_is_refused_before_anything_is_touched(on_sqlite: Kept) -> None:
    kept, world = on_sqlite, on_sqlite.world
    key = with_key(kept)
    transfer = world.send("25.00")
    name = kept.made()
    world.send("30.00")
    world.database.engine.dispose()
    database = kept.profile.folder.parent / "demo.db"
    before = database.read_bytes()
    restore = ("restore", name, "--replace", "--yes", "demo.db", "--identity")
    for how, told in damaged(kept, name):
        assert told in kept.refused(*restore, str(key)), how
        assert database.read_bytes() == before, how
    assert "Nothing was changed" in kept.refused("restore", name, "--replace", "--yes", "demo")
    assert "is encrypted for age1" in kept.refused("restore", name, "--replace", "--yes", "demo.db")
    other = kept.profile.folder / "other.key"
    kept.told("backup", "keygen", "--to", str(other))
    assert kept.profile.flash("backup", "keygen", "--to", str(other)).returncode == 1
    assert "the key is another" in kept.refused(*restore, str(other))
    assert "There is no private key of age in" in kept.refused(*restore, str(database.parent / "kept" / f"{name}.json"))
    assert "is no name of a backup" in kept.refused("restore", "../x")
    assert "There is no backup flash-2020" in kept.refused("restore", "flash-20200101T010000-000Z")
    assert database.read_bytes() == before
    told = kept.told(*restore, str(key))
    assert re.search(r"is kept as demo.db.before_\d{8}T\d{6}Z;", told)
    assert [one.transfer.id for one in dossiers(world)] == [transfer.id]


def test_a_file_of_sqlite_is_backed_up_while_it_is_written_and_comes_back(on_sqlite: Kept) -> None:
    kept, world = on_sqlite, on_sqlite.world
    assert kept.told("backup", "list") == f"There is no backup at {kept.folder}.\n"
    assert kept.refused("restore", "latest").startswith("There is no backup at ")
    with world.database.unit_of_work() as store:
        store.accounts.by_msisdn(world.person().msisdn)  # Somebody writes, who is not waited for.
        kept.made()
    transfer = world.send("25.00")
    name = kept.made()
    assert "its audit is clean" in kept.told("backup", "verify")
    listed = kept.told("backup", "list").splitlines()
    assert [line.split()[0] for line in listed] == [name, listed[1].split()[0]]
    assert re.search(r"\d kB|MB  not encrypted  verified 0:00:0\d ago$", listed[0])
    assert listed[1].endswith("never verified")
    asked(world)
    told = kept.refused("restore", name, "--replace", "--yes", "demo.db")
    assert told.startswith("Somebody works with demo.db: a process has ")
    world.database.engine.dispose()
    for path in kept.profile.folder.parent.glob("demo.db*"):
        path.unlink()
    assert "There is no database at" in kept.refused("backup")
    assert f"{name} is now the database demo.db" in kept.told("restore", "latest")
    assert [(one.transfer.id, one.transfer.state) for one in dossiers(world)] == [(transfer.id, State.RECORDED)]


def test_a_full_disk_leaves_the_last_good_backup_and_no_other(on_sqlite: Kept) -> None:
    kept = on_sqlite
    size = (kept.folder / f"{kept.made()}.sqlite").stat().st_size
    with_key(kept)
    good = kept.files()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The room ends in the copy, and in what is made of it, which is a little longer.
    for limit, told in ((50_000, "SQLite cannot do it"), (size, "The disk refuses")):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
        try:
            done = kept.profile.flash("backup")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(f"Error: {told}")
        assert kept.files() == good


def aged(kept: Kept, name: str, days: int) -> str:
    """Make a backup so many days older than it is."""
    older = a_name(at) if (at := begun_at(name)) and (at := at - timedelta(days=days)) else ""
    for path in kept.folder.glob(f"{name}.*"):
        path.rename(kept.folder / path.name.replace(name, older))
    manifest = kept.folder / f"{older}.json"
    manifest.write_text(manifest.read_text().replace(name, older))
    return older


def test_only_so_many_are_kept_and_the_last_one_that_was_tried(on_sqlite: Kept) -> None:
    kept = on_sqlite
    tried = kept.made()
    kept.told("backup", "verify")
    tried, gone, damaged = aged(kept, tried, 9), aged(kept, kept.made(), 7), aged(kept, kept.made(), 5)
    (kept.folder / f"{damaged}.sqlite").write_bytes(b"")
    (kept.folder / "flash-20200101T010000-000Z.sqlite").write_bytes(b"never finished")
    (kept.folder / "notes.txt").write_text("not ours")
    kept.profile.settings = {**kept.profile.settings, "flash.backup_keep": "1 days, 0 weeks, 0 months"}
    told = kept.told("backup")
    assert told.endswith("2 older ones are kept no longer.\n")
    assert {name.partition(".")[0] for name in kept.files()} == {tried, damaged, told.partition(":")[0], "notes"}
    assert f"{damaged}  5 days, 0:00:0" in kept.told("backup", "list")
    assert "DAMAGED: its file is missing or of another size" in kept.told("backup", "list")
    assert gone not in kept.told("backup", "list")


def test_wrong_settings_are_named(profiles: Callable[..., Profile]) -> None:
    wrong = {"flash.backup_keep": "for ever"}
    done = profiles("development.ini", wrong).flash("backup")
    assert "flash.backup_to: missing or empty" in done.stderr
    assert "flash.backup_keep: is not how long backups are kept, like 7 days, 5 weeks, 12 months" in done.stderr
