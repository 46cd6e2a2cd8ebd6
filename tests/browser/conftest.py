"""Real people with real phones: Chromium, each person in a browser profile of their own, against the live service."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from browser.people import Person
from live import Live, serving
from tools import program

BUSY = {
    **dict.fromkeys((f"flash.rate.{what}" for what in ("otp.first", "otp.again", "register.pair", "login.pair")), "1000 per minute"),
    "flash.rate.send": "1000 per minute",
    "flash.pin_above": "1000.00",
}
"""Few people do here in a minute what they would do in a week; and large payments need the PIN of whoever has one."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    path = program("chromium", apt="chromium")
    # Its sandbox does not work for root; it looks at our own pages only.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The demo, with an operator that answers soon."""
    with serving(f"sqlite:///{tmp_path_factory.mktemp('live') / 'flash.db'}", **BUSY) as live:
        yield live
    assert live.broken == []


@pytest.fixture
def person(chromium: Browser, live: Live, tmp_path: Path) -> Iterator[Callable[..., Person]]:
    """Gives people a phone each; at the end, none of their pages may have broken."""
    people: list[Person] = []
    with ExitStack() as phones:

        def make(name: str, number: str, **phone: object) -> Person:
            context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="en-ZM", **phone)
            phones.callback(context.close)
            people.append(Person(name, number, live.url, context))
            return people[-1]

        yield make
        for one in people:
            assert one.complaints == [], one.name
