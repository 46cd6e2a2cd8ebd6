"""The web app's sign-in: a cookie of its own kind, that a page must show to be ours, and that can be locked."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.cookies import SimpleCookie

import pytest

from flash.domain.account import TokenKind, token_digest
from flash.web.freshness import WATCHER

NUMBER, PIN = "0960000001", "271828"
COOKIE = "__Host-flash-session"
ME, SESSION, CONTACTS = "/api/auth/me/", "/api/auth/session/", "/api/auth/contacts/"
FRIEND = {"contact_name": "Friend", "contact_phone": "0970000003"}


class Browser:
    """A page of ours in a browser: it keeps the cookie, which it cannot read, and the token against foreign pages."""

    def __init__(self, api, status, answer):
        self.api = api
        self.cookie = SimpleCookie(answer.headers["Set-Cookie"])[COOKIE]
        self.csrf = answer.json["csrf_token"]
        assert answer.status_int == status

    def call(self, method, path, body=None, status=200, **headers):
        headers = {"Cookie": f"{COOKIE}={self.cookie.value}", "Flash-Csrf": self.csrf, **headers}
        params = {} if body is None else {"params": body}
        call = getattr(self.api.app, method.lower() + ("" if body is None else "_json"))
        return call(path, headers=headers, status=status, **params)

    def get(self, path, status=200, **headers):
        return self.call("get", path, status=status, **headers)

    def post(self, path, body=None, status=200, **headers):
        return self.call("post", path, body, status=status, **headers)

    def session(self):
        return self.get(SESSION).json

    def unlock(self, status=200, **secret):
        return self.post("/api/auth/unlock/", secret, status=status)


def sign_in(api, number=NUMBER, **headers):
    body = {"phone_number": number, "password": api.PASSWORD}
    return Browser(api, 200, api.post("/api/auth/login/", body, headers={"Flash-Session": "cookie", **headers}))


@pytest.fixture
def token(api):
    return api.sign_up(NUMBER)


@pytest.fixture
def browser(api, token):
    return sign_in(api)


def with_pin(api, token):
    api.post("/api/auth/change-pin/", {"current_pin": "0000", "new_pin": PIN}, token)


# The cookie


def test_signing_in_in_a_browser_tells_no_token_and_sets_a_cookie_that_no_script_and_no_foreign_page_can_use(
    api, token
):
    wish = {"phone_number": NUMBER, "password": api.PASSWORD}
    answer = api.post("/api/auth/login/", wish, headers={"Flash-Session": "cookie"})
    assert answer.json == {
        "csrf_token": answer.json["csrf_token"],
        "user": api.get(ME, token).json,
        "has_pin": False,
        "locked": False,
    }
    value, *how = answer.headers["Set-Cookie"].split("; ")
    assert value.startswith(f"{COOKIE}=")
    expires = [part for part in how if part.startswith("expires=")]
    assert set(how) - {*expires} == {"HttpOnly", "secure", "SameSite=Strict", "Path=/", "Max-Age=2592000"}
    assert answer.json["csrf_token"] not in value


def test_registering_in_a_browser_does_the_same(api):
    api.prove(NUMBER)
    wish = {"phone_number": NUMBER, "password": api.PASSWORD, "password_confirm": api.PASSWORD, "full_name": "Mutale"}
    browser = Browser(api, 201, api.post("/api/auth/register/", wish, None, 201, {"Flash-Session": "cookie"}))
    assert browser.get(ME).json["full_name"] == "Mutale"


def test_another_word_than_cookie_is_refused(api, token):
    wish = {"phone_number": NUMBER, "password": api.PASSWORD}
    refusal = api.post("/api/auth/login/", wish, status=400, headers={"Flash-Session": "header"})
    assert refusal.json["Flash-Session"] == ["This header can only say cookie."]


def test_each_kind_of_token_is_good_in_its_own_place_only(api, token, browser):
    nobody = api.get(ME, status=401)
    assert api.get(ME, browser.cookie.value, status=401).body == nobody.body
    assert api.app.get(ME, headers={"Cookie": f"{COOKIE}={token}"}, status=401).body == nobody.body
    assert browser.get(ME).json == api.get(ME, token).json


@pytest.mark.parametrize("value", ["", "x", "0" * 64, "Ünïcode", b"\xff\xfe".decode("latin-1"), '"', "a b"])
def test_a_cookie_that_is_none_of_ours_is_nobody(api, value):
    raw = value.encode().decode("latin-1") if value == "Ünïcode" else value
    for path in (ME, SESSION):
        assert api.app.get(path, headers={"Cookie": f"{COOKIE}={raw}"}, status=401).json["code"] == "not_signed_in"
    assert api.app.post("/api/auth/lock/", headers={"Cookie": f"{COOKIE}={raw}"}, status=401)


def test_the_header_comes_before_the_cookie_and_needs_nothing_else(api, browser):
    other = api.sign_up("0970000003", "Chanda Phiri")
    both = {"Cookie": f"{COOKIE}={browser.cookie.value}", "Authorization": f"Token {other}"}
    assert api.app.get(ME, headers=both).json["full_name"] == "Chanda Phiri"
    api.app.post_json(CONTACTS, {"contact_name": "M", "contact_phone": NUMBER}, headers=both, status=201)
    for header in ("Token stale", "Bearer x", ""):
        browser.get(ME, status=401, Authorization=header)
    browser.get(SESSION, status=401, Authorization=f"Token {other}")


def test_a_browser_is_signed_in_for_thirty_days(api, browser):
    api.clock.pass_by(timedelta(days=30, seconds=-1))
    browser.get(ME)
    api.clock.pass_by(timedelta(seconds=1))
    browser.get(ME, status=401)


def test_a_call_by_cookie_takes_one_statement_to_know_who_it_is(api, browser):
    with api.statements() as found:
        browser.get(ME)
    assert len(found) == 1


# Pages of others


@pytest.mark.parametrize("sent", ["", "x", "0" * 64, "Ünïcode".encode().decode("latin-1")])
def test_what_is_done_by_cookie_is_wanted_by_a_page_of_ours_or_refused(api, browser, sent):
    before = api.rows()
    for path, body in (
        (CONTACTS, FRIEND),
        ("/api/auth/lock/", None),
        ("/api/auth/unlock/", {"password": api.PASSWORD}),
    ):
        assert browser.post(path, body, status=403, **{"Flash-Csrf": sent}).json["code"] == "csrf"
    assert browser.post("/api/auth/logout/", status=403, **{"Flash-Csrf": sent}).json["code"] == "csrf"
    assert api.rows() == before
    assert not browser.session()["locked"]
    browser.get(CONTACTS, **{"Flash-Csrf": sent})


def test_the_proof_of_another_browser_is_none(api, browser):
    other = sign_in(api)
    assert other.csrf != browser.csrf
    assert browser.post(CONTACTS, FRIEND, status=403, **{"Flash-Csrf": other.csrf}).json["code"] == "csrf"
    browser.post(CONTACTS, FRIEND, status=201)


def test_what_is_open_to_anybody_needs_no_proof(api, browser):
    browser.post("/api/payments/validate-phone/", {"phone_number": NUMBER}, **{"Flash-Csrf": ""})


# The end of it


def test_signing_out_ends_it_and_takes_the_cookie_back(api, browser):
    gone = SimpleCookie(browser.post("/api/auth/logout/").headers["Set-Cookie"])[COOKIE]
    assert (gone.value, gone["max-age"], gone["path"], gone["secure"]) == ("", "0", "/", True)
    browser.get(ME, status=401)
    browser.post("/api/auth/logout/")


def test_the_apps_way_out_says_nothing_of_cookies(api, token):
    assert "Set-Cookie" not in api.post("/api/auth/logout/", token=token).headers


def test_who_signs_in_again_leaves_nothing_behind(api, browser):
    again = sign_in(api, Cookie=f"{COOKIE}={browser.cookie.value}")
    browser.get(ME, status=401)
    again.get(ME)


def test_browsers_are_listed_with_the_other_devices_and_ended_like_them(api, token, browser):
    rows = {one["current"]: one["id"] for one in browser.get("/api/auth/sessions/").json}
    assert len(rows) == 2
    assert {one["current"]: one["id"] for one in api.get("/api/auth/sessions/", token).json} == {
        True: rows[False],
        False: rows[True],
    }
    api.call("DELETE", f"/api/auth/sessions/{rows[True]}/", token=token)
    browser.get(SESSION, status=401)


def test_ending_all_others_leaves_the_browser_that_asks(api, token, browser):
    browser.post("/api/auth/sessions/revoke-others/")
    browser.get(ME)
    api.get(ME, token, status=401)


def test_a_new_password_leaves_the_browser_that_set_it(api, token, browser):
    browser.post("/api/auth/change-password/", {"current_password": api.PASSWORD, "new_password": "another one"})
    browser.get(ME)
    api.get(ME, token, status=401)


def test_payments_go_by_cookie_with_the_pin_where_it_is_needed(api, token, browser):
    body = {"recipient_phone": "0970000002", "amount": 25}
    transfer = browser.post("/api/transactions/send/", body, status=201).json
    tag = browser.get(f"/api/transactions/transactions/{transfer['transaction_id']}/").headers["ETag"]
    known = {"If-None-Match": tag}
    browser.get(f"/api/transactions/transactions/{transfer['transaction_id']}/?wait=1", status=304, **known)


# Locking


def test_a_locked_browser_is_told_nothing_and_does_nothing_until_the_password_comes(api, token, browser):
    locked = browser.post("/api/auth/lock/").json
    assert locked == {"csrf_token": browser.csrf, "user": None, "has_pin": False, "locked": True}
    assert browser.session() == locked
    before = api.rows()
    assert browser.get(ME, status=403).json["code"] == "session_locked"
    assert browser.post(CONTACTS, FRIEND, status=403).json["code"] == "session_locked"
    assert api.rows() == before
    assert browser.unlock(400, password="wrong").json["password"] == ["This password is wrong."]
    assert browser.get(ME, status=403).json["code"] == "session_locked"
    assert browser.unlock(password=api.PASSWORD).json == {**locked, "locked": False, "user": api.get(ME, token).json}
    browser.post(CONTACTS, FRIEND, status=201)


def test_only_the_browser_that_was_left_is_locked(api, token, browser):
    other = sign_in(api)
    browser.post("/api/auth/lock/")
    other.get(ME)
    api.get(ME, token)


def test_whoever_has_a_pin_unlocks_with_it_or_with_the_password(api, token, browser):
    with_pin(api, token)
    for secret in ({"pin": PIN}, {"password": api.PASSWORD}):
        assert browser.post("/api/auth/lock/").json["has_pin"]
        assert not browser.unlock(**secret).json["locked"]


def test_who_has_no_pin_is_told_to_use_the_password(api, browser):
    browser.post("/api/auth/lock/")
    assert browser.unlock(400, pin=PIN).json["pin"] == ["You have no PIN. Please enter your password."]
    assert browser.unlock(400).json["pin"] == ["Please enter your PIN or your password."]


def test_wrong_pins_are_counted_as_everywhere(api, token, browser):
    with_pin(api, token)
    browser.post("/api/auth/lock/")
    for left in (4, 3, 2, 1):
        told = browser.unlock(400, pin="314159").json["pin"]
        assert told == [f"This PIN is wrong. You have {left} more {'try' if left == 1 else 'tries'}."]
    browser.unlock(400, pin="314159")
    assert browser.unlock(429, pin=PIN).headers["Retry-After"] == "60"
    change = {"current_pin": PIN, "new_pin": "141421"}
    api.post("/api/auth/change-pin/", change, token, status=429)
    assert browser.session()["locked"]
    api.clock.pass_by(timedelta(minutes=1))
    assert not browser.unlock(pin=PIN).json["locked"]


def test_wrong_passwords_are_counted_like_those_of_signing_in(api, browser):
    browser.post("/api/auth/lock/")
    for _ in range(9):  # One was used up by signing in.
        browser.unlock(400, password="wrong")
    assert browser.unlock(429, password=api.PASSWORD).json["code"] == "too_soon"
    api.post("/api/auth/login/", {"phone_number": NUMBER, "password": api.PASSWORD}, status=429)


def test_a_locked_browser_can_be_signed_out(api, browser):
    browser.post("/api/auth/lock/")
    browser.post("/api/auth/lock/")
    browser.post("/api/auth/logout/")
    browser.get(SESSION, status=401)


def test_a_browser_that_was_ended_elsewhere_is_not_unlocked(api, token, browser):
    browser.post("/api/auth/lock/")
    api.post("/api/auth/sessions/revoke-others/", token=token)
    browser.unlock(401, password=api.PASSWORD)


def test_whoever_waits_for_a_change_in_a_browser_that_is_locked_meanwhile_is_told_nothing_of_it(api, browser):
    order = {"recipient_phone": "0970000002", "amount": 25}
    path = (
        f"/api/transactions/transactions/{browser.post('/api/transactions/send/', order, 201).json['transaction_id']}/"
    )
    known = {"If-None-Match": browser.get(path).headers["ETag"]}
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(browser.get, f"{path}?wait=25", 403, **known)
        while not api.wsgi.registry[WATCHER].waiting:
            time.sleep(0.01)
        browser.post("/api/auth/lock/")
        api.pass_by(1)
        assert waiting.result(10).json["code"] == "session_locked"


def test_who_leaves_from_a_browser_leaves_no_cookie_there(api, browser):
    gone = browser.post("/api/auth/delete-account/", {"password": api.PASSWORD})
    assert SimpleCookie(gone.headers["Set-Cookie"])[COOKIE]["max-age"] == "0"
    browser.get(SESSION, status=401)


def test_only_the_digest_is_stored(api, browser):
    with api.services.database.unit_of_work() as store:
        account = store.accounts.web_session(token_digest(browser.cookie.value), api.clock.now()).account
        kinds = {one.digest: one.kind for one in store.accounts.tokens(account.id, api.clock.now(), limit=9)}
    assert kinds[token_digest(browser.cookie.value)] is TokenKind.WEB
    assert browser.csrf not in kinds
