"""Taking one's data along, and leaving."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from flash.adapters.sql.people_tables import accounts
from flash.web.api import leave

EXPORT, DELETE, SEND = "/api/auth/export/", "/api/auth/delete-account/", "/api/transactions/send/"


@pytest.fixture
def token(api):
    """Somebody who left traces everywhere."""
    token = api.sign_up("0960000001")
    api.call("PATCH", "/api/auth/profile/", {"address": "Cairo Road", "email": "m@flash.example"}, token)
    api.post("/api/auth/change-pin/", {"current_pin": "x", "new_pin": "271828"}, token)
    for place in range(3):
        body = {"contact_name": f"Friend {place}", "contact_phone": f"097000001{place}"}
        api.post("/api/auth/contacts/", body, token, status=201)
    api.post("/api/auth/send-invite/", {"phone_number": "0970000011"}, token)
    api.post("/api/auth/blocks/", {"phone_number": "0970000012"}, token, status=201)
    for number in ("0970000013", "0970000014", "0970000015"):
        api.post("/api/transactions/request/", {"payer_phone": number, "amount": 7}, token, status=201)
    return token


def leave_as(api, token, status=200):
    return api.post(DELETE, {"password": api.PASSWORD}, token, status).json


def test_the_export_has_all_of_a_person_and_nothing_of_others(api, token, monkeypatch):
    monkeypatch.setattr(leave, "PAGE", 2)
    for amount in (10, 20, 30, 40):
        api.send(token, amount=amount)
    api.send(api.sign_up("0960000009"), amount=99)
    data = api.get(EXPORT, token).json
    assert data["account"] == api.get("/api/auth/me/", token).json
    assert data["profile"] == api.get("/api/auth/profile/", token).json
    assert data["security_settings"] == api.get("/api/auth/security-settings/", token).json
    assert data["sessions"] == api.get("/api/auth/sessions/", token).json
    assert data["contacts"] == api.get("/api/auth/contacts/", token).json
    assert data["blocks"] == api.get("/api/auth/blocks/", token).json
    assert data["requests"] == api.get("/api/transactions/p2p/", token).json
    assert data["transactions"] == api.get("/api/transactions/transactions/", token).json
    listed = ("contacts", "blocks", "requests", "transactions", "invites")
    assert [len(data[name]) for name in listed] == [3, 1, 3, 4, 1]
    assert "99.00" not in str(data)


def test_the_export_of_who_has_nothing_is_empty(api):
    data = api.get(EXPORT, api.sign_up("0960000001")).json
    assert (data["contacts"], data["transactions"], data["invites"]) == ([], [], [])


def test_a_deleted_account_leaves_payments_without_the_name(api, token):
    payee = api.sign_up("0970000002", name="Chanda Phiri")
    sent = api.send(token)
    api.pass_by(60)
    answer = leave_as(api, token)
    assert any("payments" in reason for reason in answer["kept"])
    api.get("/api/auth/me/", token, status=401)
    login = {"phone_number": "0960000001", "password": api.PASSWORD}
    api.post("/api/auth/login/", login, status=400)
    (row,) = api.get("/api/transactions/transactions/", payee).json
    assert (row["id"], row["sender"], row["phone"]) == (sent["transaction_id"], "+260960000001", "+260960000001")
    rows = api.rows()
    assert [rows[name] for name in ("profiles", "pins", "contacts", "blocks", "invites")] == [0, 0, 0, 0, 0]
    with api.engine.connect() as connection:
        closed = connection.execute(select(accounts).where(accounts.c.msisdn.like("-%"))).one()
    assert (closed.full_name, closed.email, closed.password_hash) == ("", "", "")


def test_whoever_has_the_number_next_begins_anew(api, token):
    api.send(token)
    api.pass_by(60)
    before = api.get("/api/auth/me/", token).json["id"]
    leave_as(api, token)
    again = api.sign_up("0960000001", name="Somebody Else")
    user = api.get("/api/auth/me/", again).json
    assert user["id"] != before
    assert (user["full_name"], user["email"]) == ("Somebody Else", "")
    for path in ("transactions/transactions", "transactions/p2p", "auth/contacts", "auth/blocks"):
        assert api.get(f"/api/{path}/", again).json == []
    api.post("/api/auth/change-pin/", {"current_pin": "x", "new_pin": "904021"}, again)


def test_leaving_and_coming_back_does_not_begin_the_day_anew(api, token):
    api.send(token, amount=4000)
    api.pass_by(60)
    leave_as(api, token)
    again = api.sign_up("0960000001")
    assert api.get("/api/transactions/wallet/", again).json["daily_spent"] == "4000.00"
    too_much = {"recipient_phone": "0970000002", "amount": 1000.5}
    assert "limit" in api.post(SEND, too_much, again, status=400).json["error"]
    api.send(again, amount=1000)
    api.pass_by(60)
    leave_as(api, again)
    once_more = api.sign_up("0960000001")
    assert "limit" in api.post(SEND, too_much, once_more, status=400).json["error"]
    api.clock.pass_by(timedelta(days=1))
    api.send(once_more, amount=5000)


def test_whoever_has_the_number_next_does_not_see_what_it_received_before(api, token):
    payer = api.sign_up("0970000002", name="Chanda Phiri")
    before = api.send(payer, payee="0960000001", amount=31)
    api.pass_by(60)
    assert api.detail(token, before["transaction_id"])["type"] == "received"
    leave_as(api, token)
    api.clock.pass_by(timedelta(seconds=31))
    again = api.sign_up("0960000001", name="Somebody Else")
    after = api.send(payer, payee="0960000001", amount=32)
    api.pass_by(60)
    mine = api.get("/api/transactions/transactions/", again).json
    assert [row["id"] for row in mine] == [after["transaction_id"]]
    api.get(f"/api/transactions/transactions/{before['transaction_id']}/", again, status=404)
    theirs = api.get("/api/transactions/transactions/", payer).json
    assert [row["recipient"] for row in theirs] == ["Somebody Else", "+260960000001"]


def test_whoever_has_the_number_next_cannot_uncover_what_it_was_asked_before(api, token):
    asker = api.sign_up("0970000002", name="Chanda Phiri")
    asked = {"payer_phone": "0960000001", "amount": 20}
    made = api.post("/api/transactions/request/", asked, asker, status=201).json
    leave_as(api, token)
    assert api.detail(asker, made["transaction_id"])["status"] == "expired"
    api.clock.pass_by(timedelta(seconds=31))
    again = api.sign_up("0960000001", name="Somebody Else")
    block = api.post("/api/auth/blocks/", {"phone_number": "0970000002"}, again, status=201).json
    api.call("DELETE", f"/api/auth/blocks/{block['id']}/", None, again)
    assert api.get("/api/transactions/p2p/", again).json == []
    (row,) = api.get("/api/transactions/p2p/", asker).json
    assert row["recipient_name"] == "+260960000001"


def test_nobody_leaves_while_a_payment_is_under_way(api, token):
    api.send(token)
    refused = leave_as(api, token, 409)
    assert "still under way" in refused["error"]
    api.get("/api/auth/me/", token)
    payee = api.sign_up("0970000002")
    leave_as(api, payee, 409)
    api.pass_by(60)
    leave_as(api, token)
    leave_as(api, payee)


def test_a_wrong_password_deletes_nothing(api, token):
    answer = api.post(DELETE, {"password": "wrong"}, token, status=400).json
    assert answer["password"] == ["Your password is wrong."]
    api.get("/api/auth/me/", token)


def test_who_joined_and_left_is_shown_without_name_and_number(api, token):
    code = api.post("/api/auth/send-invite/", {"message": "x"}, token).json["inviteCode"]
    api.post("/api/auth/send-otp/", {"phone_number": "0970000003"})
    body = {"phone_number": "0970000003", "otp_code": api.code(), "invite_code": code}
    api.post("/api/auth/verify-otp/", body)
    wish = {"phone_number": "0970000003", "password": api.PASSWORD, "password_confirm": api.PASSWORD, "full_name": "B"}
    leave_as(api, api.post("/api/auth/register/", wish, status=201).json["token"])
    row = api.get("/api/auth/invite-history/", token).json[-1]
    assert (row["name"], row["phone"], row["status"]) == (f"Invite {code}", "", "joined")
