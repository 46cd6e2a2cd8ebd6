"""Payment links: a partner makes one, whoever has it pays it, and it is paid once."""

from dataclasses import dataclass

from flash.domain.account import Account, clean_text
from flash.domain.errors import BadInput, IdempotencyConflict
from flash.domain.idempotency import check_key, fingerprint
from flash.domain.money import Money
from flash.domain.number import a_number
from flash.domain.partner import Caller, key_digest
from flash.domain.payment_link import (
    LINK,
    LONGEST_DESCRIPTION,
    LONGEST_REFERENCE,
    LinkState,
    PaymentLink,
    cancelled,
    link_secret,
)
from flash.domain.request import expiry
from flash.ports.circuits import Circuits
from flash.ports.clock import Chance, Clock
from flash.ports.store import Store
from flash.usecases.send_money import Accepted, Order, Terms, send_money

NO_KEY = "A payment request needs an Idempotency-Key."


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a partner wants to be paid.

    Attributes:
        caller: whose key asks.
        reference: the partner's own, like the number of an order.
        hours: for so long it can be paid; None for the usual time.
        key: the partner's Idempotency-Key.
    """

    caller: Caller
    amount: Money
    description: str
    reference: str
    hours: int | None
    key: str | None


@dataclass(frozen=True, slots=True)
class MadeLink:
    """The link that a bill led to.

    Attributes:
        replayed: whether it had been made before, under the same key.
    """

    link: PaymentLink
    replayed: bool


def make_link(bill: Bill, *, store: Store, clock: Clock, chance: Chance, terms: Terms, key: bytes) -> MadeLink:
    """Make a link, or return the one that the same bill led to before.

    Raises:
        BadInput: nobody could pay this, or there is no key; nothing is stored.
        IdempotencyConflict: the key was used for something else.
    """
    now, partner, payee = clock.now(), bill.caller.partner, bill.caller.account.msisdn
    idempotency_key = check_key(bill.key)
    if idempotency_key is None:
        raise BadInput(NO_KEY)
    description = clean_text(bill.description, LONGEST_DESCRIPTION, field="description")
    reference = clean_text(bill.reference, LONGEST_REFERENCE, field="reference")
    operator = terms.routes.operator_of(payee, field="non_field_errors")
    terms.limits.check_amount(bill.amount, terms.fees.fee(bill.amount), payer=operator, payee=operator)
    wanted = fingerprint(payee, bill.amount, description, reference, f"{bill.hours or ''}")
    store.payment_links.take_turn(partner.id)
    twin = store.payment_links.twin(partner.id, idempotency_key)
    if twin is not None:
        if twin.fingerprint != wanted:
            raise IdempotencyConflict("This Idempotency-Key was already used for another payment request.")
        return MadeLink(twin, replayed=True)
    link_id = chance.new_id()
    link = PaymentLink(
        id=link_id,
        number=a_number(LINK, now, chance.new_id()),
        partner_id=partner.id,
        payee=payee,
        amount=bill.amount,
        description=description,
        reference=reference,
        key=idempotency_key,
        fingerprint=wanted,
        secret_digest=key_digest(link_secret(key, link_id)),
        created_at=now,
        expires_at=expiry(bill.hours, now),
    )
    store.payment_links.add(link)
    return MadeLink(link, replayed=False)


def cancel_link(name: str, caller: Caller, *, store: Store, clock: Clock) -> PaymentLink:
    """Cancel a link of the partner's; doing it again changes nothing.

    Raises:
        NotFound: there is none, or it is somebody else's.
        RequestClosed: it is paid, or somebody is paying it.
    """
    before = store.payment_links.hold(store.payment_links.get(caller.partner.id, name).id)
    link = cancelled(before, clock.now())
    if link != before:
        store.payment_links.cancel(link)
    return link


@dataclass(frozen=True, slots=True)
class Payment:
    """Who wants to pay which link."""

    secret: str
    payer: Account


def pay_link(
    payment: Payment, *, store: Store, clock: Clock, chance: Chance, terms: Terms, circuits: Circuits
) -> Accepted:
    """Pay a link; whoever pays it again while that is under way, or after, gets the same payment.

    Raises:
        NotFound: there is no such link.
        RequestClosed: somebody else pays or paid it, it was cancelled, or has expired; nothing is stored.
        BadInput: this account cannot pay it.
    """
    payer = payment.payer
    link = store.payment_links.hold(store.payment_links.by_secret(key_digest(payment.secret)).id)
    if link.transfer_id is not None and link.state_at(clock.now()) in (LinkState.PROCESSING, LinkState.PAID):
        known = store.transfers.get(link.transfer_id)
        if known.payer_id == payer.id:
            return Accepted(known, replayed=True)
    order = Order(payer=payer, payee=link.payee, amount=link.amount, description=link.note, link=link)
    return send_money(order, store=store, clock=clock, chance=chance, terms=terms, circuits=circuits)


def seen_by(secret: str, *, store: Store) -> tuple[PaymentLink, str]:
    """Return a link and the name of its partner, for whoever has the link.

    Raises:
        NotFound: there is no such link.
    """
    link = store.payment_links.by_secret(key_digest(secret))
    return link, store.partners.get(link.partner_id).name
