"""Statements as files: what the settings say of them is how they are read, and nothing is guessed."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from factories import money, msisdn
from flash.adapters.statement_csv import from_settings
from flash.domain.leg import Kind
from flash.domain.routing import Operator
from flash.domain.statement import BadStatement, Entry, Line, Result, Unreadable
from flash.settings import BadSettings, load
from statements import COLUMNS, ROOT, opened, write_rows

REFERENCE = UUID("0f4b0c0e-8a3d-4c52-9c8e-1f2d3a4b5c6d")
US = "FRI:flash.zm/USER"
PAYER = "FRI:260960000123/MSISDN"
GOOD = ["M1", str(REFERENCE), "2026-11-23 10:00:05", "SUCCESSFUL", "PAYMENT", PAYER, US, "25.50", "0"]


def read(folder: Path, *rows: Sequence[str], **changes: str) -> list[Line | Unreadable]:
    return list(opened(write_rows(folder / "mtn.csv", rows), **changes)())


def changed(**cells: str) -> list[str]:
    """The good row with some cells changed, by their column."""
    named = dict(zip(COLUMNS, GOOD, strict=True)) | {name.replace("_", " "): text for name, text in cells.items()}
    return list(named.values())


def one(folder: Path, *, row: Sequence[str] = GOOD, **changes: str) -> Line | Unreadable:
    (line,) = read(folder, row, **changes)
    return line


def test_a_line_is_read_by_the_columns_and_words_of_the_settings(tmp_path: Path) -> None:
    assert one(tmp_path) == Line(
        number=2,
        raw=",".join(GOOD),
        entry=Entry.COLLECTION,
        result=Result.SETTLED,
        amount=money("25.50"),
        at=datetime(2026, 11, 23, 8, 0, 5, tzinfo=UTC),
        operator_id="M1",
        reference=REFERENCE,
        incoming=True,
        party=msisdn("0960000123"),
    )


def test_a_payout_names_its_party_in_the_other_column(tmp_path: Path) -> None:
    line = one(tmp_path, row=changed(Type="Transfer", From=US, To="0960000124"))
    assert isinstance(line, Line)
    assert (line.entry, line.incoming, line.party) == (Entry.DISBURSEMENT, False, msisdn("0960000124"))


@pytest.mark.parametrize("text", [str(REFERENCE).upper(), REFERENCE.hex])
def test_a_reference_is_known_with_and_without_hyphens(tmp_path: Path, text: str) -> None:
    line = one(tmp_path, row=changed(External_id=text))
    assert isinstance(line, Line)
    assert line.reference == REFERENCE


@pytest.mark.parametrize("text", ["", "invoice 12", "0f4b0c0e", "z" * 32])
def test_any_other_text_is_no_reference(tmp_path: Path, text: str) -> None:
    line = one(tmp_path, row=[cell if place != 1 else text for place, cell in enumerate(GOOD)])
    assert isinstance(line, Line)
    assert line.reference is None


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"Amount": "twenty"}, "its amount is no amount of money"),
        ({"Amount": "12,50"}, "its amount is no amount of money"),
        ({"Amount": "1.234"}, "its amount is no amount of money"),
        ({"Amount": ""}, "its amount is no amount of money"),
        ({"Amount": "NaN"}, "its amount is no amount of money"),
        ({"Fee": "1e2"}, "its fee is no amount of money"),
        ({"Date": "23/11/2026"}, "its time is not in the form of the settings"),
        ({"Date": "2026-02-30 10:00:00"}, "its time is not in the form of the settings"),
        ({"Status": "PERHAPS"}, "its word for the status is not in the settings"),
    ],
)
def test_a_line_that_cannot_be_read_is_reported_and_never_dropped(
    tmp_path: Path, cells: dict[str, str], problem: str
) -> None:
    row = changed(**cells)
    bad, good = read(tmp_path, row, GOOD)
    assert isinstance(bad, Unreadable)
    assert (bad.number, bad.problem) == (2, problem)
    assert isinstance(good, Line)
    short = read(tmp_path, GOOD[:4])[0]
    assert isinstance(short, Unreadable)
    assert short.problem == "it has too few cells"


def test_a_word_that_is_not_known_for_what_it_is_about_is_kept_as_such(tmp_path: Path) -> None:
    line = one(tmp_path, row=changed(Type="GOODWILL"))
    assert isinstance(line, Line)
    assert (line.entry, line.incoming) == (Entry.OTHER, None)


def test_a_wallet_without_a_zambian_number_names_nobody(tmp_path: Path) -> None:
    for text in (US, "", "FRI:27820000000/MSISDN"):
        line = one(tmp_path, row=changed(From=text))
        assert isinstance(line, Line)
        assert line.party is None


@pytest.mark.parametrize(
    ("text", "changes", "expected"),
    [
        ("1,234.50", {}, "1234.50"),
        ("-25.50", {}, "25.50"),
        ("1.234,50", {"decimal": "comma"}, "1234.50"),
        ("1 234,5", {"decimal": "comma"}, "1234.50"),
        ("12", {"decimal": "comma"}, "12.00"),
    ],
)
def test_amounts_are_read_with_the_decimal_sign_of_the_settings(
    tmp_path: Path, text: str, changes: dict[str, str], expected: str
) -> None:
    line = one(tmp_path, row=changed(Amount=text), **changes)
    assert isinstance(line, Line)
    assert line.amount == money(expected)


def test_where_money_went_is_said_by_the_kind_the_sign_or_a_column(tmp_path: Path) -> None:
    def incoming(changes: dict[str, str], **cells: str) -> bool | None:
        line = one(tmp_path, row=changed(**cells), **changes)
        assert isinstance(line, Line)
        return line.incoming

    signed, column = {"amounts": "signed"}, {"column.direction": "Id"}
    assert [incoming({}), incoming({}, Type="TRANSFER"), incoming({}, Type="REVERSAL")] == [True, False, None]
    assert [incoming({}, Type="REVERSAL", Amount="-1"), incoming(signed, Type="REVERSAL")] == [False, True]
    assert [incoming(column, Id="CR"), incoming(column, Id="dr", Type="PAYMENT")] == [True, False]
    bad = one(tmp_path, row=changed(Id="XX"), **column)
    assert isinstance(bad, Unreadable)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("23/11/2026 10:00", "DD/MM/YYYY hh:mm"),
        ("23-Nov-26 10:00:00", "DD-MON-YY hh:mm:ss"),
        ("2026-11-23T10:00:00", "ISO"),
        ("2026-11-23T08:00:00+00:00", "ISO"),
    ],
)
def test_times_are_local_unless_they_say_otherwise(tmp_path: Path, text: str, form: str) -> None:
    line = one(tmp_path, row=changed(Date=text), time=form)
    assert isinstance(line, Line)
    assert line.at == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def test_another_delimiter_and_encoding_an_address_on_top_and_empty_lines(tmp_path: Path) -> None:
    path = tmp_path / "mtn.csv"
    rows: Iterable[Sequence[str]] = (["Café Flash", "Lusaka"], [], COLUMNS, GOOD, [";;"], [])
    path.write_text("\n".join(";".join(row) for row in rows), encoding="latin-1")
    (line,) = opened(path, delimiter="semicolon", encoding="latin-1")()
    assert (line.number, line.raw) == (4, ";".join(GOOD))


def test_a_text_with_line_breaks_is_one_line(tmp_path: Path) -> None:
    first, second = read(tmp_path, changed(To="a\nb, c"), GOOD)
    assert (first.number, second.number) == (3, 4)
    assert '"a\nb, c"' in first.raw


def test_a_file_without_the_columns_gets_one_clear_sentence(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("Id,Date,Amount\n1,2,3\n")
    with pytest.raises(BadStatement) as refused:
        list(opened(path)())
    assert refused.value.text == (
        "other.csv has no column External id, Fee, From, Status, To, Type; "
        "statement.mtn.column.* says what its columns are called."
    )


def test_a_file_with_a_column_twice_is_refused_because_either_could_be_meant(tmp_path: Path) -> None:
    path = tmp_path / "twice.csv"
    path.write_text(",".join((*COLUMNS, "Amount")) + "\n")
    with pytest.raises(BadStatement, match=r"^twice\.csv has more than one column Amount\.$"):
        list(opened(path)())


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (",".join(COLUMNS).encode() + b'\n"open', "is no CSV file that can be read"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"", "has no column"),
    ],
    ids=["an open quotation", "other bytes", "nothing"],
)
def test_a_file_that_is_no_statement_is_refused_as_a_whole(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(BadStatement, match=told):
        list(opened(path)())


def test_a_file_that_grew_since_it_was_read_first_is_refused(tmp_path: Path) -> None:
    statement = opened(write_rows(tmp_path / "mtn.csv", [GOOD]))
    assert len(list(statement())) == len(list(statement())) == 1
    write_rows(tmp_path / "mtn.csv", [GOOD, GOOD])
    with pytest.raises(BadStatement, match=r"^mtn\.csv was changed while it was read\.$"):
        list(statement())


def test_what_an_operator_may_keep_and_what_its_wallet_is_are_settings() -> None:
    settings = load(str(ROOT / "production.ini")).with_values(
        {"statement.mtn.fee.disbursement": "100.00: 0.50", "statement.mtn.wallet": "payout + collection"}
    )
    _, fees, wallet = from_settings(settings, "mtn")
    assert fees[Kind.DISBURSEMENT].fee(money("10.00")) == money("0.50")
    assert fees[Kind.COLLECTION].fee(money("10.00")) == money("0.00")
    assert wallet == ("float:mtn:payout", "float:mtn:collection")


def test_both_operators_have_settings_in_production() -> None:
    for operator in (Operator.MTN, Operator.AIRTEL):
        layout, _, _ = from_settings(load(str(ROOT / "production.ini")), operator)
        assert {"entry", "amount", "at", "reference", "operator_id"} <= layout.columns.keys()


def test_every_wrong_setting_is_named_at_once_and_never_its_value() -> None:
    wrong = {
        "column.entry": "",
        "column.reference": "",
        "column.operator_id": "",
        "column.direction": "D",
        "entries": "PAYMENT: hunter2",
        "results": "hunter2",
        "directions": "CR: hunter2",
        "amounts": "hunter2",
        "time": "hunter2",
        "zone": "hunter2",
        "delimiter": "hunter2",
        "decimal": "hunter2",
        "currency": "hunter2",
        "encoding": "hunter2",
        "fee.refund": "hunter2",
        "wallet": "hunter2",
    }
    values = {f"statement.mtn.{key}": text for key, text in wrong.items()}
    with pytest.raises(BadSettings) as refused:
        from_settings(load(str(ROOT / "production.ini")).with_values(values), "mtn")
    told = refused.value.problems
    named = {line.partition(":")[0].removeprefix("statement.mtn.") for line in told}
    assert named == wrong.keys() - {"column.operator_id", "column.direction"}
    assert "hunter2" not in "\n".join(told)
