"""The calls of the app's older layer are about the caller alone."""

from uuid import uuid4

import pytest

BALANCE, SEND, STATUS = "/api/payments/mtn/balance/", "/api/payments/mtn/send/", "/api/payments/mtn/status/{}/"


@pytest.fixture
def token(api):
    return api.sign_up("0960000001")


def order(api, token, status=201, **changed):
    body = {"amount": 25.5, "recipient_phone": "0970000002", "external_id": "order-1", "note": "Lunch", **changed}
    return api.post(SEND, body, token, status=status).json


def test_the_balance_is_the_callers_own_which_is_nothing(api, token):
    assert api.get(BALANCE, token).json == {"balance": "0.00", "currency": "ZMW"}
    api.get(BALANCE, status=401)


def test_a_payment_is_found_by_its_id_its_number_and_the_callers_own_id(api, token):
    sent = order(api, token)
    assert (sent["status"], sent["external_id"], sent["amount"]) == ("PENDING", "order-1", "25.50")
    names = (sent["transaction_id"], sent["reference_id"], "order-1")
    assert {api.get(STATUS.format(name), token).json["status"] for name in names} == {"PENDING"}
    api.pass_by(60)
    for name in names:
        assert api.get(f"{STATUS.format(name)}?type=collection", token).json["status"] == "SUCCESS"
    assert api.detail(token, sent["transaction_id"])["description"] == "Lunch"


def test_a_payment_that_failed_or_was_cancelled_has_failed(api, token):
    order(api, token, amount="25.61")
    api.pass_by(60)
    assert api.get(STATUS.format("order-1"), token).json["status"] == "FAILED"
    second = order(api, token, external_id="order-2")
    api.post(f"/api/transactions/{second['transaction_id']}/cancel/", token=token)
    assert api.get(STATUS.format("order-2"), token).json["status"] == "FAILED"


def test_the_callers_own_id_is_used_once(api, token):
    first = order(api, token)
    assert order(api, token) == first
    assert order(api, token, amount=26, status=409)["code"] == "idempotency_conflict"
    assert api.rows()["transfers"] == 1


def test_somebody_elses_payment_looks_like_none_by_any_name(api, token):
    sent = order(api, token)
    payee = api.sign_up("0970000002")
    api.pass_by(60)
    nobodys = api.get(STATUS.format(uuid4()), payee, status=404)
    for name in (sent["transaction_id"], sent["reference_id"], "order-1"):
        assert api.get(STATUS.format(name), payee, status=404).body == nobodys.body


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"amount": None}, "amount"),
        ({"recipient_phone": "Bob"}, "recipient_phone"),
        ({"external_id": ""}, "external_id"),
        ({"external_id": "a/b"}, "external_id"),
        ({"external_id": "x" * 101}, "external_id"),
        ({"message": 5}, "non_field_errors"),
    ],
)
def test_what_cannot_be_used_is_refused(api, token, changed, field):
    assert order(api, token, status=400, **changed)[field]


def test_a_type_that_is_neither_leg_is_refused(api, token):
    order(api, token)
    assert api.get(f"{STATUS.format('order-1')}?type=x", token, status=400).json["type"]
