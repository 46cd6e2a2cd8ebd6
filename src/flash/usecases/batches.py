"""Many payments at once: check the whole list, then make its payments one by one, as the payer's phone allows."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import reduce
from uuid import UUID

from flash.domain.account import Account
from flash.domain.batch import LOOK_AGAIN_S, BadLines, Batch, Fault, Line
from flash.domain.batch_list import read_lines
from flash.domain.errors import BadInput, IdempotencyConflict, NotAllowed, OutOfService, Refusal
from flash.domain.idempotency import check_key
from flash.domain.limits import day_limit_reached, local_day
from flash.domain.money import Money
from flash.domain.progress import PHONE_AHEAD
from flash.ports.circuits import Circuits
from flash.ports.clock import Chance, Clock
from flash.ports.store import Store, UnitOfWork
from flash.usecases.send_money import Order, Terms, check_order, send_money

LEASE = timedelta(seconds=60)
LOOK_AGAIN = timedelta(seconds=LOOK_AGAIN_S)
EVERY_S = 0.5
"""Seconds from one look for batches to the next, when none is due."""
LONGEST_LIST_KEY = 200

TIER_TOO_LOW = "Lists of payments are not open to your account yet."
NO_KEY = f"A list of payments needs an Idempotency-Key of at most {LONGEST_LIST_KEY} characters."


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """What a person wants sent to many.

    Attributes:
        written: the lines as they were written: objects with `recipient_phone`, `amount` and so on.
        key: the client's Idempotency-Key for all of it.
    """

    payer: Account
    written: Sequence[object]
    key: str | None


@dataclass(frozen=True, slots=True)
class AcceptedBatch:
    """The batch that a list led to.

    Attributes:
        replayed: whether it had been accepted before, under the same key.
    """

    batch: Batch
    replayed: bool


def check_list(wish: List, *, terms: Terms) -> list[Line]:
    """Check all of a list that does not depend on what happens meanwhile, and return its lines.

    Raises:
        NotAllowed: the person's tier is below that of the terms.
        BadLines: some lines cannot be sent; all of them are named.
        BadInput: it has no key, no lines or too many.
    """
    if wish.payer.tier < terms.batch_tier:
        raise NotAllowed(TIER_TOO_LOW)
    key = check_key(wish.key)
    if key is None or len(key) > LONGEST_LIST_KEY:
        raise BadInput(NO_KEY)
    lines = read_lines(wish.written, key)
    faults = []
    for line in lines:
        try:
            check_order(_order(wish.payer, line), terms)
        except BadInput as refusal:
            faults.append(Fault(line.number, refusal.field, refusal.text))
    if faults:
        raise BadLines(faults)
    return lines


def total_of(lines: Sequence[Line]) -> Money:
    """Return what the payees of a list get together."""
    return reduce(lambda total, line: total + line.amount, lines, Money(0))


def accept_batch(
    wish: List, lines: Sequence[Line], *, store: Store, clock: Clock, chance: Chance, terms: Terms
) -> AcceptedBatch:
    """Accept a checked list, or return the batch that the same list led to before. Nothing is sent here.

    Nothing is reserved either: whether the day's limit still allows a line is seen when it is made.

    Raises:
        IdempotencyConflict: the key was used for another list.
        DayLimitReached: the list is above what is left of the day's limit.
    """
    now, payer, key = clock.now(), wish.payer, wish.key or ""
    store.batches.take_turn(payer.id)
    wanted = _fingerprint(lines)
    twin = store.batches.twin(payer.id, key)
    if twin is not None:
        if twin.fingerprint != wanted:
            raise IdempotencyConflict("This Idempotency-Key was already used for another list.")
        return AcceptedBatch(twin, replayed=True)
    limit, total = terms.limits.of_day(payer.tier), total_of(lines)
    if total + store.day_limits.used(payer.id, local_day(now)) > limit:
        raise day_limit_reached(limit)
    batch = Batch(
        id=chance.new_id(),
        account_id=payer.id,
        key=key,
        fingerprint=wanted,
        line_count=len(lines),
        total=total,
        created_at=now,
        due_at=now,
    )
    store.batches.add(batch, lines)
    return AcceptedBatch(batch, replayed=False)


def stop_batch(batch_id: UUID, account: Account, *, store: Store, clock: Clock) -> Batch:
    """Make no more payments of a batch; those that were made go on, and can be cancelled each.

    Raises:
        NotFound: the person has no such batch.
    """
    batch = store.batches.get(account.id, batch_id)
    store.batches.stop(account.id, clock.now(), batch.id)
    return store.batches.get(account.id, batch_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRunner:
    """Makes the payments of batches. Any number of them may run at once; each takes one batch at a time."""

    unit_of_work: UnitOfWork
    clock: Clock
    chance: Chance
    terms: Terms
    circuits: Circuits

    def run(self) -> int:
        """Make the next payment of the batch that is due for longest.

        The next one is made when the payer has answered the one before on the phone: it shows one at a time, and what
        waits for too long in line is not started any more. The payment and what became of its line are stored
        together, so a process may die anywhere.

        Returns:
            How many batches were due: none, or one.
        """
        now = self.clock.now()
        with self.unit_of_work() as store:
            batch = store.batches.claim_due(now, until=now + LEASE)
        if batch is None:
            return 0
        try:
            with self.unit_of_work() as store:
                self._made(batch, store)
        except OutOfService as refusal:
            with self.unit_of_work() as store:
                store.batches.put_off(batch.id, self.clock.now() + (refusal.wait or LOOK_AGAIN))
        except _LineRefused as refused:
            with self.unit_of_work() as store:
                store.batches.settle(batch.id, refused.line)
                store.batches.put_off(batch.id, self.clock.now())
        return 1

    def _made(self, batch: Batch, store: Store) -> None:
        now = self.clock.now()
        payer = store.accounts.by_id(batch.account_id)
        line = store.batches.next_line(batch.id) if payer else None
        if payer is None or line is None:
            store.batches.put_off(batch.id, None)
        elif store.batches.latest_state(batch.id) in PHONE_AHEAD:
            store.batches.put_off(batch.id, now + LOOK_AGAIN)
        else:
            store.batches.settle(batch.id, self._sent(payer, line, store))
            store.batches.put_off(batch.id, now + LOOK_AGAIN)

    def _sent(self, payer: Account, line: Line, store: Store) -> Line:
        try:
            accepted = send_money(
                _order(payer, line),
                store=store,
                clock=self.clock,
                chance=self.chance,
                terms=self.terms,
                circuits=self.circuits,
            )
        except OutOfService:
            raise
        except Refusal as refusal:
            raise _LineRefused(replace(line, refusal=refusal.text)) from refusal
        return replace(line, transfer_id=accepted.transfer.id)


class _LineRefused(Exception):
    """Ends the unit of work in which a line was refused; what became of the line is stored in the next."""

    def __init__(self, line: Line) -> None:
        super().__init__(line.refusal)
        self.line = line


def _order(payer: Account, line: Line) -> Order:
    return Order(payer=payer, payee=line.payee, amount=line.amount, description=line.description, key=line.key)


def _fingerprint(lines: Sequence[Line]) -> str:
    """Digest what a list orders."""
    content = [[line.payee.e164, line.amount.minor, line.description, line.key] for line in lines]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
