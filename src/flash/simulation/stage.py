"""The stage: virtual time, and processes that take turns at points where a real one could be passed, stall or die."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from uuid import UUID

from greenlet import getcurrent, greenlet

from flash.simulation.luck import Luck

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SECOND = 1000
"""Durations are whole milliseconds."""

TURNS = {"passed": 60, "slow": 30, "stalled": 6, "dies": 9}
"""What may befall a process between two commits or around a call."""

DIES = {"dies": 5}


class Died(BaseException):
    """The process dies here: nothing in it may notice."""


class Stage:
    """A clock that jumps from one event to the next, and the processes that act on it.

    Only one acts at a time, and it is left only in `pause` and `point`, so a run is the same every time.

    Attributes:
        mistakes: exceptions that came out of a process and are not its answer.
        watching: called between any two turns; true ends the run.
    """

    def __init__(self, luck: Luck) -> None:
        self.luck = luck
        self.milliseconds = 0
        self.story: list[tuple[int, str, str]] = []
        self.mistakes: list[str] = []
        self.watching: Callable[[], bool] = lambda: False
        self._events: list[tuple[int, int, Callable[[], object]]] = []
        self._numbered = 0
        self._hub = getcurrent()
        self._actors: list[str] = ["time"]

    def now(self) -> datetime:
        """Return the virtual time; so the stage is the core's clock."""
        return START + timedelta(milliseconds=self.milliseconds)

    @property
    def actor(self) -> str:
        """Who acts at the moment."""
        return self._actors[-1]

    def tell(self, text: str) -> None:
        """Add a line to the story of the run."""
        self.story.append((self.milliseconds, self.actor, text))

    def later(self, wait: int, call: Callable[[], object]) -> None:
        """Have something called after so many milliseconds, after all that is to be called at the same instant."""
        self._numbered += 1
        heappush(self._events, (self.milliseconds + wait, self._numbered, call))

    def start(self, actor: str, work: Callable[[], object], wait: int = 0) -> None:
        """Start a process after so many milliseconds."""

        def life() -> None:
            try:
                work()
            except Died:
                self.tell("dies")
            except Exception as error:  # noqa: BLE001 - the run tells it, with everything that led there
                self.mistakes.append(f"{actor}: {type(error).__name__}: {error}")

        # Of the hub, and not of whoever starts it, so that its end wakes nobody out of turn.
        self.later(wait, self._turn(actor, greenlet(life, self._hub)))

    def pause(self, wait: int) -> None:
        """Let the process that acts wait, and others act meanwhile."""
        self.later(wait, self._turn(self.actor, getcurrent()))
        self._hub.switch()

    def point(self, where: str) -> None:
        """Let the process that acts be passed by others, stall or die, if it is so unlucky."""
        match self.luck.stroke(f"{self.actor}, {where}", TURNS):
            case "passed":
                self.pause(0)
            case "slow":
                self.pause(self.luck.between(f"{self.actor} is slow", 20, 4 * SECOND))
            case "stalled":
                wait = self.luck.between(f"{self.actor} stalls", 30 * SECOND, 240 * SECOND)
                self.tell(f"stalls for {wait // SECOND} s {where}")
                self.pause(wait)
            case "dies":
                raise Died

    def may_die(self, where: str) -> None:
        """Let the process that acts die where nobody else may act, because it holds a lock."""
        if self.luck.stroke(f"{self.actor}, {where}", DIES):
            raise Died

    def run(self, until: int) -> None:
        """Let everything happen that happens until this millisecond."""
        while self._events and self._events[0][0] <= until:
            self.milliseconds, _, call = heappop(self._events)
            call()
            if self.watching():
                return
        self.milliseconds = max(self.milliseconds, until)

    def _turn(self, actor: str, process: greenlet) -> Callable[[], None]:
        def turn() -> None:
            self._actors.append(actor)
            process.switch()
            self._actors.pop()

        return turn


class KeyedChance:
    """Chance for the core, drawn from the luck of the run (`ports.clock.Chance`)."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def new_id(self) -> UUID:
        """See `ports.clock.Chance`."""
        return UUID(int=self._draw("id", 1 << 128), version=4)

    def token(self) -> str:
        """See `ports.clock.Chance`."""
        return f"{self._draw('token', 1 << 128):064x}"

    def _draw(self, what: str, below: int) -> int:
        return self._stage.luck.number(f"{what} for {self._stage.actor}", below)
