"""Statements of account: each file, opened again by a program, says exactly what was written."""

import csv
import errno
import io
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pypdf
import pytest
from pypdf.generic import ContentStream

from flash.adapters.account_statements import FORMATS
from flash.adapters.account_statements.pdf_file import ADVANCE, COLUMNS, GAP, MARGIN
from flash.domain.account_statement import FIRST_MONEY, HEADER, Line, Period, Row, Statement
from flash.domain.errors import BadInput
from flash.domain.history import Totals
from flash.domain.money import Money
from flash.ports.account_statements import Cover

COVER = Cover("Flash: statement of Mutale, +260960000001", "About this.")
HOSTILE = (
    "",
    '=HYPERLINK("http://evil.example")',
    "+1",
    "-1",
    "@SUM(A1)",
    "'quoted",
    "''",
    "\tTab",
    "\rReturn",
    "a\r\nb\nc\rd",
    '"; DROP TABLE',
    "comma, semicolon; tab\t.",
    " spaces ",
    "\u200e+1",
    "🎉👩‍👩‍👧 party",
    "مرحبا",
    "שלום 12",
    "Ŋombe Ḿ",
    "_x0041_ _x",
    "\x01\x1f\x7f\x85\xa0\xad\u2028\ufeff\uffff",
    "<b>&amp;</b>",
    "#N/A",
    "1.50",
    "TRUE",
    "2026-11-01",
    "\\(Tj) %",
    "x" * 500,
    "=" * 100,
    "＝1",
)


def lines(count: int = 0) -> Iterator[Line]:
    for number, text in enumerate([*HOSTILE, *map(str, range(count))]):
        yield Line(
            at=datetime(2026, 11, 23, 9, 30, number % 60, tzinfo=UTC),
            number=f"FL20261123{number:010}",
            what=("sent", "received", "returned")[number % 3],
            person=text or "+260970000002",
            phone="+260970000002",
            description=text,
            amount=Money(100 + number),
            fee=Money(number % 3 and 0),
        )


def rows(count: int = 0) -> list[Row]:
    period = Period(first=date(2026, 11, 1), last=date(2026, 11, 30), until=datetime(2026, 11, 30, 22, 0, tzinfo=UTC))
    opening = Totals(sent_count=1, sent=Money(10**14 + 1), fees=Money(1), received_count=1, received=Money(7))
    return list(Statement(period, "001", opening).rows(lines(count)))


def texts(written: list[Row]) -> list[list[str]]:
    return [list(HEADER), *(["" if cell is None else str(cell) for cell in row] for row in written)]


def file_of(suffix: str, written: list[Row]) -> io.BytesIO:
    file = io.BytesIO()
    FORMATS[suffix].write(file, COVER, iter(written))
    file.seek(0)
    return file


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_file_is_read_back_to_the_letter(suffix: str) -> None:
    written = rows()
    assert [list(row) for row in FORMATS[suffix].read(file_of(suffix, written))] == texts(written)


def test_a_program_reads_csv_and_no_cell_is_a_formula() -> None:
    written = rows()
    content = file_of("csv", written).getvalue()
    assert content.startswith(b"\xef\xbb\xbfTime,Number,")
    assert content.count(b"\r\n") >= len(written) + 1
    found = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert {len(row) for row in found} == {len(HEADER)}
    assert not [cell for row in found for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))]
    plain = [[cell.removeprefix("'") for cell in row[:FIRST_MONEY]] + row[FIRST_MONEY:] for row in found]
    assert plain == texts(written)


def test_a_program_reads_excel_with_amounts_as_numbers_and_text_as_text() -> None:
    written = rows()
    sheet = openpyxl.load_workbook(file_of("xlsx", written)).worksheets[0]
    found = list(sheet.iter_rows(min_row=2))
    assert len(found) == len(written)
    for cells, row in zip(found, written, strict=True):
        for cell, value in zip(cells, row, strict=True):
            if isinstance(value, Money):
                assert (cell.data_type, cell.number_format) == ("n", "#,##0.00")
                assert f"{cell.value:.2f}" == str(value)
            else:
                assert cell.data_type in ("s", "n" if not value else "s")


def cells_of(reader: pypdf.PdfReader) -> list[list[str]]:
    """The lines of all pages as their cells, read operation by operation."""
    found: list[list[str]] = []
    starts = [float(MARGIN)]
    for width in COLUMNS[:-1]:
        starts.append(starts[-1] + round((width + GAP) * ADVANCE, 2))
    for page in reader.pages:
        fonts = {name: tables(font.get_object()) for name, font in page["/Resources"]["/Font"].items()}
        by_place: dict[tuple[float, float], str] = {}
        font, place = "", (0.0, 0.0)
        for operands, operator in ContentStream(page.get_contents(), reader).operations:
            if operator == b"Tm":
                place = (-float(operands[5]), float(operands[4]))
            elif operator == b"Tf":
                font = operands[0]
            elif operator == b"Tj":
                code = operands[0].original_bytes
                by_place[place] = by_place.get(place, "") + "".join(fonts[font][byte] for byte in code)
        heights = sorted({height for height, _ in by_place})[2:-1]  # Without title and number of the page.
        found += [[by_place.get((height, round(start, 2)), "") for start in starts] for height in heights]
    return found


def tables(font: Any) -> dict[int, str]:
    """What each byte stands for."""
    if font["/Subtype"] == "/Type1":
        return {byte: bytes([byte]).decode("cp1252", "replace") for byte in range(256)}
    lines_ = font["/ToUnicode"].get_data().decode().split("\n")
    pairs = [line.strip("<>").split("> <") for line in lines_ if line.startswith("<") and "> <" in line]
    return {int(code, 16): bytes.fromhex(text).decode("utf-16-be") for code, text in pairs[1:]}


def joined(lines_: list[list[str]]) -> list[list[str]]:
    """Rows, each of the lines that it goes on in put together."""
    found: list[list[str]] = []
    for line in lines_:
        if line == list(HEADER):
            continue
        if line[0]:
            found.append(line)
        else:
            found[-1] = [before + more for before, more in zip(found[-1], line, strict=True)]
    return [[*row[:FIRST_MONEY], *(cell.strip() for cell in row[FIRST_MONEY:])] for row in found]


def test_a_program_reads_pdf_whatever_letters_there_are() -> None:
    written = rows(200)
    reader = pypdf.PdfReader(file_of("pdf", written), strict=True)
    assert len(reader.pages) > 2
    assert reader.metadata.title == COVER.title
    assert joined(cells_of(reader)) == texts(written)[1:]
    assert "Brought forward" in reader.pages[0].extract_text()
    assert "Carried forward" in reader.pages[-1].extract_text()
    assert "Page 1" in reader.pages[0].extract_text()


def test_a_statement_of_nothing_has_a_page() -> None:
    assert len(pypdf.PdfReader(file_of("pdf", []), strict=True).pages) == 1


class Full(io.BytesIO):
    """A file on a disk that is full after so many bytes."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self._room = room

    def write(self, content: Any) -> int:
        if self.tell() + len(content) > self._room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(content)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("room", [0, 3000])
def test_a_full_disk_is_told(suffix: str, room: int) -> None:
    with pytest.raises(OSError, match="No space left"):
        FORMATS[suffix].write(Full(room), COVER, iter(rows(300)))


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("content", [b"", b"nonsense \xff", b"PK\x03\x04 half of a file", b'"open'])
def test_what_is_no_statement_is_refused(suffix: str, content: bytes) -> None:
    found: list[Any] = []
    with suppress(BadInput):
        found += FORMATS[suffix].read(io.BytesIO(content))
    assert not [row for row in found if len(row) == len(HEADER)]
