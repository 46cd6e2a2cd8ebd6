"""Lists of payments as people write them: CSV text, or objects of JSON, read line by line with every fault told."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence

from flash.domain.account import clean_text
from flash.domain.batch import MOST_LINES, BadLines, Fault, Line
from flash.domain.errors import BadAmount, BadInput
from flash.domain.idempotency import check_key
from flash.domain.money import parse_money
from flash.domain.msisdn import parse_msisdn

COLUMNS = ("recipient_phone", "amount", "description", "key")
NEEDED = frozenset({"recipient_phone", "amount"})
LONGEST_DESCRIPTION = 500
LONGEST_LINE_KEY = 200
AMOUNT = re.compile(r"[0-9]+(\.[0-9]+)?")
"""As for a single payment: Python takes more for a number than a bank does."""

NO_LIST = "This is not a list of payments: the first line of a CSV file names recipient_phone and amount."
EMPTY = "This list has no payments."
TOO_LONG = f"A list has at most {MOST_LINES} payments."


def read_csv(content: bytes) -> list[Mapping[str, object]]:
    """Return the lines of a CSV file, UTF-8 with or without a mark, separated by commas or semicolons.

    Raises:
        BadInput: it is no such file, or has other columns.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput("Please save the file as CSV in UTF-8.", field="payments") from error
    separator = ";" if ";" in text.partition("\n")[0] else ","
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise BadInput(NO_LIST, field="payments") from error
    header = [name.strip().lower() for name in rows[0]] if rows else []
    if not NEEDED <= set(header) <= set(COLUMNS) or len(header) != len(set(header)):
        raise BadInput(NO_LIST, field="payments")
    written = [row for row in rows[1:] if any(cell.strip() for cell in row)]
    return [dict(zip(header, row, strict=False)) if len(row) <= len(header) else {} for row in written]


def read_lines(written: Sequence[object], list_key: str) -> list[Line]:
    """Return the payments of a list. A line without a key gets one from the key of the list and its place.

    Raises:
        BadLines: names every line that cannot be used.
        BadInput: there are none, or too many.
    """
    if not written:
        raise BadInput(EMPTY, field="payments")
    if len(written) > MOST_LINES:
        raise BadInput(TOO_LONG, field="payments")
    lines: list[Line] = []
    faults: list[Fault] = []
    for number, fields in enumerate(written, 1):
        try:
            lines.append(_line(number, fields, list_key))
        except BadInput as refusal:
            faults.append(Fault(number, refusal.field, refusal.text))
    faults += _doubles(lines, list_key)
    if faults:
        raise BadLines(sorted(faults, key=lambda fault: fault.line))
    return lines


def _line(number: int, fields: object, list_key: str) -> Line:
    if not isinstance(fields, Mapping) or not set(fields) >= NEEDED:
        raise BadInput("Please give recipient_phone and amount.")
    phone, description, key = (fields.get(name) or "" for name in ("recipient_phone", "description", "key"))
    for name, text in (("recipient_phone", phone), ("description", description), ("key", key)):
        if not isinstance(text, str):
            raise BadInput("Please give this as text.", field=name)
    if len(str(key)) > LONGEST_LINE_KEY:
        raise BadInput(f"A key has at most {LONGEST_LINE_KEY} characters.", field="key")
    amount = fields["amount"].strip() if isinstance(fields["amount"], str) else fields["amount"]
    if isinstance(amount, str) and not AMOUNT.fullmatch(amount):
        raise BadAmount(field="amount")
    return Line(
        number=number,
        payee=parse_msisdn(str(phone), field="recipient_phone"),
        amount=parse_money(amount),
        description=clean_text(str(description), LONGEST_DESCRIPTION, field="description"),
        key=check_key(str(key).strip()) or f"{list_key}/{number}",
    )


def _doubles(lines: Sequence[Line], list_key: str) -> Iterator[Fault]:
    """Find lines that say the same as one before. Two that are both meant have keys of their own."""
    keys: dict[str, int] = {}
    contents: dict[tuple[object, ...], int] = {}
    for line in lines:
        content = (line.payee, line.amount, line.description)
        if line.key in keys:
            yield Fault(line.number, "key", f"Line {keys[line.key]} has the same key.")
        elif content in contents and line.key == f"{list_key}/{line.number}":
            yield Fault(line.number, None, f"Line {contents[content]} is the same. If both are meant, give each a key.")
        keys.setdefault(line.key, line.number)
        contents.setdefault(content, line.number)
