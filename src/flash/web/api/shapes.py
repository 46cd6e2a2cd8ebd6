"""How values look in answers, where several views show the same."""

from datetime import datetime
from typing import Any

from flash.domain.account import Account
from flash.domain.money import ZMW


def instant(moment: datetime) -> str:
    """Return an instant in ISO 8601, as JavaScript writes it too: with a Z."""
    return moment.isoformat().replace("+00:00", "Z")


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
