"""Orders of ours that our books lost: how they are known again, and what has to be believed because of them.

Pure. After a restore the operators remember what we ordered since the backup (docs/adr/0031-what-a-restore-forgot.md).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from flash.domain.journal import Posting, postings_for
from flash.domain.leg import FORGOTTEN, Kind, Leg, LegState, derived_reference
from flash.domain.outcome import Evidence, Reason, Source
from flash.domain.progress import new_leg, reference_to_come, with_leg
from flash.domain.statement import Line, Result
from flash.domain.transfer import Kept, State, Transfer

FURTHER = 4
"""How many legs a transfer may have had after those that we know: a payout, its refund, and refunds tried again."""


@dataclass(frozen=True, slots=True)
class Root:
    """What the references of all legs of a transfer follow from.

    Attributes:
        collection: the reference of the collection.
        legs: how many legs we know.
    """

    transfer_id: UUID
    collection: UUID
    legs: int


def references_of(root: Root) -> Iterator[tuple[UUID, Kind]]:
    """Yield the references that payouts and refunds of a transfer had, have, or would have."""
    for place in range(1, root.legs + FURTHER):
        for kind in (Kind.DISBURSEMENT, Kind.REFUND):
            yield derived_reference(root.collection, kind, place), kind


def forgotten_leg(transfer: Transfer, reference: UUID, kind: Kind, now: datetime) -> Leg:
    """Return a leg that we do not know as it must have been ordered. How it ended, its line may say."""
    leg = new_leg(transfer, reference, kind).sent(now, platform="").accepted()
    return replace(leg, last_word=FORGOTTEN)


def comes_by_itself(transfer: Transfer, leg: Leg) -> bool:
    """Whether what is ordered next for the transfer is this very leg, under this very reference.

    Then nothing is lost: an operator moves money once for each reference. While people decide, nobody knows what is
    next, and a payment that was not asked for yet may become too old to be asked for.
    """
    if transfer.state is State.COLLECTING:
        refused = any(one.kind is Kind.DISBURSEMENT for one in transfer.legs)
        kind = Kind.REFUND if transfer.cancel_wanted or refused else Kind.DISBURSEMENT
    elif transfer.state in (State.COLLECTED, State.RETURNING) and transfer.open_leg is None:
        kind = Kind.DISBURSEMENT if transfer.state is State.COLLECTED else Kind.REFUND
    else:
        return False
    return leg.reference == reference_to_come(transfer, kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """A transfer that knows more of its past, not held yet.

    Attributes:
        about: the leg that people have to decide.
        evidence: what says so.
    """

    transfer: Transfer
    about: UUID
    evidence: Kept
    postings: tuple[Posting, ...] = ()


def taken_in(transfer: Transfer, leg: Leg, line: Line, now: datetime) -> TakenIn:
    """Return the transfer with a leg that it did not know, open for people to decide.

    An order that follows on others proves how those ended, because it went out after them: the collection was settled,
    and a payout or refund before it declined. What we ordered since the restore is another matter: that stays open, and
    what it turns out to be is decided first.
    """
    proof = Evidence(at=now, source=Source.STATEMENT, body=line.raw, amount=line.amount, party=line.party)
    if transfer.final:  # Nothing is changed any more. But people have to know.
        first = transfer.legs[0].reference
        return TakenIn(transfer=transfer, about=first, evidence=((first, proof, "forgotten"),))
    if not _is_before(transfer.open_leg, transfer, leg, line):
        return _beside(transfer, leg, line, proof, now)
    kept: Kept = ()
    postings: tuple[Posting, ...] = ()
    if transfer.open_leg is not None:
        ended = _ended(transfer.open_leg, now)
        transfer = with_leg(transfer, ended)
        kept = ((ended.reference, Evidence(at=now, source=Source.STATEMENT, body=line.raw), ended.state),)
        postings = postings_for(ended, now) if ended.state is LegState.SETTLED else ()
    return TakenIn(
        transfer=_explained(with_leg(transfer, leg), leg),
        about=leg.reference,
        evidence=(*kept, (leg.reference, proof, "forgotten")),
        postings=postings,
    )


def _is_before(under_way: Leg | None, transfer: Transfer, leg: Leg, line: Line) -> bool:
    """Whether the leg under way is one of those that the forgotten one followed on."""
    if under_way is None or under_way.kind is Kind.COLLECTION:
        return True
    first, known = transfer.legs[0].reference, len(transfer.legs)
    later = {derived_reference(first, leg.kind, place) for place in range(known, known + FURTHER)}
    return leg.reference in later and (under_way.submitted_at or line.at) <= line.at


def _ended(leg: Leg, now: datetime) -> Leg:
    sent = leg if leg.attempts else leg.sent(now, platform="")
    return sent.settled("", now) if leg.kind is Kind.COLLECTION else sent.declined(Reason.OTHER, now)


def _explained(transfer: Transfer, leg: Leg) -> Transfer:
    """Only a payer who changed their mind gets money back before anything was paid out."""
    cancelled = leg.reference == derived_reference(transfer.legs[0].reference, Kind.REFUND, 1)
    return replace(transfer, reason=transfer.reason or Reason.CANCELLED_BY_PAYER) if cancelled else transfer


def _beside(transfer: Transfer, leg: Leg, line: Line, proof: Evidence, now: datetime) -> TakenIn:
    """Leave the leg under way open for people, and book the forgotten one where its line proves that it moved money."""
    about = transfer.the_open_leg().reference
    proves = line.result is Result.SETTLED and (line.amount, line.party) == (leg.amount, leg.party)
    paid = any(one.kind is not Kind.COLLECTION and one.state is LegState.SETTLED for one in transfer.legs)
    if not proves or not line.operator_id or not line.is_of(leg.kind) or paid:
        return TakenIn(transfer=transfer, about=about, evidence=((about, proof, "forgotten"),))
    booked = leg.settled(line.operator_id, now)
    return TakenIn(
        transfer=with_leg(transfer, booked),
        about=about,
        evidence=((booked.reference, proof, booked.state),),
        postings=postings_for(booked, now),
    )
