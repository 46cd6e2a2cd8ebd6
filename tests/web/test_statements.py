"""How many SQL statements a request takes, BEGIN and COMMIT not counted."""

import pytest

LIST = "/api/transactions/transactions/"


@pytest.fixture
def token(api):
    return api.sign_up("0960000001")


@pytest.mark.parametrize(
    ("path", "most"), [("/api/auth/me/", 1), ("/api/transactions/wallet/", 2), (LIST, 2), ("/health/", 1)]
)
def test_reading_takes_few_statements(api, token, path, most):
    for amount in range(1, 30):
        api.send(token, amount=amount)
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
        ("export", 8),
    ],
)
def test_reading_what_belongs_to_a_person_takes_few_statements(api, token, path, most):
    for place in range(20):
        body = {"contact_name": f"Friend {place}", "contact_phone": f"09700001{place:02}"}
        api.post("/api/auth/contacts/", body, token, status=201)
        api.post("/api/auth/login/", {"phone_number": "0960000001", "password": api.PASSWORD})
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
    assert len(found) <= 8


def test_a_call_that_needs_no_database_asks_it_nothing(api):
    with api.statements() as found:
        api.get("/api/payments/providers/", token="any")
        api.post("/api/payments/validate-phone/", {"phone_number": "0960000001"})
        api.get("/api/auth/me/", status=401)
        api.post("/api/auth/logout/")
    assert found == []
