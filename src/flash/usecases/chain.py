"""Link new rows of evidence and journal into their chains, and prove that no linked one was touched since."""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from flash.domain.chain import CHAINED, ORIGIN, Broken, Head, Row, extended, verified
from flash.domain.errors import StaleWrite
from flash.ports.clock import Clock
from flash.ports.store import Store, UnitOfWork

log = logging.getLogger(__name__)

MOST = 500
"""Rows linked in one unit of work, and read in one page."""

EVERY_S = 5.0
"""Seconds from one look for new rows to the next."""

LINKED_WITHIN = timedelta(minutes=10)
"""A row older than this without a link is told by the audit; a younger one may still be on its way into the chain."""

LATECOMERS = 10_000
"""Ids are given before their rows are committed, so some come late: so many below the newest are looked at again."""

WINDOW = 50_000
"""Ids that are looked through in one statement, so that each is short however long the tables grow."""


class Chainer:
    """Continues the chains, and remembers how far they went, so that one that was cut meanwhile is not grown again.

    Any number may work at once: the store lets one of them continue, and the others drop their work.
    """

    def __init__(self, unit_of_work: UnitOfWork, *, most: int = MOST) -> None:
        self._unit_of_work = unit_of_work
        self._most = most
        self._seen = {table: Head(table, 0, ORIGIN) for table in CHAINED}
        self._looked_to = dict.fromkeys(CHAINED, 0)

    def chain_rows(self) -> int:
        """Link rows that have no link yet, no more than twice *most* of each table.

        A chain that is not the one that was seen before, because somebody cut it or wrote it anew, is told and not
        continued.

        Returns:
            How many rows were linked.
        """
        return sum(self._chain(table) for table in CHAINED)

    def _chain(self, table: str) -> int:
        try:
            with self._unit_of_work() as store:
                check_head(self._seen[table], store)
                head = store.chain.head(table)
                rows, looked_to = self._unlinked(table, store)
                links = extended(head, rows)
                store.chain.append(links)
        except StaleWrite:
            log.info("the chain of %s was continued by somebody else meanwhile", table)
            return 0
        except Broken as error:
            log.error("the chain is not continued: %s", error)
            return 0
        self._looked_to[table] = looked_to
        self._seen[table] = Head(table, links[-1].position, links[-1].digest) if links else head
        return len(links)

    def _unlinked(self, table: str, store: Store) -> tuple[Sequence[Row], int]:
        """Return rows to be linked, and up to which id all older ones are then.

        These are the latest ones, and some that a process before this one may have left behind.
        """
        recent = max(0, store.chain.newest(table) - LATECOMERS)
        rows = store.chain.unlinked(table, after=recent, limit=self._most)
        begun, end = self._looked_to[table], min(self._looked_to[table] + WINDOW, recent)
        if begun >= end:
            return rows, begun
        older = store.chain.unlinked(table, after=begun, until=end, limit=self._most)
        return [*rows, *older], end if len(older) < self._most else begun


def check_head(kept: Head, store: Store) -> None:
    """Compare a chain with a head of it that was kept elsewhere.

    Raises:
        Broken: it is shorter than it was, or says something else at that place.
    """
    if kept.length == 0:
        return
    found = store.chain.page(kept.table, after=kept.length - 1, limit=1)
    if not found or found[0][0].position != kept.length:
        length = store.chain.head(kept.table).length
        raise Broken(f"{kept.table} position {kept.length}: the chain was cut, it now ends at {length}")
    if found[0][0].digest != kept.digest:
        raise Broken(f"{kept.table} position {kept.length}: the chain was written anew since its digest was kept")


def verify_chains(*, store: Store, clock: Clock, kept: Sequence[Head] = ()) -> Iterator[Head]:
    """Yield the head of each chain that holds. The store has to see one snapshot.

    Args:
        store: what is looked at.
        clock: for the age of rows that have no link yet.
        kept: heads that were kept elsewhere, with which the chains must agree.

    Raises:
        Broken: at the first link that does not hold, or the first row that should have one.
    """
    for table in CHAINED:
        head = Head(table, 0, ORIGIN)
        while page := store.chain.page(table, after=head.length, limit=MOST):
            head = verified(head, page)
        for copy in kept:
            if copy.table == table:
                check_head(copy, store)
        _check_all_linked(table, store, clock.now() - LINKED_WITHIN)
        yield head


def _check_all_linked(table: str, store: Store, written_before: datetime) -> None:
    for after in range(0, store.chain.last(table), WINDOW):
        late = store.chain.unlinked(table, limit=1, after=after, until=after + WINDOW, written_before=written_before)
        if late:
            where = f"{table} row {late[0].id} of transfer {late[0].transfer_id}"
            raise Broken(f"{where}: the row is not in the chain after {LINKED_WITHIN.total_seconds() / 60:g} minutes")
