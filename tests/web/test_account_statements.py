"""Statements of account over the API, and checked by the command."""

import base64
import csv
import errno
import io
import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from flash.adapters.account_statements.csv_file import CsvFormat
from flash.adapters.ed25519_seals import Ed25519Seals
from flash.cli.main import main
from flash.usecases import account_statements as rules

PATH = "/api/transactions/statement/"
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


@pytest.fixture
def token(api):
    token = api.sign_up("0960000001", '=Mutale "MB" Banda')
    api.send(token, description="=1+1")
    api.pass_by(60)
    api.clock.pass_by(timedelta(minutes=5))
    return token


def checked(tmp_path, content, name, *arguments):
    (tmp_path / name).write_bytes(content)
    seals = Ed25519Seals({1: b"a key of the tests"})
    keys = [
        {"number": key.number, "x": base64.urlsafe_b64encode(key.raw).decode().rstrip("=")} for key in seals.published()
    ]
    (tmp_path / "keys.json").write_text(json.dumps({"keys": keys}))
    asked = ["statement", "check", str(tmp_path / name), *arguments, "--keys", str(tmp_path / "keys.json")]
    return CliRunner().invoke(main, asked)


@pytest.mark.parametrize("kind", KINDS)
def test_a_statement_comes_as_a_file_that_the_command_finds_genuine(api, token, tmp_path, kind):
    answer = api.get(f"{PATH}?format={kind}&from=2026-11-01&to=2026-11-30", token)
    assert answer.headers["Content-Type"] == KINDS[kind]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="flash-2026-11-01-2026-11-30.{kind}"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert int(answer.headers["Content-Length"]) == len(answer.body)
    done = checked(tmp_path, answer.body, f"statement.{kind}")
    assert done.exit_code == 0, done.output
    assert "the number that ends in 001" in done.output
    assert "1 payments" in done.output
    assert "Carried forward: K25.50 sent" in done.output
    content = bytearray(answer.body)
    content[len(content) // 2] ^= 1
    done = checked(tmp_path, bytes(content), f"changed.{kind}")
    assert done.exit_code == 1
    assert done.output.startswith("Error: ")


def test_without_days_it_is_this_month_until_today(api, token):
    answer = api.get(PATH, token)
    assert 'filename="flash-2026-11-01-2026-11-23.csv"' in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))
    assert [row["What"] for row in rows] == ["Brought forward", "sent", "Carried forward", "Seal"]
    assert (rows[1]["Description"], rows[1]["Amount"], rows[1]["Phone"]) == ("'=1+1", "25.50", "'+260970000002")


@pytest.mark.parametrize(
    "query",
    ["format=docx", "from=x", "from=2026-11-02&to=2026-11-01", "from=2025-01-01", "from=2999-01-01", "to=0001-01-01"],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(api, query):
    token = api.sign_up("0960000001")
    if query == "to=0001-01-01":
        api.get(f"{PATH}?{query}", token)
    else:
        assert api.get(f"{PATH}?{query}", token, status=400).json["error"].endswith(".")


def test_ten_statements_an_hour_are_enough(api, token):
    for _ in range(10):
        api.get(PATH, token)
    refused = api.get(PATH, token, status=429)
    assert refused.json["code"] == "too_soon"
    assert int(refused.headers["Retry-After"]) > 0


def test_a_full_disk_is_told_and_nothing_half_is_sent(api, token, monkeypatch):
    def full(_self, file, _cover, rows):
        file.write(next(rows)[0].encode())
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(CsvFormat, "write", full)
    refused = api.get(PATH, token, status=503)
    assert refused.json["code"] == "unavailable"
    assert "later" in refused.json["error"]


def test_a_statement_is_read_in_short_units_of_work(api, token, monkeypatch):
    monkeypatch.setattr(rules, "PAGE", 1)
    with api.statements() as found:
        api.get(PATH, token)
    assert len(found) == 5  # Who asks, two sums, and two pages.


def test_the_command_says_what_it_cannot_read(tmp_path):
    for name, content in (("x.txt", b""), ("x.csv", b"\xff"), ("x.xlsx", b"PK"), ("x.pdf", b"%PDF"), ("y.csv", b"")):
        done = checked(tmp_path, content, name)
        assert done.exit_code == 1
        assert done.output.startswith("Error: ")
    (tmp_path / "no.json").write_text("[]")
    asked = ["statement", "check", str(tmp_path / "y.csv"), "--keys", str(tmp_path / "no.json")]
    done = CliRunner().invoke(main, asked)
    assert "is no file of keys" in done.output
