"""Statements and closed days in memory, as strict as in a database."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from flash.domain.balance import Reading
from flash.domain.day_close import DayClose, Figures, digest_of
from flash.domain.forgotten import Root
from flash.domain.journal import Posting
from flash.domain.leg import Kind, LegState
from flash.domain.money import Money
from flash.domain.outcome import Evidence
from flash.domain.reconcile import Counterpart, Difference, Remedy
from flash.domain.routing import Operator
from flash.domain.transfer import FINAL, Step, Transfer


class Tables(Protocol):
    """What of the store in memory is needed here."""

    transfers: dict[UUID, Transfer]
    steps: dict[UUID, tuple[Step, ...]]
    evidence: dict[UUID, tuple[tuple[UUID, Evidence, str], ...]]
    postings: dict[UUID, tuple[Posting, ...]]
    differences: dict[str, tuple[Difference, datetime]]
    day_closes: dict[date, tuple[DayClose, datetime]]


class MemoryReconciliations:
    """See `ports.reconciliations.Reconciliations`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def counterparts(
        self, operator: Operator, references: Sequence[UUID], operator_ids: Sequence[str]
    ) -> Sequence[Counterpart]:
        """See `ports.reconciliations.Reconciliations`."""
        ours, theirs = set(references), set(operator_ids)
        return [
            one
            for one in self._all()
            if one.leg.reference in ours or (one.leg.operator is operator and one.leg.operator_id in theirs)
        ]

    def unknown(self, references: Sequence[UUID]) -> set[UUID]:
        """See `ports.reconciliations.Reconciliations`."""
        return set(references) - {one.leg.reference for one in self._all()}

    def roots(self, since: datetime) -> Sequence[Root]:
        """See `ports.reconciliations.Reconciliations`."""
        return [
            Root(one.id, one.legs[0].reference, len(one.legs))
            for one in self._tables.transfers.values()
            if not one.final or one.updated_at >= since
        ]

    def settled(
        self, operator: Operator, *, since: datetime, until: datetime, after: Counterpart | None, limit: int
    ) -> Sequence[Counterpart]:
        """See `ports.reconciliations.Reconciliations`."""
        found = [
            (one.leg.closed_at, one.leg.reference, one)
            for one in self._all()
            if one.leg.operator is operator and one.leg.state is LegState.SETTLED and one.leg.closed_at is not None
        ]
        last = (after.leg.closed_at, after.leg.reference) if after and after.leg.closed_at else None
        page = sorted(found, key=lambda entry: entry[:2])
        return [one for at, name, one in page if since <= at <= until and (last is None or (at, name) > last)][:limit]

    def note(self, differences: Sequence[Difference], now: datetime) -> set[str]:
        """See `ports.reconciliations.Reconciliations`."""
        new = {one.digest: (one, now) for one in differences if one.digest not in self._tables.differences}
        self._tables.differences.update(new)
        return set(new)

    def is_doubted(self, reference: UUID) -> bool:
        """See `ports.reconciliations.Reconciliations`."""
        known = self._tables.differences.values()
        return any(one.reference == reference and one.remedy is Remedy.CASE for one, _ in known)

    def reading(self, operator: Operator, accounts: Sequence[str]) -> Reading:
        """See `ports.reconciliations.Reconciliations`."""
        journal = [one for written in self._tables.postings.values() for one in written if one.account in accounts]
        leaving = coming = 0
        for one in self._all():
            if one.leg.operator is operator and one.leg.attempts and not one.leg.closed:
                if one.leg.kind is Kind.COLLECTION:
                    coming += one.leg.amount.minor
                else:
                    leaving += one.leg.amount.minor
        joint = f"float:{operator}:collection" in accounts
        balance = sum(posting.amount.minor for posting in journal)
        return Reading(Money(balance), Money(leaving), Money(coming if joint else 0))

    def _all(self) -> Iterator[Counterpart]:
        for one in self._tables.transfers.values():
            for leg in one.legs:
                yield Counterpart(one.id, one.number, leg)


class MemoryDayCloses:
    """See `ports.reconciliations.DayCloses`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def all(self) -> Iterator[DayClose]:
        """See `ports.reconciliations.DayCloses`."""
        yield from (self._tables.day_closes[day][0] for day in sorted(self._tables.day_closes))

    def last(self) -> DayClose | None:
        """See `ports.reconciliations.DayCloses`."""
        return max(self.all(), key=lambda close: close.day, default=None)

    def add(self, close: DayClose, now: datetime) -> bool:
        """See `ports.reconciliations.DayCloses`."""
        return self._tables.day_closes.setdefault(close.day, (close, now))[0] is close

    def figures(self, since: datetime | None, until: datetime) -> Figures:
        """See `ports.reconciliations.DayCloses`."""

        def counts(at: datetime) -> bool:
            return at < until and (since is None or at >= since)

        postings = [
            (str(id_), place, str(one.reference), one.at.isoformat(), one.account, one.amount.minor)
            for id_, written in sorted(self._tables.postings.items())
            for place, one in enumerate(written)
            if counts(one.at)
        ]
        evidence = [
            (str(id_), place, str(reference), one.at.isoformat(), one.source, meaning, one.http_status, one.body)
            for id_, kept in sorted(self._tables.evidence.items())
            for place, (reference, one, meaning) in enumerate(kept)
            if counts(one.at)
        ]
        accounts: Counter[str] = Counter()
        for *_, account, minor in postings:
            accounts[str(account)] += int(minor)
        told = [step for story in self._tables.steps.values() for step in story if counts(step.at)]
        ended = Counter(step.after.value for step in told if step.after in FINAL)
        (posted, journal), (stored, proofs) = digest_of(postings), digest_of(evidence)
        rows = hashlib.sha256(f"{journal} {proofs}".encode()).hexdigest()
        return Figures(accounts=accounts, ended=ended, postings=posted, evidence=stored, rows=rows)
