"""What MTN says about an order, in a status and in a callback (facts A6, A8)."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from flash.domain.money import Money
from flash.simulator.bank import Order
from flash.simulator.callbacks import Callback
from flash.simulator.mtn.forms import BY_NAME, Service
from flash.simulator.names import State
from flash.simulator.presets import SANDBOX_ENVIRONMENT
from flash.simulator.reasons import mtn_code, mtn_message
from flash.simulator.scenarios import Scenario
from flash.simulator.simulator import Simulator

WORDS: Mapping[State, str] = {
    State.PENDING: "PENDING",
    State.SUCCEEDED: "SUCCESSFUL",
    State.FAILED: "FAILED",
}

INVOICE_LIFE_S = 3600


def describe(order: Order, scenario: Scenario, simulator: Simulator) -> dict[str, Any]:
    """Return the body of a status answer.

    Args:
        order: what it is about.
        scenario: what is told wrong.
        simulator: whose settings choose the form.
    """
    service = BY_NAME[order.operation]
    state, reason = order.state, order.reason
    if _is_ambiguous(order, simulator):
        state, reason = State.PENDING, None
    body: dict[str, Any] = {}
    if state is State.SUCCEEDED and service.tells_id:
        body["financialTransactionId"] = order.operator_id
    body |= order.details["texts"] | _money(order, scenario) | _party(order, service, scenario)
    body["status"] = WORDS[state]
    form = scenario.reason_form or simulator.knobs.reason_form
    if reason and form != "absent":
        code = mtn_code(reason)
        body["reason"] = code if form == "string" else {"code": code, "message": mtn_message(code)}
    return body | _extra(order, service)


def tell(simulator: Simulator, order: Order) -> Callback | None:
    """Return the callback about an order that ended: the status without the reference."""
    if not order.callback_url:
        return None
    says = order.scenario.callback_says
    told = order if says is None else _as_told(order, says)
    body = json.dumps(describe(told, order.scenario, simulator)).encode()
    return Callback(simulator.knobs.callback_method, order.callback_url, body)


def _as_told(order: Order, reason: str) -> Order:
    """Return the order as a callback pretends it ended."""
    if reason:
        return replace(order, state=State.FAILED, reason=reason, operator_id=None)
    return replace(order, state=State.SUCCEEDED, reason=None, operator_id=order.operator_id or "9999999999")


def _is_ambiguous(order: Order, simulator: Simulator) -> bool:
    window = order.scenario.ambiguous
    return window is not None and simulator.clock.now() - order.opened_at < window


def reported_amount(order: Order, scenario: Scenario) -> Money | None:
    """Return the amount that a scenario tells instead of the true one."""
    decimals = order.amount.currency.decimals
    if scenario.amount is not None:
        return Money(int(scenario.amount.scaleb(decimals)), order.amount.currency)
    if scenario.amount_more is not None:
        return order.amount + Money(int(scenario.amount_more.scaleb(decimals)), order.amount.currency)
    return None


def _money(order: Order, scenario: Scenario) -> dict[str, Any]:
    if not order.details["amount"]:
        return {"payerCurrency": order.amount.currency.code}
    changed = reported_amount(order, scenario)
    text = str(changed) if changed else order.details["amount"]
    if order.details["environment"] == SANDBOX_ENVIRONMENT:
        text = f"{Decimal(text).normalize():f}"
    return {"amount": _number(text) if scenario.unquoted else text, "currency": order.amount.currency.code}


def _number(text: str) -> int | float:
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else float(number)


def _party(order: Order, service: Service, scenario: Scenario) -> dict[str, Any]:
    name = scenario.party or order.party
    if not name or service.name == "payment":
        return {}
    field = service.party or "payee"
    shown: str | int = int(name) if scenario.unquoted and name.isdigit() else name
    return {field: {"partyIdType": order.details["party_type"] or "MSISDN", "partyId": shown}}


def _extra(order: Order, service: Service) -> dict[str, Any]:
    """Return what only an invoice or a preapproval shows."""
    extra = order.details["extra"]
    if service.name == "invoice":
        ends_at = order.opened_at + timedelta(seconds=_seconds(extra.get("validityDuration")))
        return {
            "referenceId": order.reference,
            "invoiceId": order.reference.replace("-", "")[:16],
            "paymentReference": str(int(order.reference[:8], 16)),
            "expiryDateTime": ends_at.strftime("%Y-%m-%dT%H:%M:%S"),
            **({"payee": extra["payee"]} if "payee" in extra else {}),
        }
    if service.name == "preapproval":
        ends_at = order.opened_at + timedelta(seconds=_seconds(extra.get("validityTime")))
        return {"expirationDateTime": ends_at.strftime("%Y-%m-%dT%H:%M:%S")}
    if service.name == "payment":
        return {"referenceId": order.reference}
    return {}


def _seconds(value: object) -> int:
    """Return a life in seconds, whether it was sent as a number or as text; else the usual one."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else INVOICE_LIFE_S
