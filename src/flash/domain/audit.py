"""What must be true of every stored transfer, checked from its rows alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from flash.domain.journal import Posting, balances, fee_postings, postings_for
from flash.domain.leg import Kind, Leg, LegState
from flash.domain.outcome import PROOF, Source
from flash.domain.transfer import State, Step, Transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Everything stored about one transfer."""

    transfer: Transfer
    steps: Sequence[Step]
    postings: Sequence[Posting]
    proofs: Sequence[tuple[UUID, Source, str]]
    """Leg reference, source and meaning of each kept answer."""


def differences(dossier: Dossier) -> Iterator[str]:
    """Yield a sentence for each rule that the dossier breaks; none when all is well."""
    transfer = dossier.transfer
    yield from _legs(dossier)
    yield from _journal(dossier)
    yield from _story(dossier)
    waiting = not transfer.final and transfer.state is not State.IN_REVIEW
    if waiting and transfer.due_at is None:
        yield f"it is {transfer.state} and will never be looked at again"
    if not waiting and transfer.due_at is not None:
        yield f"it is {transfer.state} and yet due"


def _legs(dossier: Dossier) -> Iterator[str]:
    legs = dossier.transfer.legs
    settled = [leg.kind for leg in legs if leg.state is LegState.SETTLED]
    if settled.count(Kind.COLLECTION) > 1:
        yield "more than one collection is settled"
    if settled.count(Kind.DISBURSEMENT) + settled.count(Kind.REFUND) > 1:
        yield "more than one of disbursement and refund is settled"
    if sum(not leg.closed for leg in legs) > 1:
        yield "more than one leg is open"
    for leg in legs:
        agreed = dossier.transfer.amount if leg.kind is Kind.DISBURSEMENT else dossier.transfer.total
        if leg.amount != agreed:
            yield f"the {leg.kind} is over {leg.amount} where {agreed} was agreed"
        if leg.closed and not _proved(leg, dossier.proofs):
            yield f"the {leg.kind} is {leg.state} without evidence"


def _proved(leg: Leg, proofs: Sequence[tuple[UUID, Source, str]]) -> bool:
    """Whether a kept answer says what the leg says, from a source that may say it."""
    sources = PROOF if leg.state is LegState.SETTLED else PROOF | {Source.SUBMIT}
    return any(proof[0] == leg.reference and proof[1] in sources and proof[2] == leg.state for proof in proofs)


def _journal(dossier: Dossier) -> Iterator[str]:
    """Compare the journal with what the state says about the money."""
    transfer, postings = dossier.transfer, dossier.postings
    if sum(posting.amount.minor for posting in postings) != 0:
        yield "its postings do not sum to zero"
    settled = {leg.kind: leg for leg in transfer.legs if leg.state is LegState.SETTLED}
    due = [posting for leg in settled.values() for posting in postings_for(leg, transfer.updated_at)]
    if transfer.state is State.COMPLETED and Kind.COLLECTION in settled:
        due += fee_postings(settled[Kind.COLLECTION], transfer.fee, transfer.updated_at)
    found, expected = balances(postings), balances(due)
    for account in sorted(found.keys() | expected.keys()):
        if found[account] != expected[account]:
            yield f"the journal shows {found[account]} for {account} where the legs say {expected[account]}"
    ends = _EXPECTED_ENDS.get(transfer.state)
    if ends is not None and set(settled) != ends:
        yield f"it is {transfer.state} with settled legs {sorted(settled)}"


_EXPECTED_ENDS = {
    State.RECORDED: set[Kind](),
    State.COLLECTING: set[Kind](),
    State.COLLECTED: {Kind.COLLECTION},
    State.PAYING_OUT: {Kind.COLLECTION},
    State.COMPLETED: {Kind.COLLECTION, Kind.DISBURSEMENT},
    State.FAILED: set[Kind](),
    State.CANCELLED: set[Kind](),
    State.RETURNING: {Kind.COLLECTION},
    State.RETURNED: {Kind.COLLECTION, Kind.REFUND},
}
"""The legs that are settled when a transfer rests in a state."""


def _story(dossier: Dossier) -> Iterator[str]:
    """The steps must be numbered without a gap, follow from each other and end where the transfer is."""
    state: State | None = None
    for number, step in enumerate(dossier.steps, start=1):
        if step.number != number or step.before is not state:
            yield f"its steps are broken at number {step.number}"
            return
        state = step.after
    if state is not dossier.transfer.state or dossier.transfer.step_count != len(dossier.steps):
        yield f"its steps end in {state} where it is {dossier.transfer.state}"
