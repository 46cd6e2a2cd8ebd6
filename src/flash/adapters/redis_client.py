"""Where Redis is, for every adapter that needs it: plainly, or by TLS with a certificate that somebody vouches for."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from flash.settings import Reader

IN_MEMORY = "memory"
WAIT_S = 0.5
"""Longest wait for Redis in a request: everybody can do without it for a while."""

BY_SYSTEM, BY_NOBODY = "system", "nobody"

Trust = Mapping[str, Any]
"""Who vouches for the server's certificate, in the words of redis-py."""


def trust(read: Reader) -> Trust:
    """Return what `redis.trust` says."""
    return read("redis.trust", _trust, BY_SYSTEM)


def open_redis(url: str, trust: Trust, **more: Any) -> Redis:
    """Return a client, which connects at its first use.

    Raises:
        ValueError: it is no URL of a Redis server.
    """
    return Redis.from_url(url, **more, **(trust if url.startswith("rediss://") else {}))


def impatient(trust: Trust) -> Callable[[str], Redis]:
    """Return what reads a client that gives up soon and never tries twice."""

    def redis(url: str) -> Redis:
        """Read the URL of a Redis server."""
        once = Retry(NoBackoff(), 0)
        return open_redis(url, trust, socket_connect_timeout=WAIT_S, socket_timeout=WAIT_S, retry=once)

    return redis


def shared_or_not(trust: Trust) -> Callable[[str], Redis | None]:
    """Return what reads where processes share something, if they do."""

    def store(text: str) -> Redis | None:
        """Read the URL of a Redis server, or memory."""
        return None if text == IN_MEMORY else impatient(trust)(text)

    return store


def _trust(text: str) -> Trust:
    """Read system, nobody, or the path of a file with certificates."""
    if text == BY_SYSTEM:
        return {}
    if text == BY_NOBODY:
        return {"ssl_cert_reqs": "none", "ssl_check_hostname": False}
    if not Path(text).is_file():
        raise ValueError("there is no such file")
    return {"ssl_ca_certs": text}
