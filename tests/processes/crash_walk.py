"""Walk every point at which a process can die, and tell what became of the payment after a restart.

Run as a program, because it kills itself: for N = 1, 2, 3 ... a child sends one payment and is killed by SIGKILL at its
N-th point, which is the moment before or after a commit or a call to the operator. Then another child, eight minutes
later, does what a restarted service does: it sweeps, and the app repeats its send under the same key. The walk ends
with the first N that the child survives. Each walk prints one JSON line.
"""

import itertools
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from factories import World
from flash.adapters.memory import MemoryJobs, MemoryMessenger
from flash.adapters.sandbox import Sandbox
from flash.adapters.sql.store import SqlDatabase
from flash.domain.leg import Kind, Leg
from flash.domain.outcome import Outcome
from flash.domain.routing import Operator


@dataclass
class Fate:
    """Counts the points passed, and kills the process at one of them."""

    kill_at: int
    passed: int = 0

    def point(self) -> None:
        self.passed += 1
        if self.passed == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class RecordingOperator:
    """The sandbox with a memory on disk: it knows what was submitted to it, and nothing else."""

    sandbox: Sandbox
    log: Path
    fate: Fate

    def platform(self, _kind: Kind) -> str:
        return "sandbox"

    def submit(self, leg: Leg) -> Outcome:
        self.fate.point()
        with self.log.open("a") as log:
            log.write(f"{leg.kind.value} {leg.reference}\n")
        self.fate.point()
        return self.sandbox.submit(leg)

    def ask(self, leg: Leg) -> Outcome:
        self.fate.point()
        known = str(leg.reference) in self.log.read_text()
        return self.sandbox.ask(leg if known else replace(leg, opened_at=None))


def world_on(url: str, fate: Fate, log: Path, *, minutes: int, seed: int) -> World:
    database = SqlDatabase(url, jobs=MemoryJobs(), messenger=MemoryMessenger())
    honest = database.unit_of_work

    @contextmanager
    def unit_of_work() -> Iterator[Any]:
        with honest() as store:
            yield store
            fate.point()
        fate.point()

    database.unit_of_work = unit_of_work  # type: ignore[method-assign]
    world = World(database, seed=seed)
    world.clock.pass_by(timedelta(minutes=minutes))
    sandbox = replace(world.sandbox, delay=timedelta(0), payout_delay=timedelta(0))
    operator = RecordingOperator(sandbox, log, fate)
    world.engine = replace(world.engine, operators={Operator.MTN: operator, Operator.AIRTEL: operator})
    return world


def in_a_child(work: Callable[[], None]) -> bool:
    """Run *work* in a process of its own; tell whether it lived to its end."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if (os.WIFSIGNALED(status) and os.WTERMSIG(status) != signal.SIGKILL) or os.waitstatus_to_exitcode(status) > 0:
        raise RuntimeError(f"the child failed by itself: {status}")
    return os.WIFEXITED(status)


def walk(url: str, payee: str, folder: Path, kill_at: int) -> bool:
    """Send, die at one point, restart; print what became of it. Returns whether the point was ever reached."""
    log, result = folder / f"submitted-{kill_at}", folder / f"result-{kill_at}"
    log.touch()

    def serve(fate: Fate, minutes: int) -> None:
        world = world_on(url, fate, log, minutes=minutes, seed=2 * kill_at + bool(minutes))
        transfer = world.send(f"{kill_at}.00", payee=payee, key=f"walk-{kill_at}")
        world.pass_by(15)
        if minutes:
            end = world.get(transfer)
            told = {"kill_at": kill_at, "state": end.state, "submitted": log.read_text().split("\n")[:-1]}
            result.write_text(json.dumps(told))

    lived = in_a_child(lambda: serve(Fate(kill_at), 0))
    in_a_child(lambda: serve(Fate(0), 8))
    sys.stdout.write(f"{result.read_text()}\n")
    sys.stdout.flush()
    return not lived


if __name__ == "__main__":
    url, payee, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    for number in itertools.count(1):
        if not walk(url, payee, folder, number):
            break
