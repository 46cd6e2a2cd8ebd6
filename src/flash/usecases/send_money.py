"""Accept an order to send money: everything is checked and reserved before anybody's phone rings."""

from dataclasses import dataclass, replace
from datetime import datetime

from flash.domain.account import Account, clean_text
from flash.domain.circuit import Flow, needed
from flash.domain.errors import IdempotencyConflict, OutOfService, PayeeIsPayer
from flash.domain.fees import Fees
from flash.domain.idempotency import FOLDING, check_key, fingerprint
from flash.domain.leg import Kind, Leg
from flash.domain.limits import Limits, day_limit_reached, local_day
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.domain.routing import Routes
from flash.domain.transfer import Transfer
from flash.ports.circuits import Circuits
from flash.ports.clock import Chance, Clock
from flash.ports.store import Store

LONGEST_DESCRIPTION = 500


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms Flash sends money, from the settings."""

    routes: Routes
    limits: Limits
    fees: Fees


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a person wants sent.

    Attributes:
        key: the client's Idempotency-Key, if it sent one.
    """

    payer: Account
    payee: Msisdn
    amount: Money
    description: str = ""
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The transfer that an order led to.

    Attributes:
        replayed: whether it had been accepted before, under the same key or as an equal order moments ago.
    """

    transfer: Transfer
    replayed: bool


def send_money(
    order: Order, *, store: Store, clock: Clock, chance: Chance, terms: Terms, circuits: Circuits
) -> Accepted:
    """Accept an order, or return what the same order led to before.

    The reservation comes first, because it makes two orders of one person wait for each other: whatever is read after
    it is true until the transaction ends.

    Raises:
        BadInput: the order cannot be executed; nothing is stored.
        IdempotencyConflict: the key was used for something else.
        OutOfService: one of the operators does not answer; nothing is stored.
    """
    now, payer = clock.now(), order.payer
    description = clean_text(order.description, LONGEST_DESCRIPTION, field="description")
    order = replace(order, description=description, key=check_key(order.key))
    wanted = fingerprint(order.payee, order.amount, description)
    limit = terms.limits.of_day(payer.tier)
    day = store.day_limits.reserve(payer.id, local_day(now), order.amount, limit)
    twin = store.transfers.twin(payer.id, order.key, wanted, now - FOLDING)
    if twin is not None:
        if twin.fingerprint != wanted:
            raise IdempotencyConflict
        if day is not None:
            store.day_limits.give_back(payer.id, day, order.amount)
        return Accepted(twin, replayed=True)
    transfer = _drawn_up(order, now, chance, terms)
    if day is None:
        raise day_limit_reached(limit)
    _check_operators(transfer, circuits)
    transfer = replace(transfer, limit_day=day)
    store.transfers.add(transfer)
    store.jobs.advance(transfer.id)
    return Accepted(transfer, replayed=False)


def _check_operators(transfer: Transfer, circuits: Circuits) -> None:
    """Refuse what could not be brought to an end now."""
    for circuit in needed(transfer.payer_operator, transfer.payee_operator):
        condition = circuits.condition(circuit)
        if condition.flow is Flow.OPEN:
            raise OutOfService(circuit.operator.brand, wait=condition.wait)


def _drawn_up(order: Order, now: datetime, chance: Chance, terms: Terms) -> Transfer:
    """Check the order and write it out as a transfer with its collection planned."""
    if order.payee == order.payer.msisdn:
        raise PayeeIsPayer(field="recipient_phone")
    payer_operator = terms.routes.operator_of(order.payer.msisdn, field="non_field_errors")
    payee_operator = terms.routes.operator_of(order.payee, field="recipient_phone")
    fee, transfer_id = terms.fees.fee(order.amount), chance.new_id()
    terms.limits.check_amount(order.amount, fee, payer=payer_operator, payee=payee_operator)
    reference = chance.new_id()
    transfer = Transfer(
        id=transfer_id,
        number=_number(now, chance),
        payer_id=order.payer.id,
        payer=order.payer.msisdn,
        payee=order.payee,
        payer_operator=payer_operator,
        payee_operator=payee_operator,
        amount=order.amount,
        fee=fee,
        description=order.description,
        key=order.key,
        fingerprint=fingerprint(order.payee, order.amount, order.description),
        limit_day=local_day(now),
        created_at=now,
        updated_at=now,
        due_at=now,
        legs=(),
        step_count=1,
    )
    collection = Leg(
        reference=reference,
        kind=Kind.COLLECTION,
        operator=payer_operator,
        party=transfer.payer,
        amount=transfer.total,
        message=transfer.message(Kind.COLLECTION),
    )
    return replace(transfer, legs=(collection,))


_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, so that a number read aloud is understood."""


def _number(now: datetime, chance: Chance) -> str:
    """Return what people quote: FL, the local day and ten characters, which is 50 bits of chance."""
    bits = chance.new_id().int
    return f"FL{local_day(now):%Y%m%d}" + "".join(_ALPHABET[bits >> shift & 31] for shift in range(0, 50, 5))
