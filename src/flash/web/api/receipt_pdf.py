"""A receipt as a page of A6, to be shown on a phone or printed; no picture and no font comes from elsewhere."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import segno
from fpdf import FPDF

from flash.domain.receipt import Receipt, Standing
from flash.domain.text import Text, moment
from flash.domain.transfer import MEANINGS
from flash.domain.words import TITLES, Line
from flash.ports.history import HistoryRow
from flash.web.language import Say

WIDTH, HEIGHT, MARGIN = 105, 148, 8
LABEL, ROW = 27, 4.6
QR_SIDE = 42
LONGEST_VALUE = 90
"""Characters of a name or a message: what is longer would push the square from the page."""
INK, QUIET = (20, 24, 28), (95, 102, 110)
COLOURS = {Standing.PAID_OUT: (17, 110, 60), Standing.NOT_YET: (150, 95, 0)}
OTHERWISE = (165, 30, 30)
"""Of everything that is no payment."""
GROUP = 5
"""Characters of a code that stand together, so that a person does not lose their place."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is drawn.

    Attributes:
        row: the payment as the person sees it.
        text: what stands now, in their language.
    """

    row: HistoryRow
    receipt: Receipt
    code: str
    verify_url: str
    text: str


def drawn(sheet: Sheet, say: Say) -> bytes:
    """Return the PDF."""
    pdf = FPDF(format=(WIDTH, HEIGHT))
    pdf.set_creation_date(sheet.receipt.at)
    pdf.set_title(f"Flash {sheet.row.number}")
    pdf.set_margin(MARGIN)
    pdf.set_auto_page_break(auto=False)
    pdf.add_page()
    _write(pdf, f"Flash  {say(Text(Line.RECEIPT))}", 8, QUIET)
    colour = COLOURS.get(sheet.receipt.standing, OTHERWISE)
    _write(pdf, say(Text(TITLES[sheet.receipt.standing])), 17, colour, bold=True)
    _write(pdf, sheet.row.amount.spoken, 14, INK, bold=True)
    _write(pdf, sheet.text, 8, INK)
    pdf.ln(1)
    for label, value in _lines(sheet.row, say):
        _pair(pdf, label, value)
    _seal(pdf, sheet, say)
    return bytes(pdf.output())


def shown(text: str) -> str:
    """Return a text in the characters that the fonts of every PDF have, those of Latin-1.

    Accents that they lack are dropped, and other characters that they lack become question marks.
    """
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    base = character if _has(character) else unicodedata.normalize("NFKD", character)[0]
    return base if _has(base) else "?"


def _has(character: str) -> bool:
    return character.isprintable() and ord(character) < 0x100


def _lines(row: HistoryRow, say: Say) -> Iterator[tuple[str, str]]:
    """Yield what stands in the table; the fee is the payer's business."""
    if row.sent:
        yield say(Text(Line.FEE)), row.fee.spoken
        yield say(Text(Line.TOTAL)), (row.amount + row.fee).spoken
    yield say(Text(Line.FROM)), _person(row.payer_name, row.payer.e164)
    yield say(Text(Line.TO)), _person(row.payee_name, row.payee.e164)
    if row.description:
        yield say(Text(Line.MESSAGE)), row.description
    yield say(Text(Line.ORDERED)), moment(row.created_at)
    if MEANINGS[row.state].final:
        yield say(Text(Line.ENDED)), moment(row.updated_at)
    yield say(Text(Line.REFERENCE)), row.number


def _person(name: str, number: str) -> str:
    if len(name) > LONGEST_VALUE // 2:
        name = f"{name[: LONGEST_VALUE // 2]}.."
    return f"{name}, {number}" if name else number


def _seal(pdf: FPDF, sheet: Sheet, say: Say) -> None:
    """Draw the square, and write code and address, at the foot of the page."""
    top = HEIGHT - MARGIN - QR_SIDE
    _square(pdf, sheet.verify_url, MARGIN, top, QR_SIDE)
    left = MARGIN + QR_SIDE + 4
    pdf.set_left_margin(left)
    pdf.set_xy(left, top)
    _write(pdf, say(Text(Line.HOW_TO_CHECK)), 7, INK)
    address = sheet.verify_url.removesuffix(sheet.code)
    _write(pdf, address, 6.5, QUIET, link=sheet.verify_url)
    _write(pdf, say(Text(Line.CODE)), 7, INK, bold=True)
    pdf.set_font("courier", size=6.5)
    groups = [sheet.code[place : place + GROUP] for place in range(0, len(sheet.code), GROUP)]
    pdf.multi_cell(0, 2.7, " ".join(groups), align="L", new_x="LMARGIN", new_y="NEXT")


def _write(
    pdf: FPDF, text: str, size: float, colour: tuple[int, int, int], *, bold: bool = False, link: str = ""
) -> None:
    pdf.set_font("helvetica", "B" if bold else "", size)
    pdf.set_text_color(*colour)
    pdf.multi_cell(0, size * 0.47, shown(text), align="L", link=link, new_x="LMARGIN", new_y="NEXT")


def _pair(pdf: FPDF, label: str, value: str) -> None:
    value = value if len(value) <= LONGEST_VALUE else f"{value[: LONGEST_VALUE - 2].rstrip()}.."
    pdf.set_text_color(*QUIET)
    pdf.set_font("helvetica", size=7)
    pdf.cell(LABEL, ROW, shown(label))
    pdf.set_text_color(*INK)
    pdf.set_font("helvetica", size=8)
    pdf.multi_cell(0, ROW, shown(value), align="L", new_x="LMARGIN", new_y="NEXT")


def _square(pdf: FPDF, text: str, left: float, top: float, side: float) -> None:
    """Draw a QR code, each run of dark modules as one rectangle."""
    rows = list(segno.make_qr(text, error="m").matrix)
    unit = side / len(rows)
    pdf.set_fill_color(0, 0, 0)
    for line, row in enumerate(rows):
        for start, length in _runs(bytes(row)):
            pdf.rect(left + start * unit, top + line * unit, length * unit, unit, style="F")


def _runs(row: bytes) -> Iterator[tuple[int, int]]:
    """Yield start and length of each run of dark modules."""
    start = None
    for place, dark in enumerate((*row, 0)):
        if dark and start is None:
            start = place
        elif not dark and start is not None:
            yield start, place - start
            start = None
