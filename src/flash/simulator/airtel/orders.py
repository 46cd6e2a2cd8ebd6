"""Airtel's orders: collection, disbursement, refund, and asking about them (facts B2)."""

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from flash.domain.errors import BadAmount
from flash.domain.money import ZMW, Money, parse_money
from flash.simulator.airtel.door import (
    COUNTRY,
    CURRENCY,
    ID_EXISTS,
    NOT_FOUND,
    check_signature,
    enter,
    envelope,
    failure,
    invalid,
    pin_is_right,
    read_msisdn,
)
from flash.simulator.airtel.words import code_of, money_id, show
from flash.simulator.bank import AlreadyOpen, Order
from flash.simulator.calls import Answered, Call
from flash.simulator.names import Kind, Operator
from flash.simulator.scenarios import Scenario, built_in

SPACES: Mapping[Kind, str] = {Kind.COLLECTION: "collection", Kind.DISBURSEMENT: "payout", Kind.REFUND: "refund"}
"""Within which an id is unique."""

NOT_FOUND_CODES: Mapping[Kind, str] = {Kind.COLLECTION: "DP00800001025", Kind.DISBURSEMENT: "DP00900001015"}

_ID = re.compile(r"[A-Za-z0-9]{5,80}")
_REFERENCE = re.compile(r"[A-Za-z0-9]{4,64}")


# --- Collection


def collect(call: Call) -> Any:
    """POST /merchant/v1/payments/: the push is sent, which is all that the answer says."""
    body = _read(call, Kind.COLLECTION)
    subscriber, transaction = _part(body, "subscriber"), _part(body, "transaction")
    reference = _fresh_id(call, transaction, Kind.COLLECTION)
    for part in (subscriber, transaction):
        _check_place(part)
    order = _order(call, Kind.COLLECTION, read_msisdn(subscriber.get("msisdn")), _amount(transaction, Kind.COLLECTION))
    order.reference = reference
    _open(call, order)
    data = {"transaction": {"id": reference, "status": "SUCCESS"}}
    return envelope("DP00800001006", "SUCCESS", success=True, data=data)


# --- Disbursement


def disburse(call: Call) -> Any:
    """POST /standard/v1/disbursements/: the answer tells the end, unless it is not there yet."""
    body = _read(call, Kind.DISBURSEMENT)
    payee, transaction = _part(body, "payee"), _part(body, "transaction")
    reference = _fresh_id(call, transaction, Kind.DISBURSEMENT)
    _check_place(payee)
    if transaction.get("type", "B2C") not in {"B2C", "B2B"}:
        raise invalid("transaction.type must be B2C or B2B")
    party = read_msisdn(payee.get("msisdn"))
    amount = _amount(transaction, Kind.DISBURSEMENT)
    if not pin_is_right(body.get("pin"), version=call.request.matchdict["version"]):
        return failure("DP00900001009", "Invalid PIN")
    order = _order(call, Kind.DISBURSEMENT, party, amount)
    order.reference = reference
    _open(call, order)
    call.simulator.tick()
    return show(order, order.scenario, call.simulator)


# --- Refund


def refund(call: Call) -> Any:
    """POST /standard/v1/payments/refund: all of a collection, by Airtel's id of it."""
    body = _read(call, Kind.REFUND, named=False)
    wanted = _part(body, "transaction").get("airtel_money_id")
    bank = call.simulator.bank
    original = next((each for each in bank.orders(Operator.AIRTEL) if wanted and money_id(each) == wanted), None)
    if not original or original.kind is not Kind.COLLECTION:
        return failure(NOT_FOUND_CODES[Kind.COLLECTION], "Transaction not found", result=NOT_FOUND)
    order = _order(call, Kind.REFUND, original.party, original.amount)
    order.refunds = original
    with bank.lock:
        if bank.given_back(original).minor:
            return failure("", "Transaction has already been refunded", result=ID_EXISTS)
        # A refund that failed may be tried again.
        tries = sum(each.refunds is original for each in bank.orders(Operator.AIRTEL))
        order.reference = f"{wanted}-{tries}"
        _open(call, order)
    call.simulator.tick()
    return show(order, order.scenario, call.simulator)


# --- Enquiry


def enquire_collection(call: Call) -> Any:
    """GET /standard/v1/payments/{id}."""
    return _enquire(call, Kind.COLLECTION)


def enquire_disbursement(call: Call) -> Any:
    """GET /standard/v1/disbursements/{id}?transactionType=B2C."""
    if call.request.GET.get("transactionType", "B2C") not in {"B2C", "B2B"}:
        raise invalid("transactionType must be B2C or B2B")
    return _enquire(call, Kind.DISBURSEMENT)


def _enquire(call: Call, kind: Kind) -> Any:
    enter(call)
    order = call.simulator.bank.find(Operator.AIRTEL, SPACES[kind], call.request.matchdict["id"])
    if order:
        call.hang_if_silent(order)
    if not order or call.simulator.clock.now() < order.opened_at + order.scenario.hidden:
        return failure(NOT_FOUND_CODES[kind], "Transaction not found", result=NOT_FOUND)
    return show(order, call.scenario if call.scenario is not None else order.scenario, call.simulator)


# --- What they share


def _read(call: Call, kind: Kind, *, named: bool = True) -> Mapping[str, Any]:
    """Let an order in and return its body.

    Raises:
        Answered: it is refused.
    """
    enter(call)
    check_signature(call, kind)
    body = call.body()
    if not isinstance(body, dict):
        raise invalid("The body is not a JSON object")
    reference = body.get("reference")
    if named and not (isinstance(reference, str) and _REFERENCE.fullmatch(reference)):
        raise invalid("reference must have 4 to 64 letters and digits")
    return body


def _part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = body.get(name)
    if not isinstance(part, dict):
        raise invalid(f"{name} is missing")
    return part


def _check_place(part: Mapping[str, Any]) -> None:
    if part.get("country", COUNTRY) != COUNTRY or part.get("currency", CURRENCY) != CURRENCY:
        raise invalid("country and currency must be those of the headers")


def _fresh_id(call: Call, transaction: Mapping[str, Any], kind: Kind) -> str:
    """Return an id that was not used.

    Raises:
        Answered: it was, or it is no id.
    """
    reference = transaction.get("id")
    if not isinstance(reference, str) or not _ID.fullmatch(reference):
        raise invalid("transaction.id must have 5 to 80 letters and digits")
    known = call.simulator.bank.find(Operator.AIRTEL, SPACES[kind], reference)
    if known:
        call.hang_if_silent(known)
        raise _duplicate(kind)
    return reference


def _duplicate(kind: Kind) -> Answered:
    if kind is Kind.COLLECTION:
        return Answered(failure("", "External id already exists", result=ID_EXISTS))
    return Answered(failure("DP00900001017", "Duplicate transaction id"))


def _amount(transaction: Mapping[str, Any], kind: Kind) -> Money:
    """Return an amount, which is a JSON number here.

    Raises:
        Answered: it is none, or not positive, or has too many decimals.
    """
    number = transaction.get("amount")
    try:
        amount = parse_money(number if isinstance(number, int | Decimal) else None, ZMW)
    except BadAmount:
        amount = Money(0)
    if amount.minor <= 0:
        raise Answered(failure("DP00800001004" if kind is Kind.COLLECTION else "DP00900001004", "Invalid amount"))
    return amount


def _order(call: Call, kind: Kind, party: str, amount: Money) -> Order:
    """Return an order that is not open yet, after everything that may refuse it for its number's sake."""
    scenario = _scenario(call, kind, party)
    now = call.simulator.clock.now()
    delay = scenario.delay(timedelta(seconds=_usual_s(call, kind, scenario)))
    return Order(
        operator=Operator.AIRTEL,
        space=SPACES[kind],
        operation=call.operation.name,
        kind=kind,
        reference="",
        party=party,
        amount=amount,
        opened_at=now,
        due_at=None if delay is None else now + delay,
        fails=scenario.fails,
        scenario=scenario,
        callback_url=call.simulator.knobs.airtel_callback_url or None,
    )


def _scenario(call: Call, kind: Kind, party: str) -> Scenario:
    if call.scenario is not None:
        return call.scenario.with_callbacks_of(call.fault)
    scenario = call.simulator.scenario_of(party, kind) or built_in(party, kind)
    return scenario.with_callbacks_of(call.fault)


def _usual_s(call: Call, kind: Kind, scenario: Scenario) -> float:
    """Return how long it takes; a payout takes no time, unless it is to take a multiple."""
    knobs = call.simulator.knobs
    if kind is Kind.COLLECTION:
        return knobs.approval_s
    return knobs.airtel_payout_s or (knobs.payout_s if scenario.delay_factor > 1 else 0.0)


def _open(call: Call, order: Order) -> None:
    """Take an order.

    Raises:
        Answered: it is refused, or its answer never comes.
    """
    scenario = order.scenario
    if call.scenario is None:
        call.meet_first(scenario, f"{order.space} {order.reference}")
    customer = call.simulator.bank.customer(Operator.AIRTEL, order.party)
    refused = scenario.refused
    if refused is None and (scenario.not_found or not customer.active):
        refused = "payer_not_found" if order.kind is Kind.COLLECTION else "payee_not_found"
    if refused:
        raise Answered(failure(code_of(refused, order.kind), "Transaction refused"))
    try:
        call.simulator.bank.open(order)
    except AlreadyOpen:
        raise _duplicate(order.kind) from None
    call.hang_if_silent(order)
