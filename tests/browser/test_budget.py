"""What the app costs on a cheap phone with 3G: bytes, requests, and nothing that jumps."""

import re

import pytest

from browser.people import INSTALLED

SHIFTS = """
    window.shifted = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
"""
GOOD_SHIFT = 0.1
"""Below it people do not notice (web.dev/articles/cls)."""
FIRST_LOAD_BYTES, FIRST_LOAD_REQUESTS = 100_000, 45
A_SCREEN_BYTES, A_SCREEN_REQUESTS = 30_000, 12
SCREENS = {
    "send": "Send money",
    "activity": "Activity",
    "requests": "Requests",
    "request": "Ask for money",
    "my-code": "My code",
    "contacts": "Contacts",
    "profile": "Profile",
    "security": "Security",
}


class Meter:
    """Adds up what goes through the network for a page, headers included."""

    def __init__(self, person):
        self.bytes = self.requests = 0
        session = person.context.new_cdp_session(person.page)
        session.on("Network.loadingFinished", self._finished)
        session.send("Network.enable")

    def _finished(self, told):
        self.bytes += told["encodedDataLength"]
        self.requests += told["encodedDataLength"] > 0

    def since(self, before):
        return self.bytes - before[0], self.requests - before[1]

    def now(self):
        return self.bytes, self.requests


@pytest.fixture
def somebody(person):
    one = person("Mutale Banda", "0960000001", **INSTALLED)
    one.context.add_init_script(SHIFTS)
    return one


def test_the_first_load_is_under_100_kb_and_nothing_jumps(somebody):
    meter = Meter(somebody)
    somebody.page.goto(somebody.url)
    somebody.heads("Flash")
    somebody.page.get_by_role("link", name="Sign up").wait_for()
    size, requests = meter.now()
    assert size < FIRST_LOAD_BYTES
    assert requests <= FIRST_LOAD_REQUESTS
    assert somebody.page.evaluate("window.shifted") < GOOD_SHIFT


def test_opening_it_again_takes_the_shell_from_the_phone(somebody):
    somebody.comes_in()
    somebody.keeps_the_app()
    meter = Meter(somebody)
    somebody.page.reload()
    somebody.is_home()
    somebody.reads("Nothing yet.")
    size, requests = meter.now()
    assert size < 10_000
    assert requests <= 12
    assert not [call for call in somebody.calls[-requests:] if re.search(r"/app/.*\.js$", call) and requests > 12]


def test_each_main_screen_costs_little_and_nothing_on_it_jumps(somebody):
    somebody.comes_in()
    somebody.sends("0970000002", "20.00")
    somebody.heads(re.compile("Payment sent"))
    somebody.goes_to("home")
    somebody.is_home()
    somebody.page.wait_for_load_state("networkidle")
    meter = Meter(somebody)
    for place, heading in SCREENS.items():
        before = meter.now()
        somebody.page.evaluate("window.shifted = 0")
        somebody.goes_to(place)
        somebody.heads(heading)
        somebody.page.wait_for_load_state("networkidle")
        size, requests = meter.since(before)
        assert size < A_SCREEN_BYTES, place
        assert requests <= A_SCREEN_REQUESTS, place
        assert somebody.page.evaluate("window.shifted") < GOOD_SHIFT, place
