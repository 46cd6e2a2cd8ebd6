"""However bad the network is, and however often somebody presses, a payment is sent once."""

import re

import pytest
from playwright.sync_api import expect

from browser.people import INSTALLED

PAYEE = "0970000002"
SEND = "**/api/transactions/send/"
AFTER_10_MINUTES = 11 * 60_000


@pytest.fixture
def installed(person, numbers):
    """Somebody whose phone keeps the app."""
    somebody = person("Mutale Banda", next(numbers), **INSTALLED)
    somebody.comes_in()
    somebody.keeps_the_app()
    return somebody


def payments(payer):
    """Return the payments that the service knows of."""
    return payer.page.evaluate("fetch('/api/transactions/transactions/').then((answer) => answer.json())")


def lose_the_answer(route):
    """Let a request through, and lose its answer on the way back."""
    route.fetch()
    route.abort("connectionreset")


def test_an_answer_that_was_lost_is_asked_for_again_and_it_is_one_payment(payer):
    payer.page.route(SEND, lose_the_answer, times=1)
    payer.prepares(PAYEE, "20")
    payer.presses("Send K20.00")
    payer.heads("Waiting to be sent")
    payer.heads(re.compile("Approve|Payment sent"))
    assert payer.calls.count("POST /api/transactions/send/") == 2
    assert len(payments(payer)) == 1


def test_a_page_that_is_reloaded_before_the_answer_came_asks_again_and_it_is_one_payment(payer):
    payer.page.route(SEND, lose_the_answer, times=1)
    payer.prepares(PAYEE, "21")
    payer.presses("Send K21.00")
    payer.heads("Waiting to be sent")
    payer.page.reload()
    payer.heads(re.compile("Approve|Payment sent"))
    assert len(payments(payer)) == 1


def test_a_button_that_is_pressed_five_times_makes_one_payment(payer):
    payer.prepares(PAYEE, "22")
    payer.page.evaluate("""() => {
        const button = [...document.querySelectorAll("button")].find((one) => one.textContent.includes("Send K22.00"));
        for (let times = 0; times < 5; times++) button.click();
    }""")
    payer.heads(re.compile("Approve|Payment sent"))
    assert payer.calls.count("POST /api/transactions/send/") == 1
    assert len(payments(payer)) == 1


def test_two_pages_of_one_phone_send_what_waits_once(payer):
    payer.page.route(SEND, lambda route: route.abort(), times=1)
    payer.prepares(PAYEE, "23")
    payer.presses("Send K23.00")
    payer.heads("Waiting to be sent")
    other = payer.open()
    other.goto(payer.url)
    other.reload()
    expect(other.get_by_text("A payment waits")).to_have_count(0)
    payer.page.reload()
    payer.heads(re.compile("Approve|Payment sent|Waiting to be sent"))
    assert len(payments(payer)) == 1


def test_what_is_sent_without_a_network_waits_in_sight_and_goes_once_when_there_is_one(installed):
    installed.context.set_offline(True)
    installed.reads("No connection")
    installed.prepares(PAYEE, "24", "Tomatoes")
    installed.reads("There is no network, so that we cannot look up the name.")
    installed.presses("Send when there is a network")
    installed.heads("Waiting to be sent")
    installed.reads("It goes as soon as there is a network. It is sent once only.")
    installed.goes_to("home")
    installed.reads("A payment waits to be sent.")
    installed.page.reload()  # The service worker has the app, without a network.
    installed.reads("A payment waits to be sent.")
    installed.context.set_offline(False)
    expect(installed.page.get_by_text("A payment waits")).to_have_count(0)
    [payment] = payments(installed)
    assert (payment["amount"], payment["description"]) == ("24.00", "Tomatoes")


@pytest.mark.parametrize(("answer", "paid"), [("Send now", 1), ("Do not send", 0)])
def test_what_waited_for_more_than_10_minutes_asks_before_it_goes(person, answer, paid, numbers):
    payer = person("Mutale Banda", next(numbers), **INSTALLED)
    payer.page.clock.install()
    payer.comes_in()
    payer.keeps_the_app()
    payer.context.set_offline(True)
    payer.prepares(PAYEE, "25")
    payer.presses("Send when there is a network")
    payer.heads("Waiting to be sent")
    payer.page.clock.fast_forward(AFTER_10_MINUTES)
    payer.context.set_offline(False)
    payer.unlocks()
    payer.reads("This is more than 10 minutes old.")
    assert payments(payer) == []
    payer.presses(answer)
    payer.heads(re.compile("Approve|Payment sent") if paid else "Waiting to be sent")
    assert len(payments(payer)) == paid


def test_a_payment_that_is_refused_after_all_is_told_and_nothing_waits(payer):
    payer.prepares(PAYEE, "3000")
    first, payer.page = payer.page, payer.open()
    payer.sends(PAYEE, "2500")
    payer.heads(re.compile("Approve|Payment sent"))
    payer.page = first
    payer.presses("Send K3,000.00")
    payer.reads(re.compile("above what is left of your limit of K5,000.00 a day"))
    expect(payer.page.get_by_text("A payment waits")).to_have_count(0)
    assert len(payments(payer)) == 1


def test_an_operator_that_does_not_answer_is_told_on_every_screen(payer):
    slow = {
        "operator": "mtn",
        "brand": "MTN MoMo",
        "prefixes": ["096"],
        "served": True,
        "condition": "open",
        "retry_after": 30,
    }
    payer.page.route("**/api/payments/providers/", lambda route: route.fulfill(json={"providers": [slow]}))
    payer.page.reload()
    payer.reads("MTN MoMo does not answer right now.")
    payer.goes_to("activity")
    payer.reads("MTN MoMo does not answer right now.")
