"""What an operator's answer means. Only an explicit yes or no, from a source that proves it, ends a leg."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flash.domain.money import Money
from flash.domain.msisdn import Msisdn


class Reason(StrEnum):
    """Why a leg was declined, or a transfer ended without paying. The texts for people are in `domain.words`."""

    NOT_ENOUGH_FUNDS = "not_enough_funds"
    PAYER_REFUSED = "payer_refused"
    PROMPT_EXPIRED = "prompt_expired"
    PAYER_NOT_FOUND = "payer_not_found"
    PAYER_BUSY = "payer_busy"
    PAYER_LIMIT_REACHED = "payer_limit_reached"
    PAYEE_NOT_FOUND = "payee_not_found"
    PAYEE_LIMIT_REACHED = "payee_limit_reached"
    PAYEE_NOT_ALLOWED = "payee_not_allowed"
    FLOAT_TOO_LOW = "float_too_low"
    OPERATOR_UNAVAILABLE = "operator_unavailable"
    ORDER_REFUSED = "order_refused"
    CANCELLED_BY_PAYER = "cancelled_by_payer"
    OTHER = "other"


class Source(StrEnum):
    """Where an answer came from, which decides what it can prove."""

    SUBMIT = "submit"
    """The operator's answer to the order itself."""
    STATUS_QUERY = "status_query"
    """The operator's answer to our question about a reference."""
    STATEMENT = "statement"
    """The operator's account statement, read in reconciliation."""
    STAFF = "staff"
    """A decision of the people who run Flash."""


PROOF = frozenset({Source.STATUS_QUERY, Source.STATEMENT, Source.STAFF})
"""Sources that may prove a success. A refusal may also come from SUBMIT, when it shows that nothing was created."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """An operator's answer as it was received, kept for whoever asks later.

    Attributes:
        at: when we had it.
        source: where it came from.
        body: the answer itself, as text.
        http_status: its HTTP status; None where there was no HTTP or no answer.
        amount: what the answer says was moved; None when it does not say.
        party: whom the answer names; None when it does not say.
    """

    at: datetime
    source: Source
    body: str
    http_status: int | None = None
    amount: Money | None = None
    party: Msisdn | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Accepted or under way; nothing is decided."""

    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Settled:
    """The money moved, says the operator under its own id."""

    evidence: Evidence
    operator_id: str


@dataclass(frozen=True, slots=True)
class Declined:
    """The money did not move and will not under this reference."""

    evidence: Evidence
    reason: Reason


@dataclass(frozen=True, slots=True)
class Unknown:
    """We cannot tell whether the money moved. Never a failure: ask again under the same reference.

    Attributes:
        detail: why, in stable words.
        healthy: the operator itself answered, only not clearly; nothing speaks against sending it something else.
    """

    evidence: Evidence
    detail: str
    healthy: bool = False


@dataclass(frozen=True, slots=True)
class Unseen:
    """The operator says it does not know the reference, which proves something only after the grace time."""

    evidence: Evidence


Outcome = Waiting | Settled | Declined | Unknown | Unseen
