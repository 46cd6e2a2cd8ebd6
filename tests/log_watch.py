"""Every log line of the whole run is looked at: none may tell a phone number, a token, a PIN, a code or a password.

A line is looked at as the formatters of the profiles write it, as text and as JSON. What our own loggers say is looked
at before it is masked, too, because our code must not say it in the first place. A test during which a line tells
something fails, with the name of the logger, and so does the run when a line comes too late for any test.
"""

import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flash.logs import JsonFormatter, MaskingFormatter

WATCH = pytest.StashKey["LogWatch"]()

TELLING = {
    # Every number in tests begins with these, and nothing else of so many digits does.
    "a phone number": re.compile(
        r"(?<![\w*.-])(?:\+|00)?(?:260)?[ ()-]*0?9[67][ ()-]*0[ -]?0[ -]?0[ -]?0[ -]?\d[ -]?\d[ -]?\d(?![\w-])"
    ),
    "a token": re.compile(
        r"(?i:\b(?:token|bearer|basic) )(?=\S*\d)[\w.~+/=-]{12,}|(?<![\w/.-])(?=\S*\d)(?=\S*[A-Z])[\w-]{40,}(?![\w.-])"
    ),
    "a PIN or a code": re.compile(
        r"(?i)(?:\bpin|_pin|\botp|otp_code|\bcode)\b[\"']?[ :=]{1,3}(?:is )?[\"']?\d{4,6}\b|\b\d{6} is your"
    ),
    "a password": re.compile(r"(?i)password[\"']?[:=] ?(?![\"' ]*\*)\S|a long sentence|flash-demo"),
}
"""Not the formatter's own patterns, which would find nothing that it does not."""


def tells(text: str) -> str | None:
    """Return what the text tells that no log may."""
    return next((what for what, pattern in TELLING.items() if pattern.search(text)), None)


class LogWatch(logging.Handler):
    """Notes which logger told what during which test, and never the line itself."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(MaskingFormatter("%(asctime)s %(levelname)-5s %(name)s: %(message)s"))
        self.as_json = JsonFormatter()
        self.test = "the start"
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Look at a line."""
        if what := tells(self.format(record)) or tells(self.as_json.format(record)):
            self._note(record.name, what, "although it is masked")
        elif record.name.startswith("flash.") and (what := tells(record.getMessage())):
            self._note(record.name, what, "before it is masked")

    def look_into(self, log: Path) -> None:
        """Look at all that a process said."""
        for line in log.read_text(errors="replace").splitlines():
            if what := tells(line):
                self._note(log.name, what, "in the log of a process")

    def take(self) -> list[str]:
        """Return what was found since the last time."""
        found, self.found = self.found, []
        return found

    def _note(self, name: str, what: str, how: str) -> None:
        self.found.append(f"{name} told {what} {how}, during {self.test}")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[WATCH] = watch = LogWatch()
    logging.getLogger().addHandler(watch)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    item.config.stash[WATCH].test = item.nodeid
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    if found := item.config.stash[WATCH].take():
        pytest.fail("\n".join(found), pytrace=False)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    watch = session.config.stash[WATCH]
    logging.getLogger().removeHandler(watch)
    if found := watch.take():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        sys.stdout.write("\n".join(["", *found, ""]))


@pytest.fixture
def log_watch(pytestconfig: pytest.Config) -> LogWatch:
    """The watch itself, for logs that other processes write."""
    return pytestconfig.stash[WATCH]
