"""Write a statement of account into a file, row by row, and seal it; and check one that comes back."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import IO

from flash.domain.account import Account
from flash.domain.account_statement import (
    HEADER,
    SEALED,
    WHOLE,
    Altered,
    Facts,
    Line,
    Period,
    Row,
    Statement,
    check_rows,
    packed,
    seal_row,
    unpacked,
)
from flash.domain.history import Place, Span
from flash.domain.money import Money
from flash.domain.seal import BrokenSeal, bytes_of, code_of
from flash.domain.transfer import State
from flash.ports.account_statements import Cover, Format
from flash.ports.history import HistoryRow
from flash.ports.seals import Open, Seals
from flash.ports.store import UnitOfWork

PAGE = 1000
"""Rows that are read at once, each time in a short unit of work."""
MARK = b"%Flash-Seal: "
"""Before the seal of a whole file, in a line of its own at the end, which readers of PDF take for a comment."""
LONGEST_MARK = 1024
PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Order:
    """What statement is wanted."""

    account: Account
    period: Period
    format: Format


def write_statement(order: Order, file: IO[bytes], *, read: UnitOfWork, seals: Seals) -> None:
    """Write the statement, with its seal at the end.

    Raises:
        OSError: there is no room for it.
    """
    account, period = order.account, order.period
    with read() as store:
        opening = store.history.came_to(account, period.since)
    statement = Statement(period, account.msisdn.e164[-3:], opening)

    def rows() -> Iterator[Row]:
        yield from statement.rows(_lines(account, period, read))
        yield seal_row(code_of(seals.seal(packed(statement.facts))))

    order.format.write(file, _cover(account, period), rows())
    if order.format.whole:
        facts = replace(statement.facts, digest=_digest(file))
        file.write(MARK + code_of(seals.seal(packed(facts, WHOLE))).encode() + b"\n")


def check_statement(file: IO[bytes], written: Format, opened: Open) -> Facts:
    """Return what the seal of a statement says, if nothing was changed since.

    Raises:
        BrokenSeal: there is no seal, or it was not made by Flash.
        Altered: something was changed.
        BadInput: it is no such file.
    """
    if written.whole:
        return _check_whole(file, opened)
    rows = list(written.read(file))
    while rows and not any(rows[-1]):  # As programs leave them below when they save.
        rows.pop()
    if len(rows) < 4 or list(rows[0]) != list(HEADER) or list(rows[-1][2:3]) != [SEALED]:
        raise BrokenSeal
    facts = unpacked(opened(bytes_of(rows[-1][HEADER.index("Description")])))
    check_rows(facts, rows[1:-1])
    return facts


def _digest(file: IO[bytes]) -> bytes:
    """Return the digest of all that was written."""
    digest = hashlib.sha256()
    file.seek(0)
    while piece := file.read(PIECE):
        digest.update(piece)
    return digest.digest()


def _check_whole(file: IO[bytes], opened: Open) -> Facts:
    content = file.read()
    begins = content.rfind(MARK, -LONGEST_MARK)
    if begins < 0:
        raise BrokenSeal
    code = content[begins + len(MARK) :].decode("ascii", "replace")
    facts = unpacked(opened(bytes_of(code)), WHOLE)
    if hashlib.sha256(content[:begins]).digest() != facts.digest:
        raise Altered
    return facts


def _lines(account: Account, period: Period, read: UnitOfWork) -> Iterator[Line]:
    span = Span(since=period.since, until=period.until)
    place: Place | None = None
    rows: Sequence[HistoryRow] = ()
    while place is None or len(rows) == PAGE:
        with read() as store:
            rows = store.history.ended(account, span, limit=PAGE, after=place)
        yield from map(_line, rows)
        if not rows:
            return
        place = Place(rows[-1].updated_at, rows[-1].id)


def _line(row: HistoryRow) -> Line:
    what = "sent" if row.sent else "received"
    return Line(
        at=row.updated_at,
        number=row.number,
        what="returned" if row.state is State.RETURNED else what,
        person=row.other_name or row.other.e164,
        phone=row.other.e164,
        description=row.description,
        amount=row.amount,
        fee=row.fee if row.sent else Money(0),
    )


def _cover(account: Account, period: Period) -> Cover:
    who = f"{account.full_name}, {account.msisdn.e164}" if account.full_name else account.msisdn.e164
    return Cover(
        f"Flash: statement of {who}, {period.first} to {period.last}, in ZMW, times of Zambia",
        "What went through Flash, and no balance: that is in the wallet, at the operator. "
        "The seal at the end is checked by flash statement check.",
    )
