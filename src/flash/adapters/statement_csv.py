"""Operators' statements as CSV files, whose columns and words the settings name."""

import csv
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flash.domain.errors import BadMsisdn
from flash.domain.fees import Fees, parse_fees
from flash.domain.leg import Kind
from flash.domain.money import CURRENCIES, ZMW, Currency, Money, parse_money
from flash.domain.msisdn import Msisdn, parse_msisdn
from flash.domain.statement import BadStatement, Entry, Line, Result, Statement, Unreadable
from flash.settings import Settings

T = TypeVar("T")

HEADER_WITHIN = 30
"""The columns' names stand somewhere in so many first lines; banks like to begin with addresses."""

_AMOUNT = {
    ".": re.compile(r"-?(\d+|\d{1,3}([, ]\d{3})+)(\.\d+)?"),
    ",": re.compile(r"-?(\d+|\d{1,3}([. ]\d{3})+)(,\d+)?"),
}
"""An amount with this decimal sign; separators of thousands only where thousands are, or 12,50 would be 1250."""

_WALLET = re.compile(r"(?:FRI:)?([^/]*)(?:/MSISDN)?", re.IGNORECASE)
"""A number, also as operators address wallets."""

_TIME = {"YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d", "MON": "%b", "hh": "%H", "mm": "%M", "ss": "%S"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How one operator's statements look.

    Attributes:
        columns: what a column says to its name in the file. `party_in` and `party_out` name the customer of money that
            came in and went out.
        entries: the file's words for what a line is about, in lower case.
        results: its words for how that ended; without a column for it, every line is settled.
        directions: its words for in (true) and out; without a column for it, the sign decides.
        signed: whether the sign of an amount says where it went; where not, what the line is about says it.
        zone: of times that do not say their own.
    """

    prefix: str
    columns: Mapping[str, str]
    entries: Mapping[str, Entry]
    results: Mapping[str, Result]
    directions: Mapping[str, bool]
    signed: bool
    time_format: str
    zone: ZoneInfo
    delimiter: str
    decimal: str
    currency: Currency
    encoding: str


class _Problem(ValueError):
    """What is wrong with a line, in words that quote nothing of it."""


class _Recorder:
    """Hands out the lines of a file and remembers those that make up the present row."""

    def __init__(self, handle: TextIO) -> None:
        self._handle = handle
        self._taken: list[str] = []

    def __iter__(self) -> "_Recorder":
        return self

    def __next__(self) -> str:
        line = next(self._handle)
        self._taken.append(line)
        return line

    def raw(self) -> str:
        """Return the text since the last call."""
        text = "".join(self._taken).rstrip("\r\n")
        self._taken.clear()
        return text


def open_statement(path: Path, layout: Layout) -> Statement:
    """Return a statement that is read from the file as often as it is asked for.

    While it is read:

    Raises:
        BadStatement: it is no such statement, or was changed since it was read first, so that what was learned of the
            whole no longer holds.
    """
    first: list[tuple[int, int, int]] = []

    def read() -> Iterator[Line | Unreadable]:
        try:
            with path.open(encoding=layout.encoding, newline="") as handle:
                found = os.fstat(handle.fileno())
                first.append((found.st_ino, found.st_size, found.st_mtime_ns))
                if first[-1] != first[0]:
                    raise BadStatement(f"{path.name} was changed while it was read.")
                yield from _lines(handle, path.name, layout)
        except (OSError, UnicodeDecodeError) as error:
            raise BadStatement(f"{path.name} cannot be read ({type(error).__name__}).") from error

    return read


def _lines(handle: TextIO, name: str, layout: Layout) -> Iterator[Line | Unreadable]:
    recorder = _Recorder(handle)
    rows = csv.reader(recorder, delimiter=layout.delimiter, strict=True)
    try:
        places = _places(rows, name, layout)
        recorder.raw()
        for row in rows:
            raw = recorder.raw()
            if not any(cell.strip() for cell in row):
                continue
            yield _line(row, places, layout, rows.line_num, raw)
    except csv.Error as error:
        told = f"{name} is no CSV file that can be read: {error} in line {rows.line_num}."
        raise BadStatement(told) from error


def _places(rows: Iterator[list[str]], name: str, layout: Layout) -> Mapping[str, int]:
    """Find the line with the columns' names, and where each is."""
    missing: set[str] = set(layout.columns.values())
    for _, row in zip(range(HEADER_WITHIN), rows, strict=False):
        header = [cell.strip() for cell in row]
        absent = set(layout.columns.values()) - set(header)
        if not absent:
            if twice := sorted({column for column in layout.columns.values() if header.count(column) > 1}):
                raise BadStatement(f"{name} has more than one column {', '.join(twice)}.")
            return {what: header.index(column) for what, column in layout.columns.items()}
        missing = min(missing, absent, key=len)
    told = ", ".join(sorted(missing))
    raise BadStatement(f"{name} has no column {told}; {layout.prefix}column.* says what its columns are called.")


def _line(row: list[str], places: Mapping[str, int], layout: Layout, number: int, raw: str) -> Line | Unreadable:
    if len(row) <= max(places.values()):
        return Unreadable(number, raw, "it has too few cells")
    cells = {what: row[place].strip() for what, place in places.items()}
    try:
        return _read(cells, layout, number, raw)
    except _Problem as problem:
        return Unreadable(number, raw, str(problem))


def _read(cells: Mapping[str, str], layout: Layout, number: int, raw: str) -> Line:
    entry = layout.entries.get(cells["entry"].lower(), Entry.OTHER)
    amount = _money(cells["amount"], layout, "amount")
    fee = _money(cells["fee"], layout, "fee") if cells.get("fee") else Money(0, layout.currency)
    incoming = _incoming(cells, entry, amount, layout)
    party = cells.get("party_in" if incoming else "party_out", "")
    return Line(
        number=number,
        raw=raw,
        entry=entry,
        result=_word(cells["result"], layout.results, "status") if "result" in cells else Result.SETTLED,
        amount=max(amount, -amount),
        at=_time(cells["at"], layout),
        operator_id=cells.get("operator_id", ""),
        reference=_reference(cells.get("reference", "")),
        original_id=cells.get("original_id", ""),
        incoming=incoming,
        fee=max(fee, -fee),
        party=_party(party),
    )


def _incoming(cells: Mapping[str, str], entry: Entry, amount: Money, layout: Layout) -> bool | None:
    if "direction" in cells:
        return _word(cells["direction"], layout.directions, "direction")
    if layout.signed or amount.minor < 0:
        return amount.minor > 0
    known = {Entry.COLLECTION: True, Entry.DISBURSEMENT: False, Entry.REFUND: False}
    return known.get(entry)


def _word(text: str, words: Mapping[str, T], what: str) -> T:
    if text.lower() not in words:
        raise _Problem(f"its word for the {what} is not in the settings")
    return words[text.lower()]


def _money(text: str, layout: Layout, what: str) -> Money:
    if not _AMOUNT[layout.decimal].fullmatch(text):
        raise _Problem(f"its {what} is no amount of money")
    plain = re.sub(r"[, ]" if layout.decimal == "." else r"[. ]", "", text).replace(",", ".")
    try:
        return parse_money(plain, layout.currency)
    except ValueError as error:
        raise _Problem(f"its {what} is no amount of money") from error


def _time(text: str, layout: Layout) -> datetime:
    try:
        if layout.time_format == "ISO":
            at = datetime.fromisoformat(text)
        else:
            at = datetime.strptime(text, layout.time_format)  # noqa: DTZ007 - the zone is added below
        return (at if at.tzinfo else at.replace(tzinfo=layout.zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _Problem("its time is not in the form of the settings") from error


def _reference(text: str) -> UUID | None:
    """Read a reference of ours, with or without hyphens; any other text is none."""
    plain = text.replace("-", "").lower()
    return UUID(plain) if re.fullmatch(r"[0-9a-f]{32}", plain) else None


def _party(text: str) -> Msisdn | None:
    form = _WALLET.fullmatch(text)
    try:
        return parse_msisdn(form.group(1)) if form and form.group(1) else None
    except BadMsisdn:
        return None  # A wallet without a Zambian number, like our own.


COLUMNS = (
    "reference",
    "operator_id",
    "original_id",
    "entry",
    "result",
    "direction",
    "amount",
    "fee",
    "party_in",
    "party_out",
    "at",
)


def from_settings(settings: Settings, operator: str) -> tuple[Layout, Mapping[Kind, Fees], tuple[str, ...]]:
    """Read `statement.OPERATOR.*`.

    Returns:
        How its statements look, what it may keep, and the parts of the journal that its wallet consists of.
    """
    prefix = f"statement.{operator}."
    with settings.reading() as read:
        columns = {what: read(f"{prefix}column.{what}", str, " ").strip() for what in COLUMNS}
        columns = {what: name for what, name in columns.items() if name}
        for what in ("entry", "amount", "at"):
            if what not in columns:
                read.problem(f"{prefix}column.{what}", "missing or empty")
        if not columns.keys() & {"reference", "operator_id"}:
            read.problem(f"{prefix}column.reference", "without it there must be a column.operator_id")
        layout = Layout(
            prefix=prefix,
            columns=columns,
            entries=read(f"{prefix}entries", _words_for(Entry)),
            results=read(f"{prefix}results", _words_for(Result), "" if "result" not in columns else None),
            directions=read(f"{prefix}directions", _directions, "" if "direction" not in columns else None),
            signed=read(f"{prefix}amounts", _signed),
            time_format=read(f"{prefix}time", _time_format),
            zone=read(f"{prefix}zone", _zone),
            delimiter=read(f"{prefix}delimiter", _delimiter),
            decimal=read(f"{prefix}decimal", _decimal),
            currency=read(f"{prefix}currency", _currency),
            encoding=read(f"{prefix}encoding", _encoding),
        )
        fees = {kind: read(f"{prefix}fee.{kind}", _fees, "") for kind in Kind}
        wallet = read(f"{prefix}wallet", _wallet)
    return layout, fees, tuple(f"float:{operator}:{part}" for part in wallet)


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for part in text.split(","):
        if part.strip():
            words, colon, meaning = part.rpartition(":")
            if not colon or not words.strip():
                raise ValueError("not a pair")
            yield words.strip().lower(), meaning.strip()


def _one_of(choices: Mapping[str, T], text: str) -> T:
    if text not in choices:
        raise ValueError("none of the choices")
    return choices[text]


def _words_for(meaning: Callable[[str], T]) -> Callable[[str], Mapping[str, T]]:
    def words(text: str) -> Mapping[str, T]:
        """Read the file's words and what they mean, like PAYMENT: collection, TRANSFER: disbursement."""
        return {word: meaning(told) for word, told in _pairs(text)}

    return words


def _directions(text: str) -> Mapping[str, bool]:
    """Read the file's words for in and out, like CR: in, DR: out."""
    return {word: _one_of({"in": True, "out": False}, told) for word, told in _pairs(text)}


def _signed(text: str) -> bool:
    """Read signed or unsigned."""
    return _one_of({"signed": True, "unsigned": False}, text)


def _time_format(text: str) -> str:
    """Read ISO, or a form like YYYY-MM-DD hh:mm:ss."""
    if text == "ISO":
        return text
    form = re.sub("|".join(_TIME), lambda part: _TIME[part.group()], text.replace("%", "%%"))
    if not {"%d", "%H", "%M"} <= set(re.findall("%.", form)):
        raise ValueError("no day or time in it")
    return form


def _zone(text: str) -> ZoneInfo:
    """Read a time zone, like Africa/Lusaka."""
    try:
        return ZoneInfo(text)
    except ZoneInfoNotFoundError as error:
        raise ValueError("no such zone") from error


def _delimiter(text: str) -> str:
    """Read comma, semicolon, tab or pipe."""
    return _one_of({"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}, text)


def _decimal(text: str) -> str:
    """Read point or comma."""
    return _one_of({"point": ".", "comma": ","}, text)


def _currency(text: str) -> Currency:
    """Read a currency, like ZMW."""
    return _one_of(CURRENCIES, text)


def _encoding(text: str) -> str:
    """Read utf-8 or latin-1."""
    return _one_of({"utf-8": "utf-8-sig", "latin-1": "latin-1"}, text)


def _fees(text: str) -> Fees:
    """Read a schedule of fees, like 150.00: 0.42, 500.00: 1.00 + 0.5%."""
    return parse_fees(text, ZMW)


def _wallet(text: str) -> tuple[str, ...]:
    """Read payout, or payout + collection where both share one wallet."""
    parts = tuple(part.strip() for part in text.split("+"))
    if not {"payout"} <= set(parts) <= {"payout", "collection"}:
        raise ValueError("other parts")
    return parts
