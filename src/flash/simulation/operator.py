"""An operator with true wallets and a true float, that does what it is told and says something else."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from flash.domain.leg import Kind, Leg
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.domain.outcome import Declined, Evidence, Outcome, Reason, Settled, Source, Unknown, Unseen, Waiting
from flash.domain.routing import Operator
from flash.ports.provider import Wallet
from flash.simulation.stage import SECOND, Stage

TIME_OUT = 25 * SECOND
PROMPT_LIFE = 300 * SECOND

SUBMITS = {
    "lost": 30,
    "done, then time-out": 40,
    "late": 25,
    "500 but done": 25,
    "503": 20,
    "signed out": 15,
    "refused at the door": 15,
    "sent twice": 20,
    "adapter breaks": 8,
}
"""What may befall an order on its way, by the chance per mille."""

RESUBMITS = {**SUBMITS, "refused at the door": 150}
"""What may befall one that was sent before: some operators refuse it as a mistake, whatever became of the first."""

ANSWERS = {"time-out": 40, "503": 20, "not found": 30, "other amount": 5, "signed out": 10, "adapter breaks": 5}
"""What may befall a question."""

ENDS = {"declined": 60, "moves another amount": 8}
"""What may befall a payout or a refund."""


@dataclass(slots=True)
class Order:
    """An order as the operator has it, which is the truth.

    Attributes:
        moved: the ngwee that truly moved; None while nothing is decided.
        reason: why nothing moved.
    """

    leg: Leg
    operator: Operator
    moved: int | None = None
    reason: Reason | None = None

    @property
    def undecided(self) -> bool:
        """Whether neither money moved nor the order was refused."""
        return self.moved is None

    @property
    def settled(self) -> bool:
        """Whether money moved."""
        return bool(self.moved)


class Witness(Protocol):
    """Who sees what truly happens at operators."""

    def name_of(self, leg: Leg) -> str:
        """Return what the story calls the transfer of a leg."""
        ...

    def arrived(self, order: Order) -> None:
        """An order arrived that the operator did not have."""
        ...

    def decided(self, order: Order) -> None:
        """An order was carried out or refused."""
        ...


@dataclass
class SimulatedOperator:
    """See `ports.provider`: `Provider`, `Readiness`, `AccountCheck`, `FloatCheck` and `CallbackReader`.

    Attributes:
        wallets: what each customer has, in ngwee.
        collected: what our collection wallet received.
        payout_float: what our payout wallet holds.
        closed: wallets that are not active.
        down: from and until which millisecond nothing answers.
        call_back: delivers a callback: the token, and the body.
    """

    name: Operator
    stage: Stage
    witness: Witness
    wallets: dict[Msisdn, int]
    payout_float: int
    collected: int = 0
    closed: set[Msisdn] = field(default_factory=set)
    down: tuple[int, int] = (0, 0)
    call_back: Callable[[Operator, Order], None] = lambda _name, _order: None
    orders: dict[UUID, Order] = field(default_factory=dict)

    # --- What the core calls

    def platform(self, _kind: Kind) -> str:
        """See `ports.provider.Provider`."""
        return f"https://{self.name}.example"

    def is_ready(self, kind: Kind) -> bool:
        """See `ports.provider.Readiness`."""
        return not self._check(f"sign-in for {kind}")

    def wallet(self, msisdn: Msisdn) -> Wallet | None:
        """See `ports.provider.AccountCheck`."""
        return None if self._check("wallet check") else Wallet(msisdn not in self.closed)

    def float_available(self) -> Money | None:
        """See `ports.provider.FloatCheck`."""
        return None if self._check("float check") else Money(self.payout_float)

    def reference_in(self, body: bytes) -> UUID | None:
        """See `ports.provider.CallbackReader`."""
        try:
            return UUID(json.loads(body)["reference"])
        except (ValueError, KeyError, TypeError):
            return None

    def submit(self, leg: Leg) -> Outcome:
        """See `ports.provider.Provider`."""
        what = f"{leg.kind} of {self.witness.name_of(leg)}"
        fate = self._fate(f"{self.name} gets the {what}", SUBMITS if leg.attempts == 1 else RESUBMITS)
        self._on_the_way(fate in ("lost", "late", "done, then time-out"))
        new = leg.reference not in self.orders
        if fate in ("", "done, then time-out", "500 but done", "sent twice"):
            self._arrive(leg)
        if fate in ("late", "sent twice"):
            wait = self.stage.luck.between(f"the {what} is late", SECOND, 150 * SECOND)
            self.stage.later(wait, lambda: self._arrive(leg))
        self._tell_fate(f"is sent the {what}", fate)
        self.stage.point("after an order")
        return self._answer_to_order(fate if new or fate else "409")

    def ask(self, leg: Leg) -> Outcome:
        """See `ports.provider.Provider`."""
        what = f"{leg.kind} of {self.witness.name_of(leg)}"
        fate = self._fate(f"{self.name} is asked about the {what}", ANSWERS)
        self._on_the_way(fate == "time-out")
        outcome = self._answer_about(self.orders.get(leg.reference), fate)
        word = type(outcome).__name__.lower()
        self._tell_fate(f"is asked about the {what}: {word}", fate)
        self.stage.point("after an answer")
        return outcome

    # --- What it answers

    def _answer_to_order(self, fate: str) -> Outcome:
        match fate:
            case "" | "sent twice":
                return Waiting(self._evidence(Source.SUBMIT, "202", 202))
            case "refused at the door":
                return Declined(self._evidence(Source.SUBMIT, fate, 400), Reason.ORDER_REFUSED)
            case "adapter breaks":
                raise RuntimeError(fate)
        return Unknown(self._evidence(Source.SUBMIT, fate), fate)

    def _answer_about(self, order: Order | None, fate: str) -> Outcome:
        if fate == "adapter breaks":
            raise RuntimeError(fate)
        if fate in ("time-out", "503", "signed out"):
            return Unknown(self._evidence(Source.STATUS_QUERY, fate), fate)
        if order is None or fate == "not found":
            return Unseen(self._evidence(Source.STATUS_QUERY, "404", 404))
        moved = order.moved or order.leg.amount.minor
        if fate == "other amount":
            moved += 2  # One more could be the amount that was ordered, where one less was moved.
        told = self._evidence(Source.STATUS_QUERY, "200", 200, Money(moved), order.leg.party)
        if order.moved is None:
            return Waiting(told)
        if order.reason is not None:
            return Declined(told, order.reason)
        return Settled(told, f"{self.name}-{order.leg.reference.hex[:8]}")

    def _evidence(
        self,
        source: Source,
        body: str,
        status: int | None = None,
        amount: Money | None = None,
        party: Msisdn | None = None,
    ) -> Evidence:
        return Evidence(self.stage.now(), source, body, status, amount, party)

    # --- What happens to a call

    def _fate(self, label: str, chances: dict[str, int]) -> str:
        self.stage.point("before a call")
        fate = self.stage.luck.stroke(label, chances)
        return "503" if self._is_down() else fate

    def _is_down(self) -> bool:
        return self.down[0] <= self.stage.milliseconds < self.down[1] and not self.stage.luck.over

    def _on_the_way(self, times_out: bool) -> None:
        took = self.stage.luck.between(f"{self.name} takes", 60, 700)
        self.stage.pause(TIME_OUT if times_out else took)

    def _tell_fate(self, text: str, fate: str) -> None:
        self.stage.tell(f"{self.name} {text}{f' ({fate})' if fate else ''}")

    def _check(self, what: str) -> str:
        """Let a call that moves nothing be made; return what went wrong."""
        fate = self._fate(f"{self.name} {what}", {"time-out": 30, "signed out": 10})
        self._on_the_way(fate == "time-out")
        if fate:
            self._tell_fate(what, fate)
        self.stage.point("after a check")
        return fate

    # --- What truly happens

    def _arrive(self, leg: Leg) -> None:
        """Take an order; the same reference again changes nothing."""
        if leg.reference in self.orders:
            return
        order = Order(leg, self.name)
        self.orders[leg.reference] = order
        self.witness.arrived(order)
        name = self.witness.name_of(leg)
        if leg.kind is Kind.COLLECTION:
            wait, reason = self._payer_decides(name)
        else:
            wait, reason = self._payout_ends(leg, name)
        self.stage.later(wait, lambda: self._decide(order, reason))

    def _payer_decides(self, name: str) -> tuple[int, Reason | None]:
        """Return after how long the payer does what at the prompt."""
        luck, choice = self.stage.luck, self.stage.luck.number(f"payer of {name} decides", 100)
        if choice < 70:
            return luck.between(f"payer of {name} approves", SECOND, 45 * SECOND), None
        if choice < 80:
            return luck.between(f"payer of {name} approves late", 60 * SECOND, 290 * SECOND), None
        if choice < 82:  # The prompt lived on.
            return luck.between(f"payer of {name} approves very late", 400 * SECOND, 5000 * SECOND), None
        if choice < 90:
            return luck.between(f"payer of {name} refuses", SECOND, 120 * SECOND), Reason.PAYER_REFUSED
        if choice < 95:
            return luck.between(f"payer of {name} has too little", 100, 5000), Reason.NOT_ENOUGH_FUNDS
        return PROMPT_LIFE, Reason.PROMPT_EXPIRED

    def _payout_ends(self, leg: Leg, name: str) -> tuple[int, Reason | None]:
        luck, what = self.stage.luck, f"{leg.kind} of {name}"
        wait = luck.between(f"{what} ends", 200, 4000)
        if luck.strikes(f"{what} takes long", 80):
            wait = luck.between(f"{what} ends late", 20 * SECOND, 900 * SECOND)
        if luck.strikes(f"{what} takes very long", 10):
            wait = luck.between(f"{what} ends very late", 900 * SECOND, 10_000 * SECOND)
        reason = Reason.OTHER if leg.kind is Kind.REFUND else Reason.PAYEE_LIMIT_REACHED
        return wait, reason if luck.strikes(f"{what} is declined", 90) else None

    def _decide(self, order: Order, reason: Reason | None) -> None:
        leg, amount = order.leg, order.leg.amount.minor
        name = self.witness.name_of(leg)
        if self.stage.luck.strikes(f"the {leg.kind} of {name} moves another amount", 6):
            amount -= 1
        reason = reason or self._hindrance(leg, amount)
        if reason is not None:
            order.moved, order.reason = 0, reason
            self.stage.tell(f"{self.name} declines the {leg.kind} of {name}: {reason}")
        else:
            order.moved = amount
            self._move(leg, amount)
            self.stage.tell(f"{self.name} carries out the {leg.kind} of {name}: {Money(amount).spoken}")
        self.witness.decided(order)
        self.call_back(self.name, order)

    def _hindrance(self, leg: Leg, amount: int) -> Reason | None:
        if leg.kind is Kind.COLLECTION:
            return Reason.NOT_ENOUGH_FUNDS if self.wallets.get(leg.party, 0) < amount else None
        if self.payout_float < amount:
            return Reason.FLOAT_TOO_LOW
        return Reason.PAYEE_NOT_FOUND if leg.party in self.closed else None

    def _move(self, leg: Leg, amount: int) -> None:
        if leg.kind is Kind.COLLECTION:
            self.wallets[leg.party] -= amount
            self.collected += amount
        else:
            self.payout_float -= amount
            self.wallets[leg.party] = self.wallets.get(leg.party, 0) + amount
