"""Why an order fails, in neutral words, in MTN's codes and in Airtel's (facts A7, B2)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flash.simulator.names import Kind


@dataclass(frozen=True, slots=True)
class Codes:
    """What each operator calls one reason.

    Attributes:
        mtn: the word in `reason`, or in `code` of a refusal.
        airtel_collection: the code of a collection; the status is TF unless it says otherwise.
        airtel_payout: the code of a disbursement or refund.
    """

    mtn: str
    airtel_collection: str
    airtel_payout: str


REASONS: Mapping[str, Codes] = {
    "not_enough_funds": Codes("NOT_ENOUGH_FUNDS", "DP00800001007", "DP00900001007"),
    "payer_refused": Codes("APPROVAL_REJECTED", "DP00800001008", "DP00900001013"),
    "prompt_expired": Codes("EXPIRED", "DP00800001029", "DP00900001005"),
    "payer_limit_reached": Codes("PAYER_LIMIT_REACHED", "DP00800001003", "DP00900001003"),
    "payer_not_found": Codes("PAYER_NOT_FOUND", "ESB000036", "DP00900001012"),
    "payee_not_found": Codes("PAYEE_NOT_FOUND", "DP00800001010", "DP00900001012"),
    "payee_limit_reached": Codes("PAYEE_LIMIT_REACHED", "DP00800001010", "DP00900001003"),
    "payee_not_allowed": Codes("PAYEE_NOT_ALLOWED_TO_RECEIVE", "DP00800001010", "DP00900001010"),
    "float_too_low": Codes("NOT_ENOUGH_FUNDS", "DP00800001007", "DP00900001007"),
    "other": Codes("INTERNAL_PROCESSING_ERROR", "DP00800001009", "DP00900001005"),
}

MTN_CODES: Mapping[str, str] = {
    "PAYER_NOT_FOUND": "payer_not_found",
    "PAYEE_NOT_FOUND": "payee_not_found",
    "NOT_ENOUGH_FUNDS": "not_enough_funds",
    "PAYER_LIMIT_REACHED": "payer_limit_reached",
    "PAYEE_LIMIT_REACHED": "payee_limit_reached",
    "PAYEE_NOT_ALLOWED_TO_RECEIVE": "payee_not_allowed",
    "APPROVAL_REJECTED": "payer_refused",
    "EXPIRED": "prompt_expired",
    "COULD_NOT_PERFORM_TRANSACTION": "prompt_expired",
    "PAYMENT_NOT_APPROVED": "payer_refused",
    "TRANSACTION_CANCELED": "payer_refused",
    "INTERNAL_PROCESSING_ERROR": "other",
    "SERVICE_UNAVAILABLE": "other",
    "NOT_ALLOWED": "other",
    "NOT_ALLOWED_TARGET_ENVIRONMENT": "other",
    "INVALID_CALLBACK_URL_HOST": "other",
    "INVALID_CURRENCY": "other",
    "SENDER_ACCOUNT_NOT_ACTIVE": "other",
    "LOW_BALANCE_OR_PAYEE_LIMIT_REACHED_OR_NOT_ALLOWED": "other",
    "TRANSFER_TYPE_UNKNOWN": "other",
    "VALIDATION_ERROR": "other",
    "RESOURCE_NOT_FOUND": "other",
    "TRANSACTION_NOT_FOUND": "other",
}
"""MTN's codes, and the neutral word that gives Airtel's."""

MESSAGES: Mapping[str, str] = {
    "RESOURCE_NOT_FOUND": "Requested resource was not found.",
    "RESOURCE_ALREADY_EXIST": "Duplicated reference id. Creation of resource failed.",
    "INVALID_CURRENCY": "Currency not supported.",
    "INVALID_CALLBACK_URL_HOST": "Callback URL host is not the one that was registered.",
    "NOT_ALLOWED_TARGET_ENVIRONMENT": "Access to target environment is forbidden.",
    "NOT_ALLOWED": "Authorization failed. Insufficient permissions.",
    "PAYER_NOT_FOUND": "Payer was not found.",
    "PAYEE_NOT_FOUND": "Payee was not found.",
    "INTERNAL_PROCESSING_ERROR": "An internal error occurred while processing.",
    "SERVICE_UNAVAILABLE": "Service temporarily unavailable, try again later.",
}
"""What MTN says beside a code."""

_AIRTEL_CODE = re.compile(r"(?:DP00[89]00001\d{3}|ESB\d{6}|ROUTER\d{3})")


def read_reason(text: str) -> str:
    """Return a reason as it is kept: a neutral word, a code of MTN's, or one of Airtel's.

    Raises:
        ValueError: nobody uses this word.
    """
    word = text.strip()
    if word.lower() in REASONS:
        return word.lower()
    if word.upper() in MTN_CODES or _AIRTEL_CODE.fullmatch(word.upper()):
        return word.upper()
    raise ValueError(f"{word!r} is no reason: use one of {', '.join(REASONS)}, or an operator's code")


def mtn_code(reason: str) -> str:
    """Return MTN's word for it; a code of Airtel's has none, and becomes MTN's default code."""
    if reason in REASONS:
        return REASONS[reason].mtn
    return reason if reason in MTN_CODES else "INTERNAL_PROCESSING_ERROR"


def mtn_message(code: str) -> str:
    """Return the sentence that goes with a code."""
    return MESSAGES.get(code, f"{code.replace('_', ' ').capitalize()}.")


def airtel_code(reason: str, kind: Kind) -> str:
    """Return Airtel's code for it, which is another for money in than for money out."""
    if _AIRTEL_CODE.fullmatch(reason):
        return reason
    codes = REASONS[MTN_CODES.get(reason, reason)]
    return codes.airtel_collection if kind is Kind.COLLECTION else codes.airtel_payout
