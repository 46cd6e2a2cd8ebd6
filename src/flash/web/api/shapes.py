"""How values look in answers, where several views show the same."""

from datetime import datetime
from typing import Any

from flash.domain.transfer import MEANINGS, State, Transfer


def instant(moment: datetime) -> str:
    """Return an instant in ISO 8601, as JavaScript writes it too: with a Z."""
    return moment.isoformat().replace("+00:00", "Z")


def receipt(transfer: Transfer) -> dict[str, Any]:
    """Return the answer to an order. It tells nothing that changes later, so that a replay is the same."""
    return {
        "transaction_id": str(transfer.id),
        "reference_id": transfer.number,
        "status": MEANINGS[State.RECORDED].status,
        "message": "Please approve the payment on your phone.",
        "amount": str(transfer.amount),
        "fee": str(transfer.fee),
        "total": str(transfer.total),
        "currency": transfer.amount.currency.code,
    }
