"""Statements as Excel files (ECMA-376): amounts are numbers, and text is text, whatever it begins with.

It is written here and not by openpyxl, which takes ten times as long for a row; it is read by openpyxl.
"""

import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import IO
from xml.sax.saxutils import escape

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from flash.domain.account_statement import FIRST_MONEY, HEADER, Cell, Row
from flash.domain.errors import BadInput
from flash.ports.account_statements import Cover

NO_XLSX = "This is no statement in Excel's form."
OTHER_SHEETS = "This file has more than the one sheet of a statement."
SHEET = "xl/worksheets/sheet1.xml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{TYPE}.styles+xml"/>'
        f'<Override PartName="/{SHEET}" ContentType="{TYPE}.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="Statement" sheetId="1" r:id="r1"/></sheets>'
        "</workbook>"
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>'
    ),
    "xl/styles.xml": (
        f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="2"><xf xfId="0"/><xf xfId="0" numFmtId="4" applyNumberFormat="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    ),
}
"""Everything but the sheet. Style 1 shows two decimals."""
WIDTHS = (20, 24, 10, 28, 16, 40, 14, 10, 16, 14, 16)

_ODD = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)|[\x00-\x08\x0b-\x1f\ufffe\uffff]")
"""What XML cannot carry, and what would be read as an escape of that (ECMA-376, 22.9.2.19)."""
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class XlsxFormat:
    """See `ports.account_statements.Format`."""

    content_type = f"{TYPE}.sheet"
    suffix = "xlsx"
    whole = False

    def write(self, file: IO[bytes], _cover: Cover, rows: Iterable[Row]) -> None:
        """See `ports.account_statements.Format`. The sheet has nothing but rows, so that it sorts and sums."""
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
            for name, part in PARTS.items():
                archive.writestr(name, HEAD + part)
            with archive.open(SHEET, "w") as sheet:
                for piece in _sheet(rows):
                    sheet.write(piece.encode())

    def read(self, file: IO[bytes]) -> Iterator[Sequence[str]]:
        """See `ports.account_statements.Format`."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Whatever else a program that saved it again put in.
                book = load_workbook(file, read_only=True)
            if len(book.sheetnames) != 1 or book.worksheets[0].sheet_state != "visible":
                raise BadInput(OTHER_SHEETS)
            for row in book.worksheets[0].iter_rows(values_only=True, max_col=len(HEADER)):
                yield [*map(_plain, row[:FIRST_MONEY]), *map(_amount, row[FIRST_MONEY:])]
        except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, IndexError, SyntaxError) as error:
            raise BadInput(NO_XLSX) from error


def _sheet(rows: Iterable[Row]) -> Iterator[str]:
    yield f'{HEAD}<worksheet xmlns="{MAIN}"><cols>'
    for number, width in enumerate(WIDTHS, 1):
        yield f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
    yield "</cols><sheetData>"
    yield _row(1, HEADER)
    for number, row in enumerate(rows, 2):
        yield _row(number, row)
    yield "</sheetData></worksheet>"


def _row(number: int, row: Row) -> str:
    cells = "".join(_cell(f"{chr(65 + place)}{number}", cell) for place, cell in enumerate(row))
    return f'<row r="{number}">{cells}</row>'


def _cell(name: str, cell: Cell) -> str:
    if cell is None or cell == "":
        return ""
    if isinstance(cell, str):
        text = escape(_ODD.sub(lambda odd: f"_x{ord(odd[0]):04X}_", cell))
        return f'<c r="{name}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    return f'<c r="{name}" s="1"><v>{cell}</v></c>'


def _plain(value: object) -> str:
    return "" if value is None else _ESCAPED.sub(lambda odd: chr(int(odd[1], 16)), str(value))


def _amount(value: object) -> str:
    return f"{Decimal(str(value)):.2f}" if isinstance(value, int | float) else _plain(value)
