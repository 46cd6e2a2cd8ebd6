"""One run: everything is put together, what people want and what goes wrong happens, and every step is checked."""

import json
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from flash.adapters.circuits import PybreakerCircuits
from flash.adapters.memory.store import MemoryDatabase
from flash.adapters.sql.columns import metadata
from flash.adapters.sql.store import SqlDatabase
from flash.domain.callback import Callback
from flash.domain.errors import Refusal
from flash.domain.leg import Kind, Leg
from flash.domain.routing import Operator
from flash.ports.jobs import WakeUps
from flash.ports.store import Store
from flash.simulation import people
from flash.simulation.invariants import INVARIANTS, Invariant, longest_doubt
from flash.simulation.luck import Luck
from flash.simulation.operator import Order, SimulatedOperator
from flash.simulation.people import Wish
from flash.simulation.stage import SECOND, START, Died, KeyedChance, Stage
from flash.simulation.world import Database, Intent, World
from flash.usecases.advance_transfer import Engine, drive_transfer
from flash.usecases.cancel_transfer import cancel_transfer
from flash.usecases.hear_callback import hear_callback
from flash.usecases.send_money import Order as SendOrder
from flash.usecases.send_money import send_money
from flash.usecases.sweep import sweep

STORES = ("memory", "sqlite")

AT_ONCE = 10
"""Transfers taken by one sweep, so that the steps of two sweeps fall between each other."""

WAKES = {"lost": 80, "doubled": 80, "late": 60}
CALLBACKS = {"lost": 150, "late": 100, "doubled": 100, "wrong leg": 40, "contradicting": 60}
LONGEST_REST = 3600 * SECOND
"""A sweep that finds nothing to take is followed by others ever later, up to this."""


@dataclass(frozen=True, slots=True)
class Break:
    """An invariant that was broken, and how."""

    invariant: str
    told: str


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a run.

    Attributes:
        breaks: what was broken, in order; the run ends with the first, unless it only observes.
        story: virtual milliseconds, who, what.
        strokes: the bad luck that fell, by its keys.
    """

    seed: int
    breaks: tuple[Break, ...]
    story: tuple[tuple[int, str, str], ...]
    strokes: tuple[str, ...]
    ends: tuple[str, ...]


def run_seed(
    seed: int,
    *,
    store: str = "memory",
    spared: frozenset[str] = frozenset(),
    invariants: Iterable[Invariant] = INVARIANTS,
    observing: bool = False,
) -> Result:
    """Run one seed.

    Args:
        seed: decides everything.
        store: one of `STORES`.
        spared: strokes of bad luck that do not fall.
        invariants: what is checked.
        observing: whether the run goes on after something was broken.
    """
    run = Run(Luck(seed, spared), store, tuple(invariants), observing=observing)
    with _quiet(run.stage.mistakes):
        run.go()
    ends = tuple(dossier.transfer.state.value for dossier in run.world.dossiers.values())
    return Result(seed, tuple(run.breaks), tuple(run.stage.story), tuple(run.luck.strokes), ends)


class Run:
    """The core and all around it, for one seed."""

    def __init__(self, luck: Luck, store: str, invariants: tuple[Invariant, ...], *, observing: bool) -> None:
        self.luck = luck
        self.stage = Stage(luck)
        self.breaks: list[Break] = []
        self._invariants = invariants
        self._observing = observing
        self._chance = KeyedChance(self.stage)
        self.stage.milliseconds = people.draw_dawn(luck)
        self._quiet = people.draw_quiet(luck)
        self._database = _open(store, self)
        self._next_sweep: int | None = None
        self._idle = 0
        circuits = PybreakerCircuits(self.stage)
        self.world = World(
            stage=self.stage,
            database=self._database,
            patience=people.draw_patience(luck),
            terms=people.draw_terms(luck),
            quiet_from=self.stage.now() + timedelta(milliseconds=self._quiet),
            chance=self._chance,
            circuits=circuits,
            people=people.draw_people(self._chance),
        )
        self.world.operators = {name: self._operator(name) for name in people.NUMBERS}
        operators = self.world.operators.values()
        self.world.opening = sum(sum(one.wallets.values()) + one.payout_float for one in operators)
        self.engine = Engine(
            unit_of_work=self.unit_of_work,
            operators=self.world.operators,
            circuits=circuits,
            clock=self.stage,
            chance=self._chance,
            patience=self.world.patience,
        )

    def _operator(self, name: Operator) -> SimulatedOperator:
        wallets, closed = people.draw_wallets(self.luck, name)
        down = (0, 0)
        if self.luck.strikes(f"{name} is down", 160):
            begin = self.stage.milliseconds + self.luck.between(f"{name} goes down", 0, 200 * SECOND)
            down = (begin, begin + self.luck.between(f"{name} stays down", 30 * SECOND, 9000 * SECOND))
        return SimulatedOperator(
            name=name,
            stage=self.stage,
            witness=self,
            wallets=wallets,
            payout_float=people.draw_float(self.luck, name),
            closed=closed,
            down=down,
            call_back=self._call_back,
        )

    # --- The course of a run

    def go(self) -> None:
        """Let everything happen, and check what is left."""
        with self._database.unit_of_work() as store:
            for person in self.world.people:
                store.accounts.add(person)
        wishes = people.draw_wishes(self.luck, self.world.people)
        for wish in wishes:
            if wish.verb == "sends":
                self.world.intents.append(wish.intent)
                self.stage.tell(str(wish.intent))
            self.stage.start(f"{wish.intent.name} {wish.verb}", partial(self._fulfil, wish), wish.at)
        self.stage.later(self._quiet, self._all_is_well)
        self.stage.watching = self._after_each_turn
        legs = 3 * longest_doubt(self.world) // timedelta(milliseconds=1)
        self.stage.run(self.stage.milliseconds + self._quiet + legs)
        if self.breaks and not self._observing:
            return
        self._all_is_well()
        self.stage.start("last sweep", self._sweep)
        self.stage.run(self.stage.milliseconds)
        for invariant in self._invariants:
            if invariant.at_end is not None:
                self._note(invariant, invariant.at_end(self.world))

    def _all_is_well(self) -> None:
        if not self.luck.over:
            self.stage.tell("from now on nothing goes wrong")
        self.luck.over, self._idle, self._next_sweep = True, 0, None

    def _after_each_turn(self) -> bool:
        self._plan_sweep()
        return bool(self.breaks) and not self._observing

    def _note(self, invariant: Invariant, lines: Iterable[str]) -> None:
        if self.breaks and not self._observing:
            return
        for line in lines:
            self.breaks.append(Break(invariant.name, line))
            self.stage.tell(f"BROKEN {invariant.name}: {line}")

    # --- What people do

    def _fulfil(self, wish: Wish) -> None:
        try:
            (self._cancel if wish.verb == "cancels" else self._send)(wish.intent)
        except Refusal as refusal:
            self.stage.tell(f"is refused: {refusal.code}")
        except Died:  # The person sees only that there is no answer.
            wait = self.luck.between(f"{wish.intent.name} is tried again after", 3 * SECOND, 30 * SECOND)
            self.stage.start(f"{wish.intent.name} tries again", partial(self._fulfil, wish), wait)
            raise

    def _send(self, intent: Intent) -> None:
        order = SendOrder(payer=intent.payer, payee=intent.payee, amount=intent.amount, key=intent.key)
        self.world.asking[self.stage.actor] = intent
        with self.unit_of_work() as store:
            accepted = send_money(
                order,
                store=store,
                clock=self.stage,
                chance=self._chance,
                terms=self.world.terms,
                circuits=self.world.circuits,
            )
        self.answer(intent, accepted.transfer.id, accepted.transfer.number)

    def answer(self, intent: Intent, transfer_id: UUID, number: str) -> None:
        """Tell the person what became of their order."""
        intent.answers.append((transfer_id, number))
        self.stage.tell(f"is told that {self.world.names.get(transfer_id, '?')} is accepted")

    def _cancel(self, intent: Intent) -> None:
        if intent.answers:
            with self.unit_of_work() as store:
                name = str(intent.answers[-1][0])
                after = cancel_transfer(name, intent.payer, store=store, clock=self.stage)
            self.stage.tell(f"is told that {self.world.names[after.id]} is {after.state}")

    # --- Commits

    @contextmanager
    def unit_of_work(self) -> Iterator[Store]:
        """Open a unit of work before and after which others may act, and in which the process may die."""
        self.stage.point("before a commit")
        with self._database.unit_of_work() as store:
            yield store
            self.stage.may_die("at a commit")
        self._observe()
        self.stage.point("after a commit")

    def _observe(self) -> None:
        """See what is stored now, and check it."""
        with self._database.unit_of_work() as store:
            dossiers = store.transfers.dossiers(after=None, limit=100)
            self.world.used = tuple(store.day_limits.all_used())
        for before, after in self.world.learn(dossiers):
            self._idle = 0
            transfer = after.transfer
            if before is None or before.transfer.state is not transfer.state:
                was = f"{before.transfer.state} -> " if before else ""
                self.stage.tell(f"{self.world.names[transfer.id]}: {was}{transfer.state}")
            for invariant in self._invariants:
                if invariant.on_change is not None:
                    self._note(invariant, invariant.on_change(self.world, before, after))

    # --- Jobs and sweeps

    def advance(self, transfer_id: UUID) -> None:
        """Take a wake-up after a commit, as a queue does that may lose or double it (`ports.jobs.WakeUps`)."""
        fate = self.luck.stroke(f"a wake-up by {self.stage.actor}", WAKES)
        if fate == "lost":
            self.stage.tell("its wake-up is lost")
            return
        wait = self.luck.between("a wake-up takes", 1, 300)
        if fate == "late":
            wait = self.luck.between("a wake-up is late", 5 * SECOND, 200 * SECOND)
        for _ in range(2 if fate == "doubled" else 1):
            self.stage.later(wait, partial(self._work, transfer_id))

    def _work(self, transfer_id: UUID) -> None:
        actor = f"worker of {self.world.names.get(transfer_id, '?')}"
        self.stage.start(actor, lambda: drive_transfer(transfer_id, self.engine))

    def _plan_sweep(self) -> None:
        """See to it that a sweep comes soon after the next transfer is due."""
        due = [one.transfer.due_at for one in self.world.dossiers.values() if one.transfer.due_at]
        if not due:
            return
        milliseconds = (min(due) - START) // timedelta(milliseconds=1)
        at = max(milliseconds, self.stage.milliseconds)
        if self._next_sweep is not None and self._next_sweep <= at + 2 * SECOND:
            return
        at += min(self.luck.between("a sweep comes", 100, 2 * SECOND) << min(self._idle, 20), LONGEST_REST)
        if self.luck.strikes("no sweep comes", 20):
            at += self.luck.between("no sweep comes for", 20 * SECOND, 600 * SECOND)
        self._next_sweep = at
        self.stage.later(at - self.stage.milliseconds, partial(self._begin_sweep, at))

    def _begin_sweep(self, planned: int) -> None:
        if self._next_sweep != planned:
            return  # Another one came first.
        self._next_sweep = None
        for actor in ("sweeper", "second sweeper") if self.luck.strikes("two sweep at once", 120) else ("sweeper",):
            self.stage.start(actor, self._sweep)

    def _sweep(self) -> None:
        try:
            taken = sweep(self.engine, most=AT_ONCE)
        except Exception:
            self._idle += 1  # One that breaks comes more rarely too, or a run would never end.
            raise
        self._idle += not taken

    # --- Operators, as they are seen by who knows the truth

    def name_of(self, leg: Leg) -> str:
        """See `operator.Witness`."""
        return self.world.name_of(leg)

    def arrived(self, order: Order) -> None:
        """See `operator.Witness`."""
        self.world.orders[order.leg.reference] = order
        transfer_id = self.world.transfer_of.get(order.leg.reference)
        if transfer_id is not None and order.leg.kind is Kind.COLLECTION:
            self.world.prompts[transfer_id] = self.world.prompts.get(transfer_id, 0) + 1
        if self.luck.strikes(f"{order.operator} calls too early", 40):
            self.stage.start(f"callback of {order.operator}", partial(self._hear, order, good=True), 100)
        for invariant in self._invariants:
            if invariant.on_order is not None:
                self._note(invariant, invariant.on_order(self.world, order))

    def decided(self, order: Order) -> None:
        """See `operator.Witness`."""
        for invariant in self._invariants:
            if invariant.on_move is not None and order.settled:
                self._note(invariant, invariant.on_move(self.world, order))

    def _call_back(self, operator: Operator, order: Order) -> None:
        name = self.world.name_of(order.leg)
        fate = self.luck.stroke(f"{operator} calls about the {order.leg.kind} of {name}", CALLBACKS)
        if fate == "lost":
            return
        about = order
        if fate == "wrong leg":
            about = next(iter(self.world.operators[operator].orders.values()))
        good = order.settled is not (fate == "contradicting")
        for _ in range(2 if fate == "doubled" else 1):
            wait = self.luck.between(f"{operator} calls after", 50, 1500)
            if fate == "late":
                wait = self.luck.between(f"{operator} calls late after", 5 * SECOND, 900 * SECOND)
            self.stage.start(f"callback of {operator}", partial(self._hear, about, good=good), wait)

    def _hear(self, order: Order, *, good: bool) -> None:
        body = json.dumps({"reference": str(order.leg.reference), "status": "SUCCESSFUL" if good else "FAILED"})
        callback = Callback(
            received_at=self.stage.now(),
            operator=order.operator,
            token=order.leg.callback_token if order.operator is Operator.MTN else "",
            method="PUT",
            source="127.0.0.1",
            headers=(),
            body=body.encode(),
        )
        with self.unit_of_work() as store:
            hear_callback(callback, store=store, clock=self.stage, operators=self.engine.operators)


def _open(store: str, jobs: WakeUps) -> Database:
    """Return a new, empty store."""
    if store == "memory":
        return MemoryDatabase(jobs=jobs)
    database = SqlDatabase("sqlite://", jobs=jobs)
    metadata.create_all(database.engine)
    return database


class _Mistakes(logging.Handler):
    """Keeps what sweeps say of transfers that could not be advanced."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._mistakes = mistakes

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == "flash.usecases.sweep":
            self._mistakes.append(record.getMessage())


@contextmanager
def _quiet(mistakes: list[str]) -> Iterator[None]:
    """Keep the log to what is a mistake; a run would fill it with troubles that it made itself."""
    logger, handler = logging.getLogger("flash"), _Mistakes(mistakes)
    level, propagate = logger.level, logger.propagate
    logger.setLevel(logging.ERROR)
    logger.propagate = False
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate
        logger.setLevel(level)
