"""What is remembered of the operators' statements, and the days that were closed."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from flash.domain.balance import Reading
from flash.domain.day_close import DayClose, Figures
from flash.domain.forgotten import Root
from flash.domain.reconcile import Counterpart, Difference
from flash.domain.routing import Operator


class Reconciliations(Protocol):
    """Legs as statements are compared with them, and the differences that were found."""

    def counterparts(
        self, operator: Operator, references: Sequence[UUID], operator_ids: Sequence[str]
    ) -> Sequence[Counterpart]:
        """Return the legs with these references, whosoever's, and this operator's legs with these ids of its own."""
        ...

    def unknown(self, references: Sequence[UUID]) -> set[UUID]:
        """Return those of the references that no leg of ours has, whosoever's."""
        ...

    def roots(self, since: datetime) -> Sequence[Root]:
        """Return the roots of all transfers that have not ended, or were changed since."""
        ...

    def settled(
        self, operator: Operator, *, since: datetime, until: datetime, after: Counterpart | None, limit: int
    ) -> Sequence[Counterpart]:
        """Return a page of an operator's settled legs that ended in this time, in the order in which they did."""
        ...

    def note(self, differences: Sequence[Difference], now: datetime) -> set[str]:
        """Keep the differences that are new, and return their digests. Each is new to one caller only, for ever."""
        ...

    def is_doubted(self, reference: UUID) -> bool:
        """Whether an earlier difference about this leg waits for a person."""
        ...

    def reading(self, operator: Operator, accounts: Sequence[str]) -> Reading:
        """Return the balance of journal accounts of a wallet, and what the operator's open legs may move.

        Money is coming only where one of the accounts is that of collections.
        """
        ...


class DayCloses(Protocol):
    """Days that were closed."""

    def all(self) -> Iterator[DayClose]:
        """Yield the closes, the oldest first."""
        ...

    def last(self) -> DayClose | None:
        """Return the latest; None when no day was closed yet."""
        ...

    def add(self, close: DayClose, now: datetime) -> bool:
        """Keep a close; False when somebody closed that day already."""
        ...

    def figures(self, since: datetime | None, until: datetime) -> Figures:
        """Return what is stored about this time, the end not included; without *since*, about all before it."""
        ...
