"""Airtel: tokens, forms, codes, PINs, signatures, callbacks (facts B1, B2)."""

import base64
import hashlib
import hmac
import json
import os

import pytest
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import load_der_public_key

OAEP = padding.OAEP(mgf=padding.MGF1(SHA256()), algorithm=SHA256(), label=None)


def codes(answer):
    status = answer["status"]
    return status["success"], status.get("response_code"), status["result_code"]


def word(answer):
    return answer["data"]["transaction"]["status"]


# --- Coming in


def test_a_token_lives_three_minutes_and_says_so_in_text(airtel, bench):
    answer = airtel.ask_token()
    assert answer["expires_in"] == "180"
    assert answer["token_type"] == "bearer"
    headers = {"Authorization": f"Bearer {answer['access_token']}"}
    bench.after(179)
    airtel.get("/standard/v1/users/balance", headers=headers)
    bench.after(1)
    assert airtel.get("/standard/v1/users/balance", headers=headers, status=403)["error"] == "invalid_token"


@pytest.mark.parametrize("changed", [{"client_id": "x"}, {"client_secret": "x"}, {"client_secret": None}])
def test_a_client_that_nobody_knows_is_refused(airtel, changed):
    answer = airtel.ask_token(status=401, **changed)
    assert answer["error"] == "invalid_client"
    assert answer["error_description"]


def test_a_token_request_must_be_json_of_the_right_grant(airtel):
    assert airtel.ask_token(status=400, grant_type="password")["error"] == "unsupported_grant_type"
    assert airtel.app.post("/auth/oauth2/token", "grant_type=x", status=400).json["error"] == "invalid_request"


@pytest.mark.parametrize("authorization", [None, "Bearer x"])
def test_a_bad_token_is_403(airtel, authorization):
    answer = airtel.get("/standard/v1/users/balance", headers={"Authorization": authorization}, status=403)
    assert answer["error"] == "invalid_token"


def test_mtns_token_is_none_here(airtel, mtn):
    airtel.get("/standard/v1/users/balance", headers={"Authorization": mtn.headers()["Authorization"]}, status=403)


@pytest.mark.parametrize("headers", [{"X-Country": None}, {"X-Country": "UG"}, {"X-Currency": "USD"}])
def test_country_and_currency_are_checked(airtel, headers):
    assert codes(airtel.collect(headers=headers)) == (False, None, "ESB000008")


@pytest.mark.parametrize("path", ["/merchant/v9/payments/", "/standard/v1/nothing", "/auth/x", "/v1/rsa/x"])
def test_an_unknown_path_has_no_route(airtel, path):
    assert airtel.app.get(path, status=404).json == {"message": "no Route matched with those values"}


# --- Collection


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_push_is_sent_and_later_the_money_is_there(airtel, bench, version):
    reference = airtel.fresh_id()
    answer = airtel.collect(reference=reference, version=version)
    assert codes(answer) == (True, "DP00800001006", "ESB000010")
    assert answer["data"]["transaction"]["id"] == reference
    first = airtel.enquire(reference)
    assert (word(first), codes(first)[1]) == ("TIP", "DP00800001006")
    assert "airtel_money_id" not in first["data"]["transaction"]
    bench.after(1)
    then = airtel.enquire(reference)
    assert (word(then), codes(then)) == ("TS", (True, "DP00800001001", "ESB000010"))
    assert then["data"]["transaction"]["airtel_money_id"]
    assert airtel.get("/standard/v2/users/balance?type=COLL")["data"]["balance"] == "25.00"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"msisdn": "260970000001"}, (False, None, "ESB000033")),
        ({"msisdn": "0970000001"}, (False, None, "ESB000033")),
        ({"msisdn": "097000001"}, (False, None, "ESB000036")),
        ({"msisdn": 970000001}, (False, None, "ESB000033")),
        ({"reference": "5a1f0000-0000-4000-8000-000000000001"}, (False, None, "ESB000008")),
        ({"reference": "abc"}, (False, None, "ESB000008")),
        ({"reference": "a" * 81}, (False, None, "ESB000008")),
        ({"amount": "25"}, (False, "DP00800001004", "ESB000011")),
        ({"amount": 0}, (False, "DP00800001004", "ESB000011")),
        ({"amount": -1}, (False, "DP00800001004", "ESB000011")),
        ({"amount": 1.001}, (False, "DP00800001004", "ESB000011")),
        ({"amount": True}, (False, "DP00800001004", "ESB000011")),
        ({"amount": None}, (False, "DP00800001004", "ESB000011")),
    ],
)
def test_what_breaks_the_form_is_refused_with_200(airtel, changed, code):
    assert codes(airtel.collect(**changed)) == code


def test_a_body_must_be_whole(airtel):
    for body in [], {}, {"reference": "a b"}, {"reference": "abcd", "subscriber": {"msisdn": "970000001"}}:
        assert codes(airtel.post("/merchant/v1/payments/", body)) == (False, None, "ESB000008")


def test_an_id_is_used_once(airtel):
    airtel.collect(reference="order1")
    assert codes(airtel.collect(reference="order1", amount=9)) == (False, None, "ESB000041")
    assert word(airtel.pay_out(reference="order1")) == "TS"
    assert codes(airtel.pay_out(reference="order1")) == (False, "DP00900001017", "ESB000011")


def test_an_id_that_nobody_knows_is_not_an_outage(airtel):
    assert codes(airtel.enquire("nothing1")) == (False, "DP00800001025", "ESB000045")
    assert codes(airtel.enquire_payout("nothing1")) == (False, "DP00900001015", "ESB000045")


@pytest.mark.parametrize(
    ("number", "status", "code"),
    [
        ("61", "TF", "DP00800001007"),
        ("62", "TF", "DP00800001008"),
        ("63", "TE", "DP00800001029"),
        ("66", "TF", "DP00800001003"),
        ("67", "TF", "DP00800001009"),
        ("81", "TIP", "DP00800001006"),
        ("82", "TIP", "DP00800001006"),
        ("83", "TS", "DP00800001001"),
    ],
)
def test_a_payers_number_ends_as_documented(airtel, bench, number, status, code):
    airtel.collect(f"9700000{number}", reference="order1")
    bench.after(5)
    answer = airtel.enquire("order1")
    assert (word(answer), codes(answer)[1]) == (status, code)
    assert codes(answer)[0] == (status in {"TS", "TIP"})


def test_a_payer_without_a_wallet_is_refused_at_once(airtel):
    assert codes(airtel.collect("970000064", reference="order1")) == (False, None, "ESB000036")
    assert codes(airtel.enquire("order1"))[2] == "ESB000045"


def test_too_little_money_is_1007(airtel, bench):
    airtel.collect(amount=100_000.01, reference="order1")
    bench.after(1)
    assert codes(airtel.enquire("order1")) == (False, "DP00800001007", "ESB000011")


@pytest.mark.parametrize(
    ("scenario", "status", "code"),
    [
        ("ambiguous", "TA", "DP00800001000"),
        ("failed DP00800001024", "TA", "DP00800001024"),
        ("failed APPROVAL_REJECTED", "TF", "DP00800001008"),
        ("pending", "TIP", "DP00800001006"),
    ],
)
def test_a_scenario_decides(airtel, bench, scenario, status, code):
    bench.control("scenarios", msisdn="0970000050", scenario=scenario)
    airtel.collect("970000050", reference="order1")
    bench.after(5)
    answer = airtel.enquire("order1")
    assert (word(answer), codes(answer)[1]) == (status, code)


def test_ambiguity_can_end(airtel, bench):
    airtel.collect(reference="order1", headers={"X-Simulator-Scenario": "ambiguous 40s"})
    bench.after(39)
    assert word(airtel.enquire("order1")) == "TA"
    bench.after(1)
    assert word(airtel.enquire("order1")) == "TS"


def test_an_order_may_be_unknown_at_first(airtel, bench):
    airtel.collect(reference="order1", headers={"X-Simulator-Scenario": "404 then found 20s"})
    assert codes(airtel.enquire("order1"))[2] == "ESB000045"
    bench.after(20)
    assert word(airtel.enquire("order1")) == "TS"


# --- Disbursement


def test_a_disbursement_is_done_when_it_is_answered(airtel):
    answer = airtel.pay_out(reference="order1")
    assert (word(answer), codes(answer)) == ("TS", (True, "DP00900001001", "ESB000010"))
    assert answer["data"]["transaction"]["airtel_money_id"]
    assert airtel.enquire_payout("order1") == answer
    assert airtel.get("/standard/v1/users/balance")["data"]["balance"] == "999975.00"


def test_a_disbursement_may_take_its_time(airtel, bench):
    answer = airtel.pay_out(reference="order1", headers={"X-Simulator-Scenario": "pending 40s"})
    assert (word(answer), codes(answer)[1]) == ("TIP", "DP00900001006")
    bench.after(40)
    assert word(airtel.enquire_payout("order1")) == "TS"
    assert word(airtel.pay_out("970000082", reference="order2")) == "TIP"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("71", "DP00900001012"),
        ("72", "DP00900001003"),
        ("73", "DP00900001010"),
        ("74", "DP00900001007"),
        ("77", "DP00900001005"),
    ],
)
def test_a_payees_number_fails_as_documented(airtel, number, code):
    assert codes(airtel.pay_out(f"9700000{number}")) == (False, code, "ESB000011")


def test_an_empty_float_is_1007(airtel, bench):
    bench.control("floats", operator="airtel", wallet="payout", balance="24.99")
    assert codes(airtel.pay_out())[1] == "DP00900001007"
    assert airtel.get("/standard/v2/users/balance?type=DISB")["data"]["balance"] == "24.99"


@pytest.mark.parametrize(("version", "scheme"), [("v1", None), ("v2", None), ("v3", OAEP)])
def test_each_version_has_its_padding(airtel, version, scheme):
    assert word(airtel.pay_out(version=version, pin=airtel.pin(scheme=scheme))) == "TS"
    other = OAEP if scheme is None else None
    assert codes(airtel.pay_out(version=version, pin=airtel.pin(scheme=other)))[1] == "DP00900001009"


@pytest.mark.parametrize("pin", ["1234", "***", "AAAA", ""])
def test_a_pin_that_is_not_encrypted_is_wrong(airtel, pin):
    assert codes(airtel.pay_out(pin=pin or airtel.pin("4321")))[1] == "DP00900001009"


# --- Refund


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_refund_gives_all_back_by_airtels_id_and_once(airtel, bench, version):
    airtel.collect(reference="order1")
    bench.after(1)
    money_id = airtel.enquire("order1")["data"]["transaction"]["airtel_money_id"]
    answer = airtel.refund(money_id, version)
    assert (word(answer), codes(answer)[0]) == ("SUCCESS", True)
    assert codes(airtel.refund(money_id, version)) == (False, None, "ESB000041")
    assert bench.app.get("/control/wallets").json["wallets"][0]["balance"] == "100000.00"


def test_only_a_collection_that_succeeded_can_be_refunded(airtel, bench):
    airtel.collect("970000062", reference="order1")
    bench.after(1)
    paid = airtel.pay_out()["data"]["transaction"]["airtel_money_id"]
    for money_id in paid, "CI1", "order1", None:
        assert codes(airtel.refund(money_id))[2] == "ESB000045"


def test_a_refund_that_failed_may_be_tried_again(airtel, bench):
    bench.control("floats", operator="airtel", wallet="payout", balance="0")
    airtel.collect(reference="order1")
    bench.after(1)
    money_id = airtel.enquire("order1")["data"]["transaction"]["airtel_money_id"]
    assert codes(airtel.refund(money_id))[1] == "DP00900001007"
    bench.control("floats", operator="airtel", wallet="payout", balance="100")
    assert codes(airtel.refund(money_id))[0]


# --- Accounts


def test_a_user_is_shown_unless_it_is_not_enabled(airtel, bench):
    bench.control("wallets", operator="airtel", msisdn="0970000002", name="Mutale Banda", active=False)
    told = airtel.get("/standard/v1/users/970000002")["data"]
    assert (told["first_name"], told["last_name"], told["is_barred"]) == ("Mutale", "Banda", True)
    assert airtel.get("/standard/v1/users/970000076")["data"]["is_barred"]
    assert not airtel.get("/standard/v1/users/970000001")["data"]["is_barred"]
    bench.control("scenarios", msisdn="0970000003", kind="check", scenario="not found")
    assert codes(airtel.get("/standard/v1/users/970000003"))[2] == "ESB000045"
    assert codes(airtel.collect("970000002"))[2] == "ESB000036"
    bench.control("settings", airtel_kyc=False, airtel_balance=False)
    airtel.get("/standard/v1/users/970000001", status=403)
    airtel.get("/standard/v1/users/balance", status=403)


def test_the_second_balance_needs_a_type(airtel):
    assert codes(airtel.get("/standard/v2/users/balance"))[2] == "ESB000008"


# --- Signing


def signed(airtel, body, key=None):
    """Return the headers that sign a body as v2 documents it."""
    public = load_der_public_key(base64.b64decode(airtel.get("/v1/rsa/encryption-keys")["data"]["key"]))
    key, iv = key or os.urandom(32), os.urandom(16)
    padder = PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES256(key), modes.CBC(iv)).encryptor()
    padded = padder.update(json.dumps(body).encode()) + padder.finalize()
    both = b":".join(base64.b64encode(part) for part in (key, iv))
    return {
        "x-signature": base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode(),
        "x-key": base64.b64encode(public.encrypt(both, padding.PKCS1v15())).decode(),
    }


def test_when_it_is_switched_on_an_order_must_be_signed(airtel, bench):
    bench.control("settings", airtel_signing=True)
    place = {"country": "ZM", "currency": "ZMW"}
    body = {
        "reference": "flash1",
        "subscriber": {**place, "msisdn": "970000001"},
        "transaction": {**place, "amount": 25, "id": "order1"},
    }
    headers = signed(airtel, body)
    path = "/merchant/v2/payments/"
    wrong = (
        {},
        {"x-key": headers["x-key"]},
        signed(airtel, {}),
        headers | {"x-key": "AAAA"},
        headers | {"x-signature": "A"},
    )
    for each in wrong:
        assert codes(airtel.post(path, body, headers=each)) == (False, "DP00800001026", "ESB000011")
    assert codes(airtel.post(path, body, headers=headers))[0]
    assert codes(airtel.pay_out())[1] == "DP00900001016"


# --- Callbacks

URL = "http://localhost:6543/callbacks/airtel"


def test_the_one_url_hears_how_a_collection_ended(airtel, bench):
    airtel.collect(reference="early")
    bench.control("callback-url", url=URL)
    airtel.collect(reference="order1")
    airtel.collect("970000062", reference="order2")
    bench.after(1)
    good, bad = bench.delivered
    assert good[:2] == ("POST", URL)
    assert good[2]["transaction"]["id"] == "order1"
    assert good[2]["transaction"]["status_code"] == "TS"
    assert good[2]["transaction"]["airtel_money_id"]
    assert "hash" not in good[2]
    assert bad[2]["transaction"]["status_code"] == "TF"


def test_a_callback_can_be_signed(airtel, bench):
    bench.control("callback-url", url=URL, hash_key="a key")
    airtel.collect(reference="order1")
    bench.after(1)
    body = bench.delivered[0][2]
    text = json.dumps(body["transaction"], separators=(",", ":"))
    assert body["hash"] == base64.b64encode(hmac.digest(b"a key", text.encode(), hashlib.sha256)).decode()


def test_a_callback_may_lie_and_come_thrice(airtel, bench):
    bench.control("callback-url", url=URL)
    airtel.collect(headers={"X-Simulator-Scenario": "duplicate callbacks; callback says payer_refused"})
    bench.after(1)
    assert [body["transaction"]["status_code"] for _, _, body in bench.delivered] == ["TF"] * 3
