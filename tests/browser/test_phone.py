"""The web app as an app of the phone (mobile_app/): Capacitor's own bridge in Chromium, and a stand-in for Android."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser

from browser.people import Person
from browser.phone import API, PAGE, Phone
from flash.web.app.__main__ import bundle
from live import Live
from tools import from_npm

MOBILE_APP = Path(__file__).parents[2] / "mobile_app"
BRIDGE = "@capacitor/android/capacitor/src/main/assets/native-bridge.js"

ASK_TWICE = """async (url) => {
  const tag = (await fetch(url)).headers.get("ETag");
  return [Boolean(tag), (await fetch(url, {headers: {"If-None-Match": tag}})).status];
}"""


@pytest.fixture
def phone(live: Live, tmp_path: Path) -> Phone:
    folder = tmp_path / "www"
    bundle(folder, API)
    (folder / "native.js").write_text((MOBILE_APP / "native/native.js").read_text())
    page = folder / "index.html"
    start = '<script type="module" src="./main.js">'
    page.write_text(page.read_text().replace(start, f'<script type="module" src="./native.js"></script>{start}'))
    return Phone(folder, live.url)


@pytest.fixture
def mutale(chromium: Browser, phone: Phone) -> Iterator[Person]:
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="en-ZM")
    phone.carry(context, from_npm(MOBILE_APP, BRIDGE))
    person = Person("Mutale Banda", "0960000011", PAGE, context)
    yield person
    context.close()
    assert person.complaints == []


def test_from_sign_up_to_a_receipt_that_is_shared_and_a_link_that_opens_the_app(phone: Phone, mutale: Person) -> None:
    mutale.signs_up()
    assert phone.cookie.startswith("__Host-flash-session=")
    mutale.sends("0970000012", "25.5", "Tomatoes")
    mutale.heads("Payment sent")
    mutale.follows("Receipt")
    mutale.heads("Receipt")
    mutale.presses("PDF")
    expect_soon(mutale, lambda: phone.shared)
    ((name, content),) = phone.files.items()
    assert (name.endswith(".pdf"), content[:5]) == (True, b"%PDF-")
    assert phone.shared[0]["files"] == [f"file:///cache/{name}"]
    # A WebView cannot be handed a 304, so nothing is asked for that would be answered so.
    payment = mutale.page.url.rpartition("/")[2]
    assert mutale.page.evaluate(ASK_TWICE, f"{API}/transactions/transactions/{payment}/") == [True, 200]
    # Nothing leaves but by the phone.
    assert [call for call in mutale.calls if not re.match(r"GET (blob:|/)", call)] == []
    # Somebody opens a link of ours, outside the app.
    secret = "a" * 32
    phone.tell(mutale.page, "appUrlOpen", {"url": f"https://flash.example/pay/{secret}"})
    mutale.heads("Pay")
    asked = quote(f"{API}/pay/{secret}/", safe="")
    unknown = f"404 {PAGE}/_capacitor_http_interceptor_?u={asked}"
    expect_soon(mutale, lambda: unknown in mutale.complaints)
    mutale.complaints.remove(unknown)


def test_nobody_waits_for_an_order_that_the_phone_gets_no_answer_to(phone: Phone, mutale: Person) -> None:
    phone.deaf = True
    mutale.goes_to("sign-in")
    order = f"fetch('{API}/auth/login/', {{method: 'POST', body: '{{}}', signal: AbortSignal.timeout(50)}})"
    assert mutale.page.evaluate(f"{order}.catch((error) => error.name)") == "TimeoutError"


def expect_soon(person: Person, true: Callable[[], object]) -> None:
    """Let the page go on until something has become true."""
    for _ in range(100):
        if true():
            return
        person.page.wait_for_timeout(50)
    raise AssertionError("it did not become true")
