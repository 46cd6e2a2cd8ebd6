"""Callbacks: what the operators tell us by themselves, once, more than once, late, or never."""

import heapq
import itertools
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from urllib.parse import urlsplit

import requests

from flash.simulator.clock import SimulatorClock

TIMEOUT_S = 2.0
"""A callback that is not answered by then counts as not answered."""

PAUSES = tuple(timedelta(seconds=seconds) for seconds in (1, 3, 10))
"""Between one try and the next; after the last the operator gives up."""

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

Deliver = Callable[[str, str, bytes, Mapping[str, str]], bool]
"""Method, URL, body and headers; whether it was answered with 2xx."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Callback:
    """One message to a client.

    Attributes:
        tries: how often it was tried.
    """

    method: str
    url: str
    body: bytes
    tries: int = 0


class Callbacks:
    """Sends callbacks when their time has come, by the simulator's clock.

    Attributes:
        sent: every try so far with whether it was answered, in order.
    """

    def __init__(self, clock: SimulatorClock, deliver: Deliver, pool: Executor | None = None) -> None:
        """Send with *deliver*, in threads of *pool*, or else in the thread that finds one due."""
        self.sent: list[tuple[Callback, bool]] = []
        self._clock = clock
        self._deliver = deliver
        self._pool = pool
        self._queue: list[tuple[datetime, int, Callback]] = []
        self._numbers = itertools.count()
        self._lock = Lock()

    def schedule(self, callback: Callback, due_at: datetime) -> None:
        """Send it at this time."""
        with self._lock:
            heapq.heappush(self._queue, (due_at, next(self._numbers), callback))

    def send_due(self) -> None:
        """Send all that is due now."""
        while callback := self._next():
            if self._pool:
                self._pool.submit(self._try, callback)
            else:
                self._try(callback)

    def clear(self) -> None:
        """Forget what is still to be sent, and what was."""
        with self._lock:
            self._queue.clear()
            self.sent.clear()

    def _next(self) -> Callback | None:
        with self._lock:
            if self._queue and self._queue[0][0] <= self._clock.now():
                return heapq.heappop(self._queue)[2]
        return None

    def _try(self, callback: Callback) -> None:
        headers = {"Content-Type": "application/json"}
        answered = self._deliver(callback.method, callback.url, callback.body, headers)
        with self._lock:
            self.sent.append((callback, answered))
        if not answered and callback.tries < len(PAUSES):
            again = replace(callback, tries=callback.tries + 1)
            self.schedule(again, self._clock.now() + PAUSES[callback.tries])


def deliver_over_http(method: str, url: str, body: bytes, headers: Mapping[str, str]) -> bool:
    """Send a callback for real, to this machine or over TLS only."""
    target = urlsplit(url)
    if target.scheme != "https" and target.hostname not in _LOOPBACK:
        log.warning("no callback to %s: it is neither this machine nor https", target.hostname)
        return False
    try:
        answer = requests.request(
            method, url, data=body, headers=dict(headers), timeout=TIMEOUT_S, allow_redirects=False
        )
    except requests.RequestException as error:
        log.info("no answer to a callback to %s: %s", target.hostname, type(error).__name__)
        return False
    return 200 <= answer.status_code < 300
