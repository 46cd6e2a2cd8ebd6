"""Profile, settings, PIN, sessions and password as the mobile app uses them (mobile_rest.md rows 7 to 10)."""

from datetime import timedelta

import pytest

from factories import money
from flash.domain.pin import PinRules

PIN = "271828"


@pytest.fixture
def token(api):
    return api.sign_up("0960000001")


def test_name_and_email_are_changed_and_the_answer_is_the_user(api, token):
    body = {
        "full_name": " Mutale  Mwansa ",
        "email": "Mutale@Flash.Example",
        "phone_number": "0970000002",
        "kyc_tier": 3,
    }
    answer = api.call("PATCH", "/api/auth/update-profile/", body, token).json
    assert answer["user"] == api.get("/api/auth/me/", token).json
    user = answer["user"]
    assert (user["full_name"], user["email"]) == ("Mutale Mwansa", "mutale@flash.example")
    assert (user["phone_number"], user["kyc_tier"]) == ("+260960000001", 1)
    again = api.call("PATCH", "/api/auth/update-profile/", {"full_name": "Mutale"}, token).json["user"]
    assert again["email"] == "mutale@flash.example"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "full_name"),
        ({"full_name": None}, "full_name"),
        ({"full_name": "  "}, "full_name"),
        ({"full_name": "x" * 101}, "full_name"),
        ({"full_name": "ring \u0007"}, "full_name"),
        ({"full_name": "M", "email": "none"}, "email"),
        ({"full_name": "M", "email": "a b@c"}, "email"),
        ({"full_name": "M", "email": "\u0007@c"}, "email"),
        ({"full_name": "M", "email": "x" * 255}, "email"),
    ],
)
def test_a_profile_that_cannot_be_used_changes_nothing(api, token, body, field):
    before = api.get("/api/auth/me/", token).json
    answer = api.call("PATCH", "/api/auth/update-profile/", body, token, status=400).json
    assert answer[field] == [answer["error"]]
    assert api.get("/api/auth/me/", token).json == before


def test_all_of_a_profile_is_stored_and_shown_back(api, token):
    told = {
        "full_name": "Mutale Mwansa",
        "email": "m@flash.example",
        "date_of_birth": "1990-12-31",
        "address": "Plot 5, Cairo Road, Lusaka",
        "id_number": "123456/78/1",
        "language": "bem",
    }
    for name, text in told.items():
        answer = api.call("PATCH", "/api/auth/profile/", {name: text, "kyc_tier": 3, "msisdn": "x"}, token).json
    assert answer == {**told, "phone_number": "+260960000001", "kyc_tier": 1}
    assert api.get("/api/auth/profile/", token).json == answer
    cleared = api.call("PATCH", "/api/auth/profile/", {"date_of_birth": None, "address": "", "email": ""}, token).json
    assert cleared == {**answer, "date_of_birth": None, "address": "", "email": ""}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"date_of_birth": "31.12.1990"}, "date_of_birth"),
        ({"date_of_birth": "1899-12-31"}, "date_of_birth"),
        ({"date_of_birth": "2026-11-24"}, "date_of_birth"),
        ({"date_of_birth": 5}, "date_of_birth"),
        ({"address": "x" * 201}, "address"),
        ({"id_number": "x" * 51}, "id_number"),
        ({"address": "fine", "email": "none"}, "email"),
    ],
)
def test_one_field_that_cannot_be_used_leaves_all_as_they_were(api, token, body, field):
    before = api.get("/api/auth/profile/", token).json
    answer = api.call("PATCH", "/api/auth/profile/", body, token, status=400).json
    assert answer[field] == [answer["error"]]
    assert api.get("/api/auth/profile/", token).json == before


def test_settings_change_only_where_they_are_told(api, token):
    path = "/api/auth/security-settings/"
    assert api.get(path, token).json == {
        "biometrics_enabled": False,
        "auto_lock_enabled": True,
        "auto_lock_time": 5,
    }
    for body in ({"biometrics_enabled": True}, {"auto_lock_time": 30}, {"auto_lock_enabled": False}, {}):
        answer = api.call("PATCH", path, body, token).json
    assert answer == {"biometrics_enabled": True, "auto_lock_enabled": False, "auto_lock_time": 30}
    for wrong in ({"auto_lock_time": 0}, {"auto_lock_time": 1.5}, {"biometrics_enabled": "yes"}):
        api.call("PATCH", path, wrong, token, status=400)
    assert api.get(path, token).json == answer


# --- The PIN


def change_pin(api, token, current, new, status=200):
    return api.post("/api/auth/change-pin/", {"current_pin": current, "new_pin": new}, token, status)


def test_the_first_pin_takes_any_current_one_and_the_next_the_right_one(api, token):
    change_pin(api, token, "anything", PIN)
    wrong = change_pin(api, token, "anything", "904021", 400).json
    assert wrong["error"] == "This PIN is wrong. You have 4 more tries."
    assert wrong["current_pin"] == [wrong["error"]]
    change_pin(api, token, PIN, "904021")


@pytest.mark.parametrize("new", ["12345", "1234567", "abcdef", "", 271828, None])
def test_what_is_no_pin_is_refused_with_a_text(api, token, new):
    assert change_pin(api, token, "x", new, 400).json["error"] == "The new PIN needs exactly 6 digits."
    assert api.rows()["pins"] == 0


def test_a_weak_pin_is_refused(api, token):
    assert "too easy" in change_pin(api, token, "x", "123456", 400).json["error"]


def test_a_pin_is_locked_after_five_wrong_ones_and_says_for_how_long(api, token):
    change_pin(api, token, "x", PIN)
    for _ in range(5):
        change_pin(api, token, "wrong", "904021", 400)
    locked = change_pin(api, token, PIN, "904021", 429)
    assert locked.headers["Retry-After"] == "60"
    assert locked.json["error"] == "Your PIN was wrong too often. Please try again in 1 minute."
    api.clock.pass_by(timedelta(minutes=1))
    change_pin(api, token, PIN, "904021")


SEND = "/api/transactions/send/"
ORDER = {"recipient_phone": "0970000002", "amount": 500.01}


@pytest.fixture
def strict(make_api):
    """An application that wants the PIN above K500, and somebody who has one."""
    api = make_api(pin_rules=PinRules({1: b"key"}, money("500.00")))
    token = api.sign_up("0960000001")
    change_pin(api, token, "x", PIN)
    return api, token


def test_a_large_payment_needs_the_pin_in_the_header_or_as_a_field(strict):
    api, token = strict
    missing = api.post(SEND, ORDER, token, status=403).json
    assert (missing["code"], missing["pin"]) == ("pin_required", ["Please confirm this payment with your PIN."])
    assert api.rows()["transfers"] == 0
    api.post(SEND, {**ORDER, "pin": "904021"}, token, status=400)
    api.post(SEND, {**ORDER, "pin": PIN}, token, status=201)
    api.post(SEND, {**ORDER, "amount": 600}, token, status=201, headers={"Flash-Pin": PIN})
    api.post(SEND, {**ORDER, "amount": 500}, token, status=201)


def test_what_was_accepted_with_the_pin_is_told_again_without_it_and_nothing_else_is(strict):
    api, token = strict
    key = {"Idempotency-Key": "one"}
    first = api.post(SEND, ORDER, token, status=201, headers={**key, "Flash-Pin": PIN})
    again = api.post(SEND, ORDER, token, status=201, headers=key)
    assert (again.json, again.headers["Idempotency-Replayed"]) == (first.json, "true")
    api.post(SEND, {**ORDER, "amount": 800}, token, status=403, headers=key)
    api.post(SEND, ORDER, token, status=403, headers={"Idempotency-Key": "another"})
    assert api.rows()["transfers"] == 1


def test_whoever_was_signed_out_while_the_pin_was_looked_at_pays_nothing(strict, monkeypatch):
    api, token = strict

    def signed_out_meanwhile(account, *_, **__):
        with api.services.database.unit_of_work() as store:
            store.accounts.revoke_all_tokens(account.id, api.clock.now())

    monkeypatch.setattr("flash.web.pins.confirm", signed_out_meanwhile)
    api.post(SEND, {**ORDER, "pin": PIN}, token, status=401)
    assert api.rows()["transfers"] == 0


def test_whoever_has_no_pin_is_not_asked_for_one(strict):
    api, _ = strict
    other = api.sign_up("0960000009")
    api.post(SEND, ORDER, other, status=201)


# --- Sessions and the password


def log_in(api, device=None, password=None, status=200):
    body = {"phone_number": "0960000001", "password": password or api.PASSWORD}
    answer = api.post("/api/auth/login/", body, status=status, headers={"User-Agent": device} if device else {})
    return answer.json.get("token")


def test_sign_ins_are_listed_and_ended_one_by_one(api, token):
    api.clock.pass_by(timedelta(seconds=1))
    other = log_in(api, "FlashApp/2 \tAndroid" + "x" * 300)
    theirs = api.get("/api/auth/sessions/", api.sign_up("0960000009")).json[0]["id"]
    there, here = api.get("/api/auth/sessions/", token).json
    assert (there["current"], here["current"]) == (False, True)
    assert there["device"].startswith("FlashApp/2 Android")
    assert len(there["device"]) == 200
    for unknown in (theirs, "0" * 8 + "-0000-4000-8000-" + "0" * 12, "x"):
        api.call("DELETE", f"/api/auth/sessions/{unknown}/", None, token, status=404)
    api.call("DELETE", f"/api/auth/sessions/{there['id']}/", None, token)
    api.get("/api/auth/me/", other, status=401)
    assert api.get("/api/auth/sessions/", token).json == [here]


def test_a_session_id_is_no_secret(api, token):
    (session,) = api.get("/api/auth/sessions/", token).json
    api.get("/api/auth/me/", session["id"], status=401)
    assert session["id"].replace("-", "") not in token


def test_all_other_sign_ins_are_ended_at_once(api, token):
    others = [log_in(api) for _ in range(3)]
    api.post("/api/auth/sessions/revoke-others/", token=token)
    for other in others:
        api.get("/api/auth/me/", other, status=401)
    api.get("/api/auth/me/", token)


def test_a_password_is_changed_with_the_current_one_and_ends_the_other_sign_ins(api, token):
    other = log_in(api)
    path, new = "/api/auth/change-password/", "another sentence"
    wrong = api.post(path, {"current_password": "wrong", "new_password": new}, token, status=400).json
    assert wrong["current_password"] == ["Your current password is wrong."]
    for bad in ({"new_password": "short"}, {"new_password": new, "new_password_confirm": "else"}):
        api.post(path, {"current_password": api.PASSWORD, **bad}, token, status=400)
    api.post(path, {"current_password": api.PASSWORD, "new_password": new, "new_password_confirm": new}, token)
    api.get("/api/auth/me/", other, status=401)
    api.get("/api/auth/me/", token)
    log_in(api, status=400)
    log_in(api, password=new)


def test_registering_again_forgets_the_pin(api, token):
    change_pin(api, token, "x", PIN)
    api.clock.pass_by(timedelta(seconds=31))
    change_pin(api, api.sign_up("0960000001"), "anything", "904021")


def test_these_calls_are_for_nobody_else(api):
    for method, path in (
        ("PATCH", "update-profile"),
        ("GET", "profile"),
        ("PATCH", "profile"),
        ("GET", "security-settings"),
        ("PATCH", "security-settings"),
        ("POST", "change-pin"),
        ("POST", "change-password"),
        ("GET", "sessions"),
        ("POST", "sessions/revoke-others"),
        ("DELETE", "sessions/00000000-0000-4000-8000-000000000000"),
        ("GET", "export"),
        ("POST", "delete-account"),
        ("GET", "contacts"),
        ("POST", "contacts"),
        ("GET", "invite-data"),
        ("POST", "send-invite"),
        ("POST", "generate-invite"),
        ("GET", "invite-history"),
    ):
        for token in (None, "unknown"):
            api.call(method, f"/api/auth/{path}/", None, token, status=401)
