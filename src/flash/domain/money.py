"""Money: whole minor units (ngwee) of one currency. Floats and NaN never enter."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import total_ordering

from flash.domain.errors import BadAmount

MAX_DIGITS = 12
"""No single amount has more digits than this, decimals included (12 digits as in the mobile contract, section 3)."""


LONGEST_DIGITS = 50
"""More digits are not read at all, trailing zeros included; the work grows with their square."""


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency and the number of its decimals (ISO 4217)."""

    code: str
    decimals: int


ZMW = Currency("ZMW", 2)
EUR = Currency("EUR", 2)
"""The only currency of MTN's sandbox (facts/momo_api.md A5)."""

CURRENCIES = {currency.code: currency for currency in (ZMW, EUR)}


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units, for ZMW in ngwee. Arithmetic across currencies is a programming error."""

    minor: int
    currency: Currency = ZMW

    def __add__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same_currency(other)
        return self.minor < other.minor

    def __str__(self) -> str:
        """The amount as text with the currency's decimals, like `12.50`."""
        scaled = Decimal(self.minor).scaleb(-self.currency.decimals)
        return f"{scaled:.{self.currency.decimals}f}"

    @property
    def spoken(self) -> str:
        """The amount as people write it, like `K1,250.00`."""
        symbol = "K" if self.currency is ZMW or self.currency == ZMW else f"{self.currency.code} "
        scaled = Decimal(self.minor).scaleb(-self.currency.decimals)
        return f"{symbol}{scaled:,.{self.currency.decimals}f}"

    def _same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise TypeError(f"{self.currency.code} and {other.currency.code} cannot be combined")


def parse_money(value: object, currency: Currency = ZMW) -> Money:
    """Read an amount given as text, integer or Decimal; a float is refused, for it may already be wrong.

    Raises:
        BadAmount: not a finite number, more decimals than the currency has, or too many digits.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise BadAmount(field="amount")
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise BadAmount(field="amount") from None
    if len(amount.as_tuple().digits) > LONGEST_DIGITS:
        raise BadAmount(field="amount")
    if amount.is_zero():
        return Money(0, currency)
    # The size comes first: 1e400 is a perfectly finite Decimal that nobody wants expanded.
    if not amount.is_finite() or amount.adjusted() >= MAX_DIGITS - currency.decimals:
        raise BadAmount(field="amount")
    # A Fraction is exact, where Decimal would round to its 28 digits.
    minor = Fraction(amount) * 10**currency.decimals if amount.adjusted() >= -currency.decimals else Fraction(1, 2)
    if minor.denominator != 1:
        raise BadAmount(f"Amounts have at most {currency.decimals} decimals.", field="amount")
    return Money(int(minor), currency)
