"""What a payment would be, told before anybody orders it."""

import pytest

from factories import money, msisdn, terms
from flash.domain.fees import parse_fees
from flash.domain.money import ZMW
from flash.domain.pin import PinRules
from flash.domain.routing import Operator

QUOTE, SEND = "/api/transactions/quote/", "/api/transactions/send/"
ME, PAYEE = "0960000001", "0970000002"


@pytest.fixture
def token(api):
    return api.sign_up(ME, "Mutale Banda")


def ask(api, token, status=200, payee=PAYEE, **more):
    return api.post(QUOTE, {"recipient_phone": payee, **more}, token, status=status)


def test_a_quote_says_all_that_sending_would_and_stores_nothing(api, token):
    before = api.rows()
    assert ask(api, token, amount=25.5).json == {
        "recipient_phone": "+260970000002",
        "operator": "airtel",
        "brand": "Airtel Money",
        "name": None,
        "known_from": None,
        "amount": "25.50",
        "fee": "0.00",
        "total": "25.50",
        "currency": "ZMW",
        "daily_left": "5000.00",
        "pin_required": False,
    }
    assert api.rows() == before


def test_without_an_amount_there_is_nothing_to_pay_yet(api, token):
    for more in ({}, {"amount": None}):
        told = ask(api, token, **more).json
        assert [told[name] for name in ("amount", "fee", "total")] == [None, None, None]
        assert told["daily_left"] == "5000.00"


def test_the_name_is_that_of_my_contact_or_else_what_they_call_themselves(api, token):
    payee = api.sign_up(PAYEE, "Chanda Phiri")
    told = ask(api, token).json
    assert (told["name"], told["known_from"]) == ("Chanda Phiri", "flash")
    contact = {"contact_name": "My sister", "contact_phone": PAYEE}
    api.post("/api/auth/contacts/", contact, token, status=201)
    told = ask(api, token).json
    assert (told["name"], told["known_from"]) == ("My sister", "contact")
    assert ask(api, payee, payee=ME).json["name"] == "Mutale Banda"


def test_who_has_no_name_has_none(api, token):
    api.sign_up(PAYEE, "")
    told = ask(api, token).json
    assert (told["name"], told["known_from"]) == (None, None)


def test_what_was_sent_today_is_no_longer_left(api, token):
    api.send(token, amount=4000)
    assert ask(api, token, amount=1000).json["daily_left"] == "1000.00"


def test_the_fee_is_told_and_comes_on_top(make_api):
    api = make_api(terms=terms(fees=parse_fees("500.00: 1.00 + 1%", ZMW)))
    told = ask(api, api.sign_up(ME), amount=100).json
    assert (told["amount"], told["fee"], told["total"]) == ("100.00", "2.00", "102.00")


@pytest.mark.parametrize(
    ("payee", "amount"),
    [
        ("Bob", 25),
        ("0950000001", 25),
        ("0210000001", 25),
        (ME, 25),
        (PAYEE, "0.50"),
        (PAYEE, 20000.01),
        (PAYEE, 5000.01),
        (PAYEE, "x"),
        (PAYEE, 1.001),
        (PAYEE, 0),
    ],
)
def test_what_sending_refuses_of_number_and_amount_is_refused_alike(api, token, payee, amount):
    body = {"recipient_phone": payee, "amount": amount}
    assert api.post(QUOTE, body, token, status=400).json == api.post(SEND, body, token, status=400).json


def test_a_locked_account_is_told_so(api, token):
    with api.services.database.unit_of_work() as store:
        store.accounts.set_locked(store.accounts.by_msisdn(msisdn(ME)).id, api.clock.now())
    assert ask(api, token, 403).json["code"] == "account_locked"


def test_the_pin_is_needed_by_whoever_has_one_above_the_amount_that_is_set(make_api):
    api = make_api(pin_rules=PinRules({1: b"a key of the tests"}, money("100.00")))
    token = api.sign_up(ME)
    assert not ask(api, token, amount=100.01).json["pin_required"]
    api.post("/api/auth/change-pin/", {"current_pin": "0000", "new_pin": "271828"}, token)
    assert [ask(api, token, **more).json["pin_required"] for more in ({}, {"amount": 100}, {"amount": 100.01})] == [
        False,
        False,
        True,
    ]


def test_names_of_a_hundred_and_twenty_numbers_an_hour_are_enough_for_one_person(api, token):
    other = api.sign_up("0960000002")
    for number in range(120):
        ask(api, token, payee=f"0970000{number:03d}")
    assert ask(api, token, 429).json["code"] == "too_soon"
    ask(api, other)


def test_no_operator_is_asked(make_api):
    api = make_api(operators={Operator.MTN: object(), Operator.AIRTEL: object()})
    token = api.sign_up(ME)
    with api.statements() as found:
        ask(api, token, amount=25)
    assert len(found) == 4  # Who is asking, what is left of the day, my contact, the account.
