"""One phone with several people and pages, or no room: nobody pays for another, or sees what another did."""

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

import flash.web.app as served
from browser.people import INSTALLED, PASSWORD
from browser.test_safety import STORED, set_a_pin
from browser.test_weak_network import PAYEE, SEND, payments

LATEST = "**/api/transactions/transactions/?limit=5"
NOTHING_KEPT = "delete AbortSignal.any; Object.defineProperty(window, 'indexedDB', {value: undefined})"
FULL = """{
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (row) {
        const request = put.call(this, row);
        request.addEventListener("success", () => this.transaction.abort());
        return request;
    };
}"""


@pytest.fixture
def other(person, numbers):
    somebody = person("Chanda Phiri", next(numbers))
    somebody.comes_in()
    return somebody


def hold(payer, address):
    """Let no call to an address through, and return those that were made."""
    held = []

    def keep(route):
        held.append(route)

    payer.page.route(address, keep)
    return held


def signs_in_beside(other, payer):
    """Sign in on the payer's phone, in a page that tells the others nothing."""
    body = {"phone_number": other.number, "password": PASSWORD}
    address = f"{payer.url}/api/auth/login/"
    assert payer.context.request.post(address, data=body, headers={"Flash-Session": "cookie"}).ok


def test_what_one_person_confirms_is_never_paid_by_another_who_signed_in_meanwhile(payer, other):
    payer.prepares(PAYEE, "26")
    signs_in_beside(other, payer)
    payer.presses("Send K26.00")
    payer.heads("Waiting to be sent")
    payer.reads("Nothing is waiting.")
    assert payments(payer) == []
    signs_in_beside(payer, other)
    assert payments(other) == []


def test_what_was_on_its_way_for_one_person_waits_until_they_are_here_again(payer, other):
    payer.page.route(SEND, lambda route: route.abort(), times=1)
    payer.sends(PAYEE, "27")
    payer.heads("Waiting to be sent")
    signs_in_beside(other, payer)
    payer.page.reload()
    payer.reads("Nothing is waiting.")
    signs_in_beside(payer, payer)
    payer.goes_to("sending")
    payer.page.reload()
    payer.heads(re.compile("Approve|Payment sent"))
    assert len(payments(payer)) == 1


def test_whoever_locks_or_leaves_in_one_page_does_so_in_all(payer):
    first, payer.page = payer.page, payer.open()
    payer.goes_to("profile")
    payer.presses("Sign out")
    payer.heads("Flash")
    expect(first.get_by_role("heading", level=1)).to_have_text("Flash")
    payer.signs_in()
    expect(first.get_by_role("heading", level=1)).to_have_text("Hello, Mutale")


def test_what_comes_after_somebody_left_is_not_kept(payer):
    held = hold(payer, LATEST)
    with payer.page.expect_request(LATEST):
        payer.page.reload()
    payer.page.evaluate("location.hash = '#/profile'")
    payer.presses("Sign out")
    payer.heads("Flash")
    held[0].fulfill(json=[{"recipient": "Secret Friend"}])
    payer.page.evaluate("fetch('/api/config/').then((answer) => answer.json())")
    assert "Secret Friend" not in payer.page.evaluate(STORED)


@pytest.mark.parametrize("phone", [NOTHING_KEPT, FULL], ids=["is old and keeps nothing", "is full"])
def test_a_phone_that_keeps_nothing_pays_all_the_same_and_once(person, phone, numbers):
    payer = person("Mutale Banda", next(numbers))
    payer.context.add_init_script(phone)
    payer.comes_in()
    payer.page.route(SEND, lambda route: (route.fetch(), route.abort()), times=1)
    payer.sends(PAYEE, "28")
    payer.heads("Waiting to be sent")
    payer.page.evaluate("dispatchEvent(new Event('online'))")
    payer.heads("Payment sent")
    assert len(payments(payer)) == 1


def test_what_is_refused_while_nobody_looks_stays_in_sight_and_so_does_what_has_a_wrong_pin(payer):
    set_a_pin(payer)
    payer.page.route(SEND, lambda route: route.abort(), times=1)
    payer.prepares(PAYEE, "1500")
    first, payer.page = payer.page, payer.open()
    payer.prepares(PAYEE, "4000")
    payer.enters("Your Flash PIN", "271828")
    second, payer.page = payer.page, first
    payer.enters("Your Flash PIN", "271828")
    payer.presses("Send K1,500.00")
    payer.heads("Waiting to be sent")
    payer.page.evaluate("dispatchEvent(new Event('online'))")
    payer.enters("Your Flash PIN", "111111")
    payer.presses("Send now")
    payer.reads("wrong")
    payer.reads("K1,500.00")
    assert payments(payer) == []
    second.get_by_role("button", name="Send K4,000.00").click()
    expect(second.get_by_role("heading", level=1)).to_have_text(re.compile("Approve|Payment sent"))
    payer.enters("Your Flash PIN", "271828")
    payer.presses("Send now")
    payer.reads(re.compile("above what is left of your limit"))
    payer.page.reload()
    payer.reads(re.compile("above what is left of your limit"))
    payer.presses("Do not send")
    payer.reads("Nothing is waiting.")
    assert len(payments(payer)) == 1


def test_what_is_on_its_way_is_not_changed_into_a_second_payment(payer):
    held = hold(payer, SEND)
    payer.prepares(PAYEE, "29")
    with payer.page.expect_request(SEND):
        payer.presses("Send K29.00")
    payer.presses("Change")
    payer.heads("Waiting to be sent")
    held[0].continue_()
    payer.heads(re.compile("Approve|Payment sent"))
    assert len(payments(payer)) == 1


def test_a_payment_is_watched_although_the_service_told_nothing_of_itself(payer):
    payer.page.route("**/api/config/", lambda route: route.abort())
    payer.page.evaluate("indexedDB.deleteDatabase('flash')")
    payer.page.reload()
    payer.sends(PAYEE, "31")
    payer.heads("Payment sent")


def test_an_app_of_which_another_version_answers_is_not_kept(person, monkeypatch, numbers):
    files = served.app_files()
    other = "0123456789abcdef"
    body = files.worker.body.replace(files.version.encode(), other.encode())
    worker = replace(files.worker, body=body, packed=None)
    monkeypatch.setattr(served, "app_files", lambda: replace(files, worker=worker))
    payer = person("Mutale Banda", next(numbers), **INSTALLED)
    payer.comes_in()
    end = payer.page.evaluate("""async () => {
        const found = await navigator.serviceWorker.register("/sw.js");
        const worker = found.installing ?? found.waiting ?? found.active;
        const over = () => worker.state === "redundant" || worker.state === "activated";
        while (!over()) await new Promise((resolve) => worker.addEventListener("statechange", resolve, {once: true}));
        return worker.state;
    }""")
    assert end == "redundant"
    kept = "caches.match(location.origin + '/app/0123456789abcdef/main.js').then((found) => found !== undefined)"
    assert payer.page.evaluate(kept) is False


def test_whoever_mends_the_password_needs_no_other_code(person, numbers):
    newcomer = person("Bwalya Zulu", next(numbers))
    newcomer.goes_to("sign-up")
    newcomer.enters("Phone number", newcomer.number)
    newcomer.presses("Send me a code")
    shown = newcomer.page.get_by_text("Demo: your code is")
    newcomer.enters("Code of 6 digits", re.findall(r"\d{6}", shown.inner_text())[0])
    newcomer.enters("Your name", newcomer.name)
    newcomer.enters("Choose a password", "short")
    newcomer.presses("Sign up")
    newcomer.reads("at least 6")
    newcomer.enters("Choose a password", PASSWORD)
    newcomer.presses("Sign up")
    newcomer.is_home()
