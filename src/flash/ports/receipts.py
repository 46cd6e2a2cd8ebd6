"""What is remembered for those who check receipts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from flash.domain.receipt import Facts


@dataclass(frozen=True, slots=True)
class Checks:
    """How often somebody was told that a payment was paid out.

    Attributes:
        before: how often before this time.
        first_at: when it was the first time, this one among them.
    """

    before: int
    first_at: datetime


class Receipts(Protocol):
    """Payments as receipts tell of them, and who asked before."""

    def facts(self, number: str) -> tuple[UUID, Facts] | None:
        """Return the payment with this number and its id, in one statement; None when there is none."""
        ...

    def count_check(self, transfer_id: UUID, now: datetime) -> Checks:
        """Count that somebody is told, in one atomic statement: of several at once, one is the first."""
        ...
