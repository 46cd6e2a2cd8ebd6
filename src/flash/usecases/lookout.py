"""Look up how things stand, for whoever watches: seldom, and never for longer than they wait."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from flash.domain.circuit import Circuit, Flow, of_operator
from flash.domain.routing import Operator
from flash.domain.standing import Backlog, Standing
from flash.ports.circuits import Circuits
from flash.ports.clock import Clock
from flash.ports.jobs import Jobs
from flash.ports.meter import Presence
from flash.ports.store import UnitOfWork
from flash.usecases.figures import read_backlog
from flash.usecases.mistakes import tell

log = logging.getLogger(__name__)

T = TypeVar("T")

FRESH_S = 5.0
"""For so long what was looked up is told again, however many ask."""
WAIT_S = 2.0
"""Longest wait for the database; what it says later is told to the next who asks."""


class Kept(Generic[T]):
    """What a slow question was answered last: asked by a thread of its own, and by one at a time.

    Args:
        ask: answers, or raises.
        fresh_s: for so long an answer is good.
        wait_s: for so long it is waited for.
    """

    def __init__(self, ask: Callable[[], T], *, fresh_s: float = FRESH_S, wait_s: float = WAIT_S) -> None:
        self._ask = ask
        self._fresh_s = fresh_s
        self._wait_s = wait_s
        self._lock = threading.Lock()
        self._asking: _Question[T] | None = None
        self._answer: T | None = None
        self._good_until = float("-inf")

    def get(self) -> T | None:
        """Return an answer that is good; None when there is none in time."""
        with self._lock:
            if time.monotonic() < self._good_until:
                return self._answer
            if self._asking is None:
                self._asking = _Question()
                threading.Thread(target=self._find, args=(self._asking,), name="lookout", daemon=True).start()
            question = self._asking
        question.answered.wait(self._wait_s)
        return question.answer

    def _find(self, question: "_Question[T]") -> None:
        try:
            question.answer = self._ask()
        except Exception as error:  # noqa: BLE001 - told here, and shown as what cannot be told
            tell(log, error, "it cannot be told how things stand")
        with self._lock:
            self._answer, self._good_until = question.answer, time.monotonic() + self._fresh_s
            self._asking = None
        question.answered.set()


class _Question(Generic[T]):
    """A question under way."""

    def __init__(self) -> None:
        self.answered = threading.Event()
        self.answer: T | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a lookout looks at.

    Attributes:
        operators: those that are served.
    """

    snapshot: UnitOfWork
    jobs: Jobs
    circuits: Circuits
    presence: Presence
    operators: Collection[Operator]
    clock: Clock


class Lookout:
    """Tells how things stand. Any number of threads may ask; what answers no more is told as unknown."""

    def __init__(self, around: Surroundings, *, fresh_s: float = FRESH_S, wait_s: float = WAIT_S) -> None:
        self._around = around
        self._backlog = Kept(self._read_backlog, fresh_s=fresh_s, wait_s=wait_s)
        self._quick = Kept(self._read_quick, fresh_s=fresh_s, wait_s=wait_s)

    def look(self) -> Standing:
        """Return how things stand, as of the last seconds."""
        woken, flows, people = self._quick.get() or (None, None, None)
        backlog = self._backlog.get()
        return Standing(at=self._around.clock.now(), backlog=backlog, woken=woken, flows=flows, people=people)

    def _read_backlog(self) -> Backlog:
        with self._around.snapshot() as store:
            return read_backlog(store, self._around.clock.now())

    def _read_quick(self) -> tuple[int | None, Mapping[Circuit, Flow] | None, int | None]:
        around = self._around
        conditions = around.circuits.conditions()
        flows = None
        if conditions is not None:
            served = [circuit for operator in around.operators for circuit in of_operator(operator)]
            flows = {circuit: conditions[circuit].flow for circuit in served}
        return around.jobs.waiting(), flows, around.presence.count()
