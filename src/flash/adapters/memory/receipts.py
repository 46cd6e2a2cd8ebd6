"""What those who check receipts are told, in memory."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from flash.adapters.memory.reviews import MemoryReviews
from flash.domain.receipt import Facts
from flash.ports.receipts import Checks

if TYPE_CHECKING:
    from flash.adapters.memory.store import Tables


class MemoryReceipts:
    """See `ports.receipts.Receipts`."""

    def __init__(self, tables: "Tables") -> None:
        self._tables = tables

    def facts(self, number: str) -> tuple[UUID, Facts] | None:
        found = next((one for one in self._tables.transfers.values() if one.number == number), None)
        if found is None:
            return None
        return found.id, Facts(
            number=found.number,
            amount=found.amount,
            payee=found.payee,
            state=found.state,
            created_at=found.created_at,
            updated_at=found.updated_at,
            in_doubt=bool(MemoryReviews(self._tables).open_cases(found.id)),
        )

    def count_check(self, transfer_id: UUID, now: datetime) -> Checks:
        count, first_at = self._tables.receipt_checks.get(transfer_id, (0, now))
        self._tables.receipt_checks[transfer_id] = (count + 1, first_at)
        return Checks(before=count, first_at=first_at)
