"""A transfer: one person's order to move money to a phone number; its states and what they mean."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from flash.domain.journal import Posting
from flash.domain.leg import Kind, Leg, LegState
from flash.domain.message import Message
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.domain.outcome import Evidence, Reason
from flash.domain.routing import Operator


class State(StrEnum):
    """Where a transfer is on its way (payments.md section 3)."""

    RECORDED = "recorded"
    COLLECTING = "collecting"
    COLLECTED = "collected"
    PAYING_OUT = "paying_out"
    RETURNING = "returning"
    IN_REVIEW = "in_review"
    COMPLETED = "completed"
    FAILED = "failed"
    RETURNED = "returned"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a state says to the outside.

    Attributes:
        status: the public status of the mobile contract.
        where: the true answer to "where is the money?".
        final: whether the transfer has ended. A final state never changes.
    """

    status: str
    where: str
    final: bool = False


MEANINGS: Mapping[State, Meaning] = {
    State.RECORDED: Meaning("pending", "with the payer"),
    State.COLLECTING: Meaning("processing", "with the payer, or leaving"),
    State.COLLECTED: Meaning("processing", "in our float"),
    State.PAYING_OUT: Meaning("processing", "in our float, or leaving"),
    State.RETURNING: Meaning("processing", "in our float, going back"),
    State.IN_REVIEW: Meaning("processing", "in our float or unproven"),
    State.COMPLETED: Meaning("completed", "with the payee", final=True),
    State.FAILED: Meaning("failed", "with the payer: it never left", final=True),
    State.RETURNED: Meaning("failed", "back with the payer", final=True),
    State.CANCELLED: Meaning("cancelled", "with the payer", final=True),
}

FINAL = frozenset(state for state, meaning in MEANINGS.items() if meaning.final)

MOVES: Mapping[State, frozenset[State]] = {
    State.RECORDED: frozenset({State.COLLECTING, State.CANCELLED, State.FAILED, State.IN_REVIEW}),
    State.COLLECTING: frozenset(
        {State.COLLECTED, State.RETURNING, State.FAILED, State.CANCELLED, State.IN_REVIEW},
    ),
    State.COLLECTED: frozenset({State.PAYING_OUT, State.RETURNING, State.IN_REVIEW}),
    State.PAYING_OUT: frozenset({State.COMPLETED, State.RETURNING, State.IN_REVIEW}),
    State.RETURNING: frozenset({State.RETURNED, State.IN_REVIEW}),
    State.IN_REVIEW: frozenset(
        {State.COLLECTED, State.RETURNING, State.COMPLETED, State.FAILED, State.RETURNED, State.CANCELLED},
    ),
    **dict.fromkeys(FINAL, frozenset()),
}

PAYOUT_AHEAD = frozenset({State.COLLECTING, State.COLLECTED, State.IN_REVIEW})
"""The states in which a payout that was not ordered yet will draw on the float; in review nobody knows."""

PAYING = frozenset({State.COLLECTED, State.PAYING_OUT})
"""The states in which the payee's operator is called next; in all others that of the payer is."""

SENDING: Mapping[Kind, State] = {
    Kind.COLLECTION: State.COLLECTING,
    Kind.DISBURSEMENT: State.PAYING_OUT,
    Kind.REFUND: State.RETURNING,
}
"""The state a transfer is in while its leg of this kind is under way."""


LONGEST_MESSAGE = 160
"""No operator takes a longer text for a leg (facts/momo_api.md A5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One person's order to move money to a phone number.

    Attributes:
        number: what people quote, like FL20261123K7Q2M9XW4T.
        payer_id: the account that ordered it.
        fee: what the payer pays on top of *amount*.
        key: the client's Idempotency-Key, if it sent one.
        fingerprint: digest of what was ordered, for replays and folding.
        limit_day: the day (Africa/Lusaka) whose limit it was reserved against.
        cancel_wanted: the payer changed their mind while the collection was under way.
        reason: why it did not, or may not, reach the payee.
        step_count: how many steps were recorded so far.
        due_at: when it must be looked at again; None when nothing more will happen by itself.
        hinted: the operator called about it since it was last taken, so what is asked meanwhile may be old already.
        in_line: it waits until another payment is no longer to be approved on the payer's phone.
        payee_name: who holds the payee's wallet, as the operator told it; empty when it did not.
        request_id: the request for money that it pays, if any.
        link_id: the payment link that it pays, if any.
        traceparent: names the request that ordered it, for logs and traces only; None when it was not a request.
        version: counts writes; a write based on an older version is refused.
    """

    id: UUID
    number: str
    payer_id: UUID
    payer: Msisdn
    payee: Msisdn
    payer_operator: Operator
    payee_operator: Operator
    amount: Money
    fee: Money
    description: str
    key: str | None
    fingerprint: str
    limit_day: date
    created_at: datetime
    updated_at: datetime
    due_at: datetime | None
    legs: tuple[Leg, ...]
    state: State = State.RECORDED
    cancel_wanted: bool = False
    reason: Reason | None = None
    step_count: int = 0
    hinted: bool = False
    payee_name: str = ""
    request_id: UUID | None = None
    link_id: UUID | None = None
    in_line: bool = False
    traceparent: str | None = None
    version: int = 1

    @property
    def total(self) -> Money:
        """What the payer's wallet is debited: amount and fee."""
        return self.amount + self.fee

    @property
    def final(self) -> bool:
        """Whether the transfer has ended."""
        return self.state in FINAL

    @property
    def open_leg(self) -> Leg | None:
        """The leg under way; there is never more than one."""
        return next((leg for leg in self.legs if not leg.closed), None)

    @property
    def next_operator(self) -> Operator:
        """Whom the next call goes to."""
        return self.payee_operator if self.state in PAYING else self.payer_operator

    @property
    def goes_back(self) -> bool:
        """Whether what is not proven yet would draw on the payer's side: the money goes back, if it came at all."""
        if self.state is State.COLLECTING:
            return self.cancel_wanted
        back = (
            leg.kind is Kind.REFUND or (leg.kind is Kind.DISBURSEMENT and leg.state is LegState.DECLINED)
            for leg in self.legs
        )
        return self.state is State.IN_REVIEW and any(back)

    def the_open_leg(self) -> Leg:
        """Return the leg under way, which must exist."""
        return next(leg for leg in self.legs if not leg.closed)

    def leg(self, reference: UUID) -> Leg:
        """Return the leg with this reference, which must be one of ours."""
        return next(leg for leg in self.legs if leg.reference == reference)

    def message(self, kind: Kind) -> str:
        """Return what the party of a leg reads about it on their phone."""
        told = {
            Kind.COLLECTION: f"Flash to {self.payee}",
            Kind.DISBURSEMENT: f"Flash from {self.payer}",
            Kind.REFUND: f"Flash refund {self.number}",
        }[kind]
        return (f"{told}: {self.description}" if self.description else told)[:LONGEST_MESSAGE]

    def latest(self, kind: Kind) -> Leg:
        """Return the latest leg of this kind, which must exist."""
        return [leg for leg in self.legs if leg.kind is kind][-1]


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a transfer's story: it moved, or something worth telling happened.

    Attributes:
        number: 1, 2, 3 ... within the transfer.
        before: the state it was in; None for the first step.
        note: a stable word for what happened, like a reason; empty when the move says it all.
    """

    number: int
    at: datetime
    before: State | None
    after: State
    note: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """Something a member of staff must look at.

    Attributes:
        cause: `contradiction`, `doubt_too_old`, `refund_declined` or `never_ordered`.
        reference: the leg it is about.
    """

    cause: str
    reference: UUID
    at: datetime
    detail: str


Kept = tuple[tuple[UUID, Evidence, str], ...]
"""Answers to be kept: the leg's reference, the answer, and the kind of outcome it was read as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A transfer as it shall be stored, with everything that has to be stored in the same database transaction.

    The effects hang on the change and not on whoever makes it, so that no caller can forget one.

    Attributes:
        gives_back_limit: the transfer ended without moving money to the payee.
        frees_prompt: the payer's phone does not ask for it, or never will, so the next payment may be asked for.
        news: what people are told.
        ended_leg: the leg that this ends, if it ends one.
    """

    transfer: Transfer
    steps: tuple[Step, ...] = ()
    evidence: Kept = ()
    postings: tuple[Posting, ...] = ()
    case: Case | None = None
    gives_back_limit: bool = False
    frees_prompt: bool = False
    news: tuple[Message, ...] = ()
    ended_leg: Leg | None = None

    @property
    def reopens_request(self) -> bool:
        """Whether the request that it was to pay can be answered again: it ended without moving money to the payee."""
        return self.gives_back_limit and self.transfer.request_id is not None


def moved(
    transfer: Transfer, state: State, now: datetime, *, reason: Reason | None = None, note: str = ""
) -> tuple[Transfer, Step]:
    """Move a transfer to another state and tell the step. Final states and in_review are no longer due.

    Raises:
        ValueError: the table `MOVES` does not allow it, which is a programming error.
    """
    if state not in MOVES[transfer.state]:
        raise ValueError(f"a transfer cannot move from {transfer.state} to {state}")
    step = Step(transfer.step_count + 1, now, transfer.state, state, note or (reason or ""))
    after = replace(
        transfer,
        state=state,
        reason=reason or transfer.reason,
        step_count=step.number,
        updated_at=now,
        due_at=None if state in FINAL or state is State.IN_REVIEW else now,
    )
    return after, step


def gives_back_limit(before: Transfer, after: Transfer) -> bool:
    """Whether this move ends a transfer that moved no money to the payee; true exactly once in its life."""
    return after.final and not before.final and after.state is not State.COMPLETED
