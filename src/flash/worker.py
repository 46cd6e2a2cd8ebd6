"""What RQ runs: a process that takes wake-ups from Redis, and sweeps the database whether Redis is there or not."""

import logging
import signal
import threading
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from redis.exceptions import RedisError
from rq import Queue
from rq.worker import SimpleWorker
from waitress.server import create_server

from flash.adapters import telemetry
from flash.adapters.redis_client import Trust, open_redis, trust
from flash.adapters.rq_jobs import QUEUE, RqJobs
from flash.logs import talk_more
from flash.ports.jobs import Work
from flash.settings import BadSettings, Settings, above_zero, flag, whole
from flash.trail import piece_of_work
from flash.usecases.examine import report
from flash.usecases.metrics import Metrics
from flash.usecases.sweep import sweep_until
from flash.wiring import build

log = logging.getLogger(__name__)

REDIS_AGAIN_S = 2.0
"""How long to wait before Redis is tried again; meanwhile the sweep does all the work."""

METRICS_AGAIN_S = 5.0
"""How long until it is tried again to listen where another process does."""

_work: Work | None = None
"""What the jobs of this process do; set once by `start`, before the first job."""


def start(work: Work) -> None:
    """Make this process ready to run jobs."""
    global _work  # noqa: PLW0603 - RQ calls jobs by name, so there is nowhere else to hand it over
    _work = work


def advance(transfer_id: str) -> None:
    """Advance one transfer. This is the job that `adapters.rq_jobs` enqueues."""
    if _work is None:
        raise RuntimeError("jobs of Flash run in `flash worker`, which prepares the process")
    _work.advance(UUID(transfer_id))


class Worker(SimpleWorker):
    """Runs jobs in this process, with its pool of connections: a fork for each would cost more than the job.

    Args:
        stopping: set as soon as somebody asks the process to end.
    """

    def __init__(self, *args: Any, stopping: threading.Event, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._stopping = stopping

    def perform_job(self, *args: Any, **kwargs: Any) -> bool:
        """Do one job; what RQ itself says of it belongs to the same piece of work."""
        with piece_of_work():
            return bool(super().perform_job(*args, **kwargs))

    def request_stop(self, signum: int, frame: Any) -> None:
        """End after the job under way, and tell the rest of the process."""
        self._stopping.set()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]


def run(settings: Settings) -> None:
    """Work until the process is asked to end by SIGINT or SIGTERM.

    Raises:
        BadSettings: the profile has no work for a worker.
    """
    services = build(settings)
    if not isinstance(services.jobs, RqJobs):
        raise BadSettings(["flash.jobs: this profile works inside the web process and needs no worker"])
    with settings.reading() as read:
        url, vouched = read("redis.url", str), trust(read)
        threads = read("flash.worker_threads", whole)
        sweep_s = read("flash.sweep_s", above_zero)
        debug = read("flash.debug", flag, "false")
        listen = read("flash.metrics_listen", _address, " ")
    if debug:
        talk_more()
    end_telling = telemetry.start(settings, "worker")
    stopping = threading.Event()
    # Beside the work, because an operator that is down takes its time to say nothing.
    threading.Thread(target=report, args=(services.operators,), name="examine", daemon=True).start()
    work = services.work(threads)
    start(work)
    sweepers = [
        threading.Thread(target=sweep_until, args=(stopping, work.sweep, sweep_s), name=f"sweep-{number}")
        for number in range(threads)
    ]
    for chore in work.chores:
        again = partial(sweep_until, stopping, chore.do, chore.every_s, name=chore.name)
        sweepers += [threading.Thread(target=again, name=f"{chore.name}-{number}") for number in range(chore.threads)]
    for sweeper in sweepers:
        sweeper.start()
    if listen:
        show = partial(serve_metrics, services.metrics, listen, stopping)
        threading.Thread(target=show, name="metrics", daemon=True).start()
    log.info("working on queue %s, sweeping every %s s with %d threads", QUEUE, sweep_s, threads)
    try:
        _take_jobs(url, vouched, stopping)
    finally:
        stopping.set()
        for sweeper in sweepers:
            sweeper.join()
        work.end()
        end_telling()


def serve_metrics(metrics: Metrics, listen: str, stopping: threading.Event) -> None:
    """Show the metrics where no web process does.

    They are those of the whole machine, so the first of its workers is enough; the others take over when it ends.
    """
    told = False
    while not stopping.is_set():
        try:
            server = create_server(partial(_metrics_page, metrics), listen=listen, threads=2, ident="")
        except OSError as error:
            if not told:
                log.info("another process has %s, or it cannot be used (%s); trying again", listen, error.strerror)
            told = True
            stopping.wait(METRICS_AGAIN_S)
        else:
            log.info("showing metrics on %s", listen)
            server.run()


def _metrics_page(metrics: Metrics, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Answer as the web application does: without the token there is nothing."""
    page = metrics.page(environ.get("HTTP_AUTHORIZATION", "")) if environ["PATH_INFO"] == "/metrics" else None
    if page is None:
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"There is nothing at this address.\n"]
    start_response("200 OK", [("Content-Type", page.content_type)])
    return [page.body]


def _address(text: str) -> str:
    """Read where to listen, like 127.0.0.1:9100, or nothing."""
    if not text.strip():
        return ""
    host, _, port = text.rpartition(":")
    if not host or not 0 < int(port) < 65536:
        raise ValueError("no host and port")
    return text


def _take_jobs(url: str, vouched: Trust, stopping: threading.Event) -> None:
    """Take jobs from Redis, and come back to it whenever it was gone."""
    while not stopping.is_set():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopping.set())
        try:
            connection = open_redis(url, vouched)
            queue = Queue(QUEUE, connection=connection, serializer="json")
            worker = Worker([queue], connection=connection, serializer="json", stopping=stopping)
            worker.work(logging_level="WARNING")
        except RedisError as error:
            log.warning("Redis does not answer (%s); the sweep goes on without it", type(error).__name__)
        stopping.wait(REDIS_AGAIN_S)
