"""What is truly so in a run: what people wanted and were told, what operators did, what is stored."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from flash.domain.account import Account
from flash.domain.audit import Dossier
from flash.domain.idempotency import FOLDING
from flash.domain.leg import Kind, Leg
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.domain.progress import Patience
from flash.domain.routing import Operator
from flash.domain.transfer import FINAL, Transfer
from flash.ports.circuits import Circuits
from flash.ports.clock import Chance
from flash.ports.store import Store
from flash.simulation.operator import Order, SimulatedOperator
from flash.simulation.stage import Stage
from flash.usecases.send_money import Terms


class Database(Protocol):
    """A store to run on: in memory, or SQL."""

    def unit_of_work(self) -> AbstractContextManager[Store]:
        """Open a unit of work."""
        ...

    @property
    def snapshot(self) -> Any:
        """Opens a unit of work that sees one moment."""
        ...


@dataclass(slots=True, eq=False)
class Intent:
    """What a person wants sent; they may ask for it more than once.

    Attributes:
        sends: for each send that it may lead to, the ids of the transfers that belong to it; more than one would be
            a double payment.
        answers: what each request was answered: id and number.
    """

    name: str
    payer: Account
    payee: Msisdn
    amount: Money
    key: str | None
    sends: list[list[UUID]] = field(default_factory=list)
    answers: list[tuple[UUID, str]] = field(default_factory=list)

    def __str__(self) -> str:
        key = "with" if self.key else "without"
        return f"{self.name}: {self.payer.msisdn} wants {self.payee} to have {self.amount.spoken}, {key} a key"


@dataclass(slots=True)
class World:
    """Everything that invariants look at.

    Attributes:
        dossiers: what is stored about each transfer, as of the latest commit.
        used: what is reserved of day limits: account, day, ngwee.
        names: T1, T2, ... in the order in which transfers came to be.
        orders: what arrived at operators, by reference.
        prompts: how often the phone rang, by transfer.
        first_doubts: for each leg in doubt, by when its end was first promised.
        asking: the intent whose request is being worked on, by actor.
        quiet_from: when things stop going wrong.
        opening: all the ngwee there were at the beginning.
    """

    stage: Stage
    database: Database
    patience: Patience
    terms: Terms
    quiet_from: datetime
    chance: Chance
    circuits: Circuits
    operators: dict[Operator, SimulatedOperator] = field(default_factory=dict)
    people: list[Account] = field(default_factory=list)
    intents: list[Intent] = field(default_factory=list)
    dossiers: dict[UUID, Dossier] = field(default_factory=dict)
    used: Sequence[tuple[UUID, Any, int]] = ()
    names: dict[UUID, str] = field(default_factory=dict)
    transfer_of: dict[UUID, UUID] = field(default_factory=dict)
    orders: dict[UUID, Order] = field(default_factory=dict)
    prompts: dict[UUID, int] = field(default_factory=dict)
    first_doubts: dict[UUID, datetime] = field(default_factory=dict)
    asking: dict[str, Intent] = field(default_factory=dict)
    opening: int = 0

    def name_of(self, leg: Leg) -> str:
        """Return what the story calls the transfer of a leg."""
        transfer_id = self.transfer_of.get(leg.reference)
        return self.names[transfer_id] if transfer_id else "?"

    def orders_of(self, transfer: Transfer, *kinds: Kind) -> list[Order]:
        """Return the orders of these kinds that operators have for a transfer, by whatever reference."""
        return [
            order
            for reference, order in self.orders.items()
            if self.transfer_of.get(reference) == transfer.id and order.leg.kind in kinds
        ]

    def moved(self, transfer: Transfer, kind: Kind) -> bool:
        """Return whether money truly moved for a transfer."""
        return any(order.settled for order in self.orders_of(transfer, kind))

    def learn(self, dossiers: Sequence[Dossier]) -> list[tuple[Dossier | None, Dossier]]:
        """Take in what is stored now; return what changed, as it was and as it is."""
        changed = []
        for dossier in dossiers:
            transfer = dossier.transfer
            before = self.dossiers.get(transfer.id)
            if before is not None and before.transfer == transfer:
                continue
            if before is None:
                self._a_new_one(transfer)
            for leg in transfer.legs:
                self.transfer_of.setdefault(leg.reference, transfer.id)
            self.dossiers[transfer.id] = dossier
            changed.append((before, dossier))
        return changed

    def _a_new_one(self, transfer: Transfer) -> None:
        """Name a new transfer, and note to which wish it belongs: folding promises one transfer for equal orders."""
        self.names[transfer.id] = f"T{len(self.names) + 1}"
        intent = self.asking.get(self.stage.actor)
        if intent is None:
            return
        if intent.sends and (intent.key is not None or self._should_be_folded(intent.sends[-1], transfer)):
            intent.sends[-1].append(transfer.id)
        else:
            intent.sends.append([transfer.id])

    def _should_be_folded(self, earlier: list[UUID], transfer: Transfer) -> bool:
        alike = [self.dossiers[one].transfer for one in earlier]
        return any(
            one.state not in FINAL and not one.cancel_wanted and transfer.created_at - one.created_at <= FOLDING
            for one in alike
        )
