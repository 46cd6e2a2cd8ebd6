"""What every client must see: MTN's sandbox as its documentation describes it, and Zambia."""

from collections.abc import Mapping

_SAME = {"450": "INTERNAL_PROCESSING_ERROR", "451": "APPROVAL_REJECTED", "452": "EXPIRED"}

REQUEST_TO_PAY_FAILS = _SAME | {
    "455": "PAYER_NOT_FOUND",
    "456": "PAYEE_NOT_ALLOWED_TO_RECEIVE",
    "457": "NOT_ALLOWED",
    "458": "NOT_ALLOWED_TARGET_ENVIRONMENT",
    "459": "INVALID_CALLBACK_URL_HOST",
    "460": "INVALID_CURRENCY",
    "461": "INTERNAL_PROCESSING_ERROR",
    "462": "SERVICE_UNAVAILABLE",
    "463": "COULD_NOT_PERFORM_TRANSACTION",
    "464": "TRANSFER_TYPE_UNKNOWN",
}
TRANSFER_FAILS = _SAME | {
    "455": "NOT_ENOUGH_FUNDS",
    "456": "PAYER_LIMIT_REACHED",
    "457": "PAYEE_NOT_FOUND",
    "458": "NOT_ALLOWED",
    "459": "NOT_ALLOWED_TARGET_ENVIRONMENT",
    "460": "INVALID_CALLBACK_URL_HOST",
    "461": "INVALID_CURRENCY",
    "462": "INTERNAL_PROCESSING_ERROR",
    "463": "SERVICE_UNAVAILABLE",
    "464": "TRANSFER_TYPE_UNKNOWN",
}
"""By the last digits of 46733123xxx."""

REFUND_FAILS = {
    "2": "INTERNAL_PROCESSING_ERROR",
    "3": "APPROVAL_REJECTED",
    "4": "EXPIRED",
    "7": "NOT_ALLOWED",
    "8": "NOT_ALLOWED_TARGET_ENVIRONMENT",
    "9": "INVALID_CALLBACK_URL_HOST",
    "10": "INVALID_CURRENCY",
    "11": "INTERNAL_PROCESSING_ERROR",
    "12": "SERVICE_UNAVAILABLE",
    "13": "COULD_NOT_PERFORM_TRANSACTION",
}
"""By what is to be refunded."""

ACTIVE = {
    "450": "RESOURCE_NOT_FOUND",
    "451": "not active",
    "452": "NOT_ALLOWED",
    "453": "NOT_ALLOWED_TARGET_ENVIRONMENT",
    "454": "INTERNAL_PROCESSING_ERROR",
    "455": "SERVICE_UNAVAILABLE",
    "456": "active",
    "457": "active",
}

EXPECTED: Mapping[str, object] = {
    "API user, API key": "UUID 4, 32 hex digits",
    "API user read back": "localhost, sandbox",
    "token": {"collection": "JWT", "disbursement": "JWT"},
    "active check, collection": ACTIVE,
    "active check, disbursement": ACTIVE,
    "request to pay, pending": "16 at first, later 453 and 454",
    "request to pay, successful": {"499": "10 EUR, 46733123499, order-46733123499, has MTN's id"},
    "request to pay, failed": REQUEST_TO_PAY_FAILS,
    "transfer, pending": "16 at first, later 453 and 454",
    "transfer, successful": {"499": "10 EUR, 46733123499, order-46733123499, has MTN's id"},
    "transfer, failed": TRANSFER_FAILS,
    "refund, pending": "13 at first, later 5 and 6",
    "refund, successful": {"499": "4 EUR, 46733123499, order-499, has MTN's id"},
    "refund, failed": REFUND_FAILS,
    "balance": {"collection": "+10.00 EUR", "disbursement": "-10.00 EUR"},
    "reference used twice": "RESOURCE_ALREADY_EXIST",
    "reference unknown": "RESOURCE_NOT_FOUND",
    "Zambia request to pay, pending": "3 at first, later 081",
    "Zambia request to pay, successful": {"000": "10.00 ZMW, 260960000000, order-260960000000, has MTN's id"},
    "Zambia request to pay, failed": {"062": "APPROVAL_REJECTED"},
    "Zambia transfer, pending": "3 at first, later 081",
    "Zambia transfer, successful": {"000": "10.00 ZMW, 260960000000, order-260960000000, has MTN's id"},
    "Zambia transfer, failed": {"074": "NOT_ENOUGH_FUNDS"},
}
"""By operation, in the order of the table."""
