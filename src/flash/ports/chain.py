"""The chain over evidence and journal, as it is stored."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from flash.domain.chain import Head, Link, Row


class Chain(Protocol):
    """Links, each over one row, and the rows that have none yet."""

    def heads(self) -> Sequence[Head]:
        """Return the head of each chain, also of an empty one, in the order of `domain.chain.CHAINED`."""
        ...

    def head(self, table: str) -> Head:
        """Return the head of one chain."""
        ...

    def unlinked(
        self,
        table: str,
        *,
        limit: int,
        after: int = 0,
        until: int | None = None,
        written_before: datetime | None = None,
    ) -> Sequence[Row]:
        """Return rows without a link, in the order of ids: those after *after*, and *until* that one if it is given."""
        ...

    def newest(self, table: str) -> int:
        """Return the highest id of a row that has a link; 0 when none has."""
        ...

    def last(self, table: str) -> int:
        """Return the highest id of a row; 0 when there is none."""
        ...

    def append(self, links: Sequence[Link]) -> None:
        """Store links.

        Raises:
            StaleWrite: somebody else continued the chain first, or linked one of these rows.
        """
        ...

    def page(self, table: str, *, after: int, limit: int) -> Sequence[tuple[Link, Row | None]]:
        """Return the links after a position, in their order, each with its row, or None where that is gone."""
        ...
