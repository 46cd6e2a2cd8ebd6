"""PostgreSQL is killed and comes back, and is killed and replaced by its standby, while people send money."""

import itertools
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
import requests

from factories import World
from flash.domain.transfer import State
from processes.profile import REHEARSAL, Profile, look_into, token_of, until
from processes.test_rehearsal import all_final, check_the_end, dossiers
from replicas import Replicas
from servers import Server, free_port

log = logging.getLogger(__name__)

SENDERS, PEOPLE = 4, 60
PACE_S = 0.3
LONGEST_S = 60.0


class Senders:
    """People who take turns to send money, all the time, and repeat what was not answered."""

    def __init__(self, urls: list[str], tokens: list[str]) -> None:
        self.accepted: dict[str, float] = {}
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._send, args=(urls[number % len(urls)], tokens[number::SENDERS]))
            for number in range(SENDERS)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def until_accepted(self, count: int) -> None:
        """Wait until so many more were accepted."""
        before = len(self.accepted)
        until(lambda: len(self.accepted) >= before + count, seconds=LONGEST_S)

    def longest_pause(self, since: float) -> float:
        """Return for how many seconds none was accepted."""
        moments = sorted(at for at in self.accepted.values() if at >= since)
        return max(later - earlier for earlier, later in pairwise([since, *moments]))

    def _send(self, url: str, tokens: list[str]) -> None:
        for amount, token in enumerate(itertools.cycle(tokens)):
            key = secrets.token_hex(8)
            while not self._stopping.is_set() and not self._accepted(url, token, amount, key):
                time.sleep(0.2)
            if self._stopping.wait(PACE_S):
                return

    def _accepted(self, url: str, token: str, amount: int, key: str) -> bool:
        answer = requests.post(
            f"{url}/transactions/send/",
            json={"recipient_phone": "0970000002", "amount": amount + 1},
            headers={"Authorization": f"Token {token}", "Idempotency-Key": key},
            timeout=30,
        )
        if answer.status_code == 503:
            assert answer.headers["Retry-After"]
            return False
        assert answer.status_code == 201, answer.text
        self.accepted[answer.json()["transaction_id"]] = time.monotonic()
        return True


@pytest.fixture
def replicas() -> Iterator[Replicas]:
    with Replicas() as both:
        yield both


@pytest.fixture
def service(
    replicas: Replicas, profiles: Callable[..., Profile], redis_server: Server
) -> Iterator[tuple[Profile, World]]:
    """A service on both, which knows one address."""
    profile = profiles(
        "production.ini",
        {**REHEARSAL, "sandbox.success_rate": "1", "sandbox.delay_s": "0.1", "flash.lease_s": "6"},
        DATABASE_URL=replicas.url,
        REDIS_URL=redis_server.url,
        SECRET_KEY=secrets.token_hex(32),
        PUBLIC_URL="https://flash.example",
    )
    assert profile.flash("migrate").returncode == 0
    world = look_into(replicas.url)
    yield profile, world
    world.database.engine.dispose()


def test_no_accepted_payment_is_lost_when_the_database_is_restarted_and_when_its_standby_takes_over(
    replicas: Replicas, service: tuple[Profile, World]
) -> None:
    profile, world = service
    urls = [profile.serve(free_port()) for _ in range(2)]
    profile.work(), profile.work()
    senders = Senders(urls, [token_of(world, f"09600001{number:02}") for number in range(PEOPLE)])
    try:
        for name, trouble in (("restart", replicas.restart), ("failover", replicas.fail_over)):
            senders.until_accepted(10)
            began = time.monotonic()
            trouble()
            senders.until_accepted(10)
            log.info("%s: nothing was accepted for %.1f s", name, senders.longest_pause(began))
    finally:
        senders.stop()
    until(lambda: all_final(world))
    stored = {str(dossier.transfer.id): dossier.transfer.state for dossier in dossiers(world)}
    assert set(senders.accepted) <= set(stored)
    assert set(stored.values()) == {State.COMPLETED}
    check_the_end(world, profile, len(stored))
