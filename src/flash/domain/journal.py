"""The journal: append-only double-entry postings, written with the outcome that proves them (payments.md section 7)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from flash.domain.leg import Kind, Leg
from flash.domain.money import Money

FEES = "fees"


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of a movement: positive into the account, negative out of it.

    Attributes:
        reference: the leg whose outcome proves it.
        account: `payer:mtn`, `float:mtn:collection`, `float:mtn:payout`, `payee:mtn` or `fees`.
    """

    reference: UUID
    account: str
    amount: Money
    at: datetime


def postings_for(leg: Leg, now: datetime) -> tuple[Posting, ...]:
    """Return the two sides of a settled leg's movement; together they are zero."""
    source, target = _ACCOUNTS[leg.kind]
    return (
        Posting(leg.reference, source.format(leg.operator), -leg.amount, now),
        Posting(leg.reference, target.format(leg.operator), leg.amount, now),
    )


def fee_postings(collection: Leg, fee: Money, now: datetime) -> tuple[Posting, ...]:
    """Return the two sides of earning the fee, which happens when the payee has been paid; none for a zero fee."""
    if fee.minor == 0:
        return ()
    return (
        Posting(collection.reference, f"float:{collection.operator}:collection", -fee, now),
        Posting(collection.reference, FEES, fee, now),
    )


def taken_back(posting: Posting) -> Posting:
    """Return the posting that undoes this one; the journal is only ever added to."""
    return replace(posting, amount=-posting.amount)


def balances(postings: Iterable[Posting]) -> Counter[str]:
    """Return the sum of each account, in minor units."""
    sums: Counter[str] = Counter()
    for posting in postings:
        sums[posting.account] += posting.amount.minor
    return sums


_ACCOUNTS = {
    Kind.COLLECTION: ("payer:{}", "float:{}:collection"),
    Kind.DISBURSEMENT: ("float:{}:payout", "payee:{}"),
    Kind.REFUND: ("float:{}:payout", "payer:{}"),
}
