"""The approval screen cannot wait for ever: whatever the operator does, it ends, and says how."""

import re
from collections import Counter

import pytest
from playwright.sync_api import expect

PAYEE = "0970000002"
NEVER_ANSWERED, REFUSED, GOOD = "30.81", "30.62", "30.00"
"""Amounts by whose ngwee the sandbox decides (docs/sandbox.md)."""
HIDE = """hidden => {
    Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def payer(person, numbers):
    """Somebody whose page's clock can be turned on."""
    somebody = person("Mutale Banda", next(numbers))
    somebody.page.clock.install()
    somebody.comes_in()
    return somebody


def polls(payer):
    """Return how often the page asked after a payment, by what was answered."""
    asked = [status for call, status in payer.answers if re.search(r"GET .*/transactions/transactions/[^/]+/$", call)]
    return Counter(asked)


def asked_the_demo(payer):
    """Return the calls that ask a demo to complete a payment."""
    return [call for call in payer.calls if "/demo/" in call]


def test_in_a_demo_a_payment_that_never_ends_is_completed_after_45_s_and_marked(payer):
    payer.sends(PAYEE, NEVER_ANSWERED)
    payer.heads("Approve on your phone")
    payer.reads(re.compile(r"dial \*115#"))
    payer.page.clock.fast_forward(40_000)
    payer.heads("Approve on your phone")
    assert asked_the_demo(payer) == []
    payer.page.clock.fast_forward(6_000)
    payer.heads("Payment sent")
    expect(payer.page.locator(".badge")).to_have_text("demo")
    assert len(asked_the_demo(payer)) == 1


def test_it_asks_at_once_then_with_growing_pauses_and_by_etag(payer):
    payer.sends(PAYEE, NEVER_ANSWERED)
    payer.reads(re.compile(r"dial \*115#"))
    before = polls(payer)
    for _ in range(20):
        payer.page.clock.run_for(1_000)
        payer.page.wait_for_timeout(50)
    asked = polls(payer) - before
    assert 4 <= asked.total() <= 8  # After 2, 2.6, 3.4, 4.4 and then every 5 s.
    assert asked[304] >= asked[200]


def test_nothing_is_asked_while_the_page_is_hidden_and_at_once_when_it_is_seen_again(payer):
    payer.sends(PAYEE, NEVER_ANSWERED)
    payer.reads(re.compile(r"dial \*115#"))
    payer.page.evaluate(HIDE, True)
    payer.page.wait_for_timeout(300)
    before = polls(payer).total()
    payer.page.clock.run_for(30_000)
    payer.page.wait_for_timeout(300)
    assert polls(payer).total() == before
    with payer.page.expect_response(re.compile(r"/transactions/transactions/[^/]+/$")):
        payer.page.evaluate(HIDE, False)


def test_a_reload_in_the_middle_of_an_approval_goes_on_with_the_same_payment_and_the_same_time(payer):
    payer.sends(PAYEE, NEVER_ANSWERED)
    payer.reads(re.compile(r"dial \*115#"))
    payer.page.clock.fast_forward(40_000)
    payer.page.reload()
    payer.reads(re.compile(r"dial \*115#"))
    payer.page.clock.fast_forward(6_000)
    payer.heads("Payment sent")
    assert len([call for call in payer.calls if call == "POST /api/transactions/send/"]) == 1


@pytest.mark.parametrize(("amount", "heading"), [(REFUSED, "Payment failed"), (GOOD, "Payment sent")])
def test_it_ends_with_what_the_operator_says(payer, amount, heading):
    payer.sends(PAYEE, amount)
    payer.heads(heading)
    assert asked_the_demo(payer) == []
    expect(payer.page.locator(".badge")).to_have_count(0)


def test_a_payment_can_be_cancelled_while_it_waits_for_approval(payer):
    payer.sends(PAYEE, NEVER_ANSWERED)
    payer.presses("Cancel the payment")
    expect(payer.page.get_by_role("button", name="Cancel the payment")).to_have_count(0)
    payer.reads(re.compile("not want|cancel|comes back", re.IGNORECASE))
