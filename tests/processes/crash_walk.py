"""Walk every point at which a process can die, and tell what became of the payment after a restart.

Run as a program, because it kills itself: for N = 1, 2, 3 ... a child sends one payment and is killed by SIGKILL at its
N-th point, which is the moment before or after a commit or a call to the operator. Then another child, eight minutes
later, does what a restarted service does: it sweeps, and the app repeats its send under the same key. The walk ends
with the first N that the child survives. Each walk prints one JSON line.

The operator is the sandbox with a memory on disk, or a stand-in for MTN that outlives the children, over HTTP. With the
sandbox the child also brings the events of the payment to an endpoint, and may die at each point of that.
"""

import itertools
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests

from factories import World
from flash.adapters import mtn
from flash.adapters.memory import MemoryJobs
from flash.adapters.sandbox import Sandbox
from flash.adapters.sql.store import SqlDatabase
from flash.domain.leg import Kind, Leg
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.domain.outcome import Outcome
from flash.domain.routing import Operator
from flash.domain.transfer import Transfer
from flash.domain.webhook import Endpoint, Sent
from flash.ports.provider import Wallet
from flash.settings import Settings, load
from flash.usecases.deliver_events import Postbox

ROOT = Path(__file__).parents[2]


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


@dataclass
class CalledOperator:
    """MTN over HTTP: the process can die before and after each call."""

    adapter: Any
    fate: Fate

    def platform(self, kind: Kind) -> str:
        return str(self.adapter.platform(kind))

    def submit(self, leg: Leg) -> Outcome:
        return self._called(self.adapter.submit, leg)

    def ask(self, leg: Leg) -> Outcome:
        return self._called(self.adapter.ask, leg)

    def is_ready(self, kind: Kind) -> bool:
        return bool(self._called(self.adapter.is_ready, kind))

    def wallet(self, msisdn: Msisdn) -> Wallet | None:
        return self._called(self.adapter.wallet, msisdn)

    def float_available(self) -> Money | None:
        return self._called(self.adapter.float_available)

    def _called(self, call: Callable[..., Any], *about: Any) -> Any:
        self.fate.point()
        answer = call(*about)
        self.fate.point()
        return answer


@dataclass
class RecordingEndpoint:
    """A partner's system that writes down what it hears. The process can die before, and when it has heard."""

    log: Path
    fate: Fate

    def bring(self, _url: str, _headers: Mapping[str, str], body: bytes) -> Sent:
        self.fate.point()
        with self.log.open("a") as log:
            log.write(f"{body.decode()}\n")
        self.fate.point()
        return Sent(200, "", timedelta(0))


@dataclass(frozen=True)
class Place:
    """Where it happens.

    Attributes:
        database: made by the parent and connected in children only, who find the statements of its rehearsal compiled.
        simulator: address of the stand-in for MTN; empty for the sandbox.
    """

    database: SqlDatabase
    folder: Path
    simulator: str

    def log(self, number: int) -> Path:
        return self.folder / f"submitted-{number}"

    def events(self, number: int) -> Path:
        return self.folder / f"events-{number}"

    def operator(self, world: World, fate: Fate, number: int) -> Any:
        if not self.simulator:
            sandbox = replace(world.sandbox, delay=timedelta(0), payout_delay=timedelta(0))
            return RecordingOperator(sandbox, self.log(number), fate)
        credentials = requests.get(f"{self.simulator}/control/credentials", timeout=5).json()
        values = load(str(ROOT / "production.ini")).under("")
        adapter = mtn.from_settings(Settings({**values, "mtn.callback_base": ""}, credentials), world.clock)
        return CalledOperator(adapter, fate)

    def submitted(self, number: int) -> list[str]:
        """The orders that reached the operator in a walk, which is known by its amount: kind and reference."""
        if not self.simulator:
            return self.log(number).read_text().split("\n")[:-1]
        orders = requests.get(f"{self.simulator}/control/orders", timeout=5).json()["orders"]
        return [f"{one['kind']} {one['reference']}" for one in orders if one["amount"] == f"{number}.00"]


def world_on(place: Place, fate: Fate, number: int, *, minutes: int) -> World:
    database = copy(place.database)
    honest = database.unit_of_work

    @contextmanager
    def unit_of_work() -> Iterator[Any]:
        with honest() as store:
            yield store
            fate.point()
        fate.point()

    database.unit_of_work = unit_of_work  # type: ignore[method-assign]
    world = World(database, seed=2 * number + bool(minutes))
    hours = 0 if place.simulator else number  # Each walk is later than the one before, as endpoints remember.
    world.clock.pass_by(timedelta(hours=hours, minutes=minutes))
    operator = place.operator(world, fate, number)
    world.engine = replace(world.engine, operators={Operator.MTN: operator, Operator.AIRTEL: operator})
    return world


def a_postbox(world: World, endpoint: RecordingEndpoint) -> Postbox:
    return Postbox(
        unit_of_work=world.database.unit_of_work,
        courier=endpoint,
        clock=world.clock,
        chance=world.chance,
        key=b"a key of the tests",
    )


def add_endpoint(place: Place) -> None:
    world = World(place.database)
    now = world.clock.now()
    endpoint = Endpoint(
        id=world.chance.new_id(), name="shop", url="https://x", partner_id=None, created_at=now, busy_until=now
    )
    with world.database.unit_of_work() as store:
        store.webhooks.add(endpoint)


def in_a_child(work: Callable[[], object]) -> bool:
    """Run *work* in a process of its own; tell whether it lived to its end."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if (os.WIFSIGNALED(status) and os.WTERMSIG(status) != signal.SIGKILL) or os.waitstatus_to_exitcode(status) > 0:
        raise RuntimeError(f"the child failed by itself: {status}")
    return os.WIFEXITED(status)


def serve(place: Place, fate: Fate, number: int, *, minutes: int = 0, **order: str) -> Transfer:
    """Send, let time pass, and bring the events; return what became of the payment."""
    world = world_on(place, fate, number, minutes=minutes)
    transfer = world.send(**order, key=f"walk-{number}")
    world.pass_by(15, every=3)
    postbox = a_postbox(world, RecordingEndpoint(place.events(number), fate))
    while not place.simulator and postbox.deliver():
        pass
    return world.get(transfer)


def rehearse(place: Place, payee: str) -> None:
    """Let somebody else's payment live its whole life, so that the children find every statement compiled."""
    place.log(0).touch()
    serve(place, Fate(0), 0, payer="0960000009", payee=payee, amount="999.00")
    place.database.engine.dispose()  # A connection must not be in two processes.


def walk(place: Place, payee: str, kill_at: int) -> bool:
    """Send, die at one point, restart; print what became of it. Returns whether the point was ever reached."""
    result = place.folder / f"result-{kill_at}"
    place.log(kill_at).touch()
    order = {"payee": payee, "amount": f"{kill_at}.00"}

    def restart() -> None:
        end = serve(place, Fate(0), kill_at, minutes=8, **order)
        heard = place.events(kill_at).read_text().splitlines() if not place.simulator else []
        told = {"kill_at": kill_at, "state": end.state, "submitted": place.submitted(kill_at)}
        told |= {"steps": end.step_count, "heard": [json.loads(line) for line in heard]}
        result.write_text(json.dumps(told))

    lived = in_a_child(lambda: serve(place, Fate(kill_at), kill_at, **order))
    in_a_child(restart)
    sys.stdout.write(f"{result.read_text()}\n")
    sys.stdout.flush()
    return not lived


if __name__ == "__main__":
    url, payee, folder, *simulator = sys.argv[1:]
    where = Place(SqlDatabase(url, jobs=MemoryJobs()), Path(folder), "".join(simulator))
    if not where.simulator:
        add_endpoint(where)
    rehearse(where, payee)
    for number in itertools.count(1):
        if not walk(where, payee, number):
            break
