"""An operator's HTTP API on loopback that answers what it is told, and remembers what it was asked."""

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What to answer.

    Attributes:
        hold: nothing is answered until the server stops.
        cut: the connection ends before the answer does.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    hold: bool = False
    cut: bool = False


def as_json(told: object, status: int = 200) -> Reply:
    return Reply(status, json.dumps(told).encode(), {"Content-Type": "application/json"})


Script = Reply | Callable[[Asked], Reply]


class OperatorServer:
    """Answers each call by the script for it: one reply after the other, the last for ever."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []
        self.connections = 0
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._scripts: dict[tuple[str, str], list[Script]] = defaultdict(list)

    def on(self, method: str, path: str, *replies: Script) -> None:
        """Say what is answered to a call from now on."""
        self._scripts[method, path] = list(replies)

    def asked_for(self, method: str, path: str) -> list[Asked]:
        return [asked for asked in self.asked if (asked.method, asked.path) == (method, path)]

    def answer(self, asked: Asked) -> Reply:
        with self._lock:
            self.asked.append(asked)
            replies = self._scripts[asked.method, asked.path]
            reply = (replies.pop(0) if len(replies) > 1 else replies[0]) if replies else Reply(418)
        return reply(asked) if callable(reply) else reply


@contextmanager
def operator_server() -> Iterator[OperatorServer]:
    """Run one, on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body go out apart; without this, the body waits 40 ms for the head to be acknowledged.
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            operator.connections += 1

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            reply = operator.answer(Asked(self.command, self.path, self.headers, body))
            if reply.hold:
                operator.stopping.wait()
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) + reply.cut))
            self.end_headers()
            self.wfile.write(reply.body)
            self.close_connection = self.close_connection or reply.cut

        do_POST = do_GET  # noqa: N815 - the name is http.server's

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except ConnectionError:  # A client that read enough, or that waited enough.
                self.close_connection = True

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        operator = OperatorServer(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield operator
        finally:
            operator.stopping.set()
            server.shutdown()
            thread.join()
