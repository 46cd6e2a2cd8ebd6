"""The one place where HTTP becomes values: every way of not answering, and nothing more than was asked for."""

import logging
import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from adapters.operator_server import OperatorServer, Reply, operator_server
from flash.adapters.http import (
    LONGEST_BODY,
    LONGEST_EVIDENCE,
    USER_AGENT,
    Answer,
    Client,
    NoToken,
    Silence,
    Token,
    Tokens,
    balance_in,
    base_url,
    json_object,
    money_in,
    text_in,
    token_in,
    unanswered,
)
from flash.adapters.memory import MemoryClock
from flash.domain.money import ZMW, Money
from flash.domain.outcome import Source


@pytest.fixture
def operator():
    with operator_server() as server:
        yield server


@pytest.fixture
def client() -> Client:
    return Client(connect_s=2, read_s=2)


def test_an_answer_is_its_status_and_bytes(operator: OperatorServer, client: Client):
    operator.on("POST", "/order", Reply(500, b"\xff not text"))
    assert client.call("POST", f"{operator.url}/order", {}, b"{}") == Answer(500, b"\xff not text")


def test_we_call_under_our_own_name(operator: OperatorServer, client: Client):
    operator.on("GET", "/", Reply())
    client.call("GET", f"{operator.url}/", {})
    assert operator.asked[0].headers["User-Agent"] == USER_AGENT
    assert USER_AGENT.startswith("flash-payments/")
    assert "python-requests" not in USER_AGENT


def test_an_empty_body_has_a_length(operator: OperatorServer, client: Client):
    operator.on("POST", "/", Reply())
    client.call("POST", f"{operator.url}/", {}, b"")
    assert operator.asked[0].headers["Content-Length"] == "0"


def test_connections_are_kept(operator: OperatorServer, client: Client):
    operator.on("GET", "/", Reply(200, b"some body"))
    for _ in range(5):
        client.call("GET", f"{operator.url}/", {})
    assert operator.connections == 1


def test_no_cookie_is_kept(operator: OperatorServer, client: Client):
    operator.on("GET", "/", Reply(200, b"", {"Set-Cookie": "balancer=7"}))
    for _ in range(2):
        client.call("GET", f"{operator.url}/", {})
    assert operator.asked[1].headers["Cookie"] is None


def test_no_redirect_is_followed(operator: OperatorServer, client: Client):
    operator.on("POST", "/", Reply(307, b"", {"Location": f"{operator.url}/elsewhere"}))
    assert client.call("POST", f"{operator.url}/", {}, b"{}") == Answer(307, b"")
    assert len(operator.asked) == 1


def test_the_environment_names_no_proxy_and_no_password(
    operator: OperatorServer, client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path
):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password secret\n", encoding="ascii")
    netrc.chmod(0o600)
    monkeypatch.setitem(os.environ, "NETRC", str(netrc))
    monkeypatch.setitem(os.environ, "http_proxy", "http://127.0.0.1:1")
    operator.on("GET", "/", Reply())
    assert client.call("GET", f"{operator.url}/", {}) == Answer(200, b"")
    assert operator.asked[0].headers["Authorization"] is None


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_nothing_is_repeated(operator: OperatorServer, client: Client, status):
    operator.on("POST", "/", Reply(status, b"", {"Retry-After": "0"}))
    client.call("POST", f"{operator.url}/", {}, b"{}")
    assert len(operator.asked) == 1


def test_a_huge_body_is_read_to_the_bound_only(operator: OperatorServer, client: Client):
    operator.on("GET", "/", Reply(200, b"x" * (LONGEST_BODY * 20)))
    assert client.call("GET", f"{operator.url}/", {}) == Answer(200, b"x" * LONGEST_BODY)


def test_an_answer_that_takes_too_long_is_silence(operator: OperatorServer):
    operator.on("GET", "/", Reply(hold=True))
    assert Client(2, 0.1).call("GET", f"{operator.url}/", {}) == Silence("timed out")


def test_an_answer_that_comes_drop_by_drop_is_silence_too():
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        dripping = threading.Thread(target=_drip, args=(listener,))
        dripping.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        assert Client(2, 0.3).call("GET", url, {}) == Silence("timed out")
        dripping.join()


def _drip(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with closing(connection):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        hurry = threading.Event()
        while True:
            try:
                connection.sendall(b"x")
            except ConnectionError:
                return
            hurry.wait(0.02)


def test_an_answer_that_breaks_off_is_silence(operator: OperatorServer, client: Client):
    operator.on("GET", "/", Reply(200, b'{"status":"SUCCESSFUL"}', cut=True))
    assert client.call("GET", f"{operator.url}/", {}) == Silence("connection cut")


def test_a_connection_that_ends_without_an_answer_is_silence(client: Client):
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def hang_up() -> None:
            connection, _ = listener.accept()
            connection.recv(65536)
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        assert client.call("POST", url, {}, b"{}") == Silence("connection cut")
        thread.join()


def test_a_closed_port_is_silence(client: Client):
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    assert client.call("GET", f"http://127.0.0.1:{port}/secret-path", {}) == Silence("connection refused")


def test_a_port_that_speaks_no_tls_is_silence(operator: OperatorServer, client: Client):
    url = operator.url.replace("http://", "https://")
    assert client.call("GET", f"{url}/", {}) == Silence("no secure connection")


@pytest.mark.parametrize(
    "url", ["sandbox/path", "http://operator.example/", "ftp://127.0.0.1/", "https:///path", "https://[::1/", ""]
)
def test_nothing_is_sent_to_what_is_no_safe_address(client: Client, url):
    assert client.call("GET", url, {}) == Silence("no address that may be called")


def test_paths_reach_no_log_for_they_hold_numbers(
    operator: OperatorServer, client: Client, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    operator.on("GET", "/260960000001", Reply(200, b"", {"X-Broken header": "x"}))
    Client(2, 0.2).call("GET", f"{operator.url}/260960000001", {})
    assert "260960000001" not in caplog.text


# Evidence


AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def test_evidence_is_text_that_a_database_takes_and_no_longer_than_sane():
    evidence = Answer(200, b"\xff\0" + b"x" * LONGEST_BODY).evidence(AT, Source.SUBMIT)
    assert "\0" not in evidence.body
    assert len(evidence.body) == LONGEST_EVIDENCE
    assert (evidence.at, evidence.source, evidence.http_status) == (AT, Source.SUBMIT, 200)


def test_no_answer_is_doubt_in_stable_words():
    assert unanswered(Silence("timed out"), AT, Source.SUBMIT).detail == "timed out"
    assert unanswered(NoToken("HTTP 503"), AT, Source.STATUS_QUERY).detail == "not signed in: HTTP 503"


# Tokens


class Desk:
    """Hands out tokens one after the other, or what it is told to."""

    def __init__(self, clock: MemoryClock, lasts: float = 3600) -> None:
        self.clock = clock
        self.lasts = timedelta(seconds=lasts)
        self.count = 0
        self.instead: NoToken | None = None
        self.takes = timedelta(0)

    def fetch(self) -> Token | NoToken:
        self.count += 1
        self.clock.pass_by(self.takes)
        return self.instead or Token(f"token-{self.count}", self.lasts)


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock()


@pytest.fixture
def desk(clock: MemoryClock) -> Desk:
    return Desk(clock)


@pytest.mark.parametrize(("lasts", "used"), [(3600, 3540), (180, 144)])
def test_a_token_is_used_until_shortly_before_it_runs_out(clock: MemoryClock, lasts, used):
    desk = Desk(clock, lasts)
    tokens = Tokens(clock, desk.fetch)
    first = tokens.get()
    clock.pass_by(timedelta(seconds=used, microseconds=-1))
    assert tokens.get() is first
    clock.pass_by(timedelta(microseconds=1))
    assert tokens.get() != first


def test_a_tokens_life_begins_when_it_was_asked_for(clock: MemoryClock, desk: Desk):
    desk.takes = timedelta(seconds=20)
    tokens = Tokens(clock, desk.fetch)
    tokens.get()
    clock.pass_by(timedelta(seconds=3520))
    tokens.get()
    assert desk.count == 2


def test_a_token_that_cannot_be_renewed_is_used_to_its_end_and_tried_again_now_and_then(clock: MemoryClock):
    desk = Desk(clock, 180)
    tokens = Tokens(clock, desk.fetch)
    first = tokens.get()
    desk.instead = NoToken("HTTP 503")
    clock.pass_by(timedelta(seconds=150))
    assert [tokens.get(), tokens.get()] == [first, first]
    assert desk.count == 2
    clock.pass_by(Tokens.AGAIN)
    assert tokens.get() is first
    assert desk.count == 3
    clock.pass_by(timedelta(seconds=25))
    assert tokens.get() == desk.instead


def test_many_threads_fetch_one_token(clock: MemoryClock, desk: Desk):
    together = threading.Barrier(16)
    tokens = Tokens(clock, desk.fetch)

    def get() -> Token | NoToken:
        together.wait()
        return tokens.get()

    with ThreadPoolExecutor(16) as pool:
        got = [one.result() for one in [pool.submit(get) for _ in range(16)]]
    assert len(set(map(id, got))) == 1
    assert desk.count == 1


class CountingLock:
    """A lock that tells how many came to it."""

    def __init__(self) -> None:
        self.lock, self.came = threading.Lock(), threading.Semaphore(0)

    def __enter__(self) -> None:
        self.came.release()
        self.lock.acquire()

    def __exit__(self, *_: object) -> None:
        self.lock.release()


def test_a_failure_is_shared_by_those_who_waited_for_it_and_by_nobody_else(clock: MemoryClock):
    refused, fetches, lock = NoToken("HTTP 503"), [], CountingLock()

    def fetch() -> NoToken:
        fetches.append(1)
        for _ in range(5):
            assert lock.came.acquire(timeout=10)
        return refused

    tokens = Tokens(clock, fetch)
    tokens._lock = lock
    with ThreadPoolExecutor(5) as pool:
        assert [one.result() for one in [pool.submit(tokens.get) for _ in range(5)]] == [refused] * 5
    assert len(fetches) == 1
    for _ in range(4):
        lock.came.release()
    assert tokens.get() == refused
    assert len(fetches) == 2


def test_a_refused_token_is_renewed_once_and_no_more(clock: MemoryClock, desk: Desk):
    seen: list[str] = []

    def call(token: Token) -> Answer:
        seen.append(token.text)
        return Answer(401, b"")

    tokens = Tokens(clock, desk.fetch)
    assert tokens.signed(call, lambda answer: answer.status == 401) == Answer(401, b"")
    assert seen == ["token-1", "token-2"]


def test_a_token_that_another_thread_renewed_is_not_forgotten(clock: MemoryClock, desk: Desk):
    tokens = Tokens(clock, desk.fetch)
    old = tokens.get()
    assert isinstance(old, Token)
    tokens.forget(old)
    new = tokens.get()
    tokens.forget(old)
    assert tokens.get() is new


def test_a_token_does_not_show_in_a_repr():
    assert "secret" not in repr(Token("secret", timedelta(seconds=1)))


@pytest.mark.parametrize(
    ("told", "lasts"),
    [("180", 180), (3600, 3600), (None, 60), ("soon", 60), (True, 60), (-5, 60)],
)
def test_the_life_of_a_token_is_a_number_or_text_or_untold(told, lasts):
    assert token_in({"access_token": "t", "expires_in": told}) == Token("t", timedelta(seconds=lasts))


@pytest.mark.parametrize("told", [None, "", 7, "a\r\nb", "naïve"])
def test_what_a_header_cannot_carry_is_no_token(told):
    assert token_in({"access_token": told}) is None


# JSON that may be anything


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Request Rejected</html>",
        b"[]",
        b'"SUCCESSFUL"',
        b"null",
        b'{"amount": NaN}',
        b'{"amount": 1e99999999999999999999}',
        b'{"amount": ' + b"9" * 5000 + b"}",
        b"[" * 2000,
        b"\xff\xfe\xff",
        b'{"status": "SUCC',
    ],
)
def test_what_is_no_json_object_is_none(body):
    assert json_object(body) is None


def test_numbers_in_json_keep_their_digits():
    assert json_object(b'{"amount": 25.10}') == {"amount": Decimal("25.10")}


@pytest.mark.parametrize(
    ("value", "text"),
    [(" a ", "a"), (12, "12"), (True, ""), (None, ""), ({}, ""), ("a\0b\ud800", "ab"), ("x" * 999, "x" * 200)],
)
def test_text_is_trimmed_printable_and_bounded(value, text):
    assert text_in({"key": value}, "key") == text


@pytest.mark.parametrize(("value", "minor"), [("6.0", 600), ("6", 600), (6, 600), (Decimal("6.25"), 625)], ids=repr)
def test_an_amount_may_lack_its_quotes_or_decimals(value, minor):
    assert money_in(value, ZMW) == Money(minor)


@pytest.mark.parametrize("value", ["6.001", "NaN", None, True, [], "six", "", 1.5])
def test_an_amount_that_is_not_exact_is_none(value):
    assert money_in(value, ZMW) is None


@pytest.mark.parametrize(
    ("value", "minor"), [("1000.129", 100012), ("-0.001", -1), (7, 700), ("NaN", None), ("9" * 60, None), (None, None)]
)
def test_a_balance_counts_whole_ngwee(value, minor):
    assert balance_in(value, ZMW) == (None if minor is None else Money(minor))


# Settings


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://proxy.momoapi.mtn.com/", "https://proxy.momoapi.mtn.com"),
        ("https://host.example/path//", "https://host.example/path"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost/", "http://localhost"),
        ("http://[::1]:1", "http://[::1]:1"),
        ("momoapi.momo.africa", "https://momoapi.momo.africa"),
    ],
)
def test_an_address_is_https_or_on_this_machine(text, url):
    assert base_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        "http://proxy.momoapi.mtn.com",
        "ftp://proxy.momoapi.mtn.com",
        "",
        "https://",
        "https://user:secret@host.example",
        "https://host.example?x=1",
        "https://host.example#x",
        "https://host example",
        "https://hóst.example",
    ],
)
def test_any_other_address_is_refused(text):
    with pytest.raises(ValueError, match="no address"):
        base_url(text)
