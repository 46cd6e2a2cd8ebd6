"""Things that tests need, made in one line each. What a test does not name is ordinary."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import hypothesis

from flash.adapters import catalogues
from flash.adapters.argon2_passwords import Argon2Passwords
from flash.adapters.circuits import PybreakerCircuits
from flash.adapters.memory import MemoryChance, MemoryClock, MemoryJobs, MemoryMessenger, MemoryMeter
from flash.adapters.memory.store import MemoryDatabase
from flash.adapters.presence import MemoryPresence
from flash.adapters.sandbox import Sandbox
from flash.adapters.throttle import from_settings as throttle_from_settings
from flash.domain.account import Account
from flash.domain.errors import Refusal
from flash.domain.fees import Fees
from flash.domain.leg import Kind, Leg
from flash.domain.limits import Bounds, Limits, local_day
from flash.domain.money import Money, parse_money
from flash.domain.msisdn import Msisdn, parse_msisdn
from flash.domain.outcome import Declined, Evidence, Outcome, Reason, Settled, Source, Unknown, Unseen, Waiting
from flash.domain.progress import Patience, answered, next_leg, submitting
from flash.domain.routing import Operator, Routes
from flash.domain.transfer import Change, Transfer
from flash.ports.clock import Clock
from flash.ports.throttle import Throttle
from flash.settings import load
from flash.usecases.advance_transfer import Engine
from flash.usecases.audit import audit
from flash.usecases.cancel_transfer import cancel_transfer
from flash.usecases.deliver_messages import Postman
from flash.usecases.lookout import Lookout, Surroundings
from flash.usecases.send_money import Accepted, Order, Terms, send_money
from flash.usecases.sweep import sweep

T = TypeVar("T")

ROOT = Path(__file__).parents[1]

PAYER, PAYEE = "0960000001", "0970000002"
"""An MTN and an Airtel number that succeed in the sandbox."""

KEY = b"a secret of the tests"

WORDS = catalogues.from_package()

PASSWORDS = Argon2Passwords(memory_kib=64, rounds=1)
"""Argon2id as in production, but cheap."""

REPEATABLE = hypothesis.settings(deadline=None, derandomize=True)
"""Property tests try the same examples in every run, however slow the machine is."""


def money(text: str) -> Money:
    return parse_money(text)


def msisdn(text: str) -> Msisdn:
    return parse_msisdn(text)


def terms(*, day_limit: str = "5000.00", fees: Fees | None = None) -> Terms:
    """The terms of production.ini, as far as they are not named."""
    prefixes = {
        f"260{prefix}": operator
        for operator, group in (
            (Operator.MTN, ("96", "76", "56")),
            (Operator.AIRTEL, ("97", "77", "57")),
            (Operator.ZAMTEL, ("95", "75", "55")),
        )
        for prefix in group
    }
    served = frozenset({Operator.MTN, Operator.AIRTEL})
    bounds = dict.fromkeys(served, Bounds(money("1.00"), money("20000.00")))
    per_day = {1: money(day_limit), 2: money("25000.00"), 3: money("100000.00")}
    return Terms(Routes(prefixes, served), Limits(bounds, per_day), fees or Fees())


def throttle(clock: Clock) -> Throttle:
    """The rates of production.ini, in the memory of this process."""
    settings = load(str(ROOT / "production.ini")).with_values({"flash.throttle.store": "memory"})
    return throttle_from_settings(settings, clock, b"a secret of the tests")


Script = Callable[[Leg], Outcome] | Outcome | Exception


@dataclass
class ScriptedProvider:
    """An operator that answers as it is told: each call takes the next answer, the last one is repeated.

    An answer may also be a function of the leg, or an exception, for an adapter that breaks its promise.
    """

    answers: list[Script]
    calls: list[tuple[str, Leg]] = field(default_factory=list)
    base_url: str = "https://operator.example"

    def platform(self, _kind: Kind) -> str:
        return self.base_url

    def submit(self, leg: Leg) -> Outcome:
        return self._next("submit", leg)

    def ask(self, leg: Leg) -> Outcome:
        return self._next("ask", leg)

    def _next(self, call: str, leg: Leg) -> Outcome:
        self.calls.append((call, leg))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer(leg) if callable(answer) else answer


class Crash(BaseException):
    """The process dies here: nothing in it may notice."""


@dataclass
class RecordingOperator:
    """A sandbox that remembers which orders reached it, and in whose calls the process can die.

    Attributes:
        received: each order that arrived, as kind and reference, as often as it did.
        dies_at: the number of the call, from 1, during which the process dies; 0 for never.
        heard: whether that call still reaches the operator.
        dies_of: what is raised then.
    """

    sandbox: Sandbox
    dies_at: int = 0
    heard: bool = True
    dies_of: BaseException = field(default_factory=Crash)
    received: list[tuple[Kind, UUID]] = field(default_factory=list)
    calls: int = 0

    def platform(self, _kind: Kind) -> str:
        return "https://operator.example"

    def submit(self, leg: Leg) -> Outcome:
        self._call(lambda: self.received.append((leg.kind, leg.reference)))
        return self.sandbox.submit(leg)

    def ask(self, leg: Leg) -> Outcome:
        self._call(lambda: None)
        if (leg.kind, leg.reference) in self.received:
            return self.sandbox.ask(leg)
        return Unseen(Evidence(at=self.sandbox.clock.now(), source=Source.STATUS_QUERY, body="404"))

    @property
    def orders(self) -> list[Kind]:
        """The kinds of the orders that arrived, each reference once."""
        return [kind for kind, _ in dict.fromkeys(self.received)]

    def _call(self, arrive: Callable[[], None]) -> None:
        self.calls += 1
        if self.calls != self.dies_at:
            arrive()
            return
        if self.heard:
            arrive()
        raise self.dies_of


def at_once(count: int, call: Callable[[int], T]) -> list[T | Refusal]:
    """Call so many times at the same moment; a refusal is a result."""
    start = threading.Barrier(count)

    def one(number: int) -> T | Refusal:
        start.wait()
        try:
            return call(number)
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def a_lookout(database: Any, jobs: Any, circuits: Any, clock: Clock, *, wait_s: float = 10.0) -> Lookout:
    """Return a lookout that keeps nothing, so that a test sees what is."""
    around = Surroundings(
        snapshot=database.snapshot,
        jobs=jobs,
        circuits=circuits,
        presence=MemoryPresence(),
        operators=[Operator.MTN, Operator.AIRTEL],
        clock=clock,
    )
    return Lookout(around, fresh_s=0.0, wait_s=wait_s)


class World:
    """The whole core on memory adapters, or on another database, with a clock that stands still."""

    def __init__(self, database: Any = None, *, operators: Mapping[Operator, Any] | None = None, seed: int = 1) -> None:
        self.clock = MemoryClock()
        self.chance = MemoryChance(seed)
        self.jobs = MemoryJobs()
        self.messenger = MemoryMessenger()
        self.meter = MemoryMeter()
        self.database = database or MemoryDatabase(jobs=self.jobs, meter=self.meter)
        self.sandbox = Sandbox(clock=self.clock)
        self.terms = terms()
        self.circuits = PybreakerCircuits(self.clock)
        self.engine = Engine(
            unit_of_work=self.database.unit_of_work,
            operators=operators or {Operator.MTN: self.sandbox, Operator.AIRTEL: self.sandbox},
            circuits=self.circuits,
            clock=self.clock,
            chance=self.chance,
            patience=Patience(),
        )

    @property
    def postman(self) -> Postman:
        """Brings messages to `messenger`."""
        return Postman(
            unit_of_work=self.database.unit_of_work,
            messenger=self.messenger,
            clock=self.clock,
            key=KEY,
            words=WORDS,
            public_url=self.terms.public_url,
        )

    def texts(self, number: str) -> list[str]:
        """Deliver the messages that are due, and return all that this number ever got."""
        self.postman.deliver(most=1000)
        return [text for to, text in self.messenger.sent.values() if to == msisdn(number)]

    def person(self, number: str = PAYER, *, tier: int = 1, name: str = "Mutale Banda") -> Account:
        """Return the account with this number, made if need be."""
        with self.database.unit_of_work() as store:
            account = store.accounts.by_msisdn(msisdn(number))
            if account is None:
                account = Account(
                    id=self.chance.new_id(),
                    msisdn=msisdn(number),
                    full_name=name,
                    password_hash="unusable",
                    created_at=self.clock.now(),
                    tier=tier,
                )
                store.accounts.add(account)
        return account

    def accept(self, amount: str = "25.00", *, payer: str = PAYER, payee: str = PAYEE, **more: Any) -> Accepted:
        """Send money and return what became of the order."""
        return self.accept_order(Order(payer=self.person(payer), payee=msisdn(payee), amount=money(amount), **more))

    def accept_order(self, order: Order) -> Accepted:
        """Accept an order as it is."""
        with self.database.unit_of_work() as store:
            return send_money(
                order,
                store=store,
                clock=self.clock,
                chance=self.chance,
                terms=self.terms,
                circuits=self.circuits,
            )

    def send(self, amount: str = "25.00", **more: Any) -> Transfer:
        """Send money and return the transfer."""
        return self.accept(amount, **more).transfer

    def pass_by(self, seconds: float, *, every: float = 1.0) -> None:
        """Let time pass, with a sweep every second."""
        sweep(self.engine)
        for _ in range(int(seconds / every)):
            self.clock.pass_by(timedelta(seconds=every))
            sweep(self.engine)

    def answers(self, *answers: Script) -> ScriptedProvider:
        """Have both operators answer so from now on, and return them."""
        operator = ScriptedProvider(list(answers))
        self.operate(operator)
        return operator

    def operate(self, mtn: Any, airtel: Any = None) -> None:
        """Put these operators in the place of the sandbox."""
        self.engine = replace(self.engine, operators={Operator.MTN: mtn, Operator.AIRTEL: airtel or mtn})

    def cancel(self, transfer: Transfer, *, by: str = PAYER) -> Transfer:
        """Cancel as the person with this number, and return what became of it."""
        person = self.person(by)
        with self.database.unit_of_work() as store:
            return cancel_transfer(str(transfer.id), person, store=store, clock=self.clock)

    def get(self, transfer: Transfer) -> Transfer:
        """Return the transfer as it is stored now."""
        with self.database.unit_of_work() as store:
            return store.transfers.get(transfer.id)

    def file(self, transfer: Transfer) -> Any:
        """Return everything stored about the transfer."""
        with self.database.unit_of_work() as store:
            return store.transfers.file(str(transfer.id))

    def path(self, transfer: Transfer) -> list[str]:
        """Return the states the transfer went through."""
        steps = self.file(transfer).dossier.steps
        return [step.after.value for step in steps if step.before is not step.after]

    def audit(self) -> list[str]:
        """Return what the audit finds."""
        return list(audit(unit_of_work=self.database.snapshot))


def evidence(clock: MemoryClock, source: Source = Source.STATUS_QUERY, **more: Any) -> Evidence:
    return Evidence(at=clock.now(), source=source, body="{}", **more)


def settled(clock: MemoryClock, source: Source = Source.STATUS_QUERY, **more: Any) -> Settled:
    return Settled(evidence(clock, source, **more), "OP1")


def declined(
    clock: MemoryClock, reason: Reason = Reason.OTHER, source: Source = Source.STATUS_QUERY, **more: Any
) -> Declined:
    return Declined(evidence(clock, source, **more), reason)


def waiting(clock: MemoryClock, source: Source = Source.STATUS_QUERY) -> Waiting:
    return Waiting(evidence(clock, source))


def unknown(clock: MemoryClock, source: Source = Source.STATUS_QUERY, detail: str = "timed out") -> Unknown:
    return Unknown(evidence(clock, source), detail)


def unseen(clock: MemoryClock) -> Unseen:
    return Unseen(evidence(clock))


def a_transfer(clock: MemoryClock, *, fee: str = "0.00", seed: int = 1, **more: Any) -> Transfer:
    """A transfer of K25.00 as it is recorded."""
    chance = MemoryChance(seed)
    now, payer, amount = clock.now(), msisdn(PAYER), money("25.00")
    collection = Leg(
        reference=chance.new_id(),
        kind=Kind.COLLECTION,
        operator=Operator.MTN,
        party=payer,
        amount=amount + money(fee),
    )
    values: dict[str, Any] = {
        "id": chance.new_id(),
        "number": f"FL20261123{seed:010d}",
        "payer_id": chance.new_id(),
        "payer": payer,
        "payee": msisdn(PAYEE),
        "payer_operator": Operator.MTN,
        "payee_operator": Operator.AIRTEL,
        "amount": amount,
        "fee": money(fee),
        "description": "",
        "key": None,
        "fingerprint": "f",
        "limit_day": local_day(now),
        "created_at": now,
        "updated_at": now,
        "due_at": now,
        "legs": (collection,),
        "step_count": 1,
    }
    return Transfer(**{**values, **more})


def sent(transfer: Transfer, clock: MemoryClock) -> Transfer:
    """The transfer with its next leg sent."""
    leg = next_leg(transfer, UUID(int=len(transfer.legs) + 1, version=4))
    return submitting(
        transfer, leg, clock.now(), platform="p", callback_token=f"t{leg.reference}", lease=Patience().lease
    ).transfer


def told(transfer: Transfer, outcome: Outcome, clock: MemoryClock, kind: Kind | None = None) -> Change:
    """What an answer about the leg under way, or about the latest leg of a kind, changes."""
    leg = transfer.latest(kind) if kind else transfer.the_open_leg()
    return answered(transfer, leg.reference, outcome, clock.now(), Patience())


def under_way(kind: Kind, clock: MemoryClock, **more: Any) -> Transfer:
    """A transfer whose leg of this kind has just been sent."""
    transfer = sent(a_transfer(clock, **more), clock)
    if kind is not Kind.COLLECTION:
        transfer = sent(told(transfer, settled(clock), clock).transfer, clock)
    if kind is Kind.REFUND:
        transfer = sent(told(transfer, declined(clock), clock).transfer, clock)
    return transfer
