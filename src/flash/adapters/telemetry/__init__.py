"""Telling somebody outside what this process does: traces by OpenTelemetry, mistakes to Sentry. Off unless asked for.

Their packages are an extra, `pip install flash-payments[telemetry]`, and imported only where the settings ask for them.
"""

import importlib
import logging
from collections.abc import Callable
from typing import Any

from flash.settings import Reader, Settings

log = logging.getLogger(__name__)

MISSING = "needs packages that are not installed: pip install 'flash-payments[telemetry]'"


def start(settings: Settings, process: str) -> Callable[[], None]:
    """Begin to tell what the settings ask for, and return what brings away at the end what is not told yet.

    It has to be called before the first connection to the database.

    Args:
        settings: `telemetry.otlp_endpoint` switches traces on, and `sentry.dsn` mistakes.
        process: what this process does, `web` or `worker`.

    Raises:
        BadSettings: an address cannot be used, or the packages are missing.
    """
    ends: list[Callable[[], None]] = []
    with settings.reading() as read:
        ends += _started(read, "telemetry.otlp_endpoint", "traces", process)
        ends += _started(read, "sentry.dsn", "mistakes", process)

    def end() -> None:
        for one in ends:
            one()

    return end


def _started(read: Reader, key: str, module: str, process: str) -> list[Callable[[], None]]:
    """Start one of them, if its setting says so."""
    if not read(key, str, " ").strip():
        return []
    try:
        found: Any = importlib.import_module(f"{__name__}.{module}")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("flash"):
            raise
        read.problem(key, MISSING)
        return []
    end: Callable[[], None] | None = found.start(read, process)
    if end is None:
        return []
    log.info("%s are told to somebody outside", module)
    return [end]
