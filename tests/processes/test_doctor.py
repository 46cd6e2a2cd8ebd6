"""The doctor at a live service: all is well, and each fault made by hand turns its own line red and no other."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from certificates import certify, shown
from flash.adapters.system_clock import SystemClock
from flash.cli.main import main
from flash.doctor.checklist import go_through
from flash.doctor.service import Service
from flash.settings import Settings, load
from flash.wiring import build
from processes.profile import token_of, until
from processes.stage import Staging
from processes.test_rehearsal import send
from servers import PostgresServer, RedisServer, free_port

DAYS = timedelta(days=1)


@dataclass
class Live:
    """A live service, and what the doctor says of it."""

    stage: Staging
    redis: RedisServer
    web_port: int
    folder: Path

    def look(self, **environ: str) -> list[tuple[str, str]]:
        """Return mark and subject of each line that is told in this environment."""
        tempfile.tempdir = None  # Python looks once where temporary files go.
        told = CliRunner().invoke(main, ["--ini", str(self.stage.profile.ini()), "doctor"], env=self.environ | environ)
        assert isinstance(told.exception, SystemExit | None), told.exc_info
        found = [(line[:3].strip(), line[4:].partition(":")[0]) for line in told.stdout.splitlines()]
        assert told.exit_code == int("BAD" in dict(found)), told.output
        return found

    @property
    def environ(self) -> dict[str, str]:
        """That of the service."""
        return dict(self.stage.profile.environ)

    def red(self, **environ: str) -> set[str]:
        """Return what is ill."""
        return {subject for mark, subject in self.look(**environ) if mark == "BAD"}

    def sql(self, statement: str) -> None:
        """Change the database by hand."""
        with self.stage.world.database.engine.begin() as connection:
            connection.exec_driver_sql(statement)


@pytest.fixture
def live(
    staging: Callable[..., Staging], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: PostgresServer
) -> Iterator[Live]:
    """A service behind HTTPS, with a certificate that is good for two months."""
    redis, web_port = RedisServer(), free_port()
    good, stale = tmp_path / "good", tmp_path / "stale"
    for folder, days in ((good, 60), (stale, 5)):
        folder.mkdir()
        certify(folder, life=days * DAYS)
    monkeypatch.setenv("SSL_CERT_FILE", str(good / "certificate.pem"))
    with shown(good / "certificate.pem", good / "key.pem") as port:
        stage = staging(
            redis_url=redis.url,
            web_port=web_port,
            SSL_CERT_FILE=os.environ["SSL_CERT_FILE"],
            BACKUP_TO=str(tmp_path / "backups"),
            POSTGRES_PROGRAMS=str(postgres.programs or ""),
            **{name: os.urandom(32).hex() for name in ("PIN_KEY", "SEAL_KEY", "WEBHOOK_KEY", "METRICS_TOKEN")},
        )
        base = f"http://localhost:{web_port}"
        callbacks = {f"{name}.callback_base": base for name in ("mtn", "airtel")}
        stage.profile.settings = {**stage.profile.settings, **callbacks}
        stage.profile.environ = {**stage.profile.environ, "PUBLIC_URL": f"https://localhost:{port}"}
        yield Live(stage, redis, web_port, tmp_path)
    redis.stop()


def test_each_fault_turns_its_own_line_red_and_no_other(live: Live) -> None:
    stage = live.stage
    web = start_web(live)
    worker = stage.profile.work()
    until(lambda: live.red() == {"backup"})
    assert stage.profile.flash("backup").returncode == 0
    assert live.red() == {"restore"}
    assert stage.profile.flash("backup", "verify").returncode == 0
    assert live.red() == set()
    assert {mark for mark, _ in live.look()} == {"ok"}

    # What only the doctor is told differently.
    *missing, rest = live.look(AIRTEL_PIN="", MTN_API_KEY="")
    assert set(missing) == {("BAD", "settings")}
    assert rest == ("--", "everything else")
    assert live.red(SEAL_KEY="0123456789abcdef" * 4) == {"secrets"}
    assert live.red(PIN_KEY=stage.profile.environ["SEAL_KEY"]) == {"secrets"}
    gone = live.look(DATABASE_URL=f"postgres://flash@localhost:{free_port()}/flash")
    assert dict(reversed(line) for line in gone if line[0] != "ok") == {
        "database": "BAD",
        **dict.fromkeys(("migrations", "worker", "due", "callbacks"), "--"),
    }
    assert live.red(AIRTEL_CLIENT_SECRET="not-ours") == {"operator airtel"}
    assert live.red(MTN_COLLECTIONS_BASE_URL=f"http://localhost:{free_port()}") == {"operator mtn"}
    with shown(live.folder / "stale" / "certificate.pem", live.folder / "stale" / "key.pem") as port:
        url, trusted = f"https://localhost:{port}", str(live.folder / "stale" / "certificate.pem")
        assert live.red(PUBLIC_URL=url) == live.red(PUBLIC_URL=url, SSL_CERT_FILE=trusted) == {"certificate"}
    if os.geteuid() == 0:  # Whoever is not cannot make a disk; tests/test_doctor.py looks without one.
        with full_disk(live.folder) as folder:
            assert live.red(TMPDIR=str(folder)) == {"disk"}
        tempfile.tempdir = None
    assert live.red(METRICS_TOKEN="") == {"watching"}
    assert live.red(BACKUP_TO="") == live.red(BACKUP_TO=str(live.folder)) == {"backup"}
    assert red_by_a_clock_that_is_an_hour_ahead(stage) == {"clock"}

    # What happens to the service.
    live.redis.stop()
    assert live.red() == {"redis"}
    live.redis.start()
    live.sql("UPDATE alembic_version SET version_num = '0001'")
    assert live.red() == {"migrations"}
    live.sql("UPDATE alembic_version SET version_num = '9999'")
    assert live.red() == set()
    stage.control("down", operator="mtn", down=True)
    assert live.red() == {"operator mtn"}
    stage.control("down", operator="mtn", down=False)
    stop(web)
    assert live.red() == {"callbacks"}
    start_web(live)
    stop(worker)
    live.sql("UPDATE heartbeats SET at = at - interval '1 minute'")
    assert live.red() == {"worker"}
    nobody_takes_a_payment(live)
    assert live.red() == {"due"}
    stage.profile.work()
    until(lambda: live.red() == set())


def start_web(live: Live) -> "subprocess.Popen[bytes]":
    live.stage.profile.serve(live.web_port)
    return live.stage.profile.processes[-1]


def stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def nobody_takes_a_payment(live: Live) -> None:
    """Let a payment be due for long, while somebody seems to work."""
    send(f"http://127.0.0.1:{live.web_port}/api", token_of(live.stage.world, "0960000001"), "0970000002", 10)
    live.sql("UPDATE transfers SET due_at = due_at - interval '2 minutes'")
    live.sql("UPDATE heartbeats SET at = now() + interval '10 seconds', swept_at = now()")


def red_by_a_clock_that_is_an_hour_ahead(stage: Staging) -> set[str]:
    class Ahead(SystemClock):
        def now(self) -> Any:
            return super().now() + timedelta(hours=1)

    settings = Settings(load(str(stage.profile.ini())).under(""), stage.profile.environ)
    services = replace(build(settings), clock=Ahead())
    try:
        return {line.subject for line in go_through(Service(settings, services).checks()) if line.good is False}
    finally:
        services.database.engine.dispose()


@contextmanager
def full_disk(folder: Path) -> Iterator[Path]:
    """Make a disk that has little room."""
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)
