"""The numbers that people quote: what it is, the local day, and ten characters of chance."""

from datetime import date, datetime, timedelta
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


def number_bits(number: str, first_day: date) -> int:
    """Return a number as an integer of 64 bits: 14 for its day, as days since *first_day*, and 50 for its chance."""
    chance = 0
    for character in number[10:]:
        chance = chance << 5 | _ALPHABET.index(character)
    day = date.fromisoformat(number[2:10])
    return (day - first_day).days << 50 | chance


def number_of_bits(prefix: str, bits: int, first_day: date) -> str:
    """Return the number that `number_bits` packed."""
    day = first_day + timedelta(days=bits >> 50)
    return f"{prefix}{day:%Y%m%d}" + "".join(_ALPHABET[bits >> shift & 31] for shift in range(45, -1, -5))
