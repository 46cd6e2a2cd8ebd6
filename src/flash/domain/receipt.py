"""Receipts: what a sealed code says of a payment, in as few bytes as it takes, and to whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from flash.domain.money import MAX_DIGITS, Money
from flash.domain.msisdn import Msisdn
from flash.domain.number import TRANSFER, number_bits, number_of_bits
from flash.domain.seal import BrokenSeal
from flash.domain.transfer import FINAL, State

RECEIPT_KIND = 1
"""The first byte of the content, so that no other sealed thing is ever taken for a receipt."""
LAST_DIGITS = 1000
"""So many endings of three digits there are."""
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
"""Times are whole seconds since then."""
FIRST_DAY = date(2020, 1, 1)
NUMBER_BYTES, TIME_BYTES = 8, 4
LAST_MOMENT = EPOCH + timedelta(seconds=2 ** (8 * TIME_BYTES) - 1)


class Standing(StrEnum):
    """What became of a payment, for whoever is shown a receipt."""

    PAID_OUT = "paid_out"
    NOT_YET = "not_yet"
    GOING_BACK = "going_back"
    RETURNED = "returned"
    NOT_MADE = "not_made"
    UNKNOWN = "unknown"
    """The seal is genuine and the payment is not here; no code says this."""


STANDING_OF: Mapping[State, Standing] = {
    State.RECORDED: Standing.NOT_YET,
    State.COLLECTING: Standing.NOT_YET,
    State.COLLECTED: Standing.NOT_YET,
    State.PAYING_OUT: Standing.NOT_YET,
    State.IN_REVIEW: Standing.NOT_YET,
    State.RETURNING: Standing.GOING_BACK,
    State.COMPLETED: Standing.PAID_OUT,
    State.RETURNED: Standing.RETURNED,
    State.FAILED: Standing.NOT_MADE,
    State.CANCELLED: Standing.NOT_MADE,
}

_PACKED = (Standing.NOT_YET, Standing.PAID_OUT, Standing.GOING_BACK, Standing.RETURNED, Standing.NOT_MADE)
"""Their places are what codes say, so none ever moves."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says to anybody who checks it, and nothing more.

    Attributes:
        number: the payment's, by which it is found; only whoever has the code or the number can name it.
        last_digits: the last three of the payee's number: whoever is paid knows theirs, so they see whether it is for
            them, and nobody learns anything of the payer.
        at: when the payment ended; while it has not, when it was ordered.
    """

    number: str
    amount: Money
    last_digits: str
    at: datetime
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a receipt is made from: a payment, as far as it may be told.

    Attributes:
        in_doubt: people are finding out whether it is true what is stored of its end.
    """

    number: str
    amount: Money
    payee: Msisdn
    state: State
    created_at: datetime
    updated_at: datetime
    in_doubt: bool = False


def receipt_of(facts: Facts) -> Receipt:
    """Return the receipt of a payment as it stands; the same for as long as it stands so."""
    at = facts.updated_at if facts.state in FINAL else facts.created_at
    standing = STANDING_OF[facts.state]
    if facts.in_doubt and standing is Standing.PAID_OUT:
        standing = Standing.NOT_YET
    return Receipt(
        number=facts.number,
        amount=facts.amount,
        last_digits=facts.payee.e164[-3:],
        at=at.replace(microsecond=0),
        standing=standing,
    )


def packed(receipt: Receipt) -> bytes:
    """Return a receipt as it is sealed.

    Raises:
        ValueError: it is not in kwacha, which no payment through Flash is.
    """
    if receipt.amount.currency != Money(0).currency:
        raise ValueError(f"no receipts are made in {receipt.amount.currency.code}")
    how = _PACKED.index(receipt.standing) * LAST_DIGITS + int(receipt.last_digits)
    seconds = (min(receipt.at, LAST_MOMENT) - EPOCH) // timedelta(seconds=1)
    return (
        bytes([RECEIPT_KIND])
        + number_bits(receipt.number, FIRST_DAY).to_bytes(NUMBER_BYTES)
        + seconds.to_bytes(TIME_BYTES)
        + _varint(how)
        + _varint(receipt.amount.minor)
    )


def unpacked(content: bytes) -> Receipt:
    """Return the receipt that was sealed.

    Raises:
        BrokenSeal: it is no receipt, or not all of one, or more than one.
    """
    fixed = 1 + NUMBER_BYTES + TIME_BYTES
    if len(content) < fixed or content[0] != RECEIPT_KIND:
        raise BrokenSeal
    number = int.from_bytes(content[1 : 1 + NUMBER_BYTES])
    seconds = int.from_bytes(content[1 + NUMBER_BYTES : fixed])
    how, rest = _read_varint(content[fixed:])
    minor, rest = _read_varint(rest)
    place, digits = divmod(how, LAST_DIGITS)
    if rest or place >= len(_PACKED) or not 0 < minor < 10**MAX_DIGITS:
        raise BrokenSeal
    return Receipt(
        number=number_of_bits(TRANSFER, number, FIRST_DAY),
        amount=Money(minor),
        last_digits=f"{digits:03}",
        at=EPOCH + timedelta(seconds=seconds),
        standing=_PACKED[place],
    )


def _varint(value: int) -> bytes:
    """Return a whole number in as many bytes as it needs: seven bits each, the lowest first (LEB128)."""
    if value < 0x80:
        return bytes([value])
    return bytes([value & 0x7F | 0x80]) + _varint(value >> 7)


def _read_varint(content: bytes) -> tuple[int, bytes]:
    """Return the number that some bytes begin with, and the rest. One spelling only stands for each number."""
    value = 0
    for place, byte in enumerate(content[:9]):
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            if byte == 0 and place:
                break
            return value, content[place + 1 :]
    raise BrokenSeal
