"""The numbers that people quote: what it is, the local day, and ten characters of chance."""

from datetime import datetime
from uuid import UUID

from flash.domain.limits import local_day

TRANSFER, REQUEST = "FL", "RQ"

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, so that a number read aloud is understood."""

LENGTH = 20
"""Two letters, eight digits of the day, ten characters."""


def a_number(prefix: str, now: datetime, chance: UUID) -> str:
    """Return a new number like FL20261123K7Q2M9XW4T; the ten characters are 50 bits of chance."""
    return f"{prefix}{local_day(now):%Y%m%d}" + "".join(
        _ALPHABET[chance.int >> shift & 31] for shift in range(0, 50, 5)
    )


def last_number(prefix: str, text: str) -> str | None:
    """Return the number that a text ends with; None when it ends otherwise."""
    end = text[-LENGTH:]
    fits = len(end) == LENGTH and end.startswith(prefix) and end[2:10].isdecimal() and set(end[10:]) <= set(_ALPHABET)
    return end if fits and end.isascii() else None
