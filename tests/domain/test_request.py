"""Requests for money: which moves there are, and what each state says."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from uuid import UUID

import pytest

from factories import PAYEE, PAYER, money, msisdn
from flash.adapters.memory import MemoryChance, MemoryClock
from flash.domain.errors import BadInput, RequestClosed
from flash.domain.message import GSM_7, LONGEST_TEXT
from flash.domain.number import REQUEST, TRANSFER, a_number, last_number
from flash.domain.request import (
    MOVES,
    PaymentRequest,
    RequestState,
    approved,
    declined,
    expiry,
    moved,
    number_in,
    public_status,
    reopened,
    withdrawn,
)
from flash.domain.request_news import ask_of
from flash.domain.transfer import State

CLOCK = MemoryClock()
NOW = CLOCK.now()
TRANSFER_ID = UUID(int=7)


def a_request(**more):
    values = {
        "id": UUID(int=1),
        "number": "RQ20261123K7Q2M9XW4T",
        "requester_id": UUID(int=2),
        "requester": msisdn(PAYEE),
        "payer": msisdn(PAYER),
        "amount": money("25.00"),
        "description": "",
        "key": None,
        "fingerprint": "f",
        "created_at": NOW,
        "updated_at": NOW,
        "expires_at": NOW + timedelta(hours=24),
    }
    return PaymentRequest(**{**values, **more})


def test_every_move_that_the_table_does_not_have_is_refused_with_a_sentence():
    for before, after in product(RequestState, RequestState):
        request = a_request(state=before)
        if after in MOVES[before]:
            assert moved(request, after, NOW).state is after
        elif before is not RequestState.PENDING:
            with pytest.raises(RequestClosed, match=r"\.$"):
                moved(request, after, NOW)


def test_an_answer_is_kept_with_what_it_was():
    assert approved(a_request(), TRANSFER_ID, NOW).transfer_id == TRANSFER_ID
    assert declined(a_request(), "not now", NOW).decline_reason == "not now"
    assert withdrawn(a_request(), NOW).state is RequestState.CANCELLED


def test_declining_or_cancelling_again_changes_nothing():
    first = declined(a_request(), "not now", NOW)
    assert declined(first, "something else", NOW + timedelta(hours=1)) == first
    first = withdrawn(a_request(), NOW)
    assert withdrawn(first, NOW + timedelta(hours=1)) == first


def test_a_request_is_over_at_the_moment_it_expires_whether_anybody_noted_it_or_not():
    request, end = a_request(), a_request().expires_at
    assert public_status(request, None, end - timedelta(microseconds=1)) == "pending"
    assert public_status(request, None, end) == "expired"
    for answer in (lambda: approved(request, TRANSFER_ID, end), lambda: declined(request, "", end)):
        with pytest.raises(RequestClosed, match="has expired"):
            answer()


def test_while_it_is_approved_its_status_is_that_of_the_transfer_even_past_its_end():
    request = approved(a_request(), TRANSFER_ID, NOW)
    late = request.expires_at + timedelta(hours=1)
    for state in State:
        expected = "completed" if state is State.COMPLETED else "processing"
        assert public_status(request, state, late) == expected


def test_a_transfer_that_did_not_pay_reopens_the_request_while_it_lasts():
    request = approved(a_request(), TRANSFER_ID, NOW)
    again = reopened(request, NOW)
    assert (again.state, again.transfer_id) == (RequestState.PENDING, None)
    assert reopened(request, request.expires_at).state is RequestState.EXPIRED


@pytest.mark.parametrize(("hours", "expected"), [(None, 24), (1, 1), (168, 168)])
def test_a_request_lasts_a_day_or_as_long_as_it_is_said(hours, expected):
    assert expiry(hours, NOW) - NOW == timedelta(hours=expected)


@pytest.mark.parametrize("hours", [0, -1, 169])
def test_a_request_lasts_no_longer_than_a_week(hours):
    with pytest.raises(BadInput, match="1 to 168 hours"):
        expiry(hours, NOW)


def test_a_payment_by_scan_names_the_request_at_its_end():
    assert a_request().note == "RQ20261123K7Q2M9XW4T"
    assert a_request(description="Lunch").note == "Lunch RQ20261123K7Q2M9XW4T"
    long = a_request(description="x" * 500).note
    assert number_in(long) == "RQ20261123K7Q2M9XW4T"
    assert len(long) <= 150


@pytest.mark.parametrize(
    "text",
    ["", "Lunch", "RQ20261123K7Q2M9XW4", "FL20261123K7Q2M9XW4T", "RQ20261123K7Q2M9XW4T!", "RQ2026112٣K7Q2M9XW4T", "rq"],
)
def test_other_texts_name_no_request(text):
    assert number_in(text) is None


def test_a_number_says_what_it_is_and_is_found_again():
    for prefix in (REQUEST, TRANSFER):
        number = a_number(prefix, NOW, MemoryChance(3).new_id())
        assert number.startswith(f"{prefix}20261123")
        assert last_number(prefix, f"Lunch {number}") == number


URL = "https://flash.example"


def test_who_has_an_account_is_told_to_open_flash():
    message = ask_of(a_request(), "Chanda Phiri", has_account=True, public_url=URL)
    assert message.to == msisdn(PAYER)
    assert message.text == (
        "Chanda Phiri (+260970000002) asks you for K25.00. Open Flash to approve or decline. Ref RQ20261123K7Q2M9XW4T"
    )


def test_who_has_none_is_told_how_to_pay():
    message = ask_of(a_request(), "Chanda Phiri", has_account=False, public_url=URL)
    assert message.text == (
        "Chanda Phiri (+260970000002) asks you for K25.00. "
        "To pay, get Flash at https://flash.example and sign up with this number."
    )


@pytest.mark.parametrize("has_account", [True, False])
@pytest.mark.parametrize("name", ["", "x" * 100, "Ŵamunyima 🎉 " * 8])
@pytest.mark.parametrize("url", ["", URL, "https://" + "x" * 60])
def test_whatever_people_are_called_it_fits_into_one_message_with_all_they_need(has_account, name, url):
    request = replace(a_request(), amount=money("20000.00"))
    text = ask_of(request, name, has_account=has_account, public_url=url).text
    assert len(text) <= LONGEST_TEXT
    assert set(text) <= GSM_7
    assert text.endswith(request.number if has_account else "sign up with this number.")
    assert "+260970000002" in text
