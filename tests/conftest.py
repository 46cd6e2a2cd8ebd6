"""What every test may ask for."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from daemon import NoServer
from servers import PostgresServer, Server, open_postgres, open_redis

pytest_plugins = ["log_watch"]

S = TypeVar("S", bound=Server)

SERVERS = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SERVERS] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what the tests ran on, because no test may have gone without unnoticed."""
    terminalreporter.write_line(f"servers: {', '.join(config.stash[SERVERS]) or 'none'}")


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    """A real PostgreSQL; `create_database` gives a test its own."""
    yield from _opened(open_postgres, request.config)


@pytest.fixture(scope="session")
def redis_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A real Redis at `url`. To stop one, make a `RedisServer` of your own."""
    yield from _opened(open_redis, request.config)


def _opened(open_server: Callable[[], S], config: pytest.Config) -> Iterator[S]:
    try:
        server = open_server()
    except NoServer as error:
        pytest.exit(str(error), returncode=1)
    config.stash[SERVERS].append(server.name)
    yield server
    server.stop()
