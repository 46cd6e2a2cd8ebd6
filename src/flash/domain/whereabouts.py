"""Where the money of a transfer is, whether that is certain, and by when it will be."""

from dataclasses import dataclass
from datetime import datetime

from flash.domain.leg import LONGEST_PAUSE, Kind, LegState
from flash.domain.progress import Patience
from flash.domain.transfer import MEANINGS, State, Transfer


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The answer to "where is the money?".

    Attributes:
        place: one of the places of `MEANINGS`.
        certain: whether an operator's proof, or the lack of any order, says so.
        doubt_ends_at: when at the latest an answer has decided or a person has taken over; None when there is no
            doubt, or a person has it already.
    """

    place: str
    certain: bool
    doubt_ends_at: datetime | None = None


def whereabouts(transfer: Transfer, now: datetime, patience: Patience) -> Whereabouts:
    """Return where the money is. There is doubt exactly while an order is out that has not been answered for good."""
    place, leg = MEANINGS[transfer.state].where, transfer.open_leg
    if transfer.state is State.IN_REVIEW:
        last = transfer.legs[-1]
        if last.kind is Kind.REFUND and last.state is LegState.DECLINED:
            return Whereabouts(MEANINGS[State.COLLECTED].where, certain=True)
        return Whereabouts(place, certain=False)
    if leg is None or leg.opened_at is None:
        return Whereabouts(place, certain=True)
    # The first look after the limit calls a person; the one before may have been just in time.
    last_look = max(leg.opened_at + patience.doubt_limit + LONGEST_PAUSE, now)
    return Whereabouts(place, certain=False, doubt_ends_at=last_look + patience.lease)
