"""MTN's sandbox numbers (facts A10): the same number means another thing in another operation."""

import re
from collections.abc import Mapping
from decimal import Decimal

from flash.simulator.scenarios import NOTHING, Scenario, parse_scenario

FAILED = "failed INTERNAL_PROCESSING_ERROR"
REJECTED = "failed APPROVAL_REJECTED"
EXPIRED = "failed EXPIRED"
ONGOING = "pending"

_SAME_FOR_ALL = {"450": FAILED, "451": REJECTED, "452": EXPIRED, "453": ONGOING, "454": ONGOING}

_ORDERS = _SAME_FOR_ALL | {
    "455": "failed PAYER_NOT_FOUND",
    "456": "failed PAYEE_NOT_ALLOWED_TO_RECEIVE",
    "457": "failed NOT_ALLOWED",
    "458": "failed NOT_ALLOWED_TARGET_ENVIRONMENT",
    "459": "failed INVALID_CALLBACK_URL_HOST",
    "460": "failed INVALID_CURRENCY",
    "461": "failed INTERNAL_PROCESSING_ERROR",
    "462": "failed SERVICE_UNAVAILABLE",
    "463": "failed COULD_NOT_PERFORM_TRANSACTION",
}

_TRANSFER = _SAME_FOR_ALL | {
    "455": "failed NOT_ENOUGH_FUNDS",
    "456": "failed PAYER_LIMIT_REACHED",
    "457": "failed PAYEE_NOT_FOUND",
    "458": "failed NOT_ALLOWED",
    "459": "failed NOT_ALLOWED_TARGET_ENVIRONMENT",
    "460": "failed INVALID_CALLBACK_URL_HOST",
    "461": "failed INVALID_CURRENCY",
    "462": "failed INTERNAL_PROCESSING_ERROR",
    "463": "failed SERVICE_UNAVAILABLE",
    "464": "failed TRANSFER_TYPE_UNKNOWN",
}

_PREAPPROVAL = _SAME_FOR_ALL | {
    "455": "failed PAYER_NOT_FOUND",
    "456": "failed NOT_ALLOWED",
    "457": "failed NOT_ALLOWED_TARGET_ENVIRONMENT",
    "458": "failed INVALID_CALLBACK_URL_HOST",
    "459": "failed INVALID_CURRENCY",
    "460": "failed INTERNAL_PROCESSING_ERROR",
    "461": "failed SERVICE_UNAVAILABLE",
    "469": "404 then found 999999s",
}

MATRIX: Mapping[str, Mapping[str, str]] = {
    "requesttopay": _ORDERS | {"464": "failed TRANSFER_TYPE_UNKNOWN"},
    "requesttowithdraw": _ORDERS,
    "deposit": _ORDERS,
    "invoice": _ORDERS,
    "transfer": _TRANSFER,
    "cashtransfer": _TRANSFER,
    "preapproval": _PREAPPROVAL,
}
"""Per operation, the scenario of the last three digits."""

ACTIVE: Mapping[str, str] = {
    "450": "RESOURCE_NOT_FOUND",
    "451": "",
    "452": "NOT_ALLOWED",
    "453": "NOT_ALLOWED_TARGET_ENVIRONMENT",
    "454": "INTERNAL_PROCESSING_ERROR",
    "455": "SERVICE_UNAVAILABLE",
}
"""The active check: the code it is refused with, or nothing for "not active"; any other number is active."""

REFUNDS: Mapping[str, str] = {
    "1": "refused RESOURCE_NOT_FOUND",
    "2": FAILED,
    "3": REJECTED,
    "4": EXPIRED,
    "5": ONGOING,
    "6": ONGOING,
    "7": "failed NOT_ALLOWED",
    "8": "failed NOT_ALLOWED_TARGET_ENVIRONMENT",
    "9": "failed INVALID_CALLBACK_URL_HOST",
    "10": "failed INVALID_CURRENCY",
    "11": "failed INTERNAL_PROCESSING_ERROR",
    "12": "failed SERVICE_UNAVAILABLE",
    "13": "failed COULD_NOT_PERFORM_TRANSACTION",
}
"""By `referenceIdToRefund`."""

PAYMENTS: Mapping[Decimal, str] = {
    Decimal(1000): "success",
    Decimal(2000): FAILED,
    Decimal(3000): "pending 10s",
    Decimal(4000): f"pending 10s; {FAILED}",
    Decimal(5000): ONGOING,
    Decimal(6000): ONGOING,
    Decimal(7000): "failed TRANSFER_TYPE_UNKNOWN",
}
"""Payment v2, by its amount."""

HTTP_CODES: Mapping[str, int] = {
    "PAYER_NOT_FOUND": 500,
    "PAYEE_NOT_FOUND": 500,
    "NOT_ENOUGH_FUNDS": 500,
    "PAYER_LIMIT_REACHED": 500,
    "PAYEE_NOT_ALLOWED_TO_RECEIVE": 500,
    "NOT_ALLOWED": 500,
    "NOT_ALLOWED_TARGET_ENVIRONMENT": 500,
    "INVALID_CALLBACK_URL_HOST": 500,
    "INVALID_CURRENCY": 500,
    "INTERNAL_PROCESSING_ERROR": 500,
    "SERVICE_UNAVAILABLE": 503,
    "RESOURCE_NOT_FOUND": 404,
}
"""The codes that also exist as an answer to the order, with their status (facts A7)."""

_SANDBOX_NUMBER = re.compile(r"46733123(\d{3})")


def ending(party: str) -> str:
    """Return the last three digits of a sandbox number, and nothing for any other."""
    match = _SANDBOX_NUMBER.fullmatch(party)
    return match[1] if match else ""


def by_number(operation: str, party: str, *, over_http: bool) -> Scenario:
    """Return what a sandbox number means in this operation.

    Args:
        operation: MTN's name of it.
        party: the number.
        over_http: refuse in the answer to the order where the code exists there, as some deployments do.
    """
    digits = ending(party)
    text = MATRIX.get(operation, {}).get(digits)
    if not text:
        return NOTHING
    code = text.removeprefix("failed ")
    if over_http and digits >= "455" and code in HTTP_CODES:
        text = f"refused {code}"
    return parse_scenario(text)
