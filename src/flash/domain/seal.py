"""Seals: short signed texts that anyone can check, online or with a published key alone."""

import base64
import binascii
from dataclasses import dataclass

from flash.domain.errors import BadInput

LONGEST_CODE = 512
"""Characters: a longer text was not made here, and is not decoded."""


class BrokenSeal(BadInput):
    """The code was not made here, or was changed since."""

    code = "broken_seal"
    text = "This code is not genuine."


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What anyone needs to check seals.

    Attributes:
        number: of the key; each seal names the one that made it.
        raw: the 32 bytes of an Ed25519 public key (RFC 8032).
        in_use: whether new seals are made with it; only one is at a time.
    """

    number: int
    raw: bytes
    in_use: bool


def code_of(sealed: bytes) -> str:
    """Return sealed bytes as people pass them on: base32 (RFC 4648) without padding.

    It is all capitals and digits, which survive any keyboard.
    """
    return base64.b32encode(sealed).decode().rstrip("=")


def bytes_of(code: str) -> bytes:
    """Return the sealed bytes of a code, whatever its case, with spaces and dashes wherever people put them.

    Raises:
        BrokenSeal: it is no such code. One text only stands for the same bytes, so that no changed character is lost.
    """
    tidy = "".join(code.split()).replace("-", "")
    if not tidy.isascii():  # Some letters become others that are, as capitals.
        raise BrokenSeal
    tidy = tidy.upper()
    if not tidy or len(tidy) > LONGEST_CODE:
        raise BrokenSeal
    try:
        sealed = base64.b32decode(tidy + "=" * (-len(tidy) % 8))
    except (binascii.Error, ValueError) as error:
        raise BrokenSeal from error
    if code_of(sealed) != tidy:  # The last character has bits to spare.
        raise BrokenSeal
    return sealed
