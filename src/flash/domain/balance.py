"""What an operator says our wallet holds, next to what the journal says, while payments go on."""

from dataclasses import dataclass

from flash.domain.money import Money


@dataclass(frozen=True, slots=True)
class Reading:
    """The journal at one moment.

    Attributes:
        balance: what the postings of the wallet's accounts come to.
        leaving: of payouts and refunds under way, which the operator may have taken off already.
        coming: of collections under way, which it may have added already, where they go to the same wallet.
    """

    balance: Money
    leaving: Money
    coming: Money


def unexplained(told: Money, opening: Money, before: Reading, after: Reading) -> Money:
    """Return what the wallet holds more (or, negative, less) than anything between the two readings explains.

    Args:
        told: what the operator said, between the readings.
        opening: what the wallet held when the journal was empty, with all that was paid in or taken out since.
        before: the journal before the operator was asked.
        after: the journal after it.
    """
    least = min(opening + one.balance - one.leaving for one in (before, after))
    most = max(opening + one.balance + one.coming for one in (before, after))
    if told < least:
        return told - least
    return told - most if told > most else Money(0, told.currency)
