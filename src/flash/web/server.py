"""The web server: waitress, which drops at SIGTERM whom it is serving, taught to see them off first.

`pserve` runs it for every profile (`use = egg:flash-payments#web`); it takes what waitress takes, and besides
`notice_s`, `finish_s`, and `env:NAME or text` as any value.

At SIGTERM the process still answers everybody for `notice_s`, but says at /health/ready/ that it goes and ends each
connection with its answer, so that a proxy that looks sends its requests elsewhere. Then it takes no more connections,
finishes the requests under way, for `finish_s` at most, and ends.

Where systemd holds the socket (LISTEN_FDS), it is shared with the processes beside this one, and outlives all of them:
no connection is lost in the instant between the last one taken and the end. Then there is nothing to wait for.
"""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server
from waitress.task import WSGITask
from webob import Request

from flash.settings import BadSettings, Settings, seconds
from flash.web.ending import ENDING, Ending

log = logging.getLogger(__name__)

READY = "/health/ready/"
LOOK_S = 0.1
"""How often it is looked whether the last request is answered, and whether we are ready yet."""
FIRST_FD = 3
"""The first file that systemd hands over (sd_listen_fds)."""
FIRST_WORD_S = 2.0
"""Whoever has connected and said nothing for so long has nothing to say."""
WHERE = frozenset({"listen", "host", "port"})
OURS = frozenset({"notice_s", "finish_s"})


class Task(WSGITask):  # type: ignore[misc]
    """An answer that is the last one of its connection when the process is about to end."""

    def build_response_header(self) -> Any:
        """Say so."""
        if self.channel.server.ending.begun:
            self.request.headers["CONNECTION"] = "close"
        return super().build_response_header()


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection."""

    task_class = Task

    served = False

    def service(self) -> None:
        """Answer one request."""
        super().service()
        self.served = True

    @property
    def busy(self) -> bool:
        """Whether a request is being read, answered or sent, or is on its way on a connection just made."""
        awaited = not self.served and time.time() - self.creation_time < FIRST_WORD_S
        return bool(awaited or self.requests or self.request is not None or self.total_outbufs_len)


class Server:
    """Listens and answers until it is told to end.

    Args:
        app: the WSGI application.
        notice_s: so long everybody is still answered after that.
        finish_s: so long the requests then under way may take.
        given: sockets from systemd; without any we listen as *waitress* says.
        waitress: what waitress is to be told.
    """

    def __init__(
        self,
        app: Any,
        *,
        notice_s: float,
        finish_s: float,
        given: list[socket.socket],
        waitress: Mapping[str, str],
    ) -> None:
        self._app = app
        self._ending = Ending()
        self._notice_s = 0.0 if given else notice_s
        self._finish_s = finish_s
        self._open: dict[int, Any] = {}
        self._shared = bool(given)
        told: dict[str, Any] = dict(waitress)
        if given:
            told = {key: text for key, text in waitress.items() if key not in WHERE} | {"sockets": given}
        server = create_server(self._serve, map=self._open, **told)
        self._dispatcher = server.task_dispatcher
        self._poll = {"map": self._open, "use_poll": server.adj.asyncore_use_poll}
        self._trigger = self._doors()[0].trigger
        for door in self._doors():
            door.channel_class, door.ending = Channel, self._ending
        server.print_listen("Serving on http://{}:{}")

    def run(self) -> None:
        """Serve until SIGTERM and its consequences, or Ctrl-C, which waits for nobody."""
        # In a thread, because the one that is interrupted may hold what it takes to begin.
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=self._begin_to_end).start())
        threading.Thread(target=self._announce, name="announce", daemon=True).start()
        try:
            self._until(lambda: self._ending.begun)
            self._see_off()
        except KeyboardInterrupt:
            log.info("stopped")
        self._dispatcher.shutdown()
        wasyncore.close_all(self._open)

    def _serve(self, environ: dict[str, Any], start_response: Any) -> Any:
        return self._app({**environ, ENDING: self._ending}, start_response)

    def _begin_to_end(self) -> None:
        self._ending.begin()
        self._trigger.pull_trigger()

    def _see_off(self) -> None:
        _tell_systemd("STOPPING=1")
        log.info("ending: connections are taken for another %s s", self._notice_s)
        self._until(lambda: False, most_s=self._notice_s)
        for door in self._doors():
            if not self._shared:
                _take_who_is_there(door)
            wasyncore.dispatcher.close(door)
        self._until(lambda: not self._busy(), most_s=self._finish_s)
        if left := self._busy():
            log.warning("ending with %d requests unanswered", left)

    def _until(self, true: Callable[[], bool], most_s: float = float("inf")) -> None:
        deadline = time.monotonic() + most_s
        while not true() and time.monotonic() < deadline:
            wasyncore.loop(timeout=LOOK_S if self._ending.begun else 1, count=1, **self._poll)

    def _doors(self) -> list[Any]:
        """What connections come in by."""
        return [one for one in self._open.values() if isinstance(one, BaseWSGIServer)]

    def _busy(self) -> int:
        return sum(one.busy for one in list(self._open.values()) if isinstance(one, Channel))

    def _announce(self) -> None:
        """Tell systemd, if it waits for that, as soon as we would tell a proxy that we are ready."""
        if "NOTIFY_SOCKET" not in os.environ:
            return
        us = {"REMOTE_ADDR": "127.0.0.1"}
        while Request.blank(READY, us).get_response(self._serve).status_int != 200:
            time.sleep(LOOK_S)
        _tell_systemd("READY=1")


def serve(app: Any, _global_config: Mapping[str, str], **options: str) -> int:
    """Serve an application; this is what PasteDeploy calls."""
    settings = Settings(options)
    try:
        with settings.reading() as read:
            notice_s = read("notice_s", seconds, "0")
            finish_s = read("finish_s", seconds, "25")
            waitress = {key: read(key, str, " ").strip() for key in options if key not in OURS}
    except BadSettings as error:
        raise SystemExit(str(error)) from None
    Server(app, notice_s=notice_s, finish_s=finish_s, given=_given_sockets(), waitress=waitress).run()
    return 0


def _take_who_is_there(door: Any) -> None:
    """Take the connections that were made already and are not taken yet: they would be cut by the end."""
    while (taken := door.accept()) is not None:
        connection, address = taken
        door.set_socket_options(connection)
        door.channel_class(door, connection, door.fix_addr(address), door.adj, map=door._map)  # noqa: SLF001


def _given_sockets() -> list[socket.socket]:
    """Return the sockets that systemd opened for this very process."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return []
    return [socket.socket(fileno=FIRST_FD + number) for number in range(int(os.environ.get("LISTEN_FDS", "0")))]


def _tell_systemd(word: str) -> None:
    """Say a word to systemd, where it listens (sd_notify)."""
    if where := os.environ.get("NOTIFY_SOCKET"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            try:
                line.sendto(word.encode(), f"\0{where[1:]}" if where.startswith("@") else where)
            except OSError as error:
                log.warning("systemd does not hear %s (%s)", word, type(error).__name__)
