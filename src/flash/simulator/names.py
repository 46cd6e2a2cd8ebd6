"""The few words that every part of the simulator uses."""

from enum import StrEnum


class Operator(StrEnum):
    """Whose customers and accounts."""

    MTN = "mtn"
    AIRTEL = "airtel"


class Kind(StrEnum):
    """Which way money goes."""

    COLLECTION = "collection"
    DISBURSEMENT = "disbursement"
    REFUND = "refund"


class Own(StrEnum):
    """Our own accounts at an operator."""

    COLLECTION = "collection"
    PAYOUT = "payout"


class State(StrEnum):
    """What became of an order."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
