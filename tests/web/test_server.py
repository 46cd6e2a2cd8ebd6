"""A web process that is told to end sees off whoever is there, and tells proxies to go elsewhere."""

import contextlib
import http.client
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from flash.web.ending import ENDING, Ending, ending_of
from flash.web.server import READY, Server, serve
from servers import free_port

LONG_S = 10.0


class App:
    """An application whose requests wait until they are let go, or woken."""

    def __init__(self) -> None:
        self.inside = threading.Semaphore(0)
        self.go_on = threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        ending: Ending = environ[ENDING]
        if environ["PATH_INFO"] == "/slow/":
            self.inside.release()
            assert self.go_on.wait(LONG_S)
        if environ["PATH_INFO"] == "/wait/":
            woken = threading.Event()
            with ending.waking(woken):
                self.inside.release()
                assert woken.wait(LONG_S)
        refused = environ["PATH_INFO"] == READY and ending.begun
        start_response("503 Service Unavailable" if refused else "200 OK", [("Content-Length", "2")])
        return [b"ok"]


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
def at() -> int:
    return free_port()


@pytest.fixture
def run(app: App, at: int) -> Iterator[Callable[..., None]]:
    """Runs a server in this thread to its end, and a story beside it."""
    before = signal.getsignal(signal.SIGTERM)

    def go(story: Callable[[], None], *, notice_s: float = 0, given: Any = ()) -> None:
        waitress = {"host": "127.0.0.1", "port": str(at), "threads": "8"}
        server = Server(app, notice_s=notice_s, finish_s=LONG_S, given=list(given), waitress=waitress)
        with ThreadPoolExecutor(1) as pool:
            told = pool.submit(story)
            told.add_done_callback(lambda _: app.go_on.set())
            told.add_done_callback(lambda done: done.exception() and os.kill(os.getpid(), signal.SIGTERM))
            server.run()
        told.result()

    yield go
    signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def connected(at: int) -> Iterator[Callable[[str], Any]]:
    """A connection to ask by."""
    connection = http.client.HTTPConnection("127.0.0.1", at, timeout=LONG_S)

    def ask_by_it(path: str) -> Any:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return answer

    with contextlib.closing(connection):
        yield ask_by_it


def ask(at: int, path: str) -> Any:
    with connected(at) as ask_by_it:
        return ask_by_it(path)


def end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def until_ending(at: int) -> None:
    while ask(at, READY).status != 503:
        pass


def later(at: int, path: str, app: App) -> "Future[Any]":
    """Begin a request and return once it is being served."""
    pool = ThreadPoolExecutor(1)
    coming = pool.submit(ask, at, path)
    assert app.inside.acquire(timeout=LONG_S)
    pool.shutdown(wait=False)
    return coming


def test_who_is_being_served_is_answered_and_nobody_else_is_let_in(app: App, at: int, run: Callable[..., None]) -> None:
    def story() -> None:
        coming = later(at, "/slow/", app)
        end()
        with contextlib.suppress(ConnectionRefusedError, ConnectionResetError):
            while True:
                ask(at, "/")
        assert not coming.done()
        app.go_on.set()
        answer = coming.result()
        assert (answer.status, answer.headers["Connection"]) == (200, "close")

    run(story)


def test_who_waits_is_woken_at_once_and_who_comes_to_wait_does_not(app: App, at: int, run: Callable[..., None]) -> None:
    def story() -> None:
        waiting = later(at, "/wait/", app)
        end()
        assert waiting.result().status == 200
        assert ask(at, "/wait/").status == 200

    run(story, notice_s=0.5)


def test_until_the_notice_is_over_everybody_is_answered_and_told_to_go_elsewhere(
    app: App, at: int, run: Callable[..., None]
) -> None:
    def story() -> None:
        with connected(at) as ask_again:
            answer = ask_again(READY)
            assert (answer.status, answer.headers["Connection"]) == (200, None)
            end()
            until_ending(at)
            assert ask_again("/").headers["Connection"] == "close"
        answer = ask(at, "/")
        assert (answer.status, answer.headers["Connection"]) == (200, "close")

    run(story, notice_s=0.5)


def test_who_has_just_connected_is_heard_out(app: App, at: int, run: Callable[..., None]) -> None:
    def story() -> None:
        coming = later(at, "/slow/", app)
        with socket.create_connection(("127.0.0.1", at)) as line:
            end()
            with contextlib.suppress(ConnectionRefusedError, ConnectionResetError):
                while True:
                    ask(at, "/")
            app.go_on.set()
            coming.result()
            line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert line.recv(100).startswith(b"HTTP/1.1 200 OK")

    run(story)


def test_a_socket_of_systemd_outlives_the_process_and_keeps_who_connects(
    app: App, at: int, run: Callable[..., None]
) -> None:
    def first() -> None:
        ask(at, "/")
        end()

    with socket.create_server(("127.0.0.1", at)) as held:
        run(first, given=[socket.socket(fileno=os.dup(held.fileno()))], notice_s=LONG_S * 10)
        with socket.create_connection(("127.0.0.1", at)) as line:
            line.sendall(b"GET / HTTP/1.0\r\n\r\n")

            def story() -> None:
                assert line.recv(100).startswith(b"HTTP/1.0 200 OK")
                end()

            run(story, given=[socket.socket(fileno=os.dup(held.fileno()))])


def test_systemd_is_told_when_it_is_ready_and_when_it_ends(
    app: App, at: int, run: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(LONG_S)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))

        def story() -> None:
            assert systemd.recv(100) == b"READY=1"
            end()
            assert systemd.recv(100) == b"STOPPING=1"

        run(story)


def test_a_setting_that_cannot_be_used_is_told_by_its_name() -> None:
    with pytest.raises(SystemExit, match="notice_s: is not a duration in seconds"):
        serve(None, {}, notice_s="soon")


def test_a_server_that_does_not_tell_of_its_end_is_never_ending() -> None:
    assert not ending_of({}).begun
