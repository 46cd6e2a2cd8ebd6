"""Phone numbers: one spelling (E.164) for every way people write a Zambian mobile number."""

import re
from dataclasses import dataclass

import phonenumbers

from flash.domain.errors import BadMsisdn

COUNTRY_CODE = "260"
NATIONAL_DIGITS = 9
LONGEST_INPUT = 40

_DECORATION = re.compile(r"[\s\-().\u2010-\u2015\u200e\u200f\u202a-\u202c]+")
"""What phone books put between digits: spaces, dashes of all kinds, brackets, dots, direction marks."""


@dataclass(frozen=True, slots=True, repr=False)
class Msisdn:
    """A Zambian mobile number in E.164, like +260960000123. Made by `parse_msisdn` only."""

    e164: str

    def __str__(self) -> str:
        return self.e164

    def __repr__(self) -> str:
        """Masked, because a repr ends in logs."""
        return f"Msisdn({self.masked})"

    @property
    def masked(self) -> str:
        """The number with all but its prefix and last three digits hidden."""
        return f"{self.e164[:6]}****{self.e164[-3:]}"

    @property
    def digits(self) -> str:
        """Country code and number without the plus, as prefixes and operators spell it."""
        return self.e164[1:]


def parse_msisdn(raw: object, *, field: str = "phone_number") -> Msisdn:
    """Read a number in any form of the mobile contract, section 1.3.

    Spaces, dashes and brackets are folded, and so are `00260`, the doubled `+260260`, local `09x` and nine digits.

    Args:
        raw: what the person or their phone book wrote.
        field: the input's name, for the refusal.

    Raises:
        BadMsisdn: not text, not one number, not Zambian or not a mobile number.
    """
    if not isinstance(raw, str) or len(raw) > LONGEST_INPUT:
        raise BadMsisdn(field=field)
    digits = _DECORATION.sub("", raw)
    international = digits.startswith(("+", "00"))
    digits = digits.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        raise BadMsisdn(field=field)
    national = digits.removeprefix("00") if international else digits
    while len(national) > NATIONAL_DIGITS and national.startswith(COUNTRY_CODE):
        national, international = national.removeprefix(COUNTRY_CODE), False
    if international:
        raise BadMsisdn("Only Zambian mobile numbers can be used.", field=field)
    national = national.removeprefix("0")
    if len(national) != NATIONAL_DIGITS or not _is_mobile(national):
        raise BadMsisdn(field=field)
    return Msisdn(f"+{COUNTRY_CODE}{national}")


def _is_mobile(national: str) -> bool:
    """Whether the national numbering plan gives these nine digits to mobile phones (facts/momo_api.md C1)."""
    number = phonenumbers.PhoneNumber(country_code=int(COUNTRY_CODE), national_number=int(national))
    return phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
