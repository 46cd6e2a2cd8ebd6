"""The chain over evidence and journal in memory, with the columns that a database has."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flash.domain.chain import CHAINED, ORIGIN, Head, Link, Row
from flash.domain.errors import StaleWrite
from flash.domain.journal import Posting
from flash.domain.outcome import Evidence

if TYPE_CHECKING:
    from flash.adapters.memory.store import Tables


def number(tables: "Tables", table: str, transfer_id: UUID, count: int) -> None:
    """Give ids to as many rows as are about to be added to a transfer."""
    known = len(getattr(tables, table).get(transfer_id, ()))
    newest = next((row_id for name, row_id in reversed(tables.rows) if name == table), 0)
    for place in range(count):
        tables.rows[table, newest + place + 1] = (transfer_id, known + place)


class MemoryChain:
    """See `ports.chain.Chain`."""

    def __init__(self, tables: "Tables") -> None:
        self._tables = tables

    def heads(self) -> Sequence[Head]:
        return [self.head(table) for table in CHAINED]

    def head(self, table: str) -> Head:
        links = self._links(table)
        return Head(table, links[-1].position, links[-1].digest) if links else Head(table, 0, ORIGIN)

    def unlinked(
        self,
        table: str,
        *,
        limit: int,
        after: int = 0,
        until: int | None = None,
        written_before: datetime | None = None,
    ) -> Sequence[Row]:
        linked = {link.row_id for link in self._links(table)}
        until = self.last(table) if until is None else until
        ids = sorted(row_id for name, row_id in self._tables.rows if name == table and after < row_id <= until)
        rows = [self._row(table, row_id) for row_id in ids if row_id not in linked]
        return [row for row in rows if written_before is None or row.values["at"] < written_before][:limit]

    def newest(self, table: str) -> int:
        return max((link.row_id for link in self._links(table)), default=0)

    def last(self, table: str) -> int:
        return max((row_id for name, row_id in self._tables.rows if name == table), default=0)

    def append(self, links: Sequence[Link]) -> None:
        for link in links:
            linked = {known.row_id for known in self._links(link.table)}
            if (link.table, link.position) in self._tables.links or link.row_id in linked:
                raise StaleWrite
            self._tables.links[link.table, link.position] = link

    def page(self, table: str, *, after: int, limit: int) -> Sequence[tuple[Link, Row | None]]:
        links = [link for link in self._links(table) if link.position > after][:limit]
        return [
            (link, self._row(table, link.row_id) if (table, link.row_id) in self._tables.rows else None)
            for link in links
        ]

    def _links(self, table: str) -> list[Link]:
        return sorted(
            (link for link in self._tables.links.values() if link.table == table), key=lambda link: link.position
        )

    def _row(self, table: str, row_id: int) -> Row:
        transfer_id, place = self._tables.rows[table, row_id]
        values = {"id": row_id, "transfer_id": transfer_id}
        if table == "evidence":
            values |= _evidence_values(*self._tables.evidence[transfer_id][place])
        else:
            values |= _posting_values(self._tables.postings[transfer_id][place])
        return Row(table, row_id, transfer_id, values)


def _evidence_values(reference: UUID, evidence: Evidence, meaning: str) -> dict[str, Any]:
    return {
        "reference": reference,
        "at": evidence.at,
        "source": evidence.source,
        "meaning": meaning,
        "http_status": evidence.http_status,
        "body": evidence.body,
        "currency": evidence.amount.currency.code if evidence.amount else None,
        "amount_minor": evidence.amount.minor if evidence.amount else None,
        "party": evidence.party.e164 if evidence.party else None,
    }


def _posting_values(posting: Posting) -> dict[str, Any]:
    return {
        "reference": posting.reference,
        "account": posting.account,
        "currency": posting.amount.currency.code,
        "amount_minor": posting.amount.minor,
        "at": posting.at,
    }
