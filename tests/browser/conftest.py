"""Real people with real phones: Chromium, each person in a browser profile of their own, against the live service."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

from browser.people import NOT_INSTALLED, Person
from flash.domain import leg
from live import Live, serving
from tools import program

BUSY = {
    **dict.fromkeys(
        (f"flash.rate.{what}" for what in ("otp.first", "otp.again", "register.pair", "login.pair")), "1000 per minute"
    ),
    "flash.rate.send": "1000 per minute",
    "flash.pin_above": "1000.00",
}
"""Few people do here in a minute what they would do in a week; and large payments need the PIN of whoever has one."""

LOOK_AFTER_S = (0.3, 0.3, 0.5, 1, 2, 5, 10)
"""Seconds, where the service waits for people."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    path = program("chromium", apt="chromium")
    # Its sandbox does not work for root; it looks at our own pages only.
    arguments = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The demo, with an operator that answers soon, and is asked soon."""
    database = f"sqlite:///{tmp_path_factory.mktemp('live') / 'flash.db'}"
    with pytest.MonkeyPatch.context() as quick:
        quick.setattr(leg, "LOOK_AFTER_S", LOOK_AFTER_S)
        with serving(database, **BUSY, **{"flash.sweep_s": "0.1"}) as live:
            yield live
    assert live.broken == []


@contextmanager
def phones(chromium: Browser, live: Live) -> Iterator[Callable[..., Person]]:
    """Give people a phone each; at the end, none of their pages may have broken."""
    people: list[Person] = []
    with ExitStack() as opened:

        def make(name: str, number: str, *, installed: bool = False, **phone: object) -> Person:
            kind = {"viewport": {"width": 360, "height": 740}, "locale": "en-ZM", **phone}
            context = chromium.new_context(**kind)
            opened.callback(context.close)
            if not installed:
                context.add_init_script(NOT_INSTALLED)
            people.append(Person(name, number, live.url, context))
            return people[-1]

        yield make
        for one in people:
            assert one.complaints == [], one.name


@pytest.fixture
def person(chromium: Browser, live: Live) -> Iterator[Callable[..., Person]]:
    """Phones for one story."""
    with phones(chromium, live) as make:
        yield make


@pytest.fixture(scope="module")
def regular(chromium: Browser, live: Live) -> Iterator[Callable[..., Person]]:
    """Phones for people who are in all stories of a module; what one story did is there in the next."""
    with phones(chromium, live) as make:
        yield make


@pytest.fixture(scope="module")
def numbers() -> Iterator[str]:
    """Numbers of payers whom chance leaves out, one for each test: a phone shows one payment at a time."""
    return (f"09600000{number:02}" for number in range(1, 20))


@pytest.fixture
def payer(person: Callable[..., Person], numbers: Iterator[str]) -> Person:
    """Somebody who is signed in."""
    somebody = person("Mutale Banda", next(numbers))
    somebody.comes_in()
    return somebody
