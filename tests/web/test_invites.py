"""Invites as the mobile contract names them (rows 11 to 15)."""

import re
from datetime import timedelta

import pytest

from flash.domain.message import LONGEST_TEXT

DATA, SEND = "/api/auth/invite-data/", "/api/auth/send-invite/"


@pytest.fixture
def token(api):
    return api.sign_up("0970000002", name="Chanda Phiri")


def join(api, number, code, name="Bwalya Tembo"):
    api.post("/api/auth/send-otp/", {"phone_number": number})
    body = {"phone_number": number, "otp_code": api.code(), "full_name": name, "invite_code": code}
    api.post("/api/auth/verify-otp/", body)
    wish = {"phone_number": number, "password": api.PASSWORD, "password_confirm": api.PASSWORD, "full_name": name}
    return api.post("/api/auth/register/", wish, status=201).json["token"]


def validate(api, code, token=None):
    return api.post("/api/auth/validate-invite/", {"invite_code": code}, token).json


def test_a_person_starts_with_five_invites_and_a_code_that_stays(api, token):
    data = api.get(DATA, token).json
    assert (data["invitesRemaining"], data["totalInvites"], data["rewardsEarned"]) == (5, 5, 0)
    assert data["invitedUsers"] == []
    assert re.fullmatch("[2-9A-HJKMNP-Z]{6}", data["inviteCode"])
    assert api.get(DATA, token).json == data
    generated = api.post("/api/auth/generate-invite/", token=token).json
    assert generated == {"inviteCode": data["inviteCode"], "invite_code": data["inviteCode"]}
    assert api.rows()["invites"] == 1


def test_sharing_moves_the_count_by_one_until_none_is_left(api, token):
    codes = []
    for left in (4, 3, 2, 1, 0):
        codes.append(api.get(DATA, token).json["inviteCode"])
        assert api.post(SEND, {"message": "Join me"}, token).json["inviteCode"] == codes[-1]
        data = api.get(DATA, token).json
        assert (data["invitesRemaining"], len(data["invitedUsers"])) == (left, 5 - left)
    assert len(set(codes)) == 5
    assert data["inviteCode"] == codes[-1]
    for path in (SEND, "/api/auth/generate-invite/"):
        refused = api.post(path, {"message": "x"}, token, status=409).json
        assert refused["error"] == "You have shared all of your 5 invites."
    assert [row["status"] for row in api.get("/api/auth/invite-history/", token).json] == ["pending"] * 5


def test_who_joins_is_shown_by_first_name_and_masked_number_only(api, token):
    code = api.post(SEND, {"message": "x"}, token).json["invite_code"]
    join(api, "0960000001", code)
    (row,) = api.get("/api/auth/invite-history/", token).json
    assert (row["name"], row["phone"], row["status"]) == ("Bwalya", "+26096****001", "joined")
    assert api.get(DATA, token).json["invitedUsers"] == [row]


def test_an_invite_to_a_phone_goes_by_one_short_message(api, token):
    code = api.post(SEND, {"phone_number": "096 0000 001", "message": "x"}, token).json["inviteCode"]
    api.services.postman.deliver(most=10)
    to, text = list(api.messenger.sent.values())[-1]
    assert to.e164 == "+260960000001"
    assert text.startswith("Chanda invites you")
    assert code in text
    assert len(text) <= LONGEST_TEXT
    (row,) = api.get(DATA, token).json["invitedUsers"]
    assert (row["name"], row["phone"], row["status"]) == (f"Invite {code}", "+26096****001", "pending")


@pytest.mark.parametrize("number", ["097 0000 002", "Bob", "+254712345678"])
def test_an_invite_to_a_number_that_cannot_be_used_shares_nothing(api, token, number):
    answer = api.post(SEND, {"phone_number": number}, token, status=400).json
    assert answer["phone_number"] == [answer["error"]]
    assert api.get(DATA, token).json["invitesRemaining"] == 5


def test_a_code_is_checked_in_public_with_any_token_and_always_200(api, token):
    code = api.get(DATA, token).json["inviteCode"]
    for stale in (None, "stale", token):
        assert validate(api, code, stale)["valid"] is True
        assert validate(api, code.lower(), stale)["valid"] is True
    for wrong in ("ABCDEF", "", "ÄÖÜ123", "x" * 5000):
        answer = validate(api, wrong)
        assert (answer["valid"], answer["message"]) == (False, "This invite code is wrong, used or expired.")


def test_a_used_code_and_an_expired_one_are_no_good(api, token):
    used, old = (api.post(SEND, {"message": "x"}, token).json["inviteCode"] for _ in range(2))
    join(api, "0960000001", used)
    assert validate(api, used)["valid"] is False
    api.clock.pass_by(timedelta(days=30))
    assert validate(api, old)["valid"] is False
    rows = api.get("/api/auth/invite-history/", token).json
    assert [row["status"] for row in rows] == ["joined", "expired"]
    join(api, "0960000009", old)
    assert api.get("/api/auth/invite-history/", token).json == rows


def test_when_all_are_shared_and_none_is_good_there_is_no_code_to_share(api, token):
    for _ in range(5):
        api.post(SEND, {"message": "x"}, token)
    api.clock.pass_by(timedelta(days=30))
    assert api.get(DATA, token).json["inviteCode"] == ""
