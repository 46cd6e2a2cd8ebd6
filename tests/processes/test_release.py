"""A release, and the way back, while people send and wait: with the scripts, the units and nginx of docs/deploy.md."""

import itertools
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from certificates import certify
from flash.adapters.sql.store import SCHEMA
from flash.domain.transfer import State
from processes.profile import INI, ROOT, token_of, until
from processes.stage import FAST, Staging
from processes.test_rehearsal import all_final, check_the_end
from releases import NEXT, migrations_of_the_next_release
from servers import free_port
from tools import program

UNITS = ("flash-web@1", "flash-web@2", "flash-worker@1")
NAME = "api.flash-payments.co.zm"


@dataclass
class Machine:
    """A machine with Flash on it, as docs/deploy.md sets one up."""

    home: Path
    environ: dict[str, str]
    listens: socket.socket

    def put(self, name: str, migrations: Callable[[Path], Path], **settings: str) -> None:
        """Put a release there, as deploy/release does; its programs are ours."""
        folder = self.home / "releases" / name
        shutil.copytree(ROOT / "deploy", folder / "deploy", ignore=shutil.ignore_patterns("terraform"))
        migrations(folder / "alembic")
        lines = "\n".join(f"{key} = {text}" for key, text in {**FAST, **settings}.items())
        ini = INI.format(parent=ROOT / "staging.ini", settings=lines, host="127.0.0.1", port=1, root=folder, threads=40)
        (folder / "production.ini").write_text(ini)
        (folder / ".venv").symlink_to(Path(sys.executable).parents[1])
        (folder / ".ready").touch()

    def run(self, name: str, script: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a script of a release to its end."""
        return subprocess.run(
            [self.home / "releases" / name / "deploy" / script, *arguments],
            env={**self.environ, "FLASH_HOME": str(self.home), "FLASH_LISTENS": str(self.listens.fileno())},
            pass_fds=[self.listens.fileno()],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def runs(self) -> list[str]:
        """Which release each of the processes is of."""
        pids = [(self.home / "units" / f"{unit}.pid").read_text() for unit in UNITS]
        return [Path(f"/proc/{pid}/cwd").readlink().name for pid in pids]

    def log(self) -> str:
        return "\n".join(path.read_text() for path in sorted(self.home.glob("**/*.log")))


@pytest.fixture
def machine(tmp_path: Path, log_watch: Any) -> Iterator[Machine]:
    """A machine whose systemctl is our stand-in, with two web processes and a worker."""
    home = tmp_path / "srv"
    for folder in (home / "releases", home / "units", home / "bin"):
        folder.mkdir(parents=True)
    for unit in UNITS:
        (home / "units" / f"{unit}.known").touch()
    systemctl = home / "bin" / "systemctl"
    systemctl.write_text(f'#!/bin/sh\nexec {sys.executable} {ROOT}/tests/systemctl.py "$@"\n')
    systemctl.chmod(0o755)
    with socket.create_server(("127.0.0.1", free_port()), backlog=1024) as listens:
        made = Machine(home, {"PATH": f"{home / 'bin'}:{os.environ['PATH']}"}, listens)
        made.put("one", lambda to: Path(shutil.copytree(ROOT / "alembic", to)))
        yield made
        environ = {**made.environ, "FLASH_HOME": str(home)}
        subprocess.run([systemctl, "stop", *(f"{unit}.service" for unit in UNITS)], env=environ, check=True)
        for log in home.glob("**/*.log"):
            log_watch.look_into(log)


def listens_at(port: int) -> bool:
    with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


@contextmanager
def nginx(folder: Path, upstream: int) -> Iterator[tuple[str, Path]]:
    """Run nginx with our configuration, moved to this folder and free ports; yields its URL and whom to trust."""
    binary = program("nginx", apt="nginx-light")
    folder.mkdir()
    certificate, key = certify(folder)
    port = free_port()
    conf = (ROOT / "deploy/nginx/flash.conf").read_text()
    for old, new in (
        (r"127\.0\.0\.1:6543", f"127.0.0.1:{upstream}"),
        (r"listen 443", f"listen 127.0.0.1:{port}"),
        (r"listen 80", f"listen 127.0.0.1:{free_port()}"),
        (r" *listen \[::\].*\n", ""),
        (r"/etc/letsencrypt/live/[^/]+/fullchain.pem", str(certificate)),
        (r"/etc/letsencrypt/live/[^/]+/privkey.pem", str(key)),
        (r"/etc/nginx/flash-rules.conf", str(ROOT / "deploy/nginx/rules.conf")),
    ):
        conf = re.sub(old, new, conf)
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy"))
    whole = folder / "nginx.conf"
    whole.write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}} http {{ {temporary} {conf} }}"
    )
    process = subprocess.Popen([binary, "-c", whole, "-e", folder / "error.log"])
    try:
        until(lambda: process.poll() is not None or listens_at(port))
        yield f"https://localhost:{port}", certificate
    finally:
        process.terminate()
        process.wait()


@dataclass
class Load:
    """People who send all the time, and wait for what they sent; whoever is not answered well is noted."""

    url: str
    trusted: Path
    tokens: list[str]
    over: threading.Event = field(default_factory=threading.Event)
    sent: list[str] = field(default_factory=list)
    latest: dict[str, str] = field(default_factory=dict)
    bad: list[object] = field(default_factory=list)
    own: threading.local = field(default_factory=threading.local)

    def ask(self, method: str, path: str, token: str, **more: Any) -> Any:
        """Ask, without a second try, and return the answer; None when there is none."""
        headers = {"Authorization": f"Token {token}", **more.pop("headers", {})}
        if not hasattr(self.own, "session"):
            self.own.session = requests.Session()
            self.own.session.trust_env, self.own.session.verify = False, str(self.trusted)
        try:
            answer = self.own.session.request(method, f"{self.url}{path}", headers=headers, timeout=30, **more)
        except requests.RequestException as error:
            self.bad.append((method, path, repr(error)))
            return None
        if answer.status_code not in (200, 201, 304):
            self.bad.append((method, path, answer.status_code, answer.text))
            return None
        return answer

    def send_on(self, tokens: list[str]) -> None:
        for number, token in enumerate(itertools.cycle(tokens)):
            if self.over.is_set():
                return
            amount = 10 + number // len(tokens)
            order = {"recipient_phone": "0970000002", "amount": amount}
            answer = self.ask("POST", "/api/transactions/send/", token, json=order)
            if answer is not None:
                self.latest[token] = answer.json()["transaction_id"]
                self.sent.append(self.latest[token])
            time.sleep(0.8)

    def wait_on(self, token: str) -> None:
        """Look at this person's latest payment, and be told when it changes."""
        known: dict[str, str] = {}
        while not self.over.is_set():
            name = self.latest[token]
            headers = {"If-None-Match": known[name]} if name in known else {}
            answer = self.ask("GET", f"/api/transactions/transactions/{name}/?wait=3", token, headers=headers)
            if answer is not None:
                known = {name: answer.headers["ETag"]}
            time.sleep(0.1)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Go on while the block runs, and well before and after."""
        with ThreadPoolExecutor(12) as pool:
            doing: list[Future[None]] = [pool.submit(self.send_on, self.tokens[at::3]) for at in range(3)]
            try:
                until(lambda: self.bad or len(self.latest) > 10)
                doing += [pool.submit(self.wait_on, token) for token in list(self.latest)[:6]]
                yield
                enough = len(self.sent) + 5
                until(lambda: self.bad or len(self.sent) > enough)
            finally:
                self.over.set()
        for one in doing:
            one.result()


def schema(stage: Staging) -> str:
    return stage.world.database.schema()


def test_a_release_and_the_way_back_lose_no_request_and_no_payment(
    staging: Callable[..., Staging], machine: Machine, tmp_path: Path
) -> None:
    stage = staging(TRUSTED_PROXY="127.0.0.1")
    (machine.home / "env").write_text("".join(f"{name}={text}\n" for name, text in stage.environ.items()))
    done = machine.run("one", "switch", "one", "--migrate")
    assert done.returncode == 0, done.stdout + done.stderr + machine.log()
    machine.put("two", migrations_of_the_next_release)
    tokens = [token_of(stage.world, f"09600003{number:02}") for number in range(60)]
    with nginx(tmp_path / "nginx", machine.listens.getsockname()[1]) as (url, trusted):
        for path in ("/metrics", "/health/ready/"):
            assert requests.get(url + path, verify=str(trusted), timeout=5).status_code == 404
        load = Load(url, trusted, tokens)
        with load.going_on():
            done = machine.run("two", "switch", "two", "--migrate")
            assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "two is in place."), done.stderr
            until(lambda: machine.runs() == ["two"] * 3)
            assert schema(stage) == NEXT

            done = machine.run("two", "rollback")
            assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "one is in place."), done.stderr
            until(lambda: machine.runs() == ["one"] * 3)
            assert schema(stage) == NEXT > SCHEMA
    assert load.bad == []
    assert not list(machine.home.glob("units/*.killed"))
    until(lambda: all_final(stage.world))
    assert check_the_end(stage.world, stage.profile, len(set(load.sent))) == {State.COMPLETED: len(load.sent)}
