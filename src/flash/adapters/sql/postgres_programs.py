"""PostgreSQL's own programs: finding those that fit a server, and running them."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import URL

from flash.domain.backup import BackupTrouble
from flash.logs import masked

INSTALLED = Path("/usr/lib/postgresql")
"""Where Debian and Ubuntu keep those of each version."""
TOLD_EVERY_S = 0.5


def find(name: str, server: int, folder: Path | None) -> tuple[Path, str]:
    """Return a program and its version.

    The oldest that is not older than the server is taken: an older one cannot read it, and a newer one may write what
    it does not understand.

    Args:
        name: of the program.
        server: the server's major version.
        folder: where to look; None for wherever such programs are.

    Raises:
        BackupTrouble: there is none.
    """
    versions: dict[str, Path] = {}
    for path in _candidates(name, folder):
        versions.setdefault(_version(path), path)
    fitting = [version for version in versions if _major(version) >= server]
    if fitting:
        version = min(fitting, key=_major)
        return versions[version], version
    if versions:
        newest = max(versions, key=_major)
        raise BackupTrouble(f"{name} {newest} is older than the server, which is {server}: {_mend(server)}")
    raise BackupTrouble(f"There is no {name} on this machine: {_mend(server)}")


def _mend(server: int) -> str:
    package = f"apt-get install postgresql-client-{server} (from apt.postgresql.org)"
    return f"{package}, or name its folder with POSTGRES_PROGRAMS."


def _candidates(name: str, folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        if (folder / name).exists():
            yield folder / name
        return
    # Of each version first: in PATH, Debian has a wrapper that picks one by rules of its own.
    yield from INSTALLED.glob(f"[0-9]*/bin/{name}")
    if found := shutil.which(name):
        yield Path(found)


def _version(path: Path) -> str:
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    match = re.search(r"\d+(\.\d+)*", told)
    return match[0] if match else "0"


def _major(version: str) -> int:
    return int(version.partition(".")[0])


def environ_for(url: URL, name: str) -> Mapping[str, str]:
    """Return the environment in which a program works with this database.

    On its command line, anybody on the machine could read the password.
    """
    positional, named = url.set(drivername="postgresql+psycopg").get_dialect()().create_connect_args(url)
    known = conninfo_to_dict(make_conninfo(*positional, **named), application_name=name)
    variables = {found.keyword.decode(): found.envvar for found in pq.Conninfo.get_defaults()}
    ours = {variable.decode(): str(known[key]) for key, variable in variables.items() if variable and known.get(key)}
    # What libpq takes from our environment, its programs take too.
    return {**os.environ, **ours, "LC_ALL": "C"}


def run(command: Sequence[str | Path], environ: Mapping[str, str], told: Callable[[], None]) -> None:
    """Run a program to its end.

    Args:
        command: program and arguments.
        environ: its environment.
        told: called now and then meanwhile.

    Raises:
        BackupTrouble: it did not do it.
    """
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(  # noqa: S603 - nobody else says which
            command, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said
        ) as process,
    ):
        try:
            while not _ended(process):
                told()
        except BaseException:
            process.kill()
            raise
        said.seek(0)
        if process.returncode:
            raise BackupTrouble(f"{Path(command[0]).name} failed: {_reason(said.read(), process.returncode)}")


def _ended(process: "subprocess.Popen[bytes]") -> bool:
    try:
        process.wait(TOLD_EVERY_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def _reason(said: bytes, code: int) -> str:
    """Return the first complaint: its first line, because those below may quote rows."""
    if code < 0:
        return f"it was ended by signal {-code}."
    lines = said.decode(errors="replace").splitlines()
    complaints = [line for line in lines if "error:" in line] or lines or [f"it ended with {code}"]
    return masked(complaints[0].partition("error:")[2].strip() or complaints[0].strip())
