"""Mistakes to Sentry: each line at ERROR, with the exception behind it and the request and payment it belongs to.

Sentry's own integrations are off: they gather addresses, headers, bodies and variables, which belong to people. What
is unexpected is in the log already, wherever it happened, so that is where it is taken from.
"""

import logging
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, cast

import sentry_sdk
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.types import Event, Hint
from sentry_sdk.utils import BadDsn, Dsn

from flash.logs import masked
from flash.settings import Reader
from flash.trail import current
from flash.usecases.mistakes import MISTAKE

AGAIN_S = 60.0
"""What one place says again within so long is not told again: a database that is down fails everything each second."""
FLUSH_S = 2.0
OURS = frozenset({"event_id", "timestamp"})
OF_TELEMETRY = ("sentry_sdk", "opentelemetry", "urllib3")
"""Loggers of what tells: their trouble is in the log, and telling it could make more of it."""


def start(read: Reader, process: str) -> Callable[[], None] | None:
    """Begin to tell mistakes, if the address can be used; return what brings the last ones away."""
    dsn = read("sentry.dsn", _dsn)
    if read.problems:
        return None
    sentry_sdk.init(
        dsn=dsn,
        release=f"flash-payments@{version('flash-payments')}",
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[DedupeIntegration()],
        include_local_variables=False,
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        before_send=scrubbed,
        shutdown_timeout=FLUSH_S,
    )
    handler = MistakeHandler(process)
    logging.getLogger().addHandler(handler)

    def end() -> None:
        logging.getLogger().removeHandler(handler)
        sentry_sdk.flush(FLUSH_S)
        sentry_sdk.get_client().close()

    return end


class MistakeHandler(logging.Handler):
    """Tells Sentry of lines at ERROR and above.

    Args:
        process: what this process does.
    """

    def __init__(self, process: str) -> None:
        super().__init__(logging.ERROR)
        self._process = process
        self._told: dict[tuple[str, str, str], float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler`."""
        if record.name.partition(".")[0] in OF_TELEMETRY:
            return
        error = record.__dict__.get(MISTAKE) or (record.exc_info[1] if record.exc_info else None)
        if self._is_news((record.name, record.msg, type(error).__name__)):
            with sentry_sdk.new_scope() as scope:
                self._place(scope, record)
                if error is not None:
                    scope.capture_exception(error)
                else:
                    scope.capture_message(masked(record.getMessage()), "error")

    def _place(self, scope: sentry_sdk.Scope, record: logging.LogRecord) -> None:
        """Say where it happened, and for whom it can be looked up."""
        trail = current()
        scope.set_tag("process", self._process)
        scope.set_tag("logger", record.name)
        scope.set_tag("request_id", trail.trace.id if trail else "")
        scope.set_tag("transfer", trail.transfer if trail else "")

    def _is_news(self, what: tuple[str, str, str]) -> bool:
        now = time.monotonic()
        again = now - self._told.get(what, -AGAIN_S) < AGAIN_S
        if not again:
            self._told[what] = now
        return not again


def scrubbed(event: Event, _hint: Hint) -> Event:
    """Take out what exceptions say, for they quote what people entered, and mask all other text."""
    told: dict[str, Any] = {name: value if name in OURS else _masked(value) for name, value in event.items()}
    for mistake in told.get("exception", {}).get("values", []):
        mistake["value"] = ""
    told.pop("breadcrumbs", None)
    return cast(Event, told)


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {key: _masked(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(one) for one in value]
    return value


def _dsn(text: str) -> str:
    """Read the DSN of a project in Sentry, like https://KEY@sentry.example/1."""
    try:
        Dsn(text)
    except BadDsn as error:
        raise ValueError("no DSN") from error
    return text
