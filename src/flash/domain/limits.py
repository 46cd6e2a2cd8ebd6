"""How much a person may send: bounds per operator and payment, and a limit per local day and tier."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flash.domain.errors import AmountOutOfBounds, DayLimitReached
from flash.domain.money import Money
from flash.domain.routing import Operator

LUSAKA = ZoneInfo("Africa/Lusaka")


@dataclass(frozen=True, slots=True)
class Bounds:
    """The smallest and largest single payment an operator takes, both included."""

    least: Money
    most: Money


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be sent at all.

    Attributes:
        bounds: per operator, for one payment; both operators of a transfer must allow it.
        per_day: per tier, for one local day.
    """

    bounds: Mapping[Operator, Bounds]
    per_day: Mapping[int, Money]

    def check_amount(self, amount: Money, fee: Money, *, payer: Operator, payee: Operator) -> None:
        """Refuse an amount that one of the operators would not take: the payer's moves amount and fee.

        Raises:
            AmountOutOfBounds: below the least or above the most.
        """
        least = max(self.bounds[payer].least, self.bounds[payee].least)
        most = min(self.bounds[payer].most - fee, self.bounds[payee].most)
        if amount < least:
            raise AmountOutOfBounds(f"The smallest amount you can send is {least.spoken}.", field="amount")
        if amount > most:
            raise AmountOutOfBounds(f"The largest amount you can send at once is {most.spoken}.", field="amount")

    def of_day(self, tier: int) -> Money:
        """Return the day's limit of a tier; a tier without one of its own has the highest below it."""
        return self.per_day[max(known for known in self.per_day if known <= tier or known == min(self.per_day))]


def day_limit_reached(limit: Money) -> DayLimitReached:
    """Return the refusal of an amount that does not fit into what is left of the day."""
    return DayLimitReached(f"This is above what is left of your limit of {limit.spoken} a day.", field="amount")


def local_day(now: datetime) -> date:
    """Return the day that people in Zambia have at this instant."""
    return now.astimezone(LUSAKA).date()
