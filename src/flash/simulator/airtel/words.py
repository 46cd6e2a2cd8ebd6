"""What Airtel says about an order, in an answer and in a callback (facts B2)."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from flash.simulator.airtel.door import AMBIGUOUS, FAILED, OK, envelope
from flash.simulator.bank import Order
from flash.simulator.callbacks import Callback
from flash.simulator.names import Kind, State
from flash.simulator.reasons import airtel_code
from flash.simulator.scenarios import Scenario
from flash.simulator.simulator import Simulator

_UNKNOWN = frozenset({"1000", "1011", "1014", "1017", "1024"})
"""The last digits of codes after which nobody knows the end."""

_MESSAGES: Mapping[str, str] = {
    "TS": "Transaction successful",
    "TF": "Transaction failed",
    "TIP": "Transaction in progress",
    "TA": "Transaction ambiguous",
    "TE": "Transaction expired",
}


def code_of(reason: str, kind: Kind) -> str:
    """Return Airtel's code for a reason."""
    return airtel_code(reason, kind)


def money_id(order: Order) -> str | None:
    """Return Airtel's own id of an order that succeeded."""
    return f"CI{order.operator_id}" if order.operator_id else None


def show(order: Order, scenario: Scenario, simulator: Simulator) -> Any:
    """Return the answer about an order."""
    word, code = _word(order, simulator)
    transaction = _transaction(order, scenario, word)
    success = word in {"TS", "TIP"}
    result = OK if success else AMBIGUOUS if word == "TA" else FAILED
    if order.kind is Kind.REFUND:
        transaction = _refund(order, success=success)
    return envelope(code, _MESSAGES[word], result=result, success=success, data={"transaction": transaction})


def _family(kind: Kind) -> str:
    return "DP00800001" if kind is Kind.COLLECTION else "DP00900001"


def _word(order: Order, simulator: Simulator) -> tuple[str, str]:
    """Return the status and the response code."""
    window = order.scenario.ambiguous
    if window is not None and simulator.clock.now() - order.opened_at < window:
        return "TA", f"{_family(order.kind)}000"
    return _ended(order.state, order.reason, order.kind)


def _ended(state: State, reason: str | None, kind: Kind) -> tuple[str, str]:
    family = _family(kind)
    if state is State.PENDING:
        return "TIP", f"{family}006"
    if state is State.SUCCEEDED:
        return "TS", f"{family}001"
    code = code_of(reason or "other", kind)
    if code == "DP00800001029":
        return "TE", code
    return ("TA" if code.startswith("DP") and code[-4:] in _UNKNOWN else "TF"), code


def _transaction(order: Order, scenario: Scenario, word: str) -> dict[str, Any]:
    transaction: dict[str, Any] = {"id": order.reference, "message": _MESSAGES[word], "status": word}
    if word == "TS":
        transaction["airtel_money_id"] = money_id(order)
    if order.kind is Kind.DISBURSEMENT:
        transaction["reference_id"] = money_id(order) or ""
    return transaction | _changed(order, scenario)


def _changed(order: Order, scenario: Scenario) -> dict[str, Any]:
    """Return the amount and number that a scenario tells; an honest Airtel tells neither."""
    changed: dict[str, Any] = {}
    if scenario.amount is not None:
        changed["amount"] = float(scenario.amount)
    elif scenario.amount_more is not None:
        changed["amount"] = order.amount.minor / 100 + float(scenario.amount_more)
    if scenario.party is not None:
        changed["msisdn"] = scenario.party[-9:]
    return changed


def _refund(order: Order, *, success: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"status": "SUCCESS" if success else "FAILED"}
    if order.operator_id:
        told["airtel_money_id"] = money_id(order)
    return told


def tell(simulator: Simulator, order: Order) -> Callback | None:
    """Return the callback about an order that ended; a refund has no id of ours, and no callback."""
    if not order.callback_url or order.kind is Kind.REFUND:
        return None
    word, _ = _ended(order.state, order.reason, order.kind)
    says = order.scenario.callback_says
    if says is not None:
        word = "TF" if says else "TS"
    transaction = {"id": order.reference, "message": _MESSAGES[word], "status_code": "TS" if word == "TS" else "TF"}
    transaction["airtel_money_id"] = money_id(order) or ""
    text = json.dumps(transaction, separators=(",", ":"))
    key = simulator.knobs.airtel_hash_key
    signature = f',"hash":"{sign(text, key)}"' if key else ""
    return Callback("POST", order.callback_url, f'{{"transaction":{text}{signature}}}'.encode())


def sign(transaction: str, key: str) -> str:
    """Return the hash of a callback: Base64 of HMAC-SHA256 over the transaction's JSON, as it stands in the body."""
    return base64.b64encode(hmac.new(key.encode(), transaction.encode(), hashlib.sha256).digest()).decode()
