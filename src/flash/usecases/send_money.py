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
from flash.domain.number import TRANSFER, a_number
from flash.domain.payment_link import PaymentLink, check_open, link_number_in
from flash.domain.request import PaymentRequest, approved, number_in
from flash.domain.routing import Operator, Routes
from flash.domain.transfer import Transfer
from flash.ports.circuits import Circuits
from flash.ports.clock import Chance, Clock
from flash.ports.store import Store
from flash.trail import about, traceparent

LONGEST_DESCRIPTION = 500


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms Flash sends money, from the settings.

    Attributes:
        public_url: where people get Flash; empty where there is no such place.
        batch_tier: the lowest tier that may send to many with one list.
    """

    routes: Routes
    limits: Limits
    fees: Fees
    public_url: str = ""
    batch_tier: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a person wants sent.

    Attributes:
        key: the client's Idempotency-Key, if it sent one.
        request: the request for money that it approves, held; one that the description names is found without it.
        link: the payment link that it pays, likewise.
    """

    payer: Account
    payee: Msisdn
    amount: Money
    description: str = ""
    key: str | None = None
    request: PaymentRequest | None = None
    link: PaymentLink | None = None

    @property
    def fingerprint(self) -> str:
        """Digest of what is ordered; the approval of a request is like no other order, and so is paying a link."""
        more = tuple(one.number for one in (self.request, self.link) if one)
        return fingerprint(self.payee, self.amount, self.description, *more)


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
    it is true until the transaction ends. Before it only the request is held that the order pays: whoever ends a
    transfer takes the two in this order too.

    Raises:
        BadInput: the order cannot be executed; nothing is stored.
        AccountLocked: nothing is sent in the payer's name; nothing is stored.
        IdempotencyConflict: the key was used for something else.
        OutOfService: one of the operators does not answer; nothing is stored.
        RequestClosed: the request or link that it pays was answered or paid, cancelled, or has expired; nothing is
            stored.
    """
    now, payer = clock.now(), order.payer
    order = _tidied(order)
    wanted = order.fingerprint
    request = order.request or _request_named(order, store)
    link = order.link or _link_named(order, store)
    limit = terms.limits.of_day(payer.tier)
    day = store.day_limits.reserve(payer.id, local_day(now), order.amount, limit)
    twin = store.transfers.twin(payer.id, order.key, wanted, now - FOLDING)
    if twin is not None:
        if twin.fingerprint != wanted:
            raise IdempotencyConflict
        if day is not None:
            store.day_limits.give_back(payer.id, day, order.amount)
        about(twin.number)
        return Accepted(twin, replayed=True)
    transfer = _drawn_up(order, now, chance, terms)
    if day is None:
        raise day_limit_reached(limit)
    _check_operators(transfer, circuits)
    transfer = replace(transfer, limit_day=day)
    if request is not None:
        store.requests.put(approved(request, transfer.id, now), before=request)
        transfer = replace(transfer, request_id=request.id)
    if link is not None:
        check_open(link, now)
        transfer = replace(transfer, link_id=link.id)
    store.transfers.add(transfer)
    about(transfer.number)
    if link is not None:
        store.payment_links.pay(link, transfer.id)
    store.jobs.advance(transfer.id)
    return Accepted(transfer, replayed=False)


def accepted_before(order: Order, *, store: Store, clock: Clock) -> bool:
    """Whether the same order was accepted under the same key: whoever did not hear of it need not confirm it again.

    Raises:
        BadInput: the order cannot be executed.
    """
    order = _tidied(order)
    if order.key is None:
        return False
    twin = store.transfers.twin(order.payer.id, order.key, order.fingerprint, clock.now())
    return twin is not None and twin.fingerprint == order.fingerprint


def _tidied(order: Order) -> Order:
    description = clean_text(order.description, LONGEST_DESCRIPTION, field="description")
    return replace(order, description=description, key=check_key(order.key))


def _request_named(order: Order, store: Store) -> PaymentRequest | None:
    """Hold and return the request that the description names, if this order is what it asks this payer for."""
    number = number_in(order.description)
    request = store.requests.hold(order.payer, number) if number else None
    return request if request and request.asks(order.payer.msisdn, order.payee, order.amount) else None


def _link_named(order: Order, store: Store) -> PaymentLink | None:
    """Hold and return the payment link that the description names, if this order is what it asks for."""
    number = link_number_in(order.description)
    link_id = store.payment_links.by_number(number) if number else None
    link = store.payment_links.hold(link_id) if link_id else None
    return link if link and link.asks(order.payee, order.amount) else None


def _check_operators(transfer: Transfer, circuits: Circuits) -> None:
    """Refuse what could not be brought to an end now."""
    for circuit in needed(transfer.payer_operator, transfer.payee_operator):
        condition = circuits.condition(circuit)
        if condition.flow is Flow.OPEN:
            raise OutOfService(circuit.operator.brand, wait=condition.wait)


def check_order(order: Order, terms: Terms) -> tuple[Operator, Operator]:
    """Check all of an order that stays true, and return the operators of payer and payee.

    Raises:
        BadInput: it can never be executed.
        AccountLocked: nothing is sent in the payer's name.
    """
    payer_operator, payee_operator = check_parties(order.payer, order.payee, terms.routes)
    check_amount(order.amount, payer_operator, payee_operator, terms)
    return payer_operator, payee_operator


def check_parties(payer: Account, payee: Msisdn, routes: Routes) -> tuple[Operator, Operator]:
    """Check that one can pay the other at all, and return the operators of payer and payee.

    Raises:
        BadInput: the payee is the payer, or has no wallet that Flash reaches; or the payer has none.
        AccountLocked: nothing is sent in the payer's name.
    """
    payer.check_unlocked()
    if payee == payer.msisdn:
        raise PayeeIsPayer(field="recipient_phone")
    payer_operator = routes.operator_of(payer.msisdn, field="non_field_errors")
    return payer_operator, routes.operator_of(payee, field="recipient_phone")


def check_amount(amount: Money, payer: Operator, payee: Operator, terms: Terms) -> Money:
    """Check that so much can be sent from one operator to the other, and return the fee.

    Raises:
        AmountOutOfBounds: below the least or above the most that one of them takes.
    """
    fee = terms.fees.fee(amount)
    terms.limits.check_amount(amount, fee, payer=payer, payee=payee)
    return fee


def _drawn_up(order: Order, now: datetime, chance: Chance, terms: Terms) -> Transfer:
    """Check the order and write it out as a transfer with its collection planned."""
    payer_operator, payee_operator = check_order(order, terms)
    fee, transfer_id = terms.fees.fee(order.amount), chance.new_id()
    reference = chance.new_id()
    transfer = Transfer(
        id=transfer_id,
        number=a_number(TRANSFER, now, chance.new_id()),
        payer_id=order.payer.id,
        payer=order.payer.msisdn,
        payee=order.payee,
        payer_operator=payer_operator,
        payee_operator=payee_operator,
        amount=order.amount,
        fee=fee,
        description=order.description,
        key=order.key,
        fingerprint=order.fingerprint,
        limit_day=local_day(now),
        created_at=now,
        updated_at=now,
        due_at=now,
        legs=(),
        step_count=1,
        traceparent=traceparent(),
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
