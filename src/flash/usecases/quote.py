"""Say what a payment would be, before anybody orders it: to whom, for how much, and whether it can be made."""

from dataclasses import dataclass
from enum import StrEnum

from flash.domain.account import Account
from flash.domain.limits import day_limit_reached, local_day
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.domain.pin import PinRules
from flash.domain.routing import Operator
from flash.ports.clock import Clock
from flash.ports.store import Store
from flash.usecases.pin import has_pin
from flash.usecases.send_money import Terms, check_amount, check_parties


class KnownFrom(StrEnum):
    """Where a name comes from."""

    CONTACT = "contact"
    """The payer's own list."""
    FLASH = "flash"
    """What the payee calls themselves in Flash."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person thinks of sending; the amount may not be known yet."""

    payer: Account
    payee: Msisdn
    amount: Money | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a payment would be.

    Attributes:
        name: whose number it is, as far as that is known; empty when it is not.
        fee: what Flash would keep; None without an amount.
        daily_left: what may still be sent today, this payment not counted.
        pin_required: whether the payer would be asked for the PIN.
    """

    payee: Msisdn
    operator: Operator
    name: str
    known_from: KnownFrom | None
    amount: Money | None
    fee: Money | None
    daily_left: Money
    pin_required: bool


def quote(wish: Wish, *, store: Store, clock: Clock, terms: Terms, rules: PinRules) -> Quote:
    """Return what a payment would be; nothing is stored, and no operator is asked.

    Raises:
        BadInput: it would be refused, for the same reason.
        AccountLocked: nothing is sent in the payer's name.
    """
    payer, payee, amount = wish.payer, wish.payee, wish.amount
    payer_operator, operator = check_parties(payer, payee, terms.routes)
    fee = None if amount is None else check_amount(amount, payer_operator, operator, terms)
    limit = terms.limits.of_day(payer.tier)
    left = limit - min(limit, store.day_limits.used(payer.id, local_day(clock.now())))
    if amount is not None and amount > left:
        raise day_limit_reached(limit)
    name, known_from = _who_is(payee, payer, store)
    large = amount is not None and rules.above is not None and amount > rules.above
    return Quote(
        payee=payee,
        operator=operator,
        name=name,
        known_from=known_from,
        amount=amount,
        fee=fee,
        daily_left=left,
        pin_required=large and has_pin(payer, store=store),
    )


def _who_is(payee: Msisdn, payer: Account, store: Store) -> tuple[str, KnownFrom | None]:
    """Return the name of whom the number belongs to, and who says so."""
    contact = store.contacts.by_msisdn(payer.id, payee)
    if contact is not None:
        return contact.name, KnownFrom.CONTACT
    account = store.accounts.by_msisdn(payee)
    return (account.full_name, KnownFrom.FLASH) if account and account.full_name else ("", None)
