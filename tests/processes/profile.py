"""Profiles for tests that run Flash as it is run in earnest: in processes of their own, by an ini file."""

import contextlib
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import requests
from click.testing import CliRunner
from sqlalchemy import event
from sqlalchemy.pool import Pool

from factories import World
from flash.adapters.memory import MemoryJobs
from flash.adapters.sql.store import SqlDatabase
from flash.adapters.system_clock import SystemClock
from flash.cli.main import main
from flash.domain.account import Token, TokenKind, token_digest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PATIENCE_S = 120.0

INI = """
[app:main]
use = config:{parent}
{settings}

[server:main]
use = egg:flash-payments#web
listen = {host}:{port}
threads = {threads}
connection_limit = 1000
asyncore_use_poll = true

[alembic]
script_location = {root}/alembic

[loggers]
keys = root
[handlers]
keys = console
[formatters]
keys = line
[logger_root]
level = INFO
handlers = console
[handler_console]
class = StreamHandler
args = (sys.stderr,)
formatter = line
[formatter_line]
class = flash.logs.JsonFormatter
"""

REHEARSAL = {
    "flash.provider.mtn": "flash.adapters.sandbox",
    "flash.provider.airtel": "flash.adapters.sandbox",
    "sandbox.delay_s": "1",
    "sandbox.payout_delay_s": "0.5",
    "flash.messenger": "flash.adapters.console_messenger",
    "flash.allowed_hosts": "*",
    "flash.demo_allowed": "true",
}
"""In what a rehearsal differs from production.ini: the operator is the sandbox, and no text message leaves."""


class Done(NamedTuple):
    """What became of a command."""

    returncode: int
    stdout: str
    stderr: str


@dataclass
class Profile:
    """An ini file in a folder, its environment, and the processes started with it.

    Attributes:
        threads: of each web process.
        host: where web processes listen.
        within: what comes before the command of each process that goes on.
    """

    folder: Path
    parent: Path
    settings: Mapping[str, str]
    environ: Mapping[str, str] = field(default_factory=dict)
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    threads: int = 4
    host: str = "127.0.0.1"
    within: tuple[str, ...] = ()

    def ini(self, port: int = 1) -> Path:
        """Write the ini file of one server and return it."""
        path = self.folder / f"flash-{port}.ini"
        lines = "\n".join(f"{key} = {value}" for key, value in self.settings.items())
        path.write_text(
            INI.format(parent=self.parent, settings=lines, host=self.host, port=port, root=ROOT, threads=self.threads)
        )
        return path

    def flash(self, *arguments: str, stdin: str = "") -> Done:
        """Run `flash` with these arguments to its end, in this process: a new one takes a second to start."""
        environ = dict.fromkeys(os.environ) | self._environ()
        with contextlib.chdir(self.folder), _its_connections_closed():
            done = CliRunner().invoke(main, ["--ini", str(self.ini()), *arguments], input=stdin, env=environ)
        if not isinstance(done.exception, SystemExit | None):
            raise done.exception
        return Done(done.exit_code, done.stdout, done.stderr)

    def flash_alone(self, *arguments: str) -> Done:
        """Run `flash` with these arguments to its end, in a process of its own."""
        done = self.run("flash", "--ini", str(self.ini()), *arguments)
        return Done(done.returncode, done.stdout, done.stderr)

    def run(self, program: str, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a program of the environment to its end."""
        return subprocess.run(
            [str(BIN / program), *arguments],
            env=self._environ(),
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_S,
        )

    def start(self, program: str, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start a process that goes on; its log is in the folder."""
        with (self.folder / f"{len(self.processes)}-{program}.log").open("wb") as log:
            process = subprocess.Popen(
                [*self.within, str(BIN / program), *arguments],
                env=self._environ(),
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def serve(self, port: int) -> str:
        """Start a web process and return the base URL of its API, once it answers."""
        process = self.start("pserve", str(self.ini(port)))
        url = f"http://{self.host}:{port}/api"
        until(lambda: process.poll() is not None or _answers(f"{url}/health/"))
        assert process.poll() is None, self.logs()
        return url

    def work(self) -> "subprocess.Popen[bytes]":
        """Start a worker."""
        return self.start("flash", "--ini", str(self.ini()), "worker")

    def logs(self) -> str:
        """Return what all processes said."""
        return "\n".join(f"--- {path.name}\n{path.read_text()}" for path in sorted(self.folder.glob("*.log")))

    def stop(self) -> None:
        """End all processes."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _environ(self) -> dict[str, str]:
        return {"PATH": "/usr/sbin:/usr/bin:/bin", "HOME": str(self.folder), **self.environ}


@contextlib.contextmanager
def _its_connections_closed() -> Iterator[None]:
    """Close what is opened to databases meanwhile, as the end of a process would."""
    opened: list[Any] = []

    def note(connection: Any, _record: object) -> None:
        opened.append(connection)

    event.listen(Pool, "connect", note)
    try:
        yield
    finally:
        event.remove(Pool, "connect", note)
        for connection in opened:
            connection.close()


def until(true: Callable[[], Any], *, seconds: float = PATIENCE_S) -> None:
    """Wait for something to become true.

    Raises:
        TimeoutError: it did not for so long.
    """
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError("it did not become true")
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False


def look_into(url: str) -> World:
    """Return the core on the database of a running service."""
    world = World(SqlDatabase(url, jobs=MemoryJobs()), seed=secrets.randbits(60))
    world.clock = SystemClock()  # type: ignore[assignment]
    return world


def token_of(world: World, number: str, kind: TokenKind = TokenKind.APP) -> str:
    """Return a token of the person with this number, who is made if need be."""
    account, token, now = world.person(number), secrets.token_urlsafe(16), world.clock.now()
    expires_at = now.replace(year=now.year + 1)
    with world.database.unit_of_work() as store:
        store.accounts.add_token(
            Token(digest=token_digest(token), account_id=account.id, created_at=now, expires_at=expires_at, kind=kind)
        )
    return token
