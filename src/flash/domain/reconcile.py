"""What an operator's statement and our legs say of each other: every difference, and which of them closes itself.

Pure. What a statement can prove, and what it cannot, is argued in docs/adr/0011-what-a-statement-proves.md.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from flash.domain.fees import Fees
from flash.domain.forgotten import comes_by_itself, taken_in
from flash.domain.leg import Kind, Leg, LegState
from flash.domain.limits import local_day
from flash.domain.money import Money
from flash.domain.outcome import Declined, Evidence, Reason, Settled, Source
from flash.domain.progress import PHONE_AHEAD, Patience, answered
from flash.domain.routing import Operator
from flash.domain.statement import Entry, Line, Overview, Result, Unreadable
from flash.domain.transfer import MOVES, Case, Change, Kept, State, Transfer, moved

CLOCKS = timedelta(minutes=5)
"""How far the operator's clock and ours may be apart."""


class Class(StrEnum):
    """What kind of difference it is."""

    MISSING_HERE = "missing_here"
    """They have an order that we do not."""
    MISSING_THERE = "missing_there"
    """We have a settled leg that they do not, though it must have happened within the statement."""
    AMOUNT = "amount"
    FEE = "fee"
    """They kept something else than was agreed."""
    LATE = "late"
    """It ended there and is still open here, or it was settled on another day there than here."""
    DUPLICATE = "duplicate"
    """More than one movement under one reference."""
    REVERSED_THERE = "reversed_there"
    UNKNOWN_MONEY_IN = "unknown_money_in"
    """Our wallet received something that names no order of ours."""
    CONTRADICTION = "contradiction"
    """Another party, kind or operator than we ordered; or settled on one side and failed on the other."""
    FORGOTTEN = "forgotten"
    """They have a payout or refund that we ordered, and that our books lost when they were restored from a backup."""
    UNREADABLE = "unreadable"
    """A line that says nothing we understand."""


class Remedy(StrEnum):
    """What becomes of a difference."""

    HEAL = "heal"
    """The line is the missing evidence: the open leg ends by it, as by any other evidence."""
    CLOSE = "close"
    """Both sides agree about the money; it is noted, and nothing has to be done."""
    CASE = "case"
    """A person decides."""


HOLDS = frozenset(
    {Class.AMOUNT, Class.LATE, Class.DUPLICATE, Class.REVERSED_THERE, Class.CONTRADICTION, Class.FORGOTTEN}
)
"""While one of these is open nothing more is paid: a transfer that has not ended waits in review."""


@dataclass(frozen=True, slots=True)
class Counterpart:
    """A leg of ours, as far as a statement is compared with it.

    Attributes:
        comes: we do not know the leg, and it is the one that is ordered next under its reference.
    """

    transfer_id: UUID
    number: str
    leg: Leg
    comes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that the two sides do not agree about.

    Attributes:
        line: the line it is about; None when the statement has none.
        counterpart: the leg it is about; None when we have none.
        age: how long ago it happened, on the side that has it.
        occurrence: tells lines apart that are alike to the last letter.
    """

    cls: Class
    operator: Operator
    detail: str
    age: timedelta
    remedy: Remedy = Remedy.CASE
    line: Line | Unreadable | None = None
    counterpart: Counterpart | None = None
    occurrence: int = 0

    @property
    def reference(self) -> UUID | None:
        """The reference it is about, whether a leg of ours has it or not."""
        if self.counterpart is not None:
            return self.counterpart.leg.reference
        return self.line.reference if isinstance(self.line, Line) else None

    @property
    def digest(self) -> str:
        """The same for the same difference, in whatever file and place it is found again.

        What closes itself is not what waits for a person: a line that could not heal at first may do so later. But it
        is the same before and after it healed, when all that is left is another day here than there.
        """
        told: list[object] = [self.operator, self.cls, self.remedy is Remedy.CASE, self.occurrence]
        match self.line:
            case Line() as line:
                facts = (line.operator_id, line.reference, line.original_id, line.entry, line.result)
                told += [*facts, line.amount.minor, line.amount.currency.code, line.incoming, line.fee.minor]
                told += [line.party.e164 if line.party else None, line.at.isoformat()]
            case Unreadable(raw=raw):
                told.append(raw)
        if self.counterpart is not None:
            told.append(self.counterpart.leg.reference)
        return hashlib.sha256(json.dumps(told, default=str).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was agreed with an operator.

    Attributes:
        fees: what it keeps per kind of leg; nothing where there is no schedule.
    """

    operator: Operator
    fees: Mapping[Kind, Fees]

    def fee(self, kind: Kind, amount: Money) -> Money:
        """Return what the operator may keep."""
        return self.fees.get(kind, Fees()).fee(amount)


def judged(
    lines: Sequence[Line], counterpart: Counterpart | None, agreed: Agreed, now: datetime
) -> Iterator[Difference]:
    """Yield how the lines about one leg, all that the statement has, differ from it.

    Args:
        lines: at least one; without a leg of ours each stands for itself.
        counterpart: the leg that they name.
        agreed: with the operator whose statement it is.
        now: the present instant.
    """
    if counterpart is None:
        yield from (found for line in lines for found in _without_a_leg(line, agreed, now))
    else:
        yield from _Comparison(lines, counterpart, agreed, now).differences()


def unread(line: Unreadable, agreed: Agreed) -> Difference:
    """Return the difference that a line makes which says nothing."""
    age = timedelta(0)
    return Difference(cls=Class.UNREADABLE, operator=agreed.operator, detail=line.problem, age=age, line=line)


def is_missing(counterpart: Counterpart, overview: Overview) -> bool:
    """Whether a settled leg has no line, though all of its life lies within the time that the statement covers."""
    leg = counterpart.leg
    if overview.first is None or overview.last is None or leg.opened_at is None or leg.closed_at is None:
        return False
    covered = overview.first <= leg.opened_at - CLOCKS and leg.closed_at + CLOCKS <= overview.last
    return covered and overview.ended.isdisjoint(name for name in (leg.reference, leg.operator_id) if name)


def missing_there(counterpart: Counterpart, agreed: Agreed, now: datetime) -> Difference:
    """Return the difference that a settled leg without a line makes."""
    leg = counterpart.leg
    return Difference(
        cls=Class.MISSING_THERE,
        operator=agreed.operator,
        detail=f"the {leg.kind} over {leg.amount} is settled here and not in the statement",
        age=_age(leg.closed_at or now, now),
        counterpart=counterpart,
    )


def _without_a_leg(line: Line, agreed: Agreed, now: datetime) -> Iterator[Difference]:
    """A line that no leg of ours answers to. One that moved nothing counts only when it has a reference like ours."""
    moved_some = line.moves_money or line.takes_back or (line.entry is Entry.FEE and line.result is Result.SETTLED)
    if line.reference is None and (not moved_some or not (line.amount.minor or line.fee.minor)):
        return
    if line.entry is Entry.FEE and line.reference is None:
        cls, detail = Class.FEE, f"a fee of {line.amount} for no order of ours"
    elif line.reference is None and line.incoming:
        cls, detail = Class.UNKNOWN_MONEY_IN, f"{line.amount} came in without a reference of ours"
    else:
        cls, detail = Class.MISSING_HERE, f"{line.entry} over {line.amount}, {line.result} there, and not ours"
    yield Difference(cls=cls, operator=agreed.operator, detail=detail, age=_age(line.at, now), line=line)


def _age(at: datetime, now: datetime) -> timedelta:
    """Return how long ago it was; a clock that is ahead of ours makes nothing younger than new."""
    return max(now - at, timedelta(0))


class _Comparison:
    """The lines about one leg next to that leg."""

    def __init__(self, lines: Sequence[Line], counterpart: Counterpart, agreed: Agreed, now: datetime) -> None:
        self._lines = lines
        self._counterpart = counterpart
        self._leg = counterpart.leg
        self._agreed = agreed
        self._now = now

    def differences(self) -> Iterator[Difference]:
        found = [*self._taken_back(), *self._fee()]
        movements = sorted((line for line in self._lines if line.moves_money), key=self._closeness)
        if movements:
            found += self._movement(movements[0])
            found += self._more(movements[1:])
        else:
            found += self._failure()
        if self._leg.is_forgotten:
            found = self._forgotten_first(found)
        # A line heals only a leg about which nothing else is known.
        if len(found) > 1 or len(self._lines) > 1:
            found = [replace(one, remedy=Remedy.CASE) if one.remedy is Remedy.HEAL else one for one in found]
        yield from found

    def _closeness(self, line: Line) -> tuple[bool, datetime, str]:
        """Sort the movement that our leg knows first, and then by age."""
        return line.operator_id != self._leg.operator_id, line.at, line.operator_id

    def _taken_back(self) -> Iterator[Difference]:
        for line in self._lines:
            if line.takes_back:
                yield self._one(Class.REVERSED_THERE, line, f"taken back there, and {self._leg.state} here")

    def _fee(self) -> Iterator[Difference]:
        """Compare the fees of the first movement and those that have lines of their own with what was agreed."""
        charges = [line for line in self._lines if line.entry is Entry.FEE and line.result is Result.SETTLED]
        movements = sorted((line for line in self._lines if line.moves_money), key=self._closeness)
        if not charges and not movements:
            return
        kept = sum(line.amount.minor for line in charges) + sum(line.fee.minor for line in movements[:1])
        expected = self._agreed.fee(self._leg.kind, self._leg.amount)
        if kept != expected.minor:
            told = f"a fee of {Money(kept, expected.currency)} was kept where {expected} was agreed"
            yield self._one(Class.FEE, (movements or charges)[0], told)

    def _movement(self, line: Line) -> Iterator[Difference]:
        leg = self._leg
        if told := self._stranger(line):
            yield self._one(Class.CONTRADICTION, line, told)
        elif line.amount != leg.amount:
            yield self._one(Class.AMOUNT, line, f"{line.amount} there and {leg.amount} here")
        elif leg.is_forgotten:
            yield self._forgotten(line)
        elif leg.state is LegState.SETTLED:
            yield from self._settled_on_both_sides(line)
        elif leg.closed or not leg.attempts:
            yield self._one(Class.CONTRADICTION, line, f"settled there and {leg.state} here")
        else:
            told = f"settled there and still {leg.state} here"
            yield self._one(Class.LATE, line, told, Remedy.HEAL if self._proves_settled(line) else Remedy.CASE)

    def _settled_on_both_sides(self, line: Line) -> Iterator[Difference]:
        leg = self._leg
        if line.operator_id and leg.operator_id and line.operator_id != leg.operator_id:
            yield self._one(Class.DUPLICATE, line, "another movement than the one that settled our leg")
        elif leg.closed_at is not None and local_day(line.at) != local_day(leg.closed_at):
            told = f"settled on {local_day(line.at)} there and on {local_day(leg.closed_at)} here"
            yield self._one(Class.LATE, line, told, Remedy.CLOSE)

    def _more(self, others: Sequence[Line]) -> Iterator[Difference]:
        for occurrence, line in enumerate(others, start=1):
            told = f"movement {occurrence + 1} under one reference"
            yield replace(self._one(Class.DUPLICATE, line, told), occurrence=occurrence)

    def _failure(self) -> Iterator[Difference]:
        """Nothing moved, say all lines; what is only pending there says nothing."""
        leg, failed = self._leg, [line for line in self._lines if line.result is Result.FAILED]
        if leg.is_forgotten:
            yield self._forgotten((failed or self._lines)[0])
            return
        if not failed or leg.state is LegState.DECLINED:
            return
        line = failed[0]
        if leg.state is LegState.SETTLED or not leg.attempts:
            yield self._one(Class.CONTRADICTION, line, f"failed there and {leg.state} here")
        elif told := self._stranger(line):
            yield self._one(Class.CONTRADICTION, line, told)
        else:
            told = f"failed there and still {leg.state} here"
            yield self._one(Class.LATE, line, told, Remedy.HEAL if self._proves_failed(line) else Remedy.CASE)

    def _forgotten(self, line: Line) -> Difference:
        leg = self._leg
        told = f"our {leg.kind} of {leg.amount}, {line.result} there, is not in our books"
        more = "; it is ordered again under its reference" if self._counterpart.comes else ""
        return self._one(Class.FORGOTTEN, line, told + more)

    def _forgotten_first(self, found: list[Difference]) -> list[Difference]:
        """Sort what makes us know the leg first. Nobody has to decide anything where it is ordered again anyway."""
        if self._counterpart.comes and {one.cls for one in found} <= {Class.FORGOTTEN, Class.FEE}:
            return [replace(one, remedy=Remedy.CLOSE) for one in found if one.cls is Class.FORGOTTEN]
        return sorted(found, key=lambda one: (one.cls is not Class.FORGOTTEN, one.cls not in HOLDS))

    def _stranger(self, line: Line) -> str:
        """Say in what the line is about something else than the leg; empty when it is not."""
        leg = self._leg
        if leg.operator is not self._agreed.operator:
            return f"our {leg.kind} went to {leg.operator}"
        if not line.is_of(leg.kind) or line.incoming not in (None, leg.kind is Kind.COLLECTION):
            return f"{line.entry} there and {leg.kind} here"
        if line.party not in (None, leg.party):
            return f"another party than our {leg.kind} has"
        return ""

    def _proves_settled(self, line: Line) -> bool:
        """Whether the line says all of what we ordered, at a time when it can have happened."""
        opened_at = self._leg.opened_at or self._now
        in_time = opened_at - CLOCKS <= line.at <= self._now + CLOCKS
        return in_time and line.party == self._leg.party and bool(line.operator_id)

    def _proves_failed(self, line: Line) -> bool:
        """Whether the line says no to the order as it was last sent."""
        sent_at = self._leg.submitted_at or self._now
        in_time = sent_at - CLOCKS <= line.at <= self._now + CLOCKS
        return in_time and line.party == self._leg.party and line.amount == self._leg.amount

    def _one(self, cls: Class, line: Line, detail: str, remedy: Remedy = Remedy.CASE) -> Difference:
        return Difference(
            cls=cls,
            operator=self._agreed.operator,
            detail=detail,
            age=_age(line.at, self._now),
            remedy=remedy,
            line=line,
            counterpart=self._counterpart,
        )


def healed(transfer: Transfer, difference: Difference, now: datetime, patience: Patience) -> Change | None:
    """Apply the line as the evidence it is; None when the leg has ended meanwhile and needs no healing any more."""
    if difference.counterpart is None or not isinstance(difference.line, Line):
        raise ValueError("only a line about a leg of ours heals it")
    leg, line = transfer.leg(difference.counterpart.leg.reference), difference.line
    if leg.closed or transfer.final:
        return None
    proof = Evidence(at=now, source=Source.STATEMENT, body=line.raw, amount=line.amount, party=line.party)
    settled = line.result is Result.SETTLED
    outcome = Settled(proof, line.operator_id) if settled else Declined(proof, Reason.OTHER)
    return answered(transfer, leg.reference, outcome, now, patience)


def is_as_it_was(transfer: Transfer, counterpart: Counterpart) -> bool:
    """Whether a transfer still stands to a leg as it did when the leg was compared."""
    leg = next((one for one in transfer.legs if one.reference == counterpart.leg.reference), None)
    if leg is None:
        return comes_by_itself(transfer, counterpart.leg) is counterpart.comes
    return (leg.state, leg.is_forgotten) == (counterpart.leg.state, counterpart.leg.is_forgotten)


def brought_to_a_person(transfer: Transfer, difference: Difference, now: datetime) -> Change:
    """Open a case, with the line as evidence; hold the transfer where going on could move money wrongly."""
    if difference.counterpart is None:
        raise ValueError("a case is about a leg of ours")
    leg, line = difference.counterpart.leg, difference.line
    cause = f"reconcile_{difference.cls}"
    if isinstance(line, Line) and not any(one.reference == leg.reference for one in transfer.legs):
        found = taken_in(transfer, leg, line, now)
        change = Change(transfer=found.transfer, evidence=found.evidence, postings=found.postings)
        change = replace(change, case=Case(cause, found.about, now, difference.detail))
        return _held(change, cause, now)
    kept: Kept = ()
    if isinstance(line, Line):
        proof = Evidence(at=now, source=Source.STATEMENT, body=line.raw, amount=line.amount, party=line.party)
        kept = ((leg.reference, proof, str(difference.cls)),)
    change = Change(transfer=transfer, evidence=kept, case=Case(cause, leg.reference, now, difference.detail))
    return _held(change, cause, now) if difference.cls in HOLDS else change


def _held(change: Change, cause: str, now: datetime) -> Change:
    """Hold the transfer, unless it has ended or is held already. What was never sent here was sent all the same."""
    before = change.transfer
    if State.IN_REVIEW not in MOVES[before.state]:
        return change
    legs = tuple(one if one.attempts else one.sent(now, platform="") for one in before.legs)
    after, step = moved(replace(before, legs=legs, in_line=False), State.IN_REVIEW, now, note=cause)
    answered_by_phone = before.state in PHONE_AHEAD and after.legs[0].closed
    return replace(change, transfer=after, steps=(step,), frees_prompt=answered_by_phone)
