"""The same order twice is one order: by the client's key, or by folding equal orders close together."""

import hashlib
import json
from datetime import timedelta

from flash.domain.errors import BadInput
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn

LONGEST_KEY = 255

FOLDING = timedelta(seconds=60)
"""An equal order without a key is folded into one that is not final and at most so old (payments.md section 6)."""


def fingerprint(other: Msisdn, amount: Money, description: str, *more: str) -> str:
    """Digest what was ordered: stable business fields only, for who ordered it is known anyway.

    Args:
        other: the payee of an order to send, the payer of a request.
        amount: how much.
        description: what for.
        more: whatever else makes it another order.
    """
    fields = [other.e164, amount.minor, amount.currency.code, description, *more]
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()


def check_key(key: str | None) -> str | None:
    """Return the key as it is; an absent or empty one is no key.

    Raises:
        BadInput: longer than 255 characters, or with characters that a header should not carry.
    """
    if not key:
        return None
    if len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise BadInput(f"An Idempotency-Key has at most {LONGEST_KEY} printable ASCII characters.")
    return key
