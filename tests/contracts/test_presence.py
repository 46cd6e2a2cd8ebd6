"""How many people there are, in the memory of one process and in Redis for several."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from flash.adapters.presence import MemoryPresence, RedisPresence
from flash.ports.meter import Presence
from servers import free_port


@dataclass
class Shared:
    """Presence, and the same as another process has it."""

    here: Presence
    there: Presence


@pytest.fixture(params=["memory", "redis"])
def presence(request: pytest.FixtureRequest) -> Iterator[Shared]:
    if request.param == "memory":
        one = MemoryPresence()
        yield Shared(one, one)
        return
    with Redis.from_url(request.getfixturevalue("redis_server").url) as redis:
        redis.flushdb()
        yield Shared(RedisPresence(redis), RedisPresence(redis))


def counted(presence: Presence, expected: int) -> bool:
    """Whether it comes to count so many: a thread of Redis takes its time."""
    deadline = time.monotonic() + 30
    while presence.count() != expected:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_a_person_counts_once_wherever_they_call(presence: Shared) -> None:
    people = [UUID(int=number) for number in range(1, 6)]
    assert presence.there.count() == 0
    for person in people[:3] * 2:
        presence.here.seen(person)
    assert counted(presence.there, 3)
    for person in people[2:]:
        presence.there.seen(person)
    assert counted(presence.here, 5)


def test_who_called_long_ago_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    presence = MemoryPresence()
    presence.seen(uuid4())
    began = time.monotonic()
    monkeypatch.setattr("time.monotonic", lambda: began + 301)
    presence.seen(uuid4())
    assert presence.count() == 1


def test_without_redis_nobody_knows_and_nobody_waits(caplog: pytest.LogCaptureFixture) -> None:
    with Redis(port=free_port(), socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 0)) as redis:
        presence = RedisPresence(redis)
        presence.seen(uuid4())
        assert presence.count() is None
    assert "Redis does not tell how many people there are" in caplog.text
