"""The simulator as a web application, and as a server."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from pyramid.config import Configurator
from waitress import create_server, wasyncore

from flash.simulator import control
from flash.simulator.airtel import routes as airtel_routes
from flash.simulator.airtel import words as airtel_words
from flash.simulator.calls import api_view, json_answer
from flash.simulator.mtn import routes as mtn_routes
from flash.simulator.mtn import words as mtn_words
from flash.simulator.names import Operator
from flash.simulator.simulator import Knobs, Simulator

TICK_S = 0.05
"""How often the server looks for orders to end and callbacks to send."""

THREADS = 256
"""How many calls at once. An answer that is held keeps one, and the call that releases it needs one."""

CONNECTIONS = 2000
"""waitress takes no more than 100 unless told, and idle ones count."""

CALLBACK_THREADS = 8

AIRTEL_PATHS = ("/auth/", "/merchant/", "/standard/", "/v1/")

log = logging.getLogger(__name__)


def _is_news(record: logging.LogRecord) -> bool:
    """Whether waitress says something else than that an answer was cut, which was meant."""
    return "too few bytes" not in record.msg


def make_app(simulator: Simulator) -> Any:
    """Return the WSGI application; it adds nothing to what the simulator remembers."""
    simulator.tellers |= {Operator.MTN: mtn_words.tell, Operator.AIRTEL: airtel_words.tell}
    config = Configurator()
    names: set[str] = set()
    for method, path, operation, view in (*mtn_routes.routes(), *airtel_routes.routes()):
        _add(config, names, (method, path), api_view(simulator, operation, view))
    for method, path, control_view in control.ROUTES:
        _add(config, names, (method, path), control.answering(simulator, control_view))
    config.add_notfound_view(_nothing_here)
    config.add_exception_view(_broken)
    return config.make_wsgi_app()


def _add(config: Any, names: set[str], where: tuple[str, str], view: Callable[[Any], Any]) -> None:
    method, path = where
    if path not in names:
        names.add(path)
        config.add_route(path, path)
    config.add_view(view, route_name=path, request_method=method)


def _nothing_here(request: Any) -> Any:
    """Answer an unknown path as whoever would own it."""
    if request.path.startswith("/control"):
        return json_answer(404, {"error": f"There is no {request.method} {request.path}."})
    if request.path.startswith(AIRTEL_PATHS):
        return json_answer(404, {"message": "no Route matched with those values"})
    return json_answer(404, {"statusCode": 404, "message": "Resource not found"})


def _broken(error: Exception, request: Any) -> Any:
    """Answer a mistake of the simulator's own, and log where it is."""
    log.error("%s %s broke", request.method, request.path, exc_info=error)
    return json_answer(500, {"error": f"The simulator itself broke: {type(error).__name__}; its log says where."})


class Server:
    """A simulator that listens.

    Attributes:
        simulator: what it serves.
        url: where it is.
    """

    def __init__(self, host: str, port: int, *, knobs: Knobs | None = None, threads: int = THREADS) -> None:
        """Listen; port 0 takes a free one. Nothing is answered before `run`."""
        self._pool = ThreadPoolExecutor(CALLBACK_THREADS, thread_name_prefix="callback")
        self.simulator = Simulator(knobs=knobs, pool=self._pool)
        self._sockets: dict[int, Any] = {}
        app = make_app(self.simulator)
        self._server = create_server(
            app, map=self._sockets, host=host, port=port, threads=threads, connection_limit=CONNECTIONS
        )
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self._server.effective_port}"
        self._over = Event()

    def run(self) -> None:
        """Answer until `stop`, or until the process is interrupted."""
        ticker = Thread(target=self._tick, name="ticker", daemon=True)
        ticker.start()
        try:
            # waitress's own run has no way to end it from another thread.
            while not self._over.is_set():
                wasyncore.loop(timeout=TICK_S, use_poll=True, map=self._sockets, count=1)
        except KeyboardInterrupt:
            log.info("interrupted")
        finally:
            self._close(ticker)

    def stop(self) -> None:
        """End `run`, from another thread."""
        self._over.set()

    def _close(self, ticker: Thread) -> None:
        self._over.set()
        # Threads end before the sockets that they answer on.
        self.simulator.close()
        self._server.task_dispatcher.shutdown()
        ticker.join()
        wasyncore.close_all(self._sockets)
        self._pool.shutdown(cancel_futures=True)

    def _tick(self) -> None:
        while not self._over.wait(TICK_S):
            self.simulator.tick()


def serve(
    host: str = "127.0.0.1",
    port: int = 8089,
    *,
    knobs: Knobs | None = None,
    threads: int = THREADS,
    ready: Callable[[Server], None] | None = None,
) -> None:
    """Run a simulator until the process is interrupted.

    Args:
        host: where to listen; its control API has no password, so keep it on this machine.
        port: 0 takes a free one.
        knobs: how it begins, like `Knobs(approval_s=30, airtel_callback_url="http://localhost:6543/...")`.
        threads: how many calls at once, held ones included.
        ready: is told once it listens.
    """
    logging.getLogger("waitress").addFilter(_is_news)
    server = Server(host, port, knobs=knobs, threads=threads)
    if ready:
        ready(server)
    server.run()


@contextmanager
def running(*, knobs: Knobs | None = None, threads: int = THREADS) -> Iterator[Server]:
    """Run a simulator on a free port beside the caller, for tests."""
    server = Server("127.0.0.1", 0, knobs=knobs, threads=threads)
    thread = Thread(target=server.run, name="simulator", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()
