"""A leg: one order to one operator, known to both sides by its reference."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import accumulate
from uuid import UUID

from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.domain.outcome import Evidence, Reason
from flash.domain.routing import Operator


class Kind(StrEnum):
    """What a leg does with the money."""

    COLLECTION = "collection"
    """From the payer's wallet to our collection wallet; the payer approves by PIN."""
    DISBURSEMENT = "disbursement"
    """From our payout wallet to the payee's."""
    REFUND = "refund"
    """From our payout wallet back to the payer's."""


class LegState(StrEnum):
    """How far an order got."""

    PLANNED = "planned"
    SUBMITTING = "submitting"
    """Committed before the call: from here on the operator may know the reference."""
    SUBMITTED = "submitted"
    SETTLED = "settled"
    DECLINED = "declined"


LEG_MOVES: Mapping[LegState, frozenset[LegState]] = {
    LegState.PLANNED: frozenset({LegState.SUBMITTING}),
    LegState.SUBMITTING: frozenset({LegState.SUBMITTED, LegState.SETTLED, LegState.DECLINED}),
    LegState.SUBMITTED: frozenset({LegState.SETTLED, LegState.DECLINED}),
    LegState.SETTLED: frozenset(),
    LegState.DECLINED: frozenset(),
}

CLOSED = frozenset({LegState.SETTLED, LegState.DECLINED})

FORGOTTEN = "statement: forgotten"
"""The last word about a leg that only an operator's statement told us of (docs/adr/0031-what-a-restore-forgot.md)."""

LOOK_AFTER_S = (2, 3, 5, 8, 13, 20, 30)
"""Seconds from one look to the next while the payer is likely at the phone (payments.md section 5)."""

LONGEST_PAUSE = timedelta(minutes=10)
"""From one look to the next once the payer has long left the phone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One order to one operator.

    Attributes:
        reference: ours, in the form of a UUIDv4, stored before the call; the idempotency key at the operator.
        party: the customer whose wallet is debited or credited.
        message: what the party reads about it on their phone; an operator may cut and clean it.
        platform: base URL the order was created on; only there can it be asked about (facts/momo_api.md A2).
        callback_token: the unguessable end of the URL that the operator may call about this leg.
        refunds: for a refund, the reference of the collection it returns.
        refunds_operator_id: the operator's id of that collection.
        attempts: how often it was sent, always under the same reference.
        resend: the operator proved not to know it, so the next step sends it again.
        looks: how often we asked in our time; sending again does not begin anew, so that it becomes rarer too.
        opened_at: when it was first sent; doubt is counted from here.
        submitted_at: when it was last sent; the grace time is counted from here.
        last_word: the kind of the latest answer, so that only news is kept as evidence.
    """

    reference: UUID
    kind: Kind
    operator: Operator
    party: Msisdn
    amount: Money
    state: LegState = LegState.PLANNED
    message: str = ""
    platform: str = ""
    callback_token: str = ""
    refunds: UUID | None = None
    refunds_operator_id: str | None = None
    attempts: int = 0
    resend: bool = False
    looks: int = 0
    opened_at: datetime | None = None
    submitted_at: datetime | None = None
    closed_at: datetime | None = None
    operator_id: str | None = None
    reason: Reason | None = None
    last_word: str = ""

    @property
    def closed(self) -> bool:
        """Whether the leg has ended, by evidence."""
        return self.state in CLOSED

    @property
    def is_forgotten(self) -> bool:
        """Whether our books lost it: a statement told us of it, and nobody has decided yet how it ended."""
        return self.last_word == FORGOTTEN and not self.closed

    def sent(self, now: datetime, platform: str, callback_token: str = "") -> "Leg":
        """Record the intent to send the order, again or for the first time. To be committed before the call."""
        return replace(
            self if self.attempts else self._moved(LegState.SUBMITTING),
            platform=self.platform or platform,
            callback_token=self.callback_token or callback_token,
            attempts=self.attempts + 1,
            resend=False,
            opened_at=self.opened_at or now,
            submitted_at=now,
        )

    def accepted(self) -> "Leg":
        """The operator took the order."""
        return self if self.state is LegState.SUBMITTED else self._moved(LegState.SUBMITTED)

    def settled(self, operator_id: str, now: datetime) -> "Leg":
        """The money moved."""
        return replace(self._moved(LegState.SETTLED), operator_id=operator_id, closed_at=now, resend=False)

    def declined(self, reason: Reason, now: datetime) -> "Leg":
        """The money did not move."""
        return replace(self._moved(LegState.DECLINED), reason=reason, closed_at=now, resend=False)

    def reopened(self) -> "Leg":
        """Take back how the leg ended, because people decide it anew. It is ended again before it is stored."""
        return replace(self, state=LegState.SUBMITTED, operator_id=None, reason=None, closed_at=None)

    def contradicted_by(self, evidence: Evidence) -> bool:
        """Whether an answer names another amount, currency or party than we ordered. Silence is no contradiction."""
        return evidence.amount not in (None, self.amount) or evidence.party not in (None, self.party)

    def looked(self, now: datetime) -> "Leg":
        """Count that we asked, unless it was before its time because the operator called."""
        asked_after = now - (self.opened_at or now)
        in_time = sum(asked_after >= timedelta(seconds=second) for second in accumulate(LOOK_AFTER_S))
        return replace(self, looks=min(self.looks + 1, max(self.looks, in_time)))

    def next_look(self, now: datetime) -> datetime:
        """When to ask again: often while the payer is at the phone, then every minute, then every ten."""
        if self.looks < len(LOOK_AFTER_S):
            return now + timedelta(seconds=LOOK_AFTER_S[self.looks])
        young = self.opened_at is None or now - self.opened_at < timedelta(minutes=10)
        return now + (timedelta(minutes=1) if young else LONGEST_PAUSE)

    def _moved(self, state: LegState) -> "Leg":
        if state not in LEG_MOVES[self.state]:
            raise ValueError(f"a leg cannot move from {self.state} to {state}")
        return replace(self, state=state)


def derived_reference(collection: UUID, kind: Kind, place: int) -> UUID:
    """Return the reference of a leg that follows on a collection.

    Operators demand the form of a UUIDv4 (facts/momo_api.md A5). Nobody guesses it who does not know the collection's.

    Args:
        collection: the collection's reference, which is random.
        kind: of the leg.
        place: how many legs the transfer has before it.
    """
    digest = hashlib.sha256(f"{collection}:{kind}:{place}".encode()).digest()
    return UUID(bytes=digest[:16], version=4)
