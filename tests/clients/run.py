"""Independent client libraries on our stand-in for MTN, with nothing changed but the base URL: `make clients`.

The libraries come from PyPI and npm, in the versions of requirements.txt and package-lock.json, and are kept under
var/clients/. Each is driven by a script of its own, which tells what the library saw; expected.py says what is right.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from expected import EXPECTED

from flash.simulator.server import running
from flash.simulator.simulator import Knobs

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
HOME = ROOT / "var" / "clients"

SLOW = Knobs(approval_s=30, payout_s=30)
"""Slow enough to see an order pending on any machine; the scripts advance the clock by a minute."""

OLDEST_NODE = 18
PATIENCE_S = 120
INSTALL_PATIENCE_S = 600

PASSED, FAILED, NONE = "passed", "FAILED", "-"
WIDTHS = (16, 8, 35, 7)
SAW_WIDTH = 84


class NoClient(Exception):
    """A client cannot be tried; the message says why."""


@dataclass(frozen=True)
class Client:
    """A library, and how it is tried.

    Attributes:
        install: makes its environment, and returns its interpreter.
    """

    name: str
    install: Callable[[], Path | str]
    script: str
    folder: Path


@dataclass(frozen=True)
class Row:
    """A line of the table."""

    client: str
    version: str
    operation: str
    mark: str
    saw: str


def main() -> int:
    """Try every client, and print what each saw; 1 when anything failed."""
    _print(("client", "version", "operation", "", "what it saw"))
    rows = []
    for client in CLIENTS:
        for row in _try(client):
            rows.append(row)
            _print((row.client, row.version, row.operation, row.mark, row.saw))
    passed, failed = (sum(row.mark == mark for row in rows) for mark in (PASSED, FAILED))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


# --- Environments, kept while what they are made from is the same


def install_python() -> Path:
    """Return the Python of an environment that has the libraries from PyPI."""
    requirements = HERE / "requirements.txt"
    python = PYTHON_HOME / "bin" / "python"

    def make() -> None:
        print("Installing the clients from PyPI", file=sys.stderr)
        _run([sys.executable, "-m", "venv", PYTHON_HOME])
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([*pip, "--require-hashes", "--requirement", requirements])

    _unless_ready(PYTHON_HOME, f"{sys.version}\n{requirements.read_text()}", make)
    return python


def install_node() -> str:
    """Return the Node that runs the library from npm, whose folder is ready."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        raise NoClient(f"{'npm' if node else 'node'} is missing: apt-get install nodejs npm")
    version = _run([node, "--version"])
    if int(re.sub(r"v(\d+).*", r"\1", version)) < OLDEST_NODE:
        raise NoClient(f"node {version} is too old, {OLDEST_NODE} will do: apt-get install nodejs npm, or nodejs.org")
    lists = [HERE / "package.json", HERE / "package-lock.json"]

    def make() -> None:
        print("Installing the client from npm", file=sys.stderr)
        NODE_HOME.mkdir(parents=True)
        for each in lists:
            shutil.copy(each, NODE_HOME)
        _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=NODE_HOME)

    _unless_ready(NODE_HOME, "".join(each.read_text() for each in lists), make)
    return node


def _unless_ready(folder: Path, made_from: str, make: Callable[[], None]) -> None:
    """Make a folder anew unless it was made, to the end, from the same."""
    ready = folder / "ready"
    if ready.is_file() and ready.read_text() == made_from:
        return
    shutil.rmtree(folder, ignore_errors=True)
    make()
    ready.write_text(made_from)


def _run(command: list[Path | str], cwd: Path | None = None) -> str:
    """Run a program, and return what it printed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=INSTALL_PATIENCE_S, check=False)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        raise NoClient(f"{' '.join(map(str, command))} ended with {done.returncode}; what it said is on standard error")
    return done.stdout.strip()


PYTHON_HOME, NODE_HOME = HOME / "python", HOME / "node"

CLIENTS = (
    Client("momo-openapi", install_python, "momo_openapi_client.py", PYTHON_HOME),
    Client("mtn-momo-client", install_python, "mtn_momo_client.py", PYTHON_HOME),
    Client("mtn-momo (npm)", install_node, "mtn_momo_client.mjs", NODE_HOME),
)


# --- One client


def _try(client: Client) -> Iterator[Row]:
    """Yield what a client saw on a stand-in of its own."""
    try:
        interpreter = client.install()
        with running(knobs=SLOW) as server:
            done = _drive([interpreter, HERE / client.script], client.folder, server.url)
    except (NoClient, subprocess.TimeoutExpired, OSError) as error:
        yield Row(client.name, "", "all", FAILED, str(error))
        return
    told = [json.loads(line) for line in done.stdout.splitlines()]
    version = next((line["version"] for line in told if "version" in line), "")
    by_operation = {line["operation"]: line for line in told if "operation" in line}
    for operation, expected in EXPECTED.items():
        yield Row(client.name, version, operation, *_judge(by_operation.get(operation), expected))
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        yield Row(client.name, version, "all", FAILED, "the script broke; what it said is on standard error")


def _drive(command: list[Path | str], folder: Path, url: str) -> subprocess.CompletedProcess[str]:
    """Run a client's script where nothing but this machine can be reached by HTTP."""
    nowhere = "http://127.0.0.1:9"
    environ = {
        "PATH": os.environ["PATH"],
        "STAND_IN_URL": url,
        "HTTP_PROXY": nowhere,
        "HTTPS_PROXY": nowhere,
        "NO_PROXY": "127.0.0.1",
    }
    return subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


def _judge(line: dict[str, Any] | None, expected: object) -> tuple[str, str]:
    """Return the mark, and what was seen."""
    if line is None:
        return FAILED, "nothing: the script did not come to it"
    if "lacks" in line:
        return NONE, line["lacks"]
    if line["saw"] == expected:
        return PASSED, _show(line["saw"])
    return FAILED, _difference(line["saw"], expected)


def _difference(saw: object, expected: object) -> str:
    """Return what was seen in place of what was expected; of a table, only where the two differ."""
    if not isinstance(saw, dict) or not isinstance(expected, dict):
        return f"{_show(saw)}; expected was {_show(expected)}"
    differing = [name for name in {**expected, **saw} if saw.get(name) != expected.get(name)]
    return ", ".join(f"{name}={saw.get(name)}, expected was {expected.get(name)}" for name in differing)


def _show(saw: object) -> str:
    return ", ".join(f"{name}={what}" for name, what in saw.items()) if isinstance(saw, dict) else str(saw)


def _print(cells: tuple[str, ...]) -> None:
    """Print a line of the table, its last cell on as many lines as it needs."""
    start = "  ".join(f"{cell:{width}}" for cell, width in zip(cells, WIDTHS, strict=False)) + "  "
    saw = textwrap.wrap(cells[-1], SAW_WIDTH, break_on_hyphens=False)
    print(start + f"\n{' ' * len(start)}".join(saw), flush=True)


if __name__ == "__main__":
    sys.exit(main())
