"""Pure money: wallets, our own accounts, orders, and a journal in which every movement has two ends."""

import heapq
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock
from typing import Any

from flash.domain.money import CURRENCIES, ZMW, Currency, Money
from flash.simulator.names import Kind, Operator, Own, State
from flash.simulator.scenarios import NOTHING, Scenario

OUTSIDE = "outside"
"""Where money comes from when a wallet is made or set, so that all accounts together always hold zero."""

STARTING_BALANCE_MINOR = 10_000_000
"""What an unknown number's wallet holds: K100,000.00."""

STARTING_FLOAT_MINOR = 100_000_000
"""What our payout account holds at each operator: K1,000,000.00."""


class AlreadyOpen(Exception):
    """The reference was used before."""


@dataclass(slots=True, eq=False, kw_only=True)
class Order:
    """One order to move money. The bank changes its lower half, under its lock, and once.

    Attributes:
        space: within which the reference is unique, like one platform of MTN.
        operation: the operator's name of it, like `requesttopay`.
        party: the customer's number with country code; empty when nobody is named and no money moves.
        due_at: when it ends; None is never.
        fails: the reason it will end with, unless None.
        moves: whether success moves money; a preapproval moves none.
        details: what the operator's door needs to tell about it later.
        scenario: what goes wrong with it.
        callback_url: who wants to hear when it ends.
        refunds: the order whose money this one gives back.
    """

    operator: Operator
    space: str
    operation: str
    kind: Kind
    reference: str
    party: str
    amount: Money
    opened_at: datetime
    due_at: datetime | None
    fails: str | None = None
    moves: bool = True
    details: Mapping[str, Any] = field(default_factory=dict)
    scenario: Scenario = NOTHING
    callback_url: str | None = None
    refunds: "Order | None" = None
    state: State = State.PENDING
    reason: str | None = None
    operator_id: str | None = None
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that went from one account to another."""

    source: str
    target: str
    amount: Money
    reference: str


@dataclass(slots=True)
class Customer:
    """Who holds a wallet."""

    name: str
    active: bool = True


class Bank:
    """All money of both operators. Every method is atomic."""

    def __init__(self, starting_minor: int = STARTING_BALANCE_MINOR, *, short_reason: str = "not_enough_funds") -> None:
        """Begin with a full payout account and an empty collection account per operator and currency.

        Args:
            starting_minor: what a wallet holds at first.
            short_reason: why a collection fails when the payer has too little.
        """
        self.lock = RLock()
        self.starting_minor = starting_minor
        self.short_reason = short_reason
        self.journal: list[Movement] = []
        self._balances: dict[tuple[str, Currency], int] = {}
        self._customers: dict[tuple[Operator, str], Customer] = {}
        self._orders: dict[tuple[Operator, str, str], Order] = {}
        self._due: list[tuple[datetime, int, Order]] = []
        self._numbers = itertools.count(1)
        for operator in Operator:
            for currency in CURRENCIES.values():
                self.set_balance(own_account(operator, Own.COLLECTION), Money(0, currency))
                self.set_balance(own_account(operator, Own.PAYOUT), Money(STARTING_FLOAT_MINOR, currency))

    # --- Customers and accounts

    def customer(self, operator: Operator, party: str) -> Customer:
        """Return who has this number; a number seen for the first time gets a wallet in each currency."""
        with self.lock:
            key = operator, party
            if key not in self._customers:
                self._customers[key] = Customer(name=f"Test Customer {party[-4:]}")
                for currency in CURRENCIES.values():
                    self.set_balance(wallet(operator, party), Money(self.starting_minor, currency))
            return self._customers[key]

    def customers(self) -> list[tuple[Operator, str, Customer]]:
        """Return everybody who was seen."""
        with self.lock:
            return [(operator, party, customer) for (operator, party), customer in self._customers.items()]

    def balance(self, account: str, currency: Currency = ZMW) -> Money:
        """Return what an account holds."""
        with self.lock:
            return Money(self._balances.get((account, currency), 0), currency)

    def set_balance(self, account: str, balance: Money) -> None:
        """Make an account hold this, with money from outside or to it."""
        with self.lock:
            self._move(OUTSIDE, account, balance - self.balance(account, balance.currency), "set")

    def total(self, currency: Currency) -> Money:
        """Return the sum over all accounts and the outside: always zero."""
        with self.lock:
            return Money(sum(minor for (_, of), minor in self._balances.items() if of == currency), currency)

    def _move(self, source: str, target: str, amount: Money, reference: str) -> None:
        if amount.minor == 0:
            return
        for account, change in ((source, -amount.minor), (target, amount.minor)):
            key = account, amount.currency
            self._balances[key] = self._balances.get(key, 0) + change
        self.journal.append(Movement(source, target, amount, reference))

    # --- Orders

    def open(self, order: Order) -> None:
        """Take an order.

        Raises:
            AlreadyOpen: its reference is taken.
        """
        with self.lock:
            key = order.operator, order.space, order.reference
            if key in self._orders:
                raise AlreadyOpen
            if order.party:
                self.customer(order.operator, order.party)
            self._orders[key] = order
            if order.due_at is not None:
                heapq.heappush(self._due, (order.due_at, next(self._numbers), order))

    def find(self, operator: Operator, space: str, reference: str) -> Order | None:
        """Return the order with this reference."""
        with self.lock:
            return self._orders.get((operator, space, reference))

    def orders(self, operator: Operator | None = None) -> list[Order]:
        """Return all orders, oldest first."""
        with self.lock:
            return [order for order in self._orders.values() if operator in {None, order.operator}]

    def given_back(self, order: Order) -> Money:
        """Return how much of a collection goes back to its payer, or went."""
        with self.lock:
            backs = [each for each in self._orders.values() if each.refunds is order and each.state is not State.FAILED]
            return Money(sum(each.amount.minor for each in backs), order.amount.currency)

    def cancel(self, order: Order, now: datetime) -> bool:
        """End an order that is still open; False when it ended before."""
        with self.lock:
            if order.state is not State.PENDING:
                return False
            self._fail(order, "TRANSACTION_CANCELED", now)
            return True

    def settle_due(self, now: datetime) -> list[Order]:
        """End every order whose time has come, and return those that ended: each is returned once.

        An order ends at its own time, however late somebody looks.
        """
        ended = []
        with self.lock:
            while self._due and self._due[0][0] <= now:
                due_at, _, order = heapq.heappop(self._due)
                if order.state is State.PENDING:
                    self._settle(order, due_at)
                    ended.append(order)
        return ended

    def _settle(self, order: Order, at: datetime) -> None:
        source, target = _ends(order)
        if order.fails:
            self._fail(order, order.fails, at)
            return
        if order.moves:
            if self.balance(source, order.amount.currency) < order.amount:
                short = self.short_reason if order.kind is Kind.COLLECTION else "float_too_low"
                self._fail(order, short, at)
                return
            self._move(source, target, order.amount, order.reference)
        order.operator_id = f"{next(self._numbers):010d}"
        order.settled_at, order.state = at, State.SUCCEEDED

    def _fail(self, order: Order, reason: str, at: datetime) -> None:
        order.reason, order.settled_at, order.state = reason, at, State.FAILED


def wallet(operator: Operator, party: str) -> str:
    """Return the name of a customer's account."""
    return f"{operator}:wallet:{party}"


def own_account(operator: Operator, which: Own) -> str:
    """Return the name of an account of ours."""
    return f"{operator}:own:{which}"


def _ends(order: Order) -> tuple[str, str]:
    """Return where the money comes from and where it goes."""
    customer = wallet(order.operator, order.party)
    if order.kind is Kind.COLLECTION:
        return customer, own_account(order.operator, Own.COLLECTION)
    return own_account(order.operator, Own.PAYOUT), customer
