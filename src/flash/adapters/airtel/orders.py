"""What Airtel is sent: a leg in, paths and bodies out (facts/momo_api.md B2)."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from flash.domain.leg import Kind, Leg
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn


class RefundBy(StrEnum):
    """How money goes back to a payer."""

    DISBURSEMENT = "disbursement"
    """A payout to the payer under our own id, which can be repeated safely and asked about."""
    REFUND = "refund"
    """Airtel's refund. It takes no id of ours, so nobody can ask what became of it."""


class Order(StrEnum):
    """What Airtel is asked to do for a leg."""

    COLLECTION = "collection"
    DISBURSEMENT = "disbursement"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Forms:
    """How orders look: versions of paths, and the way back.

    Attributes:
        collection: version of collections, and of Airtel's own refunds with them: 1 or 2.
        disbursement: version of disbursements: 1, 2 or 3.
        country: ISO code.
        currency: what amounts go out in.
        seal: encrypts the PIN of our payout wallet, anew for each order.
    """

    collection: int
    disbursement: int
    refund_by: RefundBy
    country: str
    currency: str
    seal: Callable[[], str] = field(repr=False)

    def platform(self, base_url: str, kind: Kind) -> str:
        """Return what is stored with a new leg: where it goes, down to the operation where it goes by Airtel's refund.

        Otherwise a change of `refund_by` would have us ask about an open refund in the wrong place, not find it there,
        and return the money twice.
        """
        by_refund = kind is Kind.REFUND and self.refund_by is RefundBy.REFUND
        return f"{base_url}/standard/v{self.collection}/payments/refund" if by_refund else base_url

    def path(self, leg: Leg) -> str:
        """Return where the order goes."""
        return {
            Order.COLLECTION: f"/merchant/v{self.collection}/payments/",
            Order.DISBURSEMENT: f"/standard/v{self.disbursement}/disbursements/",
            Order.REFUND: leg.platform.removeprefix(base_of(leg)),
        }[order_of(leg)]

    def query_path(self, leg: Leg) -> str:
        """Return where to ask; empty where nobody can be asked."""
        return {
            Order.COLLECTION: f"/standard/v1/payments/{leg.reference.hex}",
            Order.DISBURSEMENT: f"{self.path(leg)}{leg.reference.hex}?transactionType=B2C",
            Order.REFUND: "",
        }[order_of(leg)]

    def body(self, leg: Leg) -> bytes:
        """Return the order's body."""
        order = order_of(leg)
        if order is Order.REFUND:
            return json.dumps({"transaction": {"airtel_money_id": leg.refunds_operator_id}}).encode()
        transaction: dict[str, object] = {"amount": number(leg.amount), "id": leg.reference.hex}
        if order is Order.DISBURSEMENT:
            told: dict[str, object] = {
                "payee": {"msisdn": national(leg.party)},
                "pin": self.seal(),
                "transaction": {**transaction, "type": "B2C"},
            }
        else:
            place = {"country": self.country, "currency": self.currency}
            told = {
                "subscriber": {**place, "msisdn": national(leg.party)},
                "transaction": {**transaction, **place},
            }
        return json.dumps({"reference": label(leg.reference), **told}).encode()


_BY_REFUND = re.compile(r"/standard/v[12]/payments/refund$")


def base_of(leg: Leg) -> str:
    """Return the base URL a leg was created on."""
    return _BY_REFUND.sub("", leg.platform)


def order_of(leg: Leg) -> Order:
    """Return what a leg is at Airtel; the same for all its life, whatever the settings say by then.

    A refund whose collection has no id of Airtel's, but ours in its place, can only be paid out.
    """
    if leg.kind is not Kind.REFUND:
        return Order(leg.kind)
    named = leg.refunds_operator_id and leg.refunds and leg.refunds_operator_id != leg.refunds.hex
    return Order.REFUND if named and _BY_REFUND.search(leg.platform) else Order.DISBURSEMENT


def national(msisdn: Msisdn) -> str:
    """Return a number as Airtel spells it: nine digits, without country code and zero."""
    return msisdn.digits[-9:]


def number(amount: Money) -> int | float:
    """Return an amount as a JSON number, exactly.

    A float keeps 15 decimal digits through its shortest spelling, and no amount has more than 12 (MAX_DIGITS). What is
    whole goes without a fraction, for disbursements were seen to take no other (B2).
    """
    unit = 10**amount.currency.decimals
    return amount.minor // unit if amount.minor % unit == 0 else float(str(amount))


def label(reference: UUID) -> str:
    """Return what the order is called in reports and on the phone: 4 to 64 letters and digits.

    A message would lose its spaces and decimal points in there, and 2.50 read as 250, so it is not told.
    """
    return f"Flash{reference.hex[:12]}"


def reference_of(transaction_id: str) -> UUID | None:
    """Return the leg's reference that an id of ours stands for; None when it is none of ours."""
    return UUID(transaction_id) if re.fullmatch(r"[0-9a-f]{32}", transaction_id) else None
