"""The chain: each row of evidence and journal is sealed with the one before, so that a change of the past shows.

A digest covers the digest before it and every column of the row. Whoever edits, deletes or swaps rows would have to
make all later digests anew, and then the head differs from every copy of it that was kept elsewhere.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

CHAINED = ("evidence", "postings")
"""The tables with a chain, each with its own."""

ORIGIN = "0" * 64
"""What stands for the digest before the first."""


@dataclass(frozen=True, slots=True)
class Row:
    """A stored row with all its columns.

    Attributes:
        values: the columns by name, the id among them.
    """

    table: str
    id: int
    transfer_id: UUID
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Link:
    """A row's place in the chain of its table.

    Attributes:
        position: 1, 2, 3 ... without a gap.
        transfer_id: whose row it is, so that it can be told when the row is gone.
        digest: SHA-256 in hexadecimal.
    """

    table: str
    position: int
    row_id: int
    transfer_id: UUID
    digest: str


@dataclass(frozen=True, slots=True)
class Head:
    """How long a chain is, and its last digest."""

    table: str
    length: int
    digest: str


class Broken(Exception):
    """A chain does not hold. Its text names table, position, row and transfer."""


def row_digest(before: str, row: Row) -> str:
    """Return the digest of a row that follows on the digest *before*."""
    return hashlib.sha256(f"{before}\n{_canonical(row)}".encode()).hexdigest()


def _canonical(row: Row) -> str:
    """Write a row in the one way there is.

    Columns without a value are left out: a column that a later release adds leaves the digests of older rows alone.
    """
    columns = {name: _plain(value) for name, value in row.values.items() if value is not None}
    return json.dumps([row.table, row.id, columns], sort_keys=True, separators=(",", ":"))


def _plain(value: Any) -> str | int:
    """Write a value alike, whatever the database makes of it: instants in UTC to the microsecond."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value if isinstance(value, int) else str(value)


def extended(head: Head, rows: Iterable[Row]) -> list[Link]:
    """Return the links by which these rows continue a chain."""
    links, digest = [], head.digest
    for position, row in enumerate(rows, start=head.length + 1):
        digest = row_digest(digest, row)
        links.append(Link(row.table, position, row.id, row.transfer_id, digest))
    return links


def verified(head: Head, page: Sequence[tuple[Link, Row | None]]) -> Head:
    """Return the head after a page of links that follow on *head*, each with its row, or None where that is gone.

    Raises:
        Broken: at the first link that does not hold.
    """
    for link, row in page:
        problem = _problem(head, link, row)
        if problem:
            where = f"{link.table} position {link.position}, row {link.row_id} of transfer {link.transfer_id}"
            raise Broken(f"{where}: {problem}")
        head = Head(link.table, link.position, link.digest)
    return head


def _problem(head: Head, link: Link, row: Row | None) -> str:
    if link.position != head.length + 1:
        return f"the chain has a gap after position {head.length}"
    if row is None:
        return "the row was deleted"
    if link.digest != row_digest(head.digest, row) or link.transfer_id != row.transfer_id:
        return "the row or its place in the chain was changed after it was written"
    return ""


def as_line(head: Head) -> str:
    """Write a head as it is printed, kept elsewhere, and read again by `heads_in`."""
    return f"chain {head.table} {head.length} {head.digest}"


def heads_in(text: str) -> Iterator[Head]:
    """Yield the heads that a text holds, among whatever else it says."""
    for line in text.splitlines():
        match line.split():
            case ["chain", table, length, digest] if table in CHAINED and length.isdecimal():
                yield Head(table, int(length), digest)
