"""What a payment costs the payer: bands by amount, from the settings; no bands mean no fee."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from flash.domain.money import Currency, Money, parse_money


@dataclass(frozen=True, slots=True)
class Band:
    """The fee for amounts up to and including *up_to*: a fixed part and a share of the amount in percent."""

    up_to: Money
    fixed: Money
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Fees:
    """A schedule of bands, by rising amount. Above the last band its fee applies."""

    bands: tuple[Band, ...] = ()

    def fee(self, amount: Money) -> Money:
        """Return the fee for sending *amount*, rounded half up to the minor unit."""
        if not self.bands:
            return Money(0, amount.currency)
        band = next((band for band in self.bands if amount <= band.up_to), self.bands[-1])
        share = (Decimal(amount.minor) * band.percent / 100).quantize(Decimal(1), ROUND_HALF_UP)
        return band.fixed + Money(int(share), amount.currency)


def parse_fees(text: str, currency: Currency) -> Fees:
    """Read a schedule like `150.00: 0.42, 500.00: 1.00 + 0.5%`.

    Raises:
        ValueError: not of that form, negative, or the bands do not rise.
    """
    bands = tuple(_parse_band(part, currency) for part in text.split(",") if part.strip())
    if any(low.up_to >= high.up_to for low, high in pairwise(bands)):
        raise ValueError("the bands must rise")
    return Fees(bands)


_BAND = re.compile(r"([\d.]+)\s*:\s*(?:([\d.]+)\s*(?:\+\s*(\d+(?:\.\d+)?)%)?|(\d+(?:\.\d+)?)%)")
"""An amount, a colon, and a fixed price, a percentage, or both."""


def _parse_band(text: str, currency: Currency) -> Band:
    form = _BAND.fullmatch(text.strip())
    if form is None:
        raise ValueError("not a band")
    up_to, fixed, percent, percent_alone = form.groups(default="0")
    share = Decimal(percent) + Decimal(percent_alone)
    return Band(parse_money(up_to, currency), parse_money(fixed, currency), share)
