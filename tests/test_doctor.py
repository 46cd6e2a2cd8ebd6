"""What the doctor says of the world around the service, and how one line hangs on another."""

import tempfile
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from certificates import certify, shown
from flash.doctor import outside
from flash.doctor.checklist import Check, go_through
from flash.ports.provider import Finding
from flash.wiring import DEMO_SECRET
from servers import LOOPBACK, free_port

DAYS, HOURS = timedelta(days=1), timedelta(hours=1)
RANDOM = "d2f0a1c4b6e8937512fa0b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f70"


def well(subject: str) -> Check:
    return Check(subject, lambda: Finding(subject, True, "All is well.", "Unneeded."))


def ill(subject: str, *needs: str) -> Check:
    return Check(subject, lambda: Finding(subject, False, "It is ill.", "Mend it."), needs)


def lines(*checks: Check) -> list[str]:
    return [str(line) for line in go_through(checks)]


def test_each_line_says_how_it_is_and_what_to_do() -> None:
    assert lines(well("disk"), ill("clock")) == ["ok  disk: All is well.", "BAD clock: It is ill. Mend it."]


def test_what_hangs_on_something_ill_is_not_looked_at() -> None:
    told = lines(ill("database"), ill("tables", "database"), ill("rows", "tables"), well("disk"))
    assert told == [
        "BAD database: It is ill. Mend it.",
        "--  tables: Not looked at: it needs database.",
        "--  rows: Not looked at: it needs tables.",
        "ok  disk: All is well.",
    ]


def test_a_check_that_breaks_is_one_ill_line_and_tells_no_exception() -> None:
    def breaks() -> Finding:
        raise PermissionError("/etc/secret")

    told = lines(Check("disk", breaks), well("clock"))
    assert told[0] == "BAD disk: It could not be looked at (PermissionError); the log may say more."
    assert told[1].startswith("ok  clock")


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ({"a": RANDOM, "b": RANDOM[::-1]}, "2, each its own."),
        ({"a": DEMO_SECRET}, "a is not random."),
        ({"a": "password" * 8}, "a is not random."),
        ({"a": "a" * 64}, "a is not random."),
        ({"a": RANDOM, "b": "0123456789abcdef" * 2}, "b is not random."),
        ({"a": RANDOM, "b": RANDOM}, "b is the same as a, so that neither can be changed alone."),
    ],
)
def test_secrets_are_random_and_each_its_own(named: dict[str, str], told: str) -> None:
    found = outside.secrets(named, DEMO_SECRET)
    assert (found.told, found.good) == (told, told.startswith("2"))
    assert not any(secret in found.told + found.mend for secret in named.values())


@pytest.mark.parametrize(
    ("drifts", "told"),
    [
        ({"the database": timedelta(seconds=1), "MTN MoMo": timedelta(seconds=-4)}, "with the database, MTN MoMo"),
        ({"the database": timedelta(0), "MTN MoMo": timedelta(hours=1)}, "3600 s ahead of that of MTN MoMo"),
        ({"the database": -timedelta(seconds=6)}, "6 s behind that of the database"),
        ({}, "none to compare it with"),
    ],
)
def test_the_clock_is_compared_with_those_of_others(drifts: dict[str, timedelta], told: str) -> None:
    found = outside.clock(drifts)
    assert told in found.told
    assert found.good is ("s ahead" not in told and "s behind" not in told)


def test_the_time_at_a_server_is_what_its_answers_say() -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer((LOOPBACK, 0), Handler)
    threading.Thread(target=server.handle_request).start()
    told = outside.date_of(f"http://{LOOPBACK}:{server.server_port}/")
    server.server_close()
    assert told is not None
    assert abs(told - datetime.now(UTC)) < timedelta(minutes=1)
    assert outside.date_of(f"http://{LOOPBACK}:{free_port()}/") is None


def test_the_disk_with_the_least_room_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert outside.disk([tmp_path, Path(tempfile.gettempdir())]).good
    monkeypatch.setattr(outside, "LEAST_FREE", 10**18)
    found = outside.disk([tmp_path])
    assert not found.good
    assert f"are free at {tmp_path}." in found.told


@pytest.mark.parametrize(
    ("days", "trusted", "good", "told"),
    [
        (60, True, True, "The certificate of localhost is good for 59 more days."),
        (5, True, False, "The certificate of localhost is good for 4 more days."),
        (-1, True, False, "is not accepted: certificate has expired."),
        (60, False, False, "is not accepted: self-signed certificate."),
    ],
)
def test_the_certificate_is_looked_at_as_everybody_sees_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: float, trusted: bool, good: bool, told: str
) -> None:
    certificate, key = certify(tmp_path, life=days * DAYS)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with shown(certificate, key) as port:
        found = outside.certificate(f"https://localhost:{port}")
    assert found.good is good
    assert told in found.told


@pytest.mark.parametrize(
    ("url", "good", "told"),
    [
        ("http://localhost:6543", True, "on this machine only"),
        ("http://flash.example", False, "PUBLIC_URL is not https."),
        (f"https://localhost:{free_port()}", False, "localhost does not answer by TLS (ConnectionRefusedError)."),
    ],
)
def test_without_tls_it_depends_on_where_the_service_is(url: str, good: bool, told: str) -> None:
    found = outside.certificate(url)
    assert (found.good, told in found.told) == (good, True)


@pytest.mark.parametrize(
    ("age", "fresh", "tried"),
    [(None, False, False), (25 * HOURS, True, True), (27 * HOURS, False, True), (9 * DAYS, False, False)],
)
def test_a_backup_is_made_every_night_and_tried_every_week(age: timedelta | None, fresh: bool, tried: bool) -> None:
    now = datetime.now(UTC)
    then = now - age if age else None
    assert (outside.backup(then, now).good, outside.restore(then, now).good) == (fresh, tried)
