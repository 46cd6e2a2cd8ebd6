"""The live service in this process, over real HTTP: the demo's settings on a database of its own."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Engine
from waitress import wasyncore
from waitress.server import create_server

from flash.adapters.sql.columns import metadata
from flash.adapters.sql.store import SCHEMA, VERSIONS
from flash.settings import load
from flash.web import make_app
from flash.wiring import Services, build
from servers import free_port

DEVELOPMENT = Path(__file__).parents[1] / "development.ini"
QUICK = {"sandbox.delay_s": "0.2", "sandbox.payout_delay_s": "0.1", "flash.waiting": "2"}


@dataclass(frozen=True)
class Live:
    """A service that answers.

    Attributes:
        url: where it is.
        broken: what it logs of its own mistakes.
    """

    url: str
    services: Services
    broken: list[str]


@contextmanager
def serving(database_url: str, **changed: str) -> Iterator[Live]:
    """Serve the demo, its jobs included, in tables that are made here."""
    settings = load(str(DEVELOPMENT)).with_values({**QUICK, **changed, "sqlalchemy.url": database_url})
    services = build(settings)
    _migrate(services.database.engine)
    broken: list[str] = []
    handler = _Broken(broken)
    logging.getLogger().addHandler(handler)
    sockets: dict[int, object] = {}
    server = create_server(make_app(services, settings), map=sockets, host="127.0.0.1", port=free_port(), threads=4)
    services.jobs.start(services.work())
    running = threading.Thread(target=server.run, name="server", daemon=True)
    running.start()
    try:
        yield Live(f"http://127.0.0.1:{server.effective_port}", services, broken)
    finally:
        services.jobs.stop()
        # Its own thread closes what it listens to; it ends once there is nothing left.
        server.trigger.pull_trigger(partial(wasyncore.close_all, sockets))
        running.join()
        services.database.engine.dispose()
        logging.getLogger().removeHandler(handler)


def _migrate(engine: Engine) -> None:
    """Make what all migrations together make, which takes longer."""
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE IF NOT EXISTS {VERSIONS} (version_num VARCHAR(32))")
        connection.exec_driver_sql(f"DELETE FROM {VERSIONS}")
        connection.exec_driver_sql(f"INSERT INTO {VERSIONS} VALUES ('{SCHEMA}')")


class _Broken(logging.Handler):
    """Collects what the service says of its own mistakes."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler`. The service has no asyncio; what drives a browser has, and leaves things undone."""
        if record.name != "asyncio":
            self._lines.append(self.format(record))
