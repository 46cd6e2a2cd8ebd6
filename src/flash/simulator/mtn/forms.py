"""What MTN's orders look like, and how a body is read (facts A5, A9)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flash.domain.errors import BadAmount
from flash.domain.money import Money, parse_money
from flash.simulator.calls import NOT_JSON, Answered, Call
from flash.simulator.mtn.door import Entry, bad_request, refusal
from flash.simulator.names import Kind

LONGEST_MESSAGE = 160
PARTY_TYPES = frozenset({"MSISDN", "EMAIL", "PARTY_CODE", "ALIAS", "ID"})

_FORBIDDEN = re.compile("[&']")
_MSISDN = re.compile(r"[1-9]\d{5,14}")
_TEXTS = ("externalId", "payerMessage", "payeeNote", "description", "externalTransactionId", "customerReference")
_MESSAGES = ("payerMessage", "payeeNote")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One thing that MTN does.

    Attributes:
        versions: under which it can be posted; any of them, and v1_0, finds its status.
        party: the body's field with the customer; None when the body names nobody.
        moves: success moves money.
        ends: it ends by itself.
        tells_id: the status shows a financialTransactionId.
    """

    product: str
    name: str
    kind: Kind
    versions: tuple[str, ...] = ("v1_0",)
    party: str | None = "payer"
    moves: bool = True
    ends: bool = True
    tells_id: bool = True

    @property
    def full_name(self) -> str:
        """With its product, for two products have a transfer."""
        return f"{self.product}.{self.name}"


_BOTH = ("v1_0", "v2_0")
_SECOND = ("v2_0",)
_IN, _OUT = Kind.COLLECTION, Kind.DISBURSEMENT

SERVICES = (
    Service(product="collection", name="requesttopay", kind=_IN),
    Service(product="collection", name="requesttowithdraw", kind=_IN, versions=_BOTH),
    Service(product="collection", name="preapproval", kind=_IN, versions=_SECOND, moves=False, tells_id=False),
    Service(product="collection", name="invoice", kind=_IN, versions=_SECOND, party="intendedPayer"),
    Service(product="collection", name="payment", kind=_IN, versions=_SECOND, party=None, moves=False),
    Service(product="disbursement", name="transfer", kind=_OUT, party="payee"),
    Service(product="disbursement", name="deposit", kind=_OUT, versions=_BOTH, party="payee", tells_id=False),
    Service(product="disbursement", name="refund", kind=Kind.REFUND, versions=_BOTH, party=None),
    Service(product="remittance", name="transfer", kind=_OUT, party="payee"),
    Service(product="remittance", name="cashtransfer", kind=_OUT, versions=_SECOND, party="payee"),
)

BY_NAME: Mapping[str, Service] = {service.full_name: service for service in SERVICES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A body that was read.

    Attributes:
        party: the customer's number; empty when the body names nobody.
        refunded: the reference of the collection to give back.
        details: what the status says again.
    """

    amount: Money
    party: str = ""
    refunded: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def amount_number(self) -> Decimal:
        """The amount in whole units of its currency."""
        return Decimal(str(self.amount))


def read_form(call: Call, entry: Entry, service: Service) -> Form:
    """Read a body.

    Raises:
        Answered: it is refused.
    """
    body = call.body()
    if body is NOT_JSON or not isinstance(body, dict) or not body:
        raise Answered(bad_request())
    texts = _texts(body)
    party_type, party = _party(body, service)
    amount, amount_text = _amount(body, entry, service)
    refunded = body.get("referenceIdToRefund", "")
    if not isinstance(refunded, str) or (service.kind is Kind.REFUND and not refunded):
        raise Answered(bad_request())
    details = {"texts": texts, "amount": amount_text, "party_type": party_type, **_extra(body)}
    return Form(amount=amount, party=party, refunded=refunded, details=details)


def _texts(body: Mapping[str, Any]) -> dict[str, str]:
    texts = {name: body[name] for name in _TEXTS if body.get(name) is not None}
    messages = [texts[name] for name in _MESSAGES if name in texts]
    if not all(isinstance(text, str) for text in texts.values()):
        raise Answered(bad_request())
    if any(len(text) > LONGEST_MESSAGE or _FORBIDDEN.search(text) for text in messages):
        raise Answered(bad_request())
    return texts


def _party(body: Mapping[str, Any], service: Service) -> tuple[str, str]:
    """Return type and number of the customer."""
    if service.party is None:
        return "", ""
    party = body.get(service.party)
    if not isinstance(party, dict):
        raise Answered(bad_request())
    if not party:
        # Seen at the real sandbox: an object without fields breaks it.
        raise Answered(refusal(500, "INTERNAL_PROCESSING_ERROR"))
    kind, name = party.get("partyIdType"), party.get("partyId")
    if kind not in PARTY_TYPES or not isinstance(name, str) or not 0 < len(name) <= 64:
        raise Answered(bad_request())
    if kind == "MSISDN" and not _MSISDN.fullmatch(name):
        # A plus or a local zero makes a number that nobody has.
        raise Answered(refusal(500, "PAYER_NOT_FOUND" if service.kind is Kind.COLLECTION else "PAYEE_NOT_FOUND"))
    return str(kind), name


def _amount(body: Mapping[str, Any], entry: Entry, service: Service) -> tuple[Money, str]:
    """Return the amount, and its text as it was sent."""
    if service.name == "preapproval":
        _check_currency(body.get("payerCurrency"), entry)
        return Money(0, entry.currency), ""
    holder = body.get("money", body)
    if not isinstance(holder, dict) or not isinstance(holder.get("amount"), str):
        raise Answered(bad_request())
    _check_currency(holder.get("currency"), entry)
    try:
        amount = parse_money(holder["amount"], entry.currency)
    except BadAmount:
        raise Answered(bad_request()) from None
    if amount.minor <= 0:
        raise Answered(bad_request())
    return amount, holder["amount"]


def _check_currency(currency: object, entry: Entry) -> None:
    if not isinstance(currency, str):
        raise Answered(bad_request())
    if currency != entry.currency.code:
        raise Answered(refusal(500, "INVALID_CURRENCY"))


def _extra(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what only some services have."""
    names = ("validityDuration", "validityTime", "payee")
    return {"extra": {name: body[name] for name in names if name in body}}
