"""The whole life of people with the app, against the real service."""

import base64
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from flash.domain import account_statement

MUTALE, CHANDA, NATASHA, BWALYA, MWILA = (
    ("Mutale Banda", "0960000001"),
    ("Chanda Phiri", "0970000002"),
    ("Natasha Mwale", "0960000003"),
    ("Bwalya Zulu", "0960000004"),
    ("Mwila Tembo", "0960000005"),
)
"""Their wallets always pay, unless the amount's ngwee say otherwise (docs/sandbox.md)."""
REFUSED, NEVER_ANSWERED = "30.62", "30.81"
DECODE = """async image => {
    const main = document.querySelector("script[src$='main.js']").src;
    const { decodeQR } = await import(main.replace("main.js", "vendor/qr-decode.js"));
    const canvas = Object.assign(document.createElement("canvas"), { width: 600, height: 600 });
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, 600, 600);
    context.drawImage(image, 0, 0, 600, 600);
    return decodeQR(context.getImageData(0, 0, 600, 600));
}"""
"""Reads a picture of the page as another phone would."""


@pytest.fixture(scope="module")
def mutale(regular):
    somebody = regular(*MUTALE)
    somebody.is_impatient()
    somebody.context.grant_permissions(["clipboard-read", "clipboard-write"])
    somebody.signs_up()
    return somebody


@pytest.fixture(scope="module")
def chanda(regular):
    somebody = regular(*CHANDA)
    somebody.signs_up()
    return somebody


def asks(requester, payer, amount, what_for):
    """Ask for money, up to the request's own screen."""
    requester.goes_to("request")
    requester.enters("Whom do you ask?", payer.number)
    requester.enters("How much", amount)
    requester.enters("What for?", what_for)
    requester.presses("Ask")
    requester.heads("Request")
    requester.reads(f"You ask {payer.name} for K{amount}")


def looks_at_requests(payer):
    """Come to the requests from somewhere else, and so see how they are now."""
    payer.goes_to("home")
    payer.is_home()
    payer.goes_to("requests")


def asked_for(payer, amount):
    """Return what the payer reads of a request that waits for an answer."""
    return payer.page.get_by_role("article", name=f"for K{amount}")


def test_money_goes_from_one_to_the_other_and_both_have_a_receipt(mutale, chanda):
    mutale.prepares(chanda.number, "25.5", "Tomatoes")
    mutale.reads("Chanda Phiri")
    mutale.presses("Send K25.50")
    mutale.heads("Payment sent")
    mutale.follows("Receipt")
    mutale.heads("Receipt")
    mutale.reads("K25.50")
    chanda.goes_to("activity")
    chanda.follows(re.compile("Mutale Banda.*K25.50"))
    chanda.reads("Completed")
    chanda.follows("Receipt")
    chanda.heads("Receipt")
    chanda.reads("Tomatoes")
    with chanda.page.expect_download() as download:
        chanda.presses("PDF")
    assert download.value.suggested_filename.endswith(".pdf")


def test_who_is_asked_for_money_pays_it_and_both_have_a_receipt(mutale, chanda):
    asks(chanda, mutale, "40.10", "Maize")
    looks_at_requests(mutale)
    asked_for(mutale, "40.10").get_by_role("button", name="Pay K40.10").click()
    mutale.reads("You pay in all")
    asked_for(mutale, "40.10").get_by_role("button", name="Pay K40.10").click()
    mutale.heads("Payment sent")
    mutale.follows("Receipt")
    mutale.reads("Maize")
    chanda.page.reload()
    chanda.reads("Completed")
    chanda.follows("To the payment")
    chanda.heads("Payment")
    chanda.follows("Receipt")
    chanda.heads("Receipt")
    chanda.reads("Mutale Banda, 096 000 0001")


def test_who_declines_a_request_may_say_why_and_who_asked_reads_it(mutale, chanda):
    asks(chanda, mutale, "41.20", "Charcoal")
    looks_at_requests(mutale)
    article = asked_for(mutale, "41.20")
    article.get_by_role("button", name="Decline").click()
    mutale.reads("Chanda Phiri is told that you will not pay.")
    article.get_by_label("Why?").fill("I paid you in the market.")
    article.get_by_role("button", name="Decline").click()
    expect(article).to_have_count(0)
    chanda.page.reload()
    chanda.reads("Declined")
    chanda.reads("I paid you in the market.")


def test_a_request_that_its_requester_cancels_cannot_be_paid_any_more(mutale, chanda):
    asks(chanda, mutale, "42.30", "Onions")
    looks_at_requests(mutale)
    expect(asked_for(mutale, "42.30")).to_be_visible()
    chanda.presses("Cancel the request")
    chanda.reads("Shall Mutale Banda not be asked any more?")
    chanda.presses("Cancel the request")
    chanda.reads("Cancelled")
    asked_for(mutale, "42.30").get_by_role("button", name="Pay K42.30").click()
    asked_for(mutale, "42.30").get_by_role("button", name="Pay K42.30").click()
    expect(mutale.page.get_by_role("alert")).to_contain_text("cancelled")


def test_a_payment_that_waits_for_another_one_is_cancelled_at_once(person, chanda):
    natasha = person(*NATASHA)
    natasha.is_impatient()
    natasha.comes_in()
    natasha.sends(chanda.number, NEVER_ANSWERED)
    natasha.heads("Approve on your phone")
    natasha.sends(chanda.number, "12.00")
    natasha.heads("Approve on your phone")
    natasha.reads("K12.00")
    natasha.presses("Cancel the payment")
    natasha.heads("Payment cancelled")
    natasha.follows("Home")
    expect(natasha.page.get_by_role("link", name=re.compile("K12.00"))).to_contain_text("Cancelled")


def test_a_code_in_a_picture_fills_in_a_payment_which_goes_through(mutale, chanda):
    code = chanda.posts("transactions/generate-qr", amount="18.40", message="Bus to Ndola")["qr_code"]
    mutale.goes_to("scan")
    picture = {"name": "code.png", "mimeType": "image/png", "buffer": base64.b64decode(code.partition(",")[2])}
    mutale.page.get_by_label("Choose a picture of a code").set_input_files(picture)
    mutale.heads("Send money")
    mutale.holds("To which number?", "+260970000002")
    mutale.holds("How much", "18.40")
    mutale.holds("What for?", "Bus to Ndola")
    mutale.presses("Go on")
    mutale.reads("Chanda Phiri")
    mutale.presses("Send K18.40")
    mutale.heads("Payment sent")


def test_my_code_says_what_the_service_says_and_what_i_want(chanda):
    chanda.goes_to("my-code")
    picture = chanda.page.get_by_alt_text("Code by which you are paid")
    before = picture.get_attribute("src")
    assert json.loads(picture.evaluate(DECODE)) == chanda.posts("transactions/generate-qr")["qr_code_data"]
    chanda.page.get_by_text("With an amount").click()
    chanda.enters("How much", "7.5")
    chanda.enters("What for?", "Eggs")
    chanda.presses("Put it into the code")
    chanda.reads("K7.50")
    wanted = chanda.posts("transactions/generate-qr", amount="7.50", message="Eggs")["qr_code_data"]
    expect(picture).not_to_have_attribute("src", before)
    assert json.loads(picture.evaluate(DECODE)) == wanted


def test_a_contact_is_paid_under_the_name_that_it_was_given(mutale):
    mutale.goes_to("contacts")
    mutale.page.get_by_text("Add a contact").click()
    mutale.enters("Name", "Aunt Mary")
    mutale.enters("Phone number", "0970000006")
    mutale.presses("Add")
    mutale.reads("Aunt Mary is among your contacts.")
    mutale.presses(re.compile("^Aunt Mary"))
    mutale.presses("Send to Aunt Mary")
    mutale.heads("Send money")
    mutale.holds("To which number?", "+260970000006")
    mutale.enters("How much", "9.90")
    mutale.presses("Go on")
    mutale.reads("Aunt Mary")
    mutale.presses("Send K9.90")
    mutale.heads("Payment sent")


def test_who_signs_up_with_an_invite_shows_as_joined(mutale, person):
    mutale.goes_to("invites")
    mutale.presses("Share")
    mutale.reads("Copied. You can paste it wherever you like.")
    said = mutale.page.evaluate("navigator.clipboard.readText()")
    bwalya = person(*BWALYA)
    bwalya.signs_up(invite=re.findall(r"invite code for you: (\w{6})\.", said)[0])
    mutale.goes_to("home")
    mutale.is_home()
    mutale.goes_to("invites")
    mutale.reads(re.compile("Has joined"))


def test_a_payment_is_found_by_filters_and_search_in_the_statement_and_in_its_month(person, chanda, monkeypatch):
    # A statement leaves out the last minute, in which something may still be written.
    monkeypatch.setattr(account_statement, "SETTLING", timedelta(0))
    mwila = person(*MWILA)
    mwila.is_impatient()
    mwila.comes_in()
    for amount, what_for in (("13.00", "Salt"), ("14.00", "Sugar")):
        mwila.sends(chanda.number, amount, what_for)
        mwila.heads("Payment sent")
    mwila.goes_to("activity")
    rows = mwila.page.get_by_role("link", name=re.compile("Chanda Phiri"))
    expect(rows).to_have_count(2)
    mwila.presses("Received")
    expect(rows).to_have_count(0)
    mwila.presses("Sent")
    expect(rows).to_have_count(2)
    mwila.page.get_by_text("Search").first.click()
    mwila.enters("What for, or number", "sugar")
    mwila.presses("Search")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("K14.00")
    mwila.page.get_by_text("Statement as a file").click()
    with mwila.page.expect_download() as download:
        mwila.presses("CSV")
    statement = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert "13.00" in statement
    assert "14.00" in statement
    mwila.follows("Months")
    mwila.heads("Months")
    expect(mwila.page.get_by_role("row").nth(1)).to_contain_text("K27.00Payments: 2")


def test_a_payment_that_was_refused_says_why_and_is_tried_again_with_what_was_entered(mutale, chanda):
    mutale.sends(chanda.number, REFUSED, "Beans")
    mutale.heads("Payment failed")
    mutale.reads("The payment was not approved on the phone.")
    mutale.presses("Try again")
    mutale.heads("Send money")
    mutale.holds("To which number?", "+260970000002")
    mutale.holds("How much", REFUSED)
    mutale.holds("What for?", "Beans")
    mutale.goes_to("home")
    mutale.is_home()
    mutale.goes_to("send")
    mutale.heads("Send money")
    mutale.holds("To which number?", "")
