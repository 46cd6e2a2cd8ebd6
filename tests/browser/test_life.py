"""The whole life of two people with the app, against the real service."""

import re

import pytest
from playwright.sync_api import expect

MUTALE, CHANDA = ("Mutale Banda", "0960000001"), ("Chanda Phiri", "0970000002")


@pytest.fixture
def mutale(person):
    somebody = person(*MUTALE)
    somebody.signs_up()
    return somebody


@pytest.fixture
def chanda(person):
    somebody = person(*CHANDA)
    somebody.signs_up()
    return somebody


def test_money_goes_from_one_to_the_other_and_both_have_a_receipt(mutale, chanda):
    mutale.prepares(CHANDA[1], "25.5", "Tomatoes")
    mutale.reads("Chanda Phiri")
    mutale.presses("Send K25.50")
    mutale.heads("Payment sent")
    mutale.follows("Receipt")
    mutale.heads("Receipt")
    mutale.reads("K25.50")
    chanda.goes_to("activity")
    chanda.follows(re.compile("Mutale Banda"))
    chanda.reads("Completed")
    chanda.follows("Receipt")
    chanda.heads("Receipt")
    chanda.reads("Tomatoes")
    with chanda.page.expect_download() as download:
        chanda.presses("PDF")
    assert download.value.suggested_filename.endswith(".pdf")
