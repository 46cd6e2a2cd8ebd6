"""How many SQL statements a request takes, BEGIN and COMMIT not counted."""

from datetime import timedelta

import pytest

LIST, REQUESTS = "/api/transactions/transactions/", "/api/transactions/p2p/"


@pytest.fixture
def token(api):
    return api.sign_up("0960000001")


def ask(api, token, amount=25, payer="0970000002"):
    body = {"payer_phone": payer, "amount": amount}
    return api.post("/api/transactions/request/", body, token, status=201).json


def block(api, token, last):
    api.post("/api/auth/blocks/", {"phone_number": f"09700000{last:02}"}, token, status=201)


@pytest.mark.parametrize(
    ("path", "fill", "most"),
    [
        ("/api/auth/me/", None, 1),
        ("/api/transactions/wallet/", None, 2),
        (LIST, lambda api, token, amount: api.send(token, amount=amount), 2),
        (REQUESTS, ask, 2),
        ("/api/auth/blocks/", block, 2),
        ("/health/", None, 1),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_reading_takes_few_statements(api, token, path, fill, most):
    for number in range(1, 21) if fill else ():
        fill(api, token, number)
    with api.statements() as found:
        api.get(path, token)
    assert 1 <= len(found) <= most


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("contacts", 2),
        ("profile", 2),
        ("security-settings", 2),
        ("sessions", 2),
        ("invite-history", 2),
        ("invite-data", 3),
        ("export", 10),
    ],
)
def test_reading_what_belongs_to_a_person_takes_few_statements(api, token, path, most):
    for place in range(20):
        body = {"contact_name": f"Friend {place}", "contact_phone": f"09700001{place:02}"}
        api.post("/api/auth/contacts/", body, token, status=201)
        api.post("/api/auth/login/", {"phone_number": "0960000001", "password": api.PASSWORD})
        api.clock.pass_by(timedelta(minutes=1))
    for _ in range(3):
        api.post("/api/auth/send-invite/", {"message": "x"}, token)
    with api.statements() as found:
        api.get(f"/api/auth/{path}/", token)
    assert 1 <= len(found) <= most


def test_one_payment_takes_five_statements(api, token):
    sent = api.send(token)
    api.pass_by(60)
    with api.statements() as found:
        api.detail(token, sent["transaction_id"])
    assert len(found) <= 5


def test_sending_takes_eight_statements(api, token):
    with api.statements() as found:
        api.send(token)
    assert len(found) <= 10


def test_asking_and_answering_take_few_statements(api, token):
    payer = api.sign_up("0970000002")
    with api.statements() as found:
        made = ask(api, token)
    assert len(found) <= 7
    with api.statements() as found:
        api.detail(token, made["transaction_id"])
    assert len(found) <= 3
    with api.statements() as found:
        api.post(f"{REQUESTS}{made['transaction_id']}/approve/", token=payer)
    assert len(found) <= 10


def test_a_call_that_needs_no_database_asks_it_nothing(api):
    with api.statements() as found:
        api.get("/api/payments/providers/", token="any")
        api.post("/api/payments/validate-phone/", {"phone_number": "0960000001"})
        api.get("/api/auth/me/", status=401)
        api.post("/api/auth/logout/")
    assert found == []
