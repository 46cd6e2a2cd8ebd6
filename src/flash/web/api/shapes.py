"""How values look in answers, where several views show the same."""

from datetime import datetime
from typing import Any

from flash.domain.account import Account
from flash.domain.money import ZMW
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


def user(account: Account) -> dict[str, Any]:
    """Return the `user` object of the mobile contract, section 1."""
    return {
        "id": str(account.id),
        "phone_number": account.msisdn.e164,
        "full_name": account.full_name,
        "email": account.email,
        "is_phone_verified": True,
        "is_verified": True,
        "default_currency": ZMW.code,
        "kyc_tier": account.tier,
        "created_at": instant(account.created_at),
    }
