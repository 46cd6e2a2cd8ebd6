"""The PIN: six digits that confirm what is large, and that give way to nobody who guesses."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from flash.domain.account import keyed_digest
from flash.domain.errors import BadInput, NotAllowed, TooSoon
from flash.domain.money import Money

FREE_TRIES = 5
LOCKS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=24))
"""How long it is locked after the last free try, and after each try beyond; the longest comes again and again."""


class PinRequired(NotAllowed):
    """So large a payment is confirmed with the PIN, and none came along."""

    code = "pin_required"
    text = "Please confirm this payment with your PIN."


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """The PIN of a person, as it is stored.

    Attributes:
        hash: slow hash of the keyed digest of person and PIN.
        key_version: which of our keys made the digest.
        tries: how often it was tried since it was last right.
        locked_until: no try counts before then.
    """

    account_id: UUID
    hash: str
    key_version: int
    changed_at: datetime
    tries: int = 0
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PinRules:
    """What the settings say about PINs.

    Attributes:
        keys: version to key; they are not in the database, so a copy of it is not enough to try all million PINs.
        above: payments above this amount need the PIN of whoever has one; None for never.
    """

    keys: Mapping[int, bytes]
    above: Money | None = None

    @property
    def newest(self) -> int:
        """The version that new hashes are made with."""
        return max(self.keys)

    def digest(self, version: int, account_id: UUID, pin: str) -> str:
        """Return what is hashed slowly: useless without the key, and different for two people with one PIN."""
        return keyed_digest(self.keys[version], "pin", str(account_id), pin)


def check_new_pin(pin: str) -> str:
    """Return the PIN if it can be one.

    Raises:
        BadInput: it is not six digits, or among the first that anybody would try.
    """
    if not re.fullmatch("[0-9]{6}", pin):
        raise BadInput("The new PIN needs exactly 6 digits.", field="new_pin")
    if _is_weak(pin):
        raise BadInput("This PIN is too easy to guess. Please choose another one.", field="new_pin")
    return pin


def _is_weak(pin: str) -> bool:
    """Whether it repeats itself, like 000000, 121212 or 123123, or counts, like 123456, 987654 or 246802."""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    repeats = any(pin == pin[:length] * (6 // length) for length in (1, 2, 3))
    return repeats or len(steps) == 1 or pin in ("112233", "332211", "123321")


def locked_until(tries: int, now: datetime) -> datetime | None:
    """Return until when the PIN is locked after so many tries, the last of which is made now; None for not at all."""
    if tries < FREE_TRIES:
        return None
    return now + LOCKS[min(tries - FREE_TRIES, len(LOCKS) - 1)]


def too_many_tries(until: datetime, now: datetime) -> TooSoon:
    """Return the refusal of a try while the PIN is locked, which says for how long."""
    wait = max(until - now, timedelta(seconds=1))
    return TooSoon(f"Your PIN was wrong too often. Please try again in {_in_words(wait)}.", wait=wait)


def wrong_pin(tries: int, *, field: str) -> BadInput:
    """Return the refusal of a wrong PIN, which says how many tries are left before it is locked."""
    left = FREE_TRIES - tries
    if left <= 0:
        lock = LOCKS[min(tries - FREE_TRIES, len(LOCKS) - 1)]
        return BadInput(f"This PIN is wrong. Please try again in {_in_words(lock)}.", field=field)
    return BadInput(f"This PIN is wrong. You have {left} more {'try' if left == 1 else 'tries'}.", field=field)


def _in_words(wait: timedelta) -> str:
    minutes = -(-int(wait.total_seconds()) // 60)
    if minutes > 90:
        hours = -(-minutes // 60)
        return f"{hours} hours"
    return "1 minute" if minutes <= 1 else f"{minutes} minutes"
