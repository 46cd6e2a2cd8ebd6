"""PostgreSQL's own programs: which one fits a server, and what is told when it fails."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from flash.adapters.sql import postgres_programs
from flash.adapters.sql.postgres_programs import environ_for, find, run
from flash.domain.backup import BackupTrouble


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with 15 and 17, and an older one in PATH."""
    monkeypatch.setattr(postgres_programs, "INSTALLED", tmp_path / "lib")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for version in ("15.8", "17.2"):
        program = tmp_path / "lib" / version.partition(".")[0] / "bin" / "pg_dump"
        script(program, f"echo 'pg_dump (PostgreSQL) {version} (Debian {version}-1)'")
    script(tmp_path / "bin" / "pg_dump", "echo 'pg_dump (PostgreSQL) 14.1'")
    return tmp_path


@pytest.mark.parametrize(("server", "version"), [(14, "14.1"), (15, "15.8"), (16, "17.2"), (17, "17.2")])
def test_the_oldest_that_is_not_older_than_the_server_is_taken(installed: Path, server: int, version: str) -> None:
    assert find("pg_dump", server, None)[1] == version


def test_an_older_one_or_none_is_told_with_what_to_do(installed: Path) -> None:
    told = "is older than the server, which is 18: apt-get install postgresql-client-18"
    with pytest.raises(BackupTrouble, match=rf"^pg_dump 17\.2 {told}"):
        find("pg_dump", 18, None)
    with pytest.raises(BackupTrouble, match=r"^There is no pg_restore on this machine: apt-get"):
        find("pg_restore", 18, None)
    with pytest.raises(BackupTrouble, match=r"^There is no pg_dump on this machine"):
        find("pg_dump", 15, installed)


def test_the_password_is_in_the_environment_of_the_child_and_what_the_url_says_besides() -> None:
    url = make_url("postgresql+psycopg://flash:hunter2@db.example:5433/books?sslmode=require")
    environ = environ_for(url, "flash backup")
    wanted = {
        "PGHOST": "db.example",
        "PGPORT": "5433",
        "PGUSER": "flash",
        "PGPASSWORD": "hunter2",
        "PGDATABASE": "books",
        "PGSSLMODE": "require",
        "PGAPPNAME": "flash backup",
    }
    assert {name: text for name, text in environ.items() if name.startswith("PG")} == wanted


def test_what_a_program_complains_of_first_is_told_and_no_row(tmp_path: Path) -> None:
    complaint = "pg_restore: error: COPY failed for table accounts: duplicate of +260960000001"
    program = script(tmp_path / "pg_restore", f"echo 'a note' >&2; echo '{complaint}' >&2; echo 'a row' >&2; exit 1")
    with pytest.raises(BackupTrouble) as refused:
        run((program,), {}, lambda: None)
    assert str(refused.value) == "pg_restore failed: COPY failed for table accounts: duplicate of ****001"
    with pytest.raises(BackupTrouble, match=r"failed: it ended with 3$"):
        run((script(tmp_path / "x", "exit 3"),), {}, lambda: None)
    with pytest.raises(BackupTrouble, match=r"failed: it was ended by signal 9\.$"):
        run((script(tmp_path / "x", "kill -9 $$"),), {}, lambda: None)
    run((script(tmp_path / "x", "exit 0"),), {}, lambda: None)
