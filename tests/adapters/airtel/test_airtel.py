"""Airtel's adapter over real HTTP: what is sent, what is encrypted, and that nothing moves money twice."""

import json
import logging
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import cache
from threading import Barrier

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adapters.operator_server import Asked, OperatorServer, Reply, as_json, operator_server
from flash.adapters.airtel import Airtel, AirtelWithChecks, from_settings
from flash.adapters.airtel.orders import number
from flash.adapters.memory import MemoryChance, MemoryClock
from flash.domain.leg import Kind, Leg
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.domain.outcome import Declined, Reason, Settled, Unknown, Unseen, Waiting
from flash.domain.routing import Operator
from flash.ports.provider import AccountCheck, CallbackReader, Examinable, FloatCheck, Readiness, Wallet
from flash.settings import BadSettings, Settings

NATIONAL = "971234567"
PIN = "8642"
COLLECTION, DISBURSEMENT, REFUND = Kind.COLLECTION, Kind.DISBURSEMENT, Kind.REFUND

TOKEN = "/auth/oauth2/token"
COLLECT = "/merchant/v1/payments/"
DISBURSE = "/standard/v1/disbursements/"
GIVE_BACK = "/standard/v1/payments/refund"
KEYS = "/v1/rsa/encryption-keys"

SECRETS = {
    "airtel.client_id": "the-client-of-ours",
    "airtel.client_secret": "the-secret-of-ours",
    "airtel.pin": PIN,
}


@cache
def key_pair(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def public_half(key=None) -> str:
    public = (key or key_pair()).public_key()
    return b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def settings(url: str, **changed: str) -> Settings:
    return Settings(
        {
            **SECRETS,
            "airtel.base_url": url,
            "airtel.pin_public_key": public_half(),
            **{f"airtel.{key}": text for key, text in changed.items()},
        },
        {},
    )


@pytest.fixture
def server() -> Iterator[OperatorServer]:
    """Airtel, where signing in works."""
    with operator_server() as operator:
        operator.on("POST", TOKEN, token("token-one"), token("token-two"))
        yield operator


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock()


@pytest.fixture
def airtel(server: OperatorServer, clock: MemoryClock) -> Airtel:
    return build(settings(server.url), clock)


def build(given: Settings, clock: MemoryClock) -> Airtel:
    built = from_settings(given, clock)
    assert isinstance(built, Airtel)
    return built


def token(text: str) -> Reply:
    return as_json({"access_token": text, "expires_in": "180", "token_type": "bearer"})


def taken(code: str = "DP00800001006", word: str = "TIP") -> Reply:
    return as_json({"data": {"transaction": {"status": word}}, "status": {"response_code": code, "success": True}})


def refused(code: str) -> Reply:
    return as_json({"data": {}, "status": {"response_code": code, "result_code": "ESB000011", "success": False}})


def paid(leg: Leg) -> Reply:
    transaction = {"id": leg.reference.hex, "status": "TS", "airtel_money_id": "CI17"}
    return as_json({"data": {"transaction": transaction}, "status": {"success": True}})


def a_leg(kind: Kind = COLLECTION, **changed: object) -> Leg:
    chance = MemoryChance(3)
    leg = Leg(
        reference=chance.new_id(),
        kind=kind,
        operator=Operator.AIRTEL,
        party=Msisdn(f"+260{NATIONAL}"),
        amount=Money(2550),
        message="Rent, K25.50",
        refunds=chance.new_id() if kind is REFUND else None,
        refunds_operator_id="CI240612.1234.A12345" if kind is REFUND else None,
    )
    return replace(leg, **changed)


def the_only(asked: list[Asked]) -> Asked:
    assert len(asked) == 1
    return asked[0]


# What is sent


def test_it_tells_of_wallets_and_float_only_where_airtel_enabled_that(airtel: Airtel) -> None:
    assert isinstance(airtel, Readiness)
    assert isinstance(airtel, Examinable)
    assert isinstance(airtel, CallbackReader)
    assert not isinstance(airtel, AccountCheck | FloatCheck)
    enabled = from_settings(settings("https://airtel.example", account_checks="true"), MemoryClock())
    assert isinstance(enabled, AccountCheck)
    assert isinstance(enabled, FloatCheck)


def test_signing_in_is_json(server: OperatorServer, airtel: Airtel) -> None:
    assert airtel.is_ready(COLLECTION)
    assert the_only(server.asked).json == {
        "client_id": SECRETS["airtel.client_id"],
        "client_secret": SECRETS["airtel.client_secret"],
        "grant_type": "client_credentials",
    }


def test_a_collection_goes_out_as_documented(server: OperatorServer, airtel: Airtel) -> None:
    server.on("POST", COLLECT, taken())
    leg = a_leg()
    assert isinstance(airtel.submit(leg), Waiting)
    sent = the_only(server.asked_for("POST", COLLECT))
    assert sent.headers["Authorization"] == "Bearer token-one"
    assert (sent.headers["X-Country"], sent.headers["X-Currency"]) == ("ZM", "ZMW")
    assert (sent.headers["Accept"], sent.headers["Content-Type"]) == ("*/*", "application/json")
    assert (sent.headers["x-signature"], sent.headers["x-key"]) == (None, None)
    place = {"country": "ZM", "currency": "ZMW"}
    assert sent.json == {
        "reference": f"Flash{leg.reference.hex[:12]}",
        "subscriber": {**place, "msisdn": NATIONAL},
        "transaction": {**place, "amount": 25.5, "id": leg.reference.hex},
    }


@pytest.mark.parametrize("kind", [DISBURSEMENT, REFUND])
def test_a_payout_goes_out_as_documented_and_a_refund_is_one(
    server: OperatorServer, airtel: Airtel, kind: Kind
) -> None:
    server.on("POST", DISBURSE, taken("DP00900001001", "TS"))
    leg = a_leg(kind)
    assert isinstance(airtel.submit(leg), Waiting)
    sent = the_only(server.asked_for("POST", DISBURSE)).json
    assert key_pair().decrypt(b64decode(sent.pop("pin")), padding.PKCS1v15()) == PIN.encode()
    assert sent == {
        "reference": f"Flash{leg.reference.hex[:12]}",
        "payee": {"msisdn": NATIONAL},
        "transaction": {"amount": 25.5, "id": leg.reference.hex, "type": "B2C"},
    }


def test_what_identifies_an_order_is_spelt_as_airtel_takes_it() -> None:
    leg = a_leg()
    assert re.fullmatch(r"[A-Za-z0-9]{5,80}", leg.reference.hex)
    assert re.fullmatch(r"[A-Za-z0-9]{4,64}", f"Flash{leg.reference.hex[:12]}")


@pytest.mark.parametrize(
    ("minor", "spelt"),
    [(2550, "25.5"), (2500, "25"), (1, "0.01"), (29, "0.29"), (100, "1"), (999_999_999_999, "9999999999.99")],
)
def test_an_amount_is_a_number_with_exactly_our_digits(minor: int, spelt: str) -> None:
    assert json.dumps(number(Money(minor))) == spelt


def test_no_amount_loses_a_digit_on_the_way() -> None:
    for minor in (*range(1, 20_000), *range(999_999_000_001, 999_999_001_000)):
        assert round(json.loads(json.dumps(number(Money(minor)))) * 100) == minor
        assert "e" not in json.dumps(number(Money(minor)))


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (COLLECTION, "/standard/v1/payments/{}"),
        (DISBURSEMENT, "/standard/v1/disbursements/{}?transactionType=B2C"),
        (REFUND, "/standard/v1/disbursements/{}?transactionType=B2C"),
    ],
)
def test_a_question_goes_out_as_documented(server: OperatorServer, airtel: Airtel, kind: Kind, path: str) -> None:
    leg = a_leg(kind)
    server.on("GET", path.format(leg.reference.hex), paid(leg))
    outcome = airtel.ask(leg)
    assert isinstance(outcome, Settled)
    assert outcome.operator_id == "CI17"


@pytest.mark.parametrize(
    ("versions", "kind", "path"),
    [
        ({"collection_version": "v2"}, COLLECTION, "/merchant/v2/payments/"),
        ({"disbursement_version": "v2"}, DISBURSEMENT, "/standard/v2/disbursements/"),
        ({"disbursement_version": "v3", "pin_padding": "oaep_sha256"}, DISBURSEMENT, "/standard/v3/disbursements/"),
        ({"refund_by": "refund"}, REFUND, "/standard/v1/payments/refund"),
        ({"refund_by": "refund", "collection_version": "v2"}, REFUND, "/standard/v2/payments/refund"),
    ],
    ids=repr,
)
def test_the_version_is_a_setting(server: OperatorServer, clock: MemoryClock, versions, kind: Kind, path: str) -> None:
    server.on("POST", path, taken())
    airtel = build(settings(server.url, **versions), clock)
    assert isinstance(airtel.submit(a_leg(kind, platform=airtel.platform(kind))), Waiting)
    assert len(server.asked_for("POST", path)) == 1


# Refunds


def test_airtels_own_refund_goes_by_its_id_and_can_not_be_asked_about(
    server: OperatorServer, clock: MemoryClock
) -> None:
    airtel = build(settings(server.url, refund_by="refund"), clock)
    leg = a_leg(REFUND, platform=airtel.platform(REFUND))
    server.on(
        "POST", GIVE_BACK, as_json({"data": {"transaction": {"status": "SUCCESS"}}, "status": {"success": False}})
    )
    assert isinstance(airtel.submit(leg), Waiting)
    assert the_only(server.asked_for("POST", GIVE_BACK)).json == {
        "transaction": {"airtel_money_id": leg.refunds_operator_id}
    }
    asked = len(server.asked)
    outcome = airtel.ask(leg)
    assert isinstance(outcome, Unknown)
    assert "portal" in outcome.detail
    assert len(server.asked) == asked


def test_a_refund_without_airtels_id_is_paid_out_instead(server: OperatorServer, clock: MemoryClock) -> None:
    airtel = build(settings(server.url, refund_by="refund"), clock)
    collection = a_leg(COLLECTION)
    nameless = {"transaction": {"id": collection.reference.hex, "status": "TS"}}
    server.on(
        "GET",
        f"/standard/v1/payments/{collection.reference.hex}",
        as_json({"data": nameless, "status": {"success": True}}),
    )
    outcome = airtel.ask(collection)
    assert isinstance(outcome, Settled)
    names = {"refunds": collection.reference, "refunds_operator_id": outcome.operator_id}
    leg = a_leg(REFUND, platform=airtel.platform(REFUND), **names)
    server.on("POST", DISBURSE, taken("DP00900001001", "TS"))
    server.on("GET", f"{DISBURSE}{leg.reference.hex}?transactionType=B2C", paid(leg))
    assert isinstance(airtel.submit(leg), Waiting)
    assert isinstance(airtel.ask(leg), Settled)


@pytest.mark.parametrize(("before", "after"), [("refund", "disbursement"), ("disbursement", "refund")])
def test_an_open_refund_stays_what_it_is_when_the_setting_changes(
    server: OperatorServer, clock: MemoryClock, before: str, after: str
) -> None:
    leg = a_leg(REFUND, platform=build(settings(server.url, refund_by=before), clock).platform(REFUND))
    server.on("GET", f"{DISBURSE}{leg.reference.hex}?transactionType=B2C", refused("DP00900001015"))
    outcome = build(settings(server.url, refund_by=after), clock).ask(leg)
    assert isinstance(outcome, Unknown if before == "refund" else Unseen)


# Encryption


@pytest.mark.parametrize(
    ("name", "scheme", "bits"),
    [
        ("pkcs1v15", padding.PKCS1v15(), 1024),
        ("pkcs1v15", padding.PKCS1v15(), 2048),
        ("oaep_sha256", padding.OAEP(mgf=padding.MGF1(SHA256()), algorithm=SHA256(), label=None), 2048),
    ],
    ids=["pkcs1v15-1024", "pkcs1v15-2048", "oaep_sha256-2048"],
)
def test_airtel_can_read_the_pin_and_nobody_else(
    server: OperatorServer, clock: MemoryClock, name: str, scheme, bits: int
) -> None:
    given = settings(server.url, pin_padding=name, pin_public_key=public_half(key_pair(bits)))
    server.on("POST", DISBURSE, taken())
    airtel = build(given, clock)
    for _ in range(2):
        airtel.submit(a_leg(DISBURSEMENT))
    pins = [asked.json["pin"] for asked in server.asked_for("POST", DISBURSE)]
    assert [key_pair(bits).decrypt(b64decode(pin), scheme) for pin in pins] == [PIN.encode()] * 2
    assert len(set(pins)) == 2


def signed_by(asked: Asked, key: rsa.RSAPrivateKey) -> bytes:
    """Return what a signature says the body is."""
    aes_key, _, start = key.decrypt(b64decode(asked.headers["x-key"]), padding.PKCS1v15()).partition(b":")
    decryptor = Cipher(algorithms.AES256(b64decode(aes_key)), modes.CBC(b64decode(start))).decryptor()
    unpadder = PKCS7(128).unpadder()
    padded = decryptor.update(b64decode(asked.headers["x-signature"])) + decryptor.finalize()
    return unpadder.update(padded) + unpadder.finalize()


def key_answer(bits: int = 1024, valid_upto: str = "23-11-2026 08:30:00") -> Reply:
    data = {"key_id": 100, "key": public_half(key_pair(bits)), "valid_upto": valid_upto}
    return as_json({"data": data, "status": {"success": True}})


@pytest.mark.parametrize("kind", Kind)
def test_an_order_is_signed_where_that_is_wanted(server: OperatorServer, clock: MemoryClock, kind: Kind) -> None:
    airtel = build(settings(server.url, signing="true"), clock)
    path = COLLECT if kind is COLLECTION else DISBURSE
    server.on("GET", KEYS, key_answer())
    server.on("POST", path, taken())
    for _ in range(2):
        assert isinstance(airtel.submit(a_leg(kind)), Waiting)
    for sent in server.asked_for("POST", path):
        assert signed_by(sent, key_pair(1024)) == sent.body
    assert len(server.asked_for("GET", KEYS)) == 1


def test_the_key_for_signatures_is_asked_for_again_when_it_ran_out(server: OperatorServer, clock: MemoryClock) -> None:
    airtel = build(settings(server.url, signing="true"), clock)
    server.on("GET", KEYS, key_answer())
    server.on("POST", COLLECT, taken())
    airtel.submit(a_leg())
    clock.pass_by(timedelta(minutes=31))
    airtel.submit(a_leg())
    assert len(server.asked_for("GET", KEYS)) == 2


@pytest.mark.parametrize("code", ["DP00800001026", "DP00900001016"])
def test_a_refused_signature_declines_and_the_next_order_asks_for_the_key_again(
    server: OperatorServer, clock: MemoryClock, code: str
) -> None:
    kind, path = (COLLECTION, COLLECT) if code.startswith("DP008") else (DISBURSEMENT, DISBURSE)
    airtel = build(settings(server.url, signing="true"), clock)
    server.on("GET", KEYS, key_answer(1024), key_answer(2048))
    server.on("POST", path, refused(code), taken())
    outcome = airtel.submit(a_leg(kind))
    assert isinstance(outcome, Declined)
    assert outcome.reason is Reason.ORDER_REFUSED
    assert isinstance(airtel.submit(a_leg(kind)), Waiting)
    assert signed_by(server.asked_for("POST", path)[1], key_pair(2048))


@pytest.mark.parametrize("reply", [Reply(503), Reply(200, b"<html>"), as_json({"data": {"key": "x"}})], ids=str)
def test_without_a_key_nothing_is_sent_and_nothing_fails(
    server: OperatorServer, clock: MemoryClock, reply: Reply
) -> None:
    airtel = build(settings(server.url, signing="true"), clock)
    server.on("GET", KEYS, reply)
    outcome = airtel.submit(a_leg())
    assert isinstance(outcome, Unknown)
    assert "no encryption key" in outcome.detail
    assert not server.asked_for("POST", COLLECT)
    assert not airtel.is_ready(COLLECTION)


# Being signed in


@pytest.mark.parametrize("refusal", [as_json({"error": "invalid_token"}, 403), Reply(401)], ids=["403", "401"])
def test_a_refused_token_is_renewed_and_the_order_sent_once_more(
    server: OperatorServer, airtel: Airtel, refusal: Reply
) -> None:
    server.on("POST", COLLECT, refusal, taken())
    assert isinstance(airtel.submit(a_leg()), Waiting)
    sent = [asked.headers["Authorization"] for asked in server.asked_for("POST", COLLECT)]
    assert sent == ["Bearer token-one", "Bearer token-two"]


def test_a_second_refusal_is_doubt_and_an_alarm(
    server: OperatorServer, airtel: Airtel, caplog: pytest.LogCaptureFixture
) -> None:
    server.on("POST", COLLECT, as_json({"error": "invalid_token"}, 403))
    assert isinstance(airtel.submit(a_leg()), Unknown)
    assert len(server.asked_for("POST", COLLECT)) == 2
    assert "flash doctor airtel" in caplog.text


def test_a_call_that_is_forbidden_is_not_repeated(server: OperatorServer, airtel: Airtel) -> None:
    server.on("POST", COLLECT, as_json({"message": "IP address not allowed"}, 403))
    assert isinstance(airtel.submit(a_leg()), Declined)
    assert len(server.asked_for("POST", COLLECT)) == 1


def test_a_token_lasts_three_minutes_less_a_margin(server: OperatorServer, airtel: Airtel, clock: MemoryClock) -> None:
    for _ in range(3):
        airtel.is_ready(COLLECTION)
        clock.pass_by(timedelta(seconds=72))
    assert len(server.asked) == 2


def test_many_threads_sign_in_once(server: OperatorServer, airtel: Airtel) -> None:
    server.on("POST", COLLECT, taken())
    together = Barrier(8)

    def submit() -> object:
        together.wait()
        return airtel.submit(a_leg())

    with ThreadPoolExecutor(8) as pool:
        outcomes = [one.result() for one in [pool.submit(submit) for _ in range(8)]]
    assert all(isinstance(outcome, Waiting) for outcome in outcomes)
    assert len(server.asked_for("POST", TOKEN)) == 1


@pytest.mark.parametrize(
    "refusal", [as_json({"error": "invalid_client"}, 401), Reply(503), Reply(200, b"<html>"), Reply(cut=True)], ids=str
)
def test_without_a_token_nothing_is_sent_and_nothing_fails(
    server: OperatorServer, clock: MemoryClock, refusal: Reply
) -> None:
    airtel = build(settings(server.url, account_checks="true"), clock)
    assert isinstance(airtel, AirtelWithChecks)
    server.on("POST", TOKEN, refusal)
    for kind in Kind:
        for outcome in (airtel.submit(a_leg(kind)), airtel.ask(a_leg(kind))):
            assert isinstance(outcome, Unknown)
            assert outcome.detail.startswith("not signed in: ")
        assert not airtel.is_ready(kind)
    assert airtel.wallet(Msisdn(f"+260{NATIONAL}")) is None
    assert airtel.float_available() is None
    assert {asked.path for asked in server.asked} == {TOKEN}


# Doubt


@pytest.mark.parametrize("reply", [Reply(503), Reply(408), Reply(200, b"<html>"), Reply(cut=True)], ids=str)
def test_an_order_in_doubt_is_sent_once(server: OperatorServer, airtel: Airtel, reply: Reply) -> None:
    server.on("POST", DISBURSE, reply)
    assert isinstance(airtel.submit(a_leg(DISBURSEMENT)), Unknown)
    assert len(server.asked_for("POST", DISBURSE)) == 1


def test_a_call_that_takes_too_long_is_doubt(server: OperatorServer, clock: MemoryClock) -> None:
    airtel, leg = build(settings(server.url, read_timeout_s="0.2"), clock), a_leg()
    server.on("POST", COLLECT, Reply(hold=True))
    server.on("GET", f"/standard/v1/payments/{leg.reference.hex}", Reply(hold=True))
    for outcome in (airtel.submit(leg), airtel.ask(leg)):
        assert isinstance(outcome, Unknown)
        assert outcome.detail == "timed out"


def test_what_airtel_does_not_know_is_unseen(server: OperatorServer, airtel: Airtel) -> None:
    leg = a_leg()
    server.on("GET", f"/standard/v1/payments/{leg.reference.hex}", refused("DP00800001025"))
    assert isinstance(airtel.ask(leg), Unseen)


def test_a_leg_is_asked_about_where_it_was_created(server: OperatorServer, airtel: Airtel) -> None:
    assert airtel.platform(COLLECTION) == server.url
    with operator_server() as old:
        leg = a_leg(platform=old.url)
        old.on("POST", TOKEN, token("old-token"))
        old.on("GET", f"/standard/v1/payments/{leg.reference.hex}", paid(leg))
        assert isinstance(airtel.ask(leg), Settled)
    assert not server.asked


# Wallets, float, callbacks


def test_a_wallet_is_asked_for_by_nine_digits(server: OperatorServer, clock: MemoryClock) -> None:
    airtel = build(settings(server.url, account_checks="true"), clock)
    assert isinstance(airtel, AirtelWithChecks)
    data = {"first_name": "Chanda", "last_name": "Phiri", "is_barred": False}
    server.on("GET", f"/standard/v1/users/{NATIONAL}", as_json({"data": data, "status": {"success": True}}))
    assert airtel.wallet(Msisdn(f"+260{NATIONAL}")) == Wallet(active=True, holder="Chanda Phiri")


@pytest.mark.parametrize(
    ("versions", "path"),
    [
        ({}, "/standard/v1/users/balance"),
        ({"disbursement_version": "v2"}, "/standard/v2/users/balance?type=DISB"),
        ({"disbursement_version": "v3"}, "/standard/v2/users/balance?type=DISB"),
    ],
    ids=["v1", "v2", "v3"],
)
def test_the_float_is_that_of_disbursements(
    server: OperatorServer, clock: MemoryClock, versions: dict[str, str], path: str
) -> None:
    airtel = build(settings(server.url, account_checks="true", **versions), clock)
    assert isinstance(airtel, AirtelWithChecks)
    server.on("GET", path, as_json({"data": {"balance": "1,000.50", "currency": "ZMW"}, "status": {"success": True}}))
    assert airtel.float_available() == Money(100050)


def test_a_callback_names_a_leg_by_our_id(airtel: Airtel) -> None:
    leg = a_leg()
    body = {"transaction": {"id": leg.reference.hex, "status_code": "TS", "airtel_money_id": "CI1"}, "hash": "x"}
    assert airtel.reference_in(json.dumps(body).encode()) == leg.reference


@pytest.mark.parametrize("named", ["", "17", "Z" * 32, str(a_leg().reference), "0" * 31, None], ids=repr)
def test_a_callback_that_names_none_of_our_ids_names_no_leg(airtel: Airtel, named: object) -> None:
    assert airtel.reference_in(json.dumps({"transaction": {"id": named}}).encode()) is None


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"<html>", b"\xff", b"{" * 2000], ids=["none", "list", "page", "bytes", "deep"]
)
def test_a_callback_may_be_anything(airtel: Airtel, body: bytes) -> None:
    assert airtel.reference_in(body) is None


# What is said


def test_no_log_and_no_repr_holds_a_secret_or_a_number(
    server: OperatorServer, clock: MemoryClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    airtel = build(settings(server.url, account_checks="true", signing="true"), clock)
    assert isinstance(airtel, AirtelWithChecks)
    server.on("GET", KEYS, Reply(503))
    airtel.submit(a_leg())
    server.on("GET", KEYS, key_answer())
    clock.pass_by(timedelta(minutes=1))
    server.on("POST", DISBURSE, as_json({"status": {"response_code": "DP00900001007", "message": NATIONAL}}))
    airtel.submit(a_leg(DISBURSEMENT))
    airtel.wallet(Msisdn(f"+260{NATIONAL}"))
    found = airtel.examine()
    said = f"{caplog.text} {airtel!r} {airtel.__dict__!r} {found}"
    assert "float at Airtel is too low" in caplog.text
    for secret in (*SECRETS.values(), "token-one", "token-two", NATIONAL):
        assert secret not in said


# Settings


@pytest.mark.parametrize("key", [*SECRETS, "airtel.base_url", "airtel.pin_public_key"])
def test_a_missing_setting_stops_the_start(key: str) -> None:
    given = settings("https://airtel.example").with_values({key: ""})
    with pytest.raises(BadSettings, match=re.escape(f"{key}: missing or empty")):
        from_settings(given, MemoryClock())


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("airtel.base_url", "http://airtel-by-plain-http.example"),
        ("airtel.pin_public_key", "bm8ga2V5"),
        ("airtel.pin_public_key", "no base64 at all"),
        ("airtel.pin_public_key", public_half(ec.generate_private_key(ec.SECP256R1()))),
        ("airtel.pin_padding", "oaep-sha1"),
        ("airtel.collection_version", "v3"),
        ("airtel.disbursement_version", "v4"),
        ("airtel.refund_by", "prayer"),
        ("airtel.signing", "maybe"),
        ("airtel.account_checks", "perhaps"),
        ("airtel.currency", "USDollar"),
        ("airtel.callback_base", "ftp://pay.example"),
        ("airtel.connect_timeout_s", "-2"),
        ("airtel.read_timeout_s", "soonish"),
    ],
    ids=range(14),
)
def test_a_wrong_setting_stops_the_start_and_is_named_without_its_value(key: str, wrong: str) -> None:
    given = settings("https://airtel.example").with_values({key: wrong})
    with pytest.raises(BadSettings, match=re.escape(f"{key}: is not ")) as refusal:
        from_settings(given, MemoryClock())
    assert wrong not in str(refusal.value)
    for secret in SECRETS.values():
        assert secret not in str(refusal.value)


def test_all_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(BadSettings) as refusal:
        from_settings(Settings({}, {}), MemoryClock())
    assert len(refusal.value.problems) == 5


def test_the_key_for_pins_may_be_a_whole_pem_file(server: OperatorServer, clock: MemoryClock) -> None:
    lines = re.findall(r".{1,64}", public_half())
    pem = "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])
    server.on("POST", DISBURSE, taken())
    build(settings(server.url, pin_public_key=pem), clock).submit(a_leg(DISBURSEMENT))
    sent = the_only(server.asked_for("POST", DISBURSE)).json
    assert key_pair().decrypt(b64decode(sent["pin"]), padding.PKCS1v15()) == PIN.encode()
