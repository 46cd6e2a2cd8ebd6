"""Where operators call, and what is told of operators that do not answer."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from flash.adapters.sql.tables import callbacks
from flash.domain.circuit import Circuit, Operation
from flash.domain.routing import Operator
from flash.domain.transfer import State


@pytest.fixture
def token(api):
    return api.sign_up("0960000001")


def kept(api):
    with api.engine.connect() as connection:
        return connection.execute(select(callbacks).order_by(callbacks.c.id)).all()


def open_leg(api, sent):
    with api.services.database.snapshot() as store:
        return store.transfers.file(sent["transaction_id"]).dossier.transfer.the_open_leg()


def asked(api, token):
    """A payment whose payer was asked; returns it and its callback token."""
    sent = api.send(token)
    api.pass_by(0)
    return sent, open_leg(api, sent).callback_token


@pytest.mark.parametrize("method", ["put", "post"])
def test_a_callback_is_kept_as_it_came_and_its_transfer_is_looked_at_now(api, token, method):
    sent, secret = asked(api, token)
    body = b'\x00\xff{"status": "SUCCESSFUL"'
    woken = len(api.jobs.woken)
    send = getattr(api.app, method)
    answer = send(f"/callbacks/mtn/{secret}", body, headers={"X-Odd": "1"}, content_type="text/plain", status=200)
    (row,) = kept(api)
    assert (bytes(row.body), row.method, row.operator, row.token) == (body, method.upper(), "mtn", secret)
    assert (row.source, row.received_at) == ("192.0.2.7", api.clock.now())
    assert ["X-Odd", "1"] in json.loads(row.headers)
    assert answer.json == {"status": "received"}
    assert len(api.jobs.woken) == woken + 1
    assert api.detail(token, sent["transaction_id"])["status"] == "processing"


def test_a_callback_is_never_evidence(api, token):
    """It claims that the money came; the operator, when asked, says that the payer has not approved yet."""
    sent, secret = asked(api, token)
    for claim in ("SUCCESSFUL", "FAILED"):
        api.app.put_json(f"/callbacks/mtn/{secret}", {"status": claim, "amount": "25.50", "currency": "ZMW"})
        api.pass_by(0)
        assert open_leg(api, sent).state == "submitted"
    api.pass_by(60)
    assert api.detail(token, sent["transaction_id"])["status"] == "completed"


def test_whatever_comes_is_answered_alike(api, token):
    _, secret = asked(api, token)
    answers = [
        api.app.put(path, body, status=200)
        for path in (
            f"/callbacks/mtn/{secret}",
            "/callbacks/mtn/unknown",
            f"/callbacks/airtel/{secret}",
            "/callbacks/x/y",
        )
        for body in (b"", b"junk", b'{"status":"SUCCESSFUL"}', b"\xff" * 1000)
    ]
    assert len({(answer.status, answer.body, answer.content_type) for answer in answers}) == 1
    assert len(kept(api)) == len(answers)


def test_a_megabyte_of_junk_is_refused_and_not_kept(api, token):
    _, secret = asked(api, token)
    api.app.put(f"/callbacks/mtn/{secret}", b"x" * 1_000_000, status=413)
    assert kept(api) == []


def test_a_callback_in_mid_flight_or_after_the_end_changes_nothing_else(api, token):
    sent, secret = asked(api, token)
    for _ in range(40):
        api.app.put(f"/callbacks/mtn/{secret}", b"{}")
        api.pass_by(1)
        api.app.put(f"/callbacks/mtn/{secret}", b"{}")
    api.pass_by(300)
    told = api.detail(token, sent["transaction_id"])
    assert (told["status"], [step["state"] for step in told["steps"]]) == (
        "completed",
        ["recorded", "collecting", "collected", "paying_out", "completed"],
    )
    api.app.put(f"/callbacks/mtn/{secret}", b"{}")
    assert api.detail(token, sent["transaction_id"]) == told


def test_a_callback_takes_three_statements(api, token):
    _, secret = asked(api, token)
    with api.statements() as found:
        api.app.put(f"/callbacks/mtn/{secret}", b"{}")
    assert len(found) <= 3


def test_other_methods_are_told_which_ones_there_are(api):
    answer = api.app.get("/callbacks/mtn/x", status=405)
    assert answer.headers["Allow"] == "POST, PUT"


# Circuits


def break_down(api, operator, operation):
    for _ in range(5):
        api.services.circuits.heard(Circuit(operator, operation), good=False, took=api.services.patience.grace * 0)
    api.pass_by(2)


def conditions(api):
    told = api.get("/api/payments/providers/").json["providers"]
    return {one["operator"]: (one["condition"], one["retry_after"]) for one in told}


@pytest.mark.parametrize(
    ("operator", "operation", "brand"),
    [
        (Operator.MTN, Operation.COLLECTION, "MTN MoMo"),
        (Operator.MTN, Operation.QUERY, "MTN MoMo"),
        (Operator.AIRTEL, Operation.DISBURSEMENT, "Airtel Money"),
        (Operator.AIRTEL, Operation.QUERY, "Airtel Money"),
        (Operator.AIRTEL, Operation.ACCOUNT, "Airtel Money"),
    ],
)
def test_a_send_is_refused_at_once_while_an_operator_it_needs_does_not_answer(api, token, operator, operation, brand):
    break_down(api, operator, operation)
    order = {"recipient_phone": "0970000002", "amount": 10}
    answer = api.post("/api/transactions/send/", order, token, status=503)
    assert answer.json["code"] == "operator_unavailable"
    assert answer.json["error"] == f"{brand} does not answer right now. Please try again in 1 minute."
    assert 1 <= int(answer.headers["Retry-After"]) <= 30
    assert api.get("/api/transactions/transactions/", token).json == []
    assert api.get("/api/transactions/wallet/", token).json["daily_spent"] == "0.00"
    assert conditions(api)[operator] == ("open", 28)


def test_a_send_that_does_not_need_it_goes_on(api, token):
    break_down(api, Operator.MTN, Operation.DISBURSEMENT)
    break_down(api, Operator.AIRTEL, Operation.COLLECTION)
    assert api.send(token)["status"] == "pending"


def test_the_same_send_again_is_answered_as_before_whatever_became_of_the_operator(api, token):
    first = api.send(token)
    break_down(api, Operator.MTN, Operation.COLLECTION)
    assert api.send(token) == first


def test_legs_under_way_are_still_asked_about(api, token):
    sent, _ = asked(api, token)
    api.services.circuits._open_for = timedelta(hours=1)
    for operator in Operator:
        for operation in Operation:
            break_down(api, operator, operation)
    api.pass_by(60)
    assert conditions(api)["mtn"][0] == "open"
    assert api.detail(token, sent["transaction_id"])["status"] == "completed"


def test_what_was_accepted_waits_for_the_operator_and_begins_when_it_is_back(api, token):
    sent = api.send(token)
    for _ in range(5):
        api.services.circuits.heard(
            Circuit(Operator.MTN, Operation.COLLECTION), good=False, took=api.services.patience.grace * 0
        )
    api.pass_by(29)
    assert api.detail(token, sent["transaction_id"])["steps"][-1]["state"] == State.RECORDED
    api.pass_by(10)
    assert api.detail(token, sent["transaction_id"])["steps"][-1]["state"] == State.COLLECTING
    assert conditions(api)["mtn"] == ("closed", None)


def test_all_is_closed_when_nothing_was_heard(api):
    assert conditions(api) == dict.fromkeys(("mtn", "airtel", "zamtel"), ("closed", None))
