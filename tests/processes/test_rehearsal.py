"""Production as a whole, rehearsed: several processes, PostgreSQL, Redis, and what may happen to them."""

import itertools
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import redis
import requests

from asking import a_request, stored
from factories import World
from flash.adapters.memory import MemoryClock
from flash.domain.request import PaymentRequest, RequestState
from flash.domain.transfer import MEANINGS, State
from processes.profile import Profile, token_of, until
from servers import RedisServer, Server, free_port

Rehearsal = Callable[..., tuple[Profile, World]]


def send(url: str, token: str, payee: str, amount: float, *, timeout: float = 10) -> str:
    answer = requests.post(
        f"{url}/transactions/send/",
        json={"recipient_phone": payee, "amount": amount},
        headers={"Authorization": f"Token {token}"},
        timeout=timeout,
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["transaction_id"])


def dossiers(world: World) -> list[Any]:
    with world.database.snapshot() as store:
        return list(store.transfers.dossiers(after=None, limit=1000))


def all_final(world: World) -> bool:
    return all(dossier.transfer.final for dossier in dossiers(world))


def check_the_end(world: World, profile: Profile, count: int) -> Counter[str]:
    """Every transfer is final, no leg was submitted twice, and the audit is clean; returns how they ended."""
    found = dossiers(world)
    assert len(found) == count
    assert {leg.attempts for dossier in found for leg in dossier.transfer.legs if leg.closed} <= {1}
    assert world.audit() == []
    done = profile.flash("audit")
    assert (done.returncode, done.stdout.endswith("The audit is clean.\n")) == (0, True), done.stdout + done.stderr
    return Counter(dossier.transfer.state for dossier in found)


def a_lapsed_request(world: World) -> PaymentRequest:
    """A request for money that nobody answered, or will ever look at."""
    clock = world.clock
    world.clock = MemoryClock(clock.now() - timedelta(hours=25))
    made = a_request(world)
    world.clock = clock
    return made


def test_500_sends_by_50_people_through_two_web_processes_and_two_workers(
    rehearsal: Rehearsal, redis_server: Server
) -> None:
    profile, world = rehearsal(redis_server.url)
    lapsed = a_lapsed_request(world)
    urls = [profile.serve(free_port()) for _ in range(2)]
    profile.work(), profile.work()
    people = [f"09600001{number:02}" for number in range(50)]
    tokens = [token_of(world, number) for number in people]
    orders = [
        (urls[number % 2], tokens[number % 50], f"09700002{number % 50:02}", 10 + number // 50) for number in range(500)
    ]
    with ThreadPoolExecutor(16) as pool:
        ids = list(pool.map(lambda order: send(*order), orders))
    assert len(set(ids)) == 500
    until(lambda: all_final(world))
    ends = check_the_end(world, profile, 500)
    assert set(ends) == {State.COMPLETED, State.FAILED}
    assert ends[State.COMPLETED] > 400
    until(lambda: stored(world, lapsed).state is RequestState.EXPIRED)


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis that may be stopped."""
    server = RedisServer()
    yield server
    server.stop()


def test_without_redis_sends_are_accepted_and_complete(rehearsal: Rehearsal, own_redis: RedisServer) -> None:
    profile, world = rehearsal(own_redis.url, **{"sandbox.success_rate": "1"})
    url, token = profile.serve(free_port()), token_of(world, "0960000001")
    worker = profile.work()
    send(url, token, "0970000002", 10)
    until(lambda: all_final(world))

    own_redis.stop()
    for amount in range(11, 16):
        send(url, token, "0970000002", amount, timeout=1)
    until(lambda: all_final(world))
    assert worker.poll() is None, profile.logs()

    own_redis.start()
    send(url, token, "0970000002", 20)
    with redis.Redis.from_url(own_redis.url) as client:
        client.flushall()
    until(lambda: all_final(world))
    assert check_the_end(world, profile, 7) == {State.COMPLETED: 7}


def test_a_worker_that_starts_without_redis_sweeps_and_ends_when_told(rehearsal: Rehearsal) -> None:
    profile, world = rehearsal(f"redis://127.0.0.1:{free_port()}/0", **{"sandbox.success_rate": "1"})
    url, token = profile.serve(free_port()), token_of(world, "0960000001")
    worker = profile.work()
    send(url, token, "0970000002", 10)
    until(lambda: all_final(world))
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0, profile.logs()


def test_killed_workers_and_web_processes_lose_nothing(rehearsal: Rehearsal, redis_server: Server) -> None:
    profile, world = rehearsal(redis_server.url, **{"flash.lease_s": "5"})
    tokens = [token_of(world, f"09600001{number:02}") for number in range(10)]
    amounts = itertools.count(10)
    for _ in range(3):
        url, worker = profile.serve(free_port()), profile.work()
        for token in tokens:
            send(url, token, "0970000002", next(amounts))
        until(lambda: any(MEANINGS[dossier.transfer.state].final for dossier in dossiers(world)))
        for process in (worker, profile.processes[-2]):
            process.kill()
            process.wait()
    profile.work()
    until(lambda: all_final(world))
    ends = check_the_end(world, profile, 30)
    assert set(ends) <= {State.COMPLETED, State.FAILED}
