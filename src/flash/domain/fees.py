"""What a payment costs the payer: bands by amount, from the settings; no bands mean no fee."""

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


def _parse_band(text: str, currency: Currency) -> Band:
    up_to, _, price = text.partition(":")
    fixed, percent = "0", Decimal(0)
    for part in price.split("+"):
        if part.strip().endswith("%"):
            percent = Decimal(part.strip().removesuffix("%"))
        else:
            fixed = part.strip()
    band = Band(parse_money(up_to.strip(), currency), parse_money(fixed, currency), percent)
    if min(band.up_to.minor, band.fixed.minor) < 0 or not percent.is_finite() or percent < 0:
        raise ValueError("negative fee")
    return band
