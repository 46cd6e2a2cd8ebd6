"""Compare an operator's statement with our legs, and its balance with the journal."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from flash.domain.balance import unexplained
from flash.domain.errors import StaleWrite
from flash.domain.forgotten import comes_by_itself, forgotten_leg, references_of
from flash.domain.money import Money
from flash.domain.progress import Patience
from flash.domain.reconcile import (
    CLOCKS,
    Agreed,
    Counterpart,
    Difference,
    Remedy,
    brought_to_a_person,
    healed,
    is_as_it_was,
    is_missing,
    judged,
    missing_there,
    unread,
)
from flash.domain.routing import Operator
from flash.domain.statement import Line, Overview, Statement, Unreadable, grouped
from flash.domain.transfer import State, Transfer
from flash.ports.clock import Clock
from flash.ports.provider import FloatCheck, Provider
from flash.ports.store import Store, UnitOfWork

log = logging.getLogger(__name__)

BATCH = 500
"""Lines that are looked up by one statement."""

TRIES = 5
"""How often a difference is dealt with against a transfer that others change at the same moment."""

NOTHING_LOST: Mapping[UUID, Counterpart] = {}

DOUBT = "doubt_too_old"
"""The only cause of a review that a statement may end: nobody knew. Where sources disagreed, a person decides."""


class Became(StrEnum):
    """What became of a difference."""

    HEALED = "healed"
    CLOSED = "closed"
    CASE = "case opened"
    NOTED = "noted"
    """There is no transfer to open a case on."""
    KNOWN = "known before"
    HELD_BACK = "held back"
    """It would heal, but the file has lines that nobody understood, which may say otherwise."""
    MOVED = "moved meanwhile"
    """The leg changed while we looked; the next run sees it as it is then."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference, and what became of it."""

    difference: Difference
    became: Became

    @property
    def is_done(self) -> bool:
        """Whether nobody has to do anything about it."""
        known = self.became is Became.KNOWN and self.difference.remedy is not Remedy.CASE
        return known or self.became in (Became.HEALED, Became.CLOSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What it takes to reconcile. It opens its own units of work: one for each difference that changes a transfer."""

    unit_of_work: UnitOfWork
    clock: Clock
    patience: Patience
    agreed: Agreed


def reconcile(statement: Statement, overview: Overview, desk: Desk) -> Iterator[Finding]:
    """Compare a statement with our legs, deal with each difference, and yield it.

    Safe to run again, and in two places at once: a difference is dealt with once, for ever. Lines are looked up in
    batches and forgotten; only those that share a name with others are kept until all have been seen.

    Args:
        statement: read from its beginning.
        overview: of the very same statement, which was read to its end.
        desk: what it takes.
    """
    lost = _forgotten(overview, desk)
    # First of all, so that nothing that heals meanwhile lets a worker order what was ordered before.
    if lost:
        yield from _compared_in_turn(_about(lost, statement, overview), overview, desk, lost)
    shared: list[Line] = []
    batch: list[list[Line]] = []
    for line in statement():
        if isinstance(line, Unreadable):
            yield from _without_transfer([unread(line, desk.agreed)], desk)
        elif not overview.is_alone(line):
            shared.append(line)
        elif line.reference not in lost:
            batch.append([line])
        if len(batch) == BATCH:
            yield from _compared(batch, overview, desk)
            batch = []
    yield from _compared(batch, overview, desk)
    yield from _compared_in_turn([group for group in grouped(shared) if not _is_about(lost, group)], overview, desk)
    # A line that nobody understood may be the one that seems to be missing.
    if not overview.unreadable:
        yield from _missing(overview, desk)


def _forgotten(overview: Overview, desk: Desk) -> Mapping[UUID, Counterpart]:
    """Return the legs that our books lost, among those that the statement names.

    The transfers are looked through only where the statement names what we do not know.
    """
    unknown: set[UUID] = set()
    references = overview.references
    with desk.unit_of_work() as store:
        for start in range(0, len(references), BATCH):
            unknown |= store.reconciliations.unknown(references[start : start + BATCH])
    if not unknown or overview.first is None:
        return {}
    with desk.unit_of_work() as store:
        roots = store.reconciliations.roots(overview.first - CLOCKS)
    # Outside a transaction, for with many transfers it takes its time.
    named = [(root, *one) for root in roots for one in references_of(root) if one[0] in unknown]
    found: dict[UUID, Counterpart] = {}
    with desk.unit_of_work() as store:
        for root, reference, kind in named:
            transfer = store.transfers.get(root.transfer_id)
            leg = forgotten_leg(transfer, reference, kind, desk.clock.now())
            found[reference] = Counterpart(transfer.id, transfer.number, leg, comes_by_itself(transfer, leg))
    return found


def _about(lost: Mapping[UUID, Counterpart], statement: Statement, overview: Overview) -> list[list[Line]]:
    """Return the lines about lost legs, with all that share a name with them."""
    lines = (line for line in statement() if isinstance(line, Line))
    near = [line for line in lines if line.reference in lost or not overview.is_alone(line)]
    return [group for group in grouped(near) if _is_about(lost, group)]


def _is_about(lost: Mapping[UUID, Counterpart], group: Sequence[Line]) -> bool:
    return any(line.reference in lost for line in group)


def _compared_in_turn(
    groups: Sequence[Sequence[Line]], overview: Overview, desk: Desk, lost: Mapping[UUID, Counterpart] = NOTHING_LOST
) -> Iterator[Finding]:
    for start in range(0, len(groups), BATCH):
        yield from _compared(groups[start : start + BATCH], overview, desk, lost)


def _compared(
    groups: Sequence[Sequence[Line]], overview: Overview, desk: Desk, lost: Mapping[UUID, Counterpart] = NOTHING_LOST
) -> Iterator[Finding]:
    """Look up the legs of some groups of lines at once, and deal with how they differ."""
    lines = [line for group in groups for line in group]
    references = [line.reference for line in lines if line.reference]
    operator_ids = [name for line in lines for name in (line.operator_id, line.original_id) if name]
    with desk.unit_of_work() as store:
        found = store.reconciliations.counterparts(desk.agreed.operator, references, operator_ids)
    legs: dict[UUID | str, Counterpart] = {}
    for counterpart in (*lost.values(), *found):
        legs[counterpart.leg.reference] = counterpart
        if counterpart.leg.operator_id and counterpart.leg.operator is desk.agreed.operator:
            legs[counterpart.leg.operator_id] = counterpart
    simple: list[Difference] = []
    for difference in _differences(groups, legs, desk):
        if difference.counterpart is None or difference.remedy is Remedy.CLOSE:
            simple.append(difference)
        elif difference.remedy is Remedy.HEAL and overview.unreadable:
            yield Finding(difference, Became.HELD_BACK)
        else:
            yield _with_transfer(difference, difference.counterpart, desk)
    yield from _without_transfer(simple, desk)


def _differences(
    groups: Sequence[Sequence[Line]], legs: Mapping[UUID | str, Counterpart], desk: Desk
) -> Iterator[Difference]:
    now = desk.clock.now()
    for group in groups:
        ours: dict[UUID, tuple[Counterpart, list[Line]]] = {}
        nobodys: list[Line] = []
        for line in group:
            names = (line.reference, line.operator_id, line.original_id)
            counterpart = next((legs[name] for name in names if name and name in legs), None)
            if counterpart is None:
                nobodys.append(line)
            else:
                ours.setdefault(counterpart.leg.reference, (counterpart, []))[1].append(line)
        if len(ours) == 1:  # Lines that share a name with those of one leg are about that leg.
            counterpart, _ = next(iter(ours.values()))
            yield from judged(group, counterpart, desk.agreed, now)
            continue
        yield from judged(nobodys, None, desk.agreed, now) if nobodys else ()
        for counterpart, lines in ours.values():  # Two legs under one name: none of these lines heals anything.
            for difference in judged(lines, counterpart, desk.agreed, now):
                yield difference if difference.remedy is not Remedy.HEAL else replace(difference, remedy=Remedy.CASE)


def _missing(overview: Overview, desk: Desk) -> Iterator[Finding]:
    """Go through our settled legs of the time that the statement covers, and find those that it does not have."""
    if overview.first is None or overview.last is None:
        return
    after: Counterpart | None = None
    while True:
        with desk.unit_of_work() as store:
            page = store.reconciliations.settled(
                desk.agreed.operator, since=overview.first, until=overview.last, after=after, limit=BATCH
            )
        for counterpart in page:
            if is_missing(counterpart, overview):
                difference = missing_there(counterpart, desk.agreed, desk.clock.now())
                yield _with_transfer(difference, counterpart, desk)
        if len(page) < BATCH:
            return
        after = page[-1]


def _without_transfer(differences: Sequence[Difference], desk: Desk) -> Iterator[Finding]:
    """Note differences that change no transfer, all at once."""
    if not differences:
        return
    with desk.unit_of_work() as store:
        new = store.reconciliations.note(differences, desk.clock.now())
    for difference in differences:
        became = Became.CLOSED if difference.remedy is Remedy.CLOSE else Became.NOTED
        yield Finding(difference, became if difference.digest in new else Became.KNOWN)


def _with_transfer(difference: Difference, counterpart: Counterpart, desk: Desk) -> Finding:
    """Deal with a difference about a transfer, in a unit of work of its own."""
    for _ in range(TRIES):
        try:
            with desk.unit_of_work() as store:
                finding = _dealt_with(difference, counterpart, store, desk)
        except StaleWrite:
            continue  # Somebody moved the transfer meanwhile: look at it again.
        if finding.became is Became.CASE:
            log.warning("a case was opened on %s: %s", counterpart.number, finding.difference.cls)
        return finding
    return Finding(difference, Became.MOVED)


def _dealt_with(difference: Difference, counterpart: Counterpart, store: Store, desk: Desk) -> Finding:
    """Heal or open a case, and note it in the same unit of work, so that neither is without the other.

    The transfer is read first: whoever notes something about it afterwards makes our write stale.
    """
    now, reference = desk.clock.now(), counterpart.leg.reference
    transfer = store.transfers.get(counterpart.transfer_id)
    if not is_as_it_was(transfer, counterpart):
        return Finding(difference, Became.MOVED)
    if difference.remedy is Remedy.HEAL and _is_disputed(transfer, reference, store):
        difference = replace(difference, remedy=Remedy.CASE)
    heals = difference.remedy is Remedy.HEAL
    change = healed(transfer, difference, now, desk.patience) if heals else None
    if heals and change is None:
        return Finding(difference, Became.MOVED)
    if not store.reconciliations.note([difference], now):
        return Finding(difference, Became.KNOWN)
    after = store.transfers.apply(change or brought_to_a_person(transfer, difference, now))
    if heals:
        _close_doubt(after, reference, store, now)
    if after.due_at is not None:
        store.jobs.advance(after.id)
    return Finding(difference, Became.HEALED if heals else Became.CASE)


def _is_disputed(transfer: Transfer, reference: UUID, store: Store) -> bool:
    """Whether anything but doubt is known of the leg: an earlier difference, or a review for another cause."""
    if store.reconciliations.is_doubted(reference):
        return True
    if transfer.state is not State.IN_REVIEW:
        return False
    return any(filed.case.cause != DOUBT for filed in store.reviews.open_cases(transfer.id))


def _close_doubt(transfer: Transfer, reference: UUID, store: Store, now: datetime) -> None:
    """Take from people's desk what the statement has answered."""
    for filed in store.reviews.open_cases(transfer.id):
        if (filed.case.reference, filed.case.cause) == (reference, DOUBT):
            store.reviews.close(filed.id, now)


@dataclass(frozen=True, slots=True)
class Balance:
    """What an operator says our wallet holds, and how that fits.

    Attributes:
        told: None when it does not say.
        journal: what the journal comes to.
        opening: what the wallet holds beside that; None when nobody told.
        gap: what is unexplained.
    """

    operator: Operator
    told: Money | None
    journal: Money
    opening: Money | None
    gap: Money

    @property
    def agrees(self) -> bool:
        """Whether all is explained."""
        return self.told is not None and self.opening is not None and self.gap.minor == 0


def compare_balances(
    operators: Mapping[Operator, Provider],
    wallets: Mapping[Operator, Sequence[str]],
    openings: Mapping[Operator, Money],
    *,
    snapshot: UnitOfWork,
) -> Iterator[Balance]:
    """Yield, for each operator that tells what our wallet holds, whether the journal explains it.

    The journal is read before and after the operator is asked, for money moves while one looks.

    Args:
        operators: those we work with.
        wallets: the journal accounts that each one's wallet consists of.
        openings: what each wallet holds beside the journal; where one is missing, that of the last closed day counts.
        snapshot: opens units of work that see one moment.
    """
    with snapshot() as store:
        last = store.day_closes.last()
    known = {Operator(name): Money(minor) for name, minor in last.openings.items()} if last else {}
    for operator, provider in operators.items():
        teller: object = provider
        if not isinstance(teller, FloatCheck):
            continue
        with snapshot() as store:
            before = store.reconciliations.reading(operator, wallets[operator])
        told = teller.float_available()
        with snapshot() as store:
            after = store.reconciliations.reading(operator, wallets[operator])
        opening = openings.get(operator, known.get(operator))
        gap = Money(0)
        if told is not None and opening is not None:
            gap = unexplained(told, opening, before, after)
        yield Balance(operator, told, after.balance, opening, gap)
