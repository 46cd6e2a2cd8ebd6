"""Statements as CSV (RFC 4180), in UTF-8 with the mark by which Excel knows it.

A cell of text that begins with one of = + - @, an apostrophe, a tab or an end of line gets one apostrophe in front, so
that no spreadsheet takes it for a formula. Who reads the file by a program takes one leading apostrophe away again.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from flash.domain.account_statement import FIRST_MONEY, HEADER, Cell, Row
from flash.domain.errors import BadInput
from flash.ports.account_statements import Cover

GUARD = "'"
GUARDED = tuple("=+-@\t\r\n'＝＋－＠")
"""Also in full width, which some programs take for the same."""
NO_CSV = "This is no statement in CSV."


class CsvFormat:
    """See `ports.account_statements.Format`."""

    content_type = "text/csv; charset=utf-8"
    suffix = "csv"
    whole = False

    def write(self, file: IO[bytes], _cover: Cover, rows: Iterable[Row]) -> None:
        """See `ports.account_statements.Format`. A title would not be a row like the others, so there is none."""
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        try:
            writer = csv.writer(text)
            writer.writerow(HEADER)
            writer.writerows([_guarded(cell) for cell in row] for row in rows)
        finally:
            text.detach()

    def read(self, file: IO[bytes]) -> Iterator[Sequence[str]]:
        """See `ports.account_statements.Format`."""
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        try:
            for row in csv.reader(text, strict=True):
                yield [*map(_plain, row[:FIRST_MONEY]), *row[FIRST_MONEY:]]
        except (csv.Error, UnicodeDecodeError) as error:
            raise BadInput(NO_CSV) from error
        finally:
            text.detach()


def _guarded(cell: Cell) -> str:
    if isinstance(cell, str):
        return GUARD + cell if cell.startswith(GUARDED) else cell
    return "" if cell is None else str(cell)


def _plain(text: str) -> str:
    return text.removeprefix(GUARD)
