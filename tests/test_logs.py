"""What the formatter masks and what it leaves, and that the check on all log lines of the suite can fail."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from flash.logs import JsonFormatter, MaskingFormatter, masked
from flash.trail import about, piece_of_work

TESTS = Path(__file__).parent
TOKEN = "dGhpcyBpcyBub3QgYSB0b2tlbjEyMzQ1Njc4OTAtYWJj"


@pytest.mark.parametrize(
    "number",
    [
        "+260960000123",
        "260960000123",
        "00260960000123",
        "+260260960000123",
        "0960000123",
        "960000123",
        "096 0000 123",
        "096-000-0123",
        "(096) 0000-123",
        "96 0000 123",
        "+260 96 0000123",
        "+260 (96) 000-0123",
        "+260 096 0000 123",
        "00260 97 0000 123",
        "260-77-0000123",
        "0570000123",
        "+254700000123",
        "+1 202 555 0123",
    ],
)
@pytest.mark.parametrize(
    "line", ["{}", "{}!", "sent to {}, at once", "'{}'", '{{"msisdn":"{}"}}', "to={}&x=1", "/b/{}/"]
)
def test_a_phone_number_keeps_its_last_digits_only(number, line):
    told = masked(line.format(number))
    assert sum(letter.isdigit() for letter in told.replace("x=1", "")) == 3
    assert (
        told.replace(" ", "").replace("-", "").rstrip("!'\"}/").removesuffix("&x=1").partition(",")[0].endswith("123")
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"Authorization: Token {TOKEN}", "Authorization: Token ****"),
        ("authorization: token xyz", "authorization: token ****"),
        ("{'Authorization': 'Bearer abc.def'}", "{'Authorization': 'Bearer ****'}"),
        (f"with Token {TOKEN} it", "with Token **** it"),
        (f"got {TOKEN}.", "got ****."),
        ("key " + "0123456789abcdef" * 4, "key ****"),
        ('{"pin": "1234", "amount": 5}', '{"pin": "****", "amount": 5}'),
        ('{"new_pin":"123456"}', '{"new_pin":"****"}'),
        ("otp_code=123456&x=1", "otp_code=****&x=1"),
        ("{'password': 'hunter2', 'password_confirm': 'hunter2'}", "{'password': '****', 'password_confirm': '****'}"),
        ("client_secret=abc", "client_secret=****"),
        ("wrong PIN 1234 of", "wrong PIN **** of"),
        ("the OTP is 123456", "the OTP is ****"),
        ("code: 123456", "code: ****"),
        ("123456 is your Flash code. It is", "**** is your Flash code. It is"),
        ("postgresql://flash:hunter2@db.example/flash", "postgresql://flash:****@db.example/flash"),
        ("redis://:hunter2@redis.example/0", "redis://:****@redis.example/0"),
        ("eyJhbGciOi.eyJzdWIiOi.c2ln rest", "**** rest"),
    ],
)
def test_what_opens_doors_is_masked(line, expected):
    assert masked(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "transfer 0c8f9a10-4f0e-4a61-9d1c-0960000123ab could not be advanced",
        "transfer 09600001-2300-4000-8000-000000000001 could not be advanced",
        "a case was opened on FL20261123K7Q2M9XW4T: amount_differs, 950000.00 against 95000000.00",
        "FL20261123K7Q2096000",
        "2026-11-23 02:30:19,733 INFO  flash.worker: working on queue flash, sweeping every 1.0 s with 8 threads",
        "2026-09-05 09:55:57,960 WARNING x",
        "at 2026-11-23T02:30:19.960000Z",
        "message db8c18f7-acdd-412b-b6a4-32553ee1de6b of 79 characters to +26097****002",
        "HTTP status code 503, returned in 0.960000123 s",
        "Airtel: not signed in: code DP00800001001, ESB000010",
        "K975000000.00 of 1763945000",
        '  File "/srv/flash/src/flash/usecases/advance_transfer.py", line 155, in _the_adapter_broke_on_a_check_2',
        "the token is unknown, expired or revoked",
        "listening on http://127.0.0.1:6543",
        "took 57 58 100 200 300",
    ],
)
def test_what_a_log_is_read_for_stays(line):
    assert masked(line) == line


def test_the_formatter_masks_tracebacks_too():
    try:
        raise ValueError("no such number: 0960000123")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "%s broke", ("+260960000123",), sys.exc_info())
    told = MaskingFormatter("%(levelname)s %(message)s").format(record)
    assert told.startswith("ERROR ****123 broke\nTraceback")
    assert told.endswith("ValueError: no such number: ****123")


def a_record(message, *values, error=None, **more):
    """A record as a logger makes it."""
    exc_info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, message, values, exc_info)
    record.__dict__.update(more)
    return record


def as_json(record):
    text = JsonFormatter().format(record)
    assert "\n" not in text
    return json.loads(text)


def test_a_line_of_json_says_when_who_what_and_for_whom():
    record = a_record("paid %d times", 2, method="GET", route="/api/x/", status=200, ms=1.5)
    record.created = 1795000000.1234
    with piece_of_work() as work:
        about("FL20261123K7Q2M9XW4T")
        told = as_json(record)
    assert told == {
        "time": "2026-11-18T11:06:40.123+00:00",
        "level": "ERROR",
        "logger": "x",
        "message": "paid 2 times",
        "request_id": work.trace.id,
        "transfer": "FL20261123K7Q2M9XW4T",
        "method": "GET",
        "route": "/api/x/",
        "status": 200,
        "ms": 1.5,
    }


def test_a_line_outside_of_any_piece_of_work_has_no_request():
    assert set(as_json(a_record("x"))) == {"time", "level", "logger", "message"}


@pytest.mark.parametrize("number", ["+260960000123", "0960000123", "(096) 0000-123"])
def test_json_is_masked_wherever_something_stands(number):
    """Its own quotes would hide a secret beside its name, if the line were masked as a whole."""
    try:
        raise ValueError(f'{{"pin": "1234", "to": "{number}"}}')
    except ValueError as error:
        record = a_record('%s sent {"pin": "1234"}', number, error=error, route=number, stack_info=f"for {number}")
    text = JsonFormatter().format(record)
    told = json.loads(text)
    assert told["message"].endswith('123 sent {"pin": "****"}')
    assert told["exception"].endswith('123"}')
    assert set(told) >= {"route", "stack"}
    assert number not in text
    assert "1234" not in text


def test_libraries_cannot_add_to_a_line_of_json():
    assert set(as_json(a_record("x", body="0960000123", msisdn="0960000123"))) == {"time", "level", "logger", "message"}


LEAKS = f"""
import logging
import pytest

@pytest.mark.parametrize(("name", "text"), [
    ("flash.web", "paid by +260960000123"),
    ("flash.web", "Authorization: Token {TOKEN}"),
    ("flash.web", "wrong pin: 1234"),
    ("flash.web", "123456 is your Flash code"),
    ("flash.web", "{{'password': 'hunter2'}}"),
    ("elsewhere", "told by a library: 0960000123 and that is masked"),
    ("flash.web", "transfer 0c8f9a10-4f0e-4a61-9d1c-0960000123ab of FL20261123K7Q2M9XW4T to +26097****002"),
])
def test_a_line(name, text):
    logging.getLogger(name).info(text)

def test_others():
    pass
"""


def test_a_line_that_tells_something_fails_its_test(tmp_path):
    (tmp_path / "test_leaks.py").write_text(LEAKS)
    command = [sys.executable, "-m", "pytest", "-p", "log_watch", "-p", "no:cacheprovider", "-o", "log_level=INFO"]
    environ = {"PYTHONPATH": str(TESTS)}
    done = subprocess.run(
        [*command, "test_leaks.py"], check=False, cwd=tmp_path, env=environ, capture_output=True, text=True
    )
    assert "5 errors" in done.stdout, done.stdout + done.stderr
    for what in ("a phone number", "a token", "a PIN or a code", "a password"):
        assert f"flash.web told {what} before it is masked, during test_leaks.py::test_a_line" in done.stdout
