"""Sign-up and sign-in as the mobile app does them (mobile_rest.md sections 1.3 and 2.6)."""

from datetime import timedelta

import pytest

from flash.adapters.console_messenger import ConsoleMessenger

FORMS = [
    "+260960000123",
    "260960000123",
    "00260960000123",
    "+260260960000123",
    "0960000123",
    "960000123",
    "096 0000 123",
    "+260 96-000-0123",
    "(096) 0000-123",
]


def test_a_person_signs_up_and_is_known_from_then_on(api):
    token = api.sign_up("+260960000001")
    user = api.get("/api/auth/me/", token).json
    assert (user["phone_number"], user["full_name"]) == ("+260960000001", "Mutale Banda")
    assert user["is_phone_verified"] is True
    assert (user["kyc_tier"], user["default_currency"], user["email"]) == (1, "ZMW", "")


def test_the_answer_to_register_is_what_me_says(api):
    api.prove("0960000001")
    wish = {"phone_number": "0960000001", "password": api.PASSWORD, "password_confirm": api.PASSWORD}
    answer = api.post("/api/auth/register/", wish, status=201).json
    assert answer["user"] == api.get("/api/auth/me/", answer["token"]).json
    assert answer["user"]["full_name"] == ""


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_number_is_the_same_person(api, form):
    api.sign_up("+260960000123")
    answer = api.post("/api/auth/login/", {"phone_number": form, "password": api.PASSWORD}).json
    assert answer["user"]["phone_number"] == "+260960000123"


def test_a_code_is_never_in_the_answer_where_phones_get_it(api):
    answer = api.post("/api/auth/send-otp/", {"phone_number": "0960000001"}).json
    assert answer.keys() == {"message", "expires_in"}
    assert answer["expires_in"] == 300


def test_a_code_is_in_the_answer_where_no_phone_gets_it(make_api):
    api = make_api(messenger=ConsoleMessenger())
    code = api.post("/api/auth/send-otp/", {"phone_number": "0960000001"}).json["debug_code"]
    api.post("/api/auth/verify-otp/", {"phone_number": "0960000001", "otp_code": code})


def test_the_app_may_send_more_than_we_read(api):
    api.post("/api/auth/send-otp/", {"phone_number": "0960000001", "device": {"os": ["android", 14, None]}})
    body = {"phone_number": "0960000001", "otp_code": api.code(), "full_name": "M", "invite_code": "AB"}
    api.post("/api/auth/verify-otp/", body)


def test_a_second_code_has_to_wait(api):
    api.post("/api/auth/send-otp/", {"phone_number": "0960000001"})
    answer = api.post("/api/auth/send-otp/", {"phone_number": "096 0000 001"}, status=429)
    assert answer.headers["Retry-After"] == "30"
    assert answer.json["code"] == "too_soon"
    api.clock.pass_by(timedelta(seconds=30))
    api.post("/api/auth/send-otp/", {"phone_number": "0960000001"})


def test_the_sixth_guess_is_refused_even_when_it_is_right(api):
    api.post("/api/auth/send-otp/", {"phone_number": "0960000001"})
    right = api.code()
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    for guess in [wrong] * 5 + [right]:
        answer = api.post("/api/auth/verify-otp/", {"phone_number": "0960000001", "otp_code": guess}, status=400)
        assert answer.json["error"] == "This code is wrong or has expired."


def test_nobody_registers_a_phone_that_was_not_proved(api):
    wish = {"phone_number": "0960000001", "password": api.PASSWORD, "password_confirm": api.PASSWORD, "full_name": "M"}
    answer = api.post("/api/auth/register/", wish, status=400)
    assert answer.json["phone_number"] == ["Please confirm your phone number with a new code first."]
    assert api.rows()["accounts"] == 0


@pytest.mark.parametrize("headers", [{"User-Agent": "another"}, {"X-Forwarded-For": "192.0.2.7"}])
def test_a_proof_is_of_use_only_where_it_was_given(api, headers):
    api.prove("0960000001")
    api.app.extra_environ["REMOTE_ADDR"] = "192.0.2.7" if "User-Agent" in headers else "192.0.2.8"
    wish = {"phone_number": "0960000001", "password": api.PASSWORD, "password_confirm": api.PASSWORD, "full_name": "M"}
    api.post("/api/auth/register/", wish, headers=headers, status=400)


def test_a_repeated_sign_up_sets_a_new_password_and_ends_the_old_sign_ins(api):
    before = api.sign_up("0960000001", name="Mutale Banda")
    api.clock.pass_by(timedelta(seconds=31))
    after = api.sign_up("0960000001", name="Somebody Else", password="another sentence")
    api.get("/api/auth/me/", before, status=401)
    assert api.get("/api/auth/me/", after).json["full_name"] == "Mutale Banda"
    api.post("/api/auth/login/", {"phone_number": "0960000001", "password": api.PASSWORD}, status=400)


@pytest.mark.parametrize(("number", "password"), [("0960000001", "wrong"), ("0960000002", "a long sentence")])
def test_a_failed_sign_in_does_not_tell_what_was_wrong_and_keeps_the_apps_token(api, number, password):
    api.sign_up("0960000001")
    answer = api.post("/api/auth/login/", {"phone_number": number, "password": password}, status=400)
    assert answer.json["message"] == "Invalid phone number or password."


def test_signing_out_ends_this_sign_in_only(api):
    first = api.sign_up("0960000001")
    second = api.post("/api/auth/login/", {"phone_number": "0960000001", "password": api.PASSWORD}).json["token"]
    api.post("/api/auth/logout/", token=first)
    api.get("/api/auth/me/", first, status=401)
    api.get("/api/auth/me/", second)


@pytest.mark.parametrize("token", [None, "unknown"])
def test_signing_out_works_with_any_token_and_with_none(api, token):
    assert api.post("/api/auth/logout/", token=token).json == {"message": "You are signed out."}


def test_public_calls_ignore_a_stale_token(api):
    api.sign_up("0960000001")
    api.post("/api/auth/login/", {"phone_number": "0960000001", "password": api.PASSWORD}, token="stale")
    api.post("/api/auth/send-otp/", {"phone_number": "0970000002"}, token="stale")
    api.get("/api/payments/providers/", token="stale")
    api.get("/api/health/", token="stale")


def test_a_token_expires(api):
    token = api.sign_up("0960000001")
    api.clock.pass_by(timedelta(days=91))
    api.get("/api/auth/me/", token, status=401)


@pytest.mark.parametrize("header", ["", "Token", "Token ", "Bearer {}", "{}", "Token {} x", "Token unknown", "Token é"])
def test_a_caller_without_a_good_token_is_nobody(api, header):
    token = api.sign_up("0960000001")
    answer = api.app.get("/api/auth/me/", headers={"Authorization": header.format(token)}, status=401)
    assert answer.json["error"] == "Please sign in."
    assert answer.headers["WWW-Authenticate"] == "Token"
