"""Statements as PDF (ISO 32000-1), for printing, written page by page.

Libraries keep all pages until the end; this keeps where each one begins. Letters are those of Courier, which every
reader has. What Courier has no letter for is printed as a box, and copying finds the right character all the same.
"""

import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from flash.domain.account_statement import HEADER, Cell, Row
from flash.domain.errors import BadInput
from flash.ports.account_statements import Cover

WIDTH, HEIGHT, MARGIN = 842, 595, 28
"""A4 across, in points."""
SIZE, LEADING, ADVANCE = 6.5, 8.0, 3.9
"""Of the letters; each of Courier's is 0.6 of its size wide."""
COLUMNS = (19, 20, 15, 24, 13, 36, 13, 9, 14, 12, 14)
"""Characters; what is longer goes on in the next line."""
GAP = 1
LINES = int((HEIGHT - 2 * MARGIN) / LEADING) - 4
"""Under the title, and above the number of the page."""

CATALOGUE, PAGES, RESOURCES, COURIER = range(1, 5)
PRINTED = "This format is for printing; a program reads CSV or Excel."


class PdfFormat:
    """See `ports.account_statements.Format`."""

    content_type = "application/pdf"
    suffix = "pdf"
    whole = True

    def write(self, file: IO[bytes], cover: Cover, rows: Iterable[Row]) -> None:
        """See `ports.account_statements.Format`."""
        document = _Document(file)
        for number, lines in enumerate(_pages(rows), 1):
            document.page(_Sheet(document.letters, cover, number).drawn(lines))
        document.end(cover.title)

    def read(self, _file: IO[bytes]) -> Iterable[Sequence[str]]:
        """See `ports.account_statements.Format`. It is sealed as a whole, so nobody has to."""
        raise BadInput(PRINTED)


def _pages(rows: Iterable[Row]) -> Iterator[list[list[str]]]:
    """Yield pages of lines of cells. No row is torn apart."""
    page: list[list[str]] = []
    for row in rows:
        lines = _wrapped(row)
        if len(page) + len(lines) > LINES:
            yield page
            page = []
        page += lines
    yield page


def _wrapped(row: Row) -> list[list[str]]:
    """Return the lines of a row: its cells, cut at the width of their columns, and amounts at the right."""
    columns = [_cut(cell, width) for cell, width in zip(row, COLUMNS, strict=True)]
    height = max(map(len, columns))
    return [[pieces[line] if line < len(pieces) else "" for pieces in columns] for line in range(height)]


def _cut(cell: Cell, width: int) -> list[str]:
    text = "" if cell is None else str(cell)
    if text and not isinstance(cell, str):
        return [text.rjust(width)]
    return [text[start : start + width] for start in range(0, max(len(text), 1), width)]


class _Letters:
    """Which font has a character, and under which byte: Courier, or one of those that have boxes only."""

    def __init__(self) -> None:
        self._boxes: dict[str, int] = {}

    def runs(self, text: str) -> Iterator[tuple[int, bytes]]:
        """Yield each stretch of one font: 0 for Courier, and its bytes."""
        plain = _in_courier(text)
        if plain is not None:
            yield 0, plain
            return
        font, codes = 0, bytearray()
        for character in text:
            its_font, code = self._place(character)
            if its_font != font and codes:
                yield font, bytes(codes)
                codes.clear()
            font = its_font
            codes.append(code)
        if codes:
            yield font, bytes(codes)

    def _place(self, character: str) -> tuple[int, int]:
        plain = _in_courier(character)
        if plain is not None:
            return 0, plain[0]
        place = self._boxes.setdefault(character, len(self._boxes))
        return place // 256 + 1, place % 256

    @property
    def fonts(self) -> list[str]:
        """The characters of each font of boxes."""
        known = "".join(self._boxes)
        return [known[start : start + 256] for start in range(0, len(known), 256)]


def _in_courier(text: str) -> bytes | None:
    """Return the bytes of a text in Courier; None when it has not all of its letters."""
    try:
        return text.encode("cp1252") if text.isprintable() else None
    except UnicodeEncodeError:
        return None


class _Sheet:
    """One page, as the commands that draw it."""

    def __init__(self, letters: _Letters, cover: Cover, number: int) -> None:
        self._letters = letters
        self._cover = cover
        self._number = number
        self._commands = [b"BT"]
        self._font = -1

    def drawn(self, lines: list[list[str]]) -> bytes:
        """Return the commands."""
        top = HEIGHT - MARGIN
        self._write(MARGIN, top - LEADING, self._cover.title)
        self._write(MARGIN, top - 2 * LEADING, self._cover.about)
        for place, line in enumerate([list(HEADER), *lines]):
            at = float(MARGIN)
            for text, width in zip(line, COLUMNS, strict=True):
                self._write(at, top - (place + 3.5) * LEADING, text)
                at += round((width + GAP) * ADVANCE, 2)
        self._write(MARGIN, MARGIN - LEADING, f"Page {self._number}")
        return b"\n".join([*self._commands, b"ET"])

    def _write(self, left: float, bottom: float, text: str) -> None:
        if not text:
            return
        self._commands.append(b"1 0 0 1 %.2f %.2f Tm" % (left, bottom))
        for font, codes in self._letters.runs(text):
            if font != self._font:
                self._font = font
                self._commands.append(b"/F%d %.1f Tf" % (font, SIZE))
            self._commands.append(b"<%s> Tj" % codes.hex().encode())


class _Document:
    """The file, as objects that are written as they come."""

    def __init__(self, file: IO[bytes]) -> None:
        self.letters = _Letters()
        self._file = file
        self._at = 0
        self._offsets = array("Q", [0] * (COURIER + 1))
        self._leaves = array("L")
        self._put(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        self._object(b"<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding>>", COURIER)

    def page(self, commands: bytes) -> None:
        """Write a page."""
        contents = self._stream(commands)
        leaf = (
            f"<</Type/Page/Parent {PAGES} 0 R/MediaBox[0 0 {WIDTH} {HEIGHT}]/Resources {RESOURCES} 0 R"
            f"/Contents {contents} 0 R>>"
        )
        self._leaves.append(self._object(leaf.encode()))

    def end(self, title: str) -> None:
        """Write what stands at the end: fonts, the list of pages, and where everything is."""
        boxes = [self._boxes(characters) for characters in self.letters.fonts]
        fonts = "".join(f"/F{place} {name} 0 R" for place, name in enumerate([COURIER, *boxes]))
        self._object(f"<</Font<<{fonts}>>>>".encode(), RESOURCES)
        kids = " ".join(f"{leaf} 0 R" for leaf in self._leaves)
        self._object(f"<</Type/Pages/Count {len(self._leaves)}/Kids[{kids}]>>".encode(), PAGES)
        self._object(f"<</Type/Catalog/Pages {PAGES} 0 R>>".encode(), CATALOGUE)
        about = self._object(f"<</Title <feff{title.encode('utf-16-be').hex()}>>>".encode())
        begins = self._at
        self._put(f"xref\n0 {len(self._offsets)}\n0000000000 65535 f \n".encode())
        for offset in self._offsets[1:]:
            self._put(f"{offset:010} 00000 n \n".encode())
        size = len(self._offsets)
        trailer = f"trailer\n<</Size {size}/Root {CATALOGUE} 0 R/Info {about} 0 R>>\nstartxref\n{begins}\n%%EOF\n"
        self._put(trailer.encode())

    def _boxes(self, characters: str) -> int:
        """Write a font of boxes for these characters, with what each one stands for."""
        box = self._stream(b"600 0 0 0 600 700 d1 60 w 80 30 440 600 re S")
        blank = self._stream(b"600 0 0 0 0 0 d1")
        meaning = self._stream(_to_unicode(characters))
        last = len(characters) - 1
        names = " ".join(f"/c{code}" for code in range(len(characters)))
        drawn = "".join(
            f"/c{code} {box if character.isprintable() else blank} 0 R" for code, character in enumerate(characters)
        )
        return self._object(
            (
                f"<</Type/Font/Subtype/Type3/FontBBox[0 0 600 700]/FontMatrix[.001 0 0 .001 0 0]/Resources<<>>"
                f"/CharProcs<<{drawn}>>/Encoding<</Type/Encoding/Differences[0 {names}]>>"
                f"/FirstChar 0/LastChar {last}/Widths[{' '.join(['600'] * (last + 1))}]/ToUnicode {meaning} 0 R>>"
            ).encode()
        )

    def _stream(self, content: bytes) -> int:
        content = zlib.compress(content, 6)
        head = f"<</Length {len(content)}/Filter/FlateDecode>>\nstream\n".encode()
        return self._object(head + content + b"\nendstream")

    def _object(self, content: bytes, number: int | None = None) -> int:
        if number is None:
            number = len(self._offsets)
            self._offsets.append(0)
        self._offsets[number] = self._at
        self._put(f"{number} 0 obj\n".encode() + content + b"\nendobj\n")
        return number

    def _put(self, content: bytes) -> None:
        self._file.write(content)
        self._at += len(content)


def _to_unicode(characters: str) -> bytes:
    """Return the table by which a reader knows what the bytes of a font stand for."""
    lines = [f"<{code:02x}> <{character.encode('utf-16-be').hex()}>" for code, character in enumerate(characters)]
    blocks = [lines[start : start + 100] for start in range(0, len(lines), 100)]
    tables = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "/CIDSystemInfo <</Registry(Adobe)/Ordering(UCS)/Supplement 0>> def\n"
        "/CMapName /Boxes def /CMapType 2 def\n"
        f"1 begincodespacerange\n<00> <ff>\nendcodespacerange\n{tables}\n"
        "endcmap CMapName currentdict /CMap defineresource pop end end"
    ).encode()
