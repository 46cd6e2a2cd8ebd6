"""Ask a phone number for money: everything is checked as for a payment, and nothing is reserved."""

from dataclasses import dataclass, replace
from datetime import datetime

from flash.domain.account import Account, clean_text
from flash.domain.errors import IdempotencyConflict, PayeeIsPayer
from flash.domain.idempotency import FOLDING, check_key, fingerprint
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.domain.number import REQUEST, a_number
from flash.domain.request import LONGEST_DESCRIPTION, PaymentRequest, expiry
from flash.domain.request_news import ask_of
from flash.ports.clock import Chance, Clock
from flash.ports.store import Store
from flash.usecases.send_money import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a person wants to be paid.

    Attributes:
        hours: for so long it can be answered; None for the usual time.
        key: the client's Idempotency-Key, if it sent one.
    """

    requester: Account
    payer: Msisdn
    amount: Money
    description: str = ""
    hours: int | None = None
    key: str | None = None

    @property
    def fingerprint(self) -> str:
        """Digest of what is asked."""
        return fingerprint(self.payer, self.amount, self.description, f"{self.hours or ''}")


@dataclass(frozen=True, slots=True)
class Asked:
    """The request that was made.

    Attributes:
        replayed: whether it had been made before, under the same key or as an equal one moments ago.
    """

    request: PaymentRequest
    replayed: bool


def request_money(ask: Ask, *, store: Store, clock: Clock, chance: Chance, terms: Terms) -> Asked:
    """Make a request, or return the one that the same wish led to before.

    Whether the payer has an account makes no difference that whoever asks could see: the same is done and answered.

    Raises:
        BadInput: nobody could pay this; nothing is stored.
        AccountLocked: nothing is asked for in the requester's name; nothing is stored.
        IdempotencyConflict: the key was used for something else.
    """
    now, requester = clock.now(), ask.requester
    description = clean_text(ask.description, LONGEST_DESCRIPTION, field="description")
    ask = replace(ask, description=description, key=check_key(ask.key))
    store.requests.take_turn(requester.id)
    twin = store.requests.twin(requester.id, ask.key, ask.fingerprint, now - FOLDING)
    if twin is not None:
        if twin.fingerprint != ask.fingerprint:
            raise IdempotencyConflict("This Idempotency-Key was already used for another request.")
        return Asked(twin, replayed=True)
    _check(ask, terms)
    hidden = store.blocks.stands(payer=ask.payer, requester=requester.msisdn)
    request = _drawn_up(ask, now, chance, hidden=hidden)
    store.requests.add(request)
    has_account = store.accounts.by_msisdn(ask.payer) is not None
    message = ask_of(request, requester.full_name, has_account=has_account, public_url=terms.public_url)
    if not hidden:
        store.outbox.put(message)
    return Asked(request, replayed=False)


def _check(ask: Ask, terms: Terms) -> None:
    """Refuse what could not be paid, or may not be asked for."""
    ask.requester.check_unlocked()
    if ask.payer == ask.requester.msisdn:
        raise PayeeIsPayer("You cannot ask your own number for money.", field="payer_phone")
    payer = terms.routes.operator_of(ask.payer, field="payer_phone")
    payee = terms.routes.operator_of(ask.requester.msisdn, field="non_field_errors")
    terms.limits.check_amount(ask.amount, terms.fees.fee(ask.amount), payer=payer, payee=payee)


def _drawn_up(ask: Ask, now: datetime, chance: Chance, *, hidden: bool) -> PaymentRequest:
    return PaymentRequest(
        id=chance.new_id(),
        number=a_number(REQUEST, now, chance.new_id()),
        requester_id=ask.requester.id,
        requester=ask.requester.msisdn,
        payer=ask.payer,
        amount=ask.amount,
        description=ask.description,
        key=ask.key,
        fingerprint=ask.fingerprint,
        created_at=now,
        updated_at=now,
        expires_at=expiry(ask.hours, now),
        hidden=hidden,
    )
