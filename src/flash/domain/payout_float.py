"""The payout float: whether a new payout still fits next to all that draw on it already."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

from flash.domain.money import Money

READ_MARGIN = timedelta(seconds=5)
"""How far the clocks of two machines may be apart when one tells that it read the float and the other that it paid."""


@dataclass(frozen=True, slots=True)
class FloatClaims:
    """What transfers draw on an operator's payout float.

    Attributes:
        ahead: of payouts that were not ordered yet, so the float still holds it; and of all that is in review.
        under_way: of payouts and refunds that were ordered, or settled about when the float was read. Whether
            the operator had taken it off by then, nobody can tell.
    """

    ahead: Money
    under_way: Money


class Room(Enum):
    """Whether a payout fits."""

    ENOUGH = auto()
    TOO_LITTLE = auto()
    NOT_KNOWN_YET = auto()
    """It depends on payouts under way; soon they are settled and the float tells."""


def room_for(amount: Money, payout_float: Money, claims: FloatClaims) -> Room:
    """Return whether a payout fits into the float that was read, next to these claims on it."""
    at_best = payout_float - claims.ahead
    if at_best < amount:
        return Room.TOO_LITTLE
    return Room.NOT_KNOWN_YET if at_best - claims.under_way < amount else Room.ENOUGH
