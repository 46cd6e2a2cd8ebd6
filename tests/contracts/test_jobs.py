"""What a queue of wake-ups promises, over every queue there is."""

import threading
import uuid
from collections.abc import Callable, Iterator

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue

from flash import worker
from flash.adapters.memory import MemoryJobs
from flash.adapters.rq_jobs import QUEUE, RqJobs
from flash.adapters.thread_jobs import ThreadJobs
from flash.ports.jobs import Chore, Jobs, Work
from servers import Server, free_port

Deliver = Callable[[Work], None]


class Noted:
    """Notes what was to be advanced, and can be waited for."""

    def __init__(self, fail_first: bool = False) -> None:
        self.ids: list[uuid.UUID] = []
        self.sweeps = 0
        self._fail = fail_first
        self._changed = threading.Condition()

    def advance(self, transfer_id: uuid.UUID) -> None:
        with self._changed:
            self.ids.append(transfer_id)
            self._changed.notify_all()
        if self._fail:
            self._fail = False
            raise RuntimeError("a bug")

    def sweep(self) -> int:
        with self._changed:
            self.sweeps += 1
            self._changed.notify_all()
        return 0

    def has(self, true: Callable[["Noted"], bool]) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: true(self), timeout=30)

    @property
    def work(self) -> Work:
        return Work(advance=self.advance, sweep=self.sweep, chores=[Chore("notes", self.sweep, 0.01)])


@pytest.fixture(params=["memory", "thread", "rq"])
def jobs_and_delivery(request: pytest.FixtureRequest) -> Iterator[tuple[Jobs, Deliver]]:
    """Each queue, and how what is in it gets done."""
    if request.param == "memory":
        jobs = MemoryJobs()
        yield jobs, lambda work: [work.advance(one) for one in jobs.woken] and None
    elif request.param == "thread":
        threads = ThreadJobs(threads=2, sweep_s=0.01)
        yield threads, threads.start
        threads.stop()
    else:
        server: Server = request.getfixturevalue("redis_server")
        with Redis.from_url(server.url) as redis:
            redis.flushall()
            yield RqJobs(redis), lambda work: _run_rq(redis, work)


def _run_rq(redis: Redis, work: Work) -> None:
    worker.start(work)
    queue = Queue(QUEUE, connection=redis, serializer="json")
    stopping = threading.Event()
    worker.Worker([queue], connection=redis, serializer="json", stopping=stopping).work(
        burst=True, logging_level="CRITICAL"
    )


def test_a_wake_up_is_delivered_with_its_id_and_nothing_else(jobs_and_delivery: tuple[Jobs, Deliver]) -> None:
    jobs, deliver = jobs_and_delivery
    ids, noted = [uuid.uuid4() for _ in range(3)], Noted()
    assert jobs.waiting() == 0
    for one in ids:
        jobs.advance(one)
    assert jobs.waiting() == 3
    deliver(noted.work)
    assert noted.has(lambda noted: set(noted.ids) == set(ids))


def test_work_in_this_process_goes_on_after_a_job_that_broke_and_sweeps_by_itself() -> None:
    jobs, noted = ThreadJobs(threads=1, sweep_s=0.01), Noted(fail_first=True)
    jobs.start(noted.work)
    ids = [uuid.uuid4(), uuid.uuid4()]
    for one in ids:
        jobs.advance(one)
    assert noted.has(lambda noted: noted.ids == ids and noted.sweeps > 1)
    jobs.stop()


def test_a_redis_that_is_not_there_is_no_error_and_is_not_asked_again_at_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with Redis(port=free_port(), socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 0)) as redis:
        jobs = RqJobs(redis)
        for _ in range(5):
            jobs.advance(uuid.uuid4())
        assert jobs.waiting() is None
    assert caplog.text.count("no wake-up through Redis") == 1


def test_a_job_outside_a_worker_says_where_it_belongs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_work", None)
    with pytest.raises(RuntimeError, match="flash worker"):
        worker.advance(str(uuid.uuid4()))
