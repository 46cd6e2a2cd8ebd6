"""The mobile contract as its app lives it: every screen, in order, over real HTTP, with a service that works by itself.

The section and row of `contract/mobile_rest.md` stands beside each call.
"""

import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
import requests
from sqlalchemy import update

from flash.adapters.sql.request_tables import payment_requests
from live import Live, serving

MUTALE, CHANDA = "+260960000001", "+260970000002"
PASSWORD = "secret1"
TIMEOUT_S = 10
"""Of the app, for each call."""
POLLS = 24
"""The app gives up asking after so many."""
UNAUTHENTICATED = ("/auth/register/", "/auth/login/", "/auth/send-otp/", "/auth/verify-otp/")


@dataclass
class App:
    """The app on one phone: it keeps its token as the app does, and loses it with any 401."""

    base: str
    token: str = ""
    calls: list[tuple[str, int]] = field(default_factory=list)

    def call(self, method: str, path: str, body: Any = None, status: int | tuple[int, ...] = (200, 201)) -> Any:
        headers = {}
        if self.token and path not in UNAUTHENTICATED:
            headers["Authorization"] = f"Token {self.token}"
        answer = requests.request(method, self.base + path, json=body, headers=headers, timeout=TIMEOUT_S)
        self.calls.append((path, answer.status_code))
        if answer.status_code == 401:
            self.token = ""
        expected = (status,) if isinstance(status, int) else status
        assert answer.status_code in expected, f"{method} {path}: {answer.status_code} {answer.text}"
        content = answer.json() if answer.content else None
        if answer.status_code >= 400:
            check_error(content)
        return content

    def get(self, path: str, status: int | tuple[int, ...] = 200) -> Any:
        return self.call("GET", path, status=status)

    def post(self, path: str, body: Any = None, status: int | tuple[int, ...] = (200, 201)) -> Any:
        return self.call("POST", path, body, status)

    def sign_up(self, number: str, name: str, invite_code: str | None = None) -> Any:
        """Register, OTP (rows 1, 2, 3)."""
        code = self.post("/auth/send-otp/", {"phone_number": number})["debug_code"]
        proof = {"phone_number": number, "otp_code": code, "full_name": name}
        self.post("/auth/verify-otp/", proof | ({"invite_code": invite_code} if invite_code else {}))
        wish = {"phone_number": number, "password": PASSWORD, "password_confirm": PASSWORD, "full_name": name}
        answer = self.post("/auth/register/", wish)
        self.token = answer["token"]
        return answer["user"]

    def poll(self, name: str, until: tuple[str, ...] = ("completed", "failed", "cancelled")) -> Any:
        """The approval screen (2.1), only in more of a hurry."""
        for _ in range(POLLS):
            answer = self.get(f"/transactions/transactions/{name}/")
            if answer["status"] in until:
                return answer
            assert answer["status"] in ("pending", "processing")
            time.sleep(0.5)
        raise AssertionError("timed out, check your mobile money app")


def check_error(body: Any) -> None:
    """Section 0: one short text under the names that any screen reads, and under a field as a list."""
    assert body["error"] == body["message"] == body["detail"]
    assert isinstance(body["error"], str)
    assert 0 < len(body["error"]) < 200
    lists = [text for text in body.values() if isinstance(text, list)]
    assert lists == [[body["error"]]]


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def live(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('contract') / 'flash.db'}"
    else:
        url = request.getfixturevalue("postgres").create_database(f"contract{secrets.token_hex(4)}")
    with serving(url, **{"sandbox.success_rate": "1", "flash.pin_above": "1000.00"}) as service:
        yield service
        assert service.broken == []


@pytest.fixture(scope="module")
def mutale(live: Live) -> App:
    app = App(f"{live.url}/api")
    app.sign_up(MUTALE, "Mutale Banda")
    return app


@pytest.fixture(scope="module")
def chanda(live: Live) -> App:
    app = App(f"{live.url}/api")
    app.sign_up(CHANDA, "Chanda Phiri")
    return app


# Sign-up, sign-in and who I am


def test_sign_up_needs_the_proof_and_uses_it_once(live: Live) -> None:
    app = App(f"{live.url}/api")
    wish = {"phone_number": "+260960000005", "password": PASSWORD, "password_confirm": PASSWORD, "full_name": "A B"}
    app.post("/auth/register/", wish, status=400)
    user = app.sign_up("+260960000005", "A B")
    assert (user["phone_number"], user["full_name"], user["kyc_tier"]) == ("+260960000005", "A B", 1)
    assert (user["is_phone_verified"], user["default_currency"]) == (True, "ZMW")
    app.post("/auth/register/", wish, status=400)
    assert app.get("/auth/me/") == user


def test_a_wrong_code_is_told_where_the_screen_looks(live: Live) -> None:
    app = App(f"{live.url}/api")
    code = app.post("/auth/send-otp/", {"phone_number": "+260960000006"})["debug_code"]
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    refused = app.post("/auth/verify-otp/", {"phone_number": "+260960000006", "otp_code": wrong}, status=400)
    assert refused["otp_code"] == [refused["error"]]


@pytest.mark.parametrize("typed", ["+260960000001", "+260260960000001", "0960000001", "096 0000 001"])
def test_a_person_signs_in_as_the_number_comes_from_the_screen(live: Live, mutale: App, typed: str) -> None:
    app = App(f"{live.url}/api")
    answer = app.post("/auth/login/", {"phone_number": typed, "password": PASSWORD})
    assert answer["user"] == mutale.get("/auth/me/")
    refused = app.post("/auth/login/", {"phone_number": typed, "password": "wrong"}, status=400)
    assert refused["message"] == "Invalid phone number or password."
    app.token = answer["token"]
    app.post("/auth/logout/")
    app.get("/auth/me/", status=401)
    assert app.token == ""


def test_the_sequence_again_is_the_way_back_in(live: Live) -> None:
    old, new = App(f"{live.url}/api"), App(f"{live.url}/api")
    old.sign_up("+260960000007", "C D")
    time.sleep(0.1)
    with live.services.database.engine.begin() as connection:  # The 30 s between two codes are over.
        connection.exec_driver_sql("DELETE FROM phone_codes")
    assert new.sign_up("+260960000007", "another name")["full_name"] == "C D"
    old.get("/auth/me/", status=401)


# Sending


def test_a_payment_from_the_send_screen_to_the_receipt(mutale: App, chanda: App) -> None:
    before = mutale.get("/transactions/wallet/")
    assert re.fullmatch(r"\d+\.\d\d", before["daily_limit"] + "")
    sent = mutale.post(
        "/transactions/send/", {"recipient_phone": "097 0000 002", "amount": 12.5, "description": "Lunch"}
    )
    again = mutale.post(
        "/transactions/send/", {"recipient_phone": "0970000002", "amount": 12.5, "description": "Lunch"}
    )
    assert again["transaction_id"] == sent["transaction_id"]
    assert mutale.poll(sent["transaction_id"])["status"] == "completed"
    assert mutale.poll(sent["reference_id"])["id"] == sent["transaction_id"]
    after = mutale.get("/transactions/wallet/")
    assert float(after["daily_spent"]) - float(before["daily_spent"]) == 12.5
    for app, kind, name in ((mutale, "sent", MUTALE), (chanda, "received", CHANDA)):
        row = next(row for row in app.get("/transactions/transactions/") if row["id"] == sent["transaction_id"])
        assert (row["type"], row["status"], row["amount"]) == (kind, "completed", "12.50")
        assert (row["sender"], row["recipient"]) == ("Mutale Banda", "Chanda Phiri")
        assert row["phone"] == (CHANDA if name == MUTALE else MUTALE)
        assert (row["description"], row["failure_reason"]) == ("Lunch", None)
        datetime.fromisoformat(row["created_at"])


def test_a_refused_prompt_ends_as_failed_with_a_reason(mutale: App) -> None:
    sent = mutale.post("/transactions/send/", {"recipient_phone": CHANDA, "amount": 10.12})
    ended = mutale.poll(sent["transaction_id"])
    assert ended["status"] in ("completed", "failed")
    sent = mutale.post("/transactions/send/", {"recipient_phone": "0970000071", "amount": 10})
    ended = mutale.poll(sent["transaction_id"])
    assert (ended["status"], bool(ended["failure_reason"])) == ("failed", True)


@pytest.mark.parametrize(
    "order",
    [
        {"recipient_phone": "Bob", "amount": 10},
        {"recipient_phone": CHANDA, "amount": None},
        {"recipient_phone": CHANDA, "amount": 0},
        {"recipient_phone": CHANDA, "amount": 99_999_999},
        {"recipient_phone": MUTALE, "amount": 10},
        {"recipient_phone": "0950000001", "amount": 10},
        {"amount": 10},
    ],
    ids=str,
)
def test_what_cannot_be_sent_is_refused_in_words(mutale: App, order: Any) -> None:
    before = mutale.get("/transactions/transactions/")
    mutale.post("/transactions/send/", order, status=400)
    assert mutale.get("/transactions/transactions/") == before


# Requests


def ask(app: App, amount: float = 20, **more: Any) -> Any:
    made = app.post("/transactions/request/", {"payer_phone": "+260 96-0000-001", "amount": amount, **more})
    assert made["p2p_details"]["id"] == made["transaction"]["id"] == made["transaction_id"]
    assert made["reference_id"]
    assert made["qr_code"].startswith("data:image/png;base64,")
    return made


def row_of(app: App, made: Any) -> Any:
    rows = [row for row in app.get("/transactions/p2p/") if row["id"] == made["transaction_id"]]
    assert [row["is_payment_request"] for row in rows] in ([], [True])
    return rows[0] if rows else None


def test_a_request_is_approved_by_the_other_person_and_tracked_to_the_end(mutale: App, chanda: App) -> None:
    made = ask(chanda, 21, description="Taxi")
    mine, theirs = row_of(chanda, made), row_of(mutale, made)
    assert (mine["transaction"]["type"], theirs["transaction"]["type"]) == ("sent", "received")
    for row in (mine, theirs):
        assert (row["sender_name"], row["recipient_name"]) == ("Chanda Phiri", "Mutale Banda")
        assert datetime.fromisoformat(row["request_expires_at"]) > datetime.fromisoformat(
            row["transaction"]["created_at"]
        )
        told = row["transaction"]
        assert (told["amount"], told["status"], told["description"]) == ("21.00", "pending", "Taxi")
    chanda.post(f"/transactions/p2p/{made['transaction_id']}/approve/", status=403)
    approved = mutale.post(f"/transactions/p2p/{made['transaction_id']}/approve/")
    assert mutale.poll(approved["transaction_id"])["status"] == "completed"
    assert chanda.poll(made["transaction_id"])["status"] == "completed"
    assert row_of(chanda, made)["transaction"]["status"] == "completed"
    money = next(row for row in chanda.get("/transactions/transactions/") if row["id"] == approved["transaction_id"])
    assert (money["type"], money["sender"]) == ("received", "Mutale Banda")


def test_a_request_is_declined_and_stays_so(mutale: App, chanda: App) -> None:
    made = ask(chanda, 22)
    mutale.post(f"/transactions/p2p/{made['transaction_id']}/decline/", {"reason": "I paid in cash"})
    assert chanda.get(f"/transactions/transactions/{made['transaction_id']}/")["status"] == "declined"
    refused = mutale.post(f"/transactions/p2p/{made['transaction_id']}/approve/", status=409)
    assert refused["error"] == "This request was declined."


def test_a_request_expires_by_itself(live: Live, mutale: App, chanda: App) -> None:
    made = ask(chanda, 23, expires_in_hours=1)
    with live.services.database.engine.begin() as connection:  # The hour is over.
        lapsed = update(payment_requests).values(expires_at=live.services.clock.now())
        connection.execute(lapsed.where(payment_requests.c.number == made["reference_id"]))
    assert chanda.get(f"/transactions/transactions/{made['transaction_id']}/")["status"] == "expired"
    mutale.post(f"/transactions/p2p/{made['transaction_id']}/approve/", status=409)


def test_whoever_is_blocked_asks_in_vain(mutale: App, chanda: App) -> None:
    block = mutale.post("/auth/blocks/", {"phone_number": CHANDA})
    made = ask(chanda, 24)
    assert row_of(mutale, made) is None
    assert row_of(chanda, made)["transaction"]["status"] == "pending"
    mutale.post(f"/transactions/p2p/{made['transaction_id']}/approve/", status=404)
    mutale.call("DELETE", f"/auth/blocks/{block['id']}/")


# QR


def test_my_code_is_what_the_scanner_understands(chanda: App) -> None:
    code = chanda.post("/transactions/generate-qr/", {})["qr_code_data"]
    assert code == {"type": "flash_payment", "phone": CHANDA, "name": "Chanda Phiri"}
    code = chanda.post("/transactions/generate-qr/", {"amount": "50"})["qr_code_data"]
    assert (code["type"], float(code["amount"])) == ("flash_payment", 50)
    assert isinstance(code["amount"], str)


def test_a_request_is_paid_by_scanning_its_code(mutale: App, chanda: App) -> None:
    made = ask(chanda, 25)
    code = made["qr_code_data"]
    assert (code["type"], code["phone"]) == ("flash_payment", CHANDA)
    scanned = {"recipient_phone": code["phone"], "amount": float(code["amount"]), "description": code["message"]}
    sent = mutale.post("/transactions/send/", scanned)
    assert mutale.poll(sent["transaction_id"])["status"] == "completed"
    assert chanda.poll(made["transaction_id"])["status"] == "completed"


# Contacts, profile, security


def test_contacts_are_a_bare_array(mutale: App) -> None:
    mutale.post("/auth/contacts/", {"contact_name": "Chanda", "contact_phone": CHANDA})
    (row,) = mutale.get("/auth/contacts/")
    assert (row["contact_name"], row["contact_phone"]) == ("Chanda", CHANDA)
    twice = mutale.post("/auth/contacts/", {"contact_name": "Twice", "contact_phone": "0970000002"}, status=409)
    assert twice["error"] == twice["contact_phone"][0]
    mutale.call("DELETE", f"/auth/contacts/{row['id']}/")
    assert mutale.get("/auth/contacts/") == []


def test_the_profile_changes_but_never_phone_or_tier(mutale: App) -> None:
    wish = {"full_name": "Mutale B.", "email": "m@flash.example", "phone_number": CHANDA, "kyc_tier": 3}
    user = mutale.call("PATCH", "/auth/update-profile/", wish)["user"]
    assert (user["full_name"], user["email"]) == ("Mutale B.", "m@flash.example")
    assert (user["phone_number"], user["kyc_tier"]) == (MUTALE, 1)
    mutale.call("PATCH", "/auth/profile/", {"date_of_birth": "1990-01-31", "address": "Lusaka", "id_number": "1/1/1"})
    mutale.call("PATCH", "/auth/update-profile/", {"full_name": "Mutale Banda"})
    settings = {"biometrics_enabled": True, "auto_lock_enabled": False, "auto_lock_time": 5}
    mutale.call("PATCH", "/auth/security-settings/", settings)
    assert mutale.get("/auth/security-settings/").items() >= settings.items()


def test_a_pin_is_set_changed_and_asked_for_where_much_is_paid(live: Live) -> None:
    app = App(f"{live.url}/api")
    app.sign_up("+260960000008", "E F")
    large = {"recipient_phone": CHANDA, "amount": 1500}
    first = app.post("/transactions/send/", large)
    assert app.poll(first["transaction_id"])["status"] == "completed"
    app.post("/auth/change-pin/", {"current_pin": "0000", "new_pin": "12345"}, status=400)
    app.post("/auth/change-pin/", {"current_pin": "0000", "new_pin": "271828"})
    app.post("/auth/change-pin/", {"current_pin": "111111", "new_pin": "314159"}, status=400)
    app.post("/auth/change-pin/", {"current_pin": "271828", "new_pin": "314159"})
    large["amount"] = 1600
    assert app.post("/transactions/send/", large, status=403)["code"] == "pin_required"
    app.post("/transactions/send/", large | {"pin": "314159"})
    app.post("/transactions/send/", {"recipient_phone": CHANDA, "amount": 100})


def test_sessions_are_listed_and_ended(live: Live, mutale: App) -> None:
    elsewhere = App(f"{live.url}/api")
    elsewhere.token = elsewhere.post("/auth/login/", {"phone_number": MUTALE, "password": PASSWORD})["token"]
    others = [row["id"] for row in mutale.get("/auth/sessions/") if not row["current"]]
    for other in others:
        mutale.call("DELETE", f"/auth/sessions/{other}/")
    elsewhere.get("/auth/me/", status=401)
    mutale.get("/auth/me/")


# Invites


def test_an_invite_from_the_share_sheet_to_who_joined(live: Live, mutale: App) -> None:
    data = mutale.get("/auth/invite-data/")
    assert re.fullmatch(r"[A-Z0-9]{6}", data["inviteCode"])
    stranger = App(f"{live.url}/api", token="stale")
    assert stranger.post("/auth/validate-invite/", {"invite_code": data["inviteCode"]})["valid"] is True
    assert stranger.post("/auth/validate-invite/", {"invite_code": "ZZZZZZ"})["valid"] is False
    assert stranger.token == "stale"
    mutale.post("/auth/send-invite/", {"message": "Join me on Flash"})
    after = mutale.get("/auth/invite-data/")
    assert (after["invitesRemaining"], after["totalInvites"]) == (data["invitesRemaining"] - 1, 5)
    assert [row["status"] for row in after["invitedUsers"]] == ["pending"]
    App(f"{live.url}/api").sign_up("+260970000009", "Bwalya Zulu", invite_code=data["inviteCode"])
    (row,) = mutale.get("/auth/invite-history/")
    assert row["status"] == "joined"
    assert {"id", "name", "phone", "status", "invitedAt"} <= row.keys()
    for _ in range(4):
        mutale.post("/auth/send-invite/", {"message": "And you"})
    assert "5 invites" in mutale.post("/auth/send-invite/", {"message": "Once more"}, status=409)["error"]
    assert re.fullmatch(r"[A-Z0-9]{6}", mutale.get("/auth/invite-data/")["inviteCode"])


# The older layer, and leaving


def test_the_older_layer_is_about_the_caller_only(mutale: App) -> None:
    assert float(mutale.get("/payments/mtn/balance/")["balance"]) == 0
    order = {"amount": 11, "recipient_phone": CHANDA, "external_id": secrets.token_hex(8)}
    mutale.post("/payments/mtn/send/", order)
    for _ in range(POLLS):
        told = mutale.get(f"/payments/mtn/status/{order['external_id']}/?type=collection")
        if told["status"] != "PENDING":
            break
        time.sleep(0.5)
    assert told["status"] == "SUCCESS"


def test_logout_is_answered_with_any_token_and_ends_one(live: Live) -> None:
    app = App(f"{live.url}/api")
    app.token = app.post("/auth/login/", {"phone_number": CHANDA, "password": PASSWORD})["token"]
    kept = app.token
    app.post("/auth/logout/")
    app.get("/auth/me/", status=401)
    app.token = kept
    app.post("/auth/logout/")


def test_no_call_of_these_stories_broke_the_service(mutale: App, chanda: App) -> None:
    assert not [call for app in (mutale, chanda) for call in app.calls if call[1] >= 500]
