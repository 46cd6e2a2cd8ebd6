"""Stands in for systemd where none runs: starts and replaces the processes that deploy/systemd describes, by its rules.

Run as `systemctl`, it takes what deploy/switch asks for. /srv/flash and /etc/flash are FLASH_HOME; the socket of
flash-web.socket is the open file FLASH_LISTENS; a unit is known when FLASH_HOME/units has a file NAME.known.
"""

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

UNITS = Path(__file__).parents[1] / "deploy" / "systemd"
HOME = Path(os.environ.get("FLASH_HOME", "/srv/flash"))
STATE = HOME / "units"
FIRST_FD = 3
PATIENCE_S = 90.0


@dataclass(frozen=True)
class Unit:
    """What a unit file says, for one instance."""

    name: str
    says: dict[str, str]

    @property
    def command(self) -> list[str]:
        return shlex.split(self.says["ExecStart"].replace("/srv/flash", str(HOME)))

    @property
    def pid(self) -> Path:
        return STATE / f"{self.name}.pid"


def unit(name: str) -> Unit:
    """Read the file of a unit, like `flash-web@1.service`."""
    template, _, rest = name.partition("@")
    instance = rest.removesuffix(".service")
    lines = (UNITS / f"{template}@.service").read_text().splitlines()
    says = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return Unit(name.removesuffix(".service"), {key: text.replace("%i", instance) for key, text in says.items()})


def environment(one: Unit) -> dict[str, str]:
    """What the unit's process gets, and nothing of ours."""
    file = Path(one.says["EnvironmentFile"].replace("/etc/flash", str(HOME)))
    return {"PATH": "/usr/bin:/bin", **dict(line.split("=", 1) for line in file.read_text().splitlines())}


def start(one: Unit) -> int:
    """Start a unit and wait until it has started, by what its type means by that."""
    log = (STATE / f"{one.name}.log").open("ab")
    if one.says["Type"] == "oneshot":
        return subprocess.run(one.command, env=environment(one), stdout=log, stderr=log, check=False).returncode
    if one.says["Type"] == "exec":
        _run(one, log, {})
        return 0
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        where = STATE / f"{one.name}.notify"
        where.unlink(missing_ok=True)
        line.bind(str(where))
        line.settimeout(0.1)
        process = _run(one, log, {"NOTIFY_SOCKET": str(where), "LISTEN_FDS": "1"})
        deadline = time.monotonic() + PATIENCE_S
        while process.poll() is None and time.monotonic() < deadline:
            if "READY=1" in _heard(line):
                return 0
    stop(one)
    return 1


def _heard(line: socket.socket) -> str:
    try:
        return line.recv(100).decode()
    except TimeoutError:
        return ""


def _run(one: Unit, log: object, more: dict[str, str]) -> "subprocess.Popen[bytes]":
    command = ["/bin/sh", "-c", 'LISTEN_PID=$$ exec "$@"', "sh", *one.command]
    fds = [FIRST_FD] if "LISTEN_FDS" in more else []
    environ = {**environment(one), **more}
    process = subprocess.Popen(command, env=environ, pass_fds=fds, stdout=log, stderr=log, start_new_session=True)  # type: ignore[call-overload]
    one.pid.write_text(str(process.pid))
    return process  # type: ignore[no-any-return]


def stop(one: Unit) -> None:
    """End a unit's process as its file says: SIGTERM, and SIGKILL when it took too long, which is noted."""
    if not one.pid.exists():
        return
    pid = int(one.pid.read_text())
    deadline = time.monotonic() + float(one.says["TimeoutStopSec"])
    if alive(pid):
        os.kill(pid, signal.SIGTERM)
    while alive(pid):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            (STATE / f"{one.name}.killed").touch()
        time.sleep(0.05)
    one.pid.unlink()


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and is not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def known(patterns: list[str]) -> Iterator[str]:
    for name in sorted(file.stem for file in STATE.glob("*.known")):
        if any(fnmatch(name, pattern) for pattern in patterns):
            yield name


def main(arguments: list[str]) -> int:
    verb, *rest = arguments
    if "FLASH_LISTENS" in os.environ:
        os.dup2(int(os.environ["FLASH_LISTENS"]), FIRST_FD)  # Before anything else is opened there.
    names = [name for name in rest if not name.startswith("-")]
    if verb == "list-units":
        sys.stdout.writelines(f"{name}.service loaded active running Flash\n" for name in known(names))
        return 0
    for one in map(unit, names):
        if verb in ("restart", "stop"):
            stop(one)
        if verb in ("restart", "start") and start(one):
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
