"""A server program of our own: started, waited for, and gone when the tests are, even when those are killed."""

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

import redis
from sqlalchemy.exc import SQLAlchemyError

T = TypeVar("T")

PATIENCE_S = 30.0
"""Seconds for a server to answer, or to end. A quiet machine needs less than one."""

_PR_SET_PDEATHSIG = 1
_prctl = getattr(ctypes.CDLL(None), "prctl", None)
_end_with_parent = partial(_prctl, _PR_SET_PDEATHSIG, signal.SIGINT) if _prctl else None
"""Asks the kernel for a SIGINT when our parent ends. Only Linux can do it."""


class NoServer(Exception):
    """There is nothing to test with, for a reason told in one line. All that opens or starts a server may raise it."""


@contextlib.contextmanager
def refusing(what: str) -> Iterator[None]:
    """Turn what went wrong inside into one line."""
    try:
        yield
    except (OSError, SQLAlchemyError, redis.RedisError, ValueError) as error:
        reason = str(getattr(error, "orig", error)).partition("\n")[0]
        raise NoServer(f"{what}: {reason}") from error


class Daemon:
    """A server's process and its directory.

    On Linux the kernel ends the process when the thread that started it ends, however that happens.
    """

    def __init__(self, name: str, user: pwd.struct_passwd | None = None) -> None:
        """Make the directory; the process will belong to *user*, or else to us."""
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None
        # Not in TMPDIR, which may lie where the user cannot enter.
        self.directory = Path(tempfile.mkdtemp(prefix=f"flash-{name}-", dir="/tmp"))
        self._log = self.directory / "log"
        self.hand_over(self.directory)

    def hand_over(self, path: Path) -> None:
        """Make *path* the user's own."""
        if self._user:
            os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def run(self, *command: Path | str) -> None:
        """Run a program to its end."""
        if self._spawn(command).wait() != 0:
            raise NoServer(self._complaint(command))

    def serve(self, *command: Path | str, meet: Callable[[], T]) -> T:
        """Start the server; return what *meet* returns as soon as it no longer raises OSError or NoServer."""
        self._process = self._spawn(command)
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return meet()
            except (OSError, NoServer) as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise NoServer(self._complaint(command)) from error
            time.sleep(0.01)

    def wait(self) -> None:
        """Wait for a server that somebody else ended."""
        if self._process:
            self._process.wait(PATIENCE_S)

    def stop(self) -> None:
        """End the server if it runs, and remove the directory."""
        if self._process:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.directory)

    def _spawn(self, command: tuple[Path | str, ...]) -> subprocess.Popen[bytes]:
        user = self._user
        with refusing(f"{command[0]} does not start"), self._log.open("wb") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.directory,
                env=os.environ | {"LC_ALL": "C"},
                # Control-C is for the tests; they end the server.
                start_new_session=True,
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - one system call, which takes no lock
            )

    def _complaint(self, command: tuple[Path | str, ...]) -> str:
        said = filter(None, self._log.read_text(errors="replace").split("\n")[-4:])
        return f"{command[0]} does not run: {' | '.join(said) or 'it does not say why'}"
