"""MTN's adapter over real HTTP: what is sent, who we are, and that nothing but a refused token is ever tried twice."""

import base64
import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from adapters.operator_server import Asked, OperatorServer, Reply, as_json, operator_server
from flash.adapters.memory import MemoryChance, MemoryClock
from flash.adapters.mtn import Mtn, from_settings
from flash.adapters.mtn.orders import plain
from flash.domain.leg import Kind, Leg
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.domain.outcome import Declined, Reason, Settled, Unknown, Unseen, Waiting
from flash.domain.routing import Operator
from flash.ports.provider import AccountCheck, CallbackReader, Examinable, FloatCheck, Readiness, Wallet
from flash.settings import BadSettings, Settings

NUMBER = "260961234567"
COLLECTION, DISBURSEMENT, REFUND = Kind.COLLECTION, Kind.DISBURSEMENT, Kind.REFUND

PATHS = {
    COLLECTION: "/collection/v1_0/requesttopay",
    DISBURSEMENT: "/disbursement/v1_0/transfer",
    REFUND: "/disbursement/v1_0/refund",
}
TOKEN_PATHS = {
    COLLECTION: "/collection/token/",
    DISBURSEMENT: "/disbursement/token/",
    REFUND: "/disbursement/token/",
}
WALLET_PATH = f"/disbursement/v1_0/accountholder/msisdn/{NUMBER}"

SECRETS = {
    "mtn.collections.primary_key": "first-key-of-collections",
    "mtn.collections.sub_key": "second-key-of-collections",
    "mtn.collections.user_id": "VXNlciBvZiBjb2xsZWN0aW9ucw==",
    "mtn.collections.api_key": "tok/en+of~collections&%=",
    "mtn.disbursements.primary_key": "first-key-of-disbursements",
    "mtn.disbursements.user_id": "VXNlciBvZiBkaXNidXJzZW1lbnRz=",
    "mtn.disbursements.api_key": "tok/en+of~disbursements&%=",
}


def settings(url: str, **changed: str) -> Settings:
    return Settings(
        {
            **SECRETS,
            "mtn.collections.base_url": url,
            "mtn.collections.target_env": "mtnzambia",
            "mtn.disbursements.base_url": url,
            "mtn.disbursements.target_env": "mtnzambia",
            "mtn.callback_base": "https://pay.example/hooks/",
            **{key.replace("__", "."): text for key, text in changed.items()},
        },
        {},
    )


@pytest.fixture
def server() -> Iterator[OperatorServer]:
    """MTN, where signing in works."""
    with operator_server() as operator:
        for path in set(TOKEN_PATHS.values()):
            operator.on("POST", path, token("token-one"), token("token-two"))
        yield operator


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock()


@pytest.fixture
def mtn(server: OperatorServer, clock: MemoryClock) -> Mtn:
    return build(settings(server.url), clock)


def build(given: Settings, clock: MemoryClock) -> Mtn:
    built = from_settings(given, clock)
    assert isinstance(built, Mtn)
    return built


def token(text: str, expires_in: int = 3600) -> Reply:
    return as_json({"access_token": text, "token_type": "access_token", "expires_in": expires_in})


def a_leg(kind: Kind = COLLECTION, **changed: object) -> Leg:
    chance = MemoryChance(3)
    leg = Leg(
        reference=chance.new_id(),
        kind=kind,
        operator=Operator.MTN,
        party=Msisdn(f"+{NUMBER}"),
        amount=Money(2550),
        message="Rent",
        callback_token="unguessable",
        refunds=chance.new_id() if kind is REFUND else None,
    )
    return replace(leg, **changed)


def told(leg: Leg, **changed: object) -> Reply:
    """The answer to a query about a leg that succeeded."""
    side = "payer" if leg.kind is COLLECTION else "payee"
    status = {
        "financialTransactionId": "17",
        "amount": str(leg.amount),
        "currency": "ZMW",
        side: {"partyIdType": "MSISDN", "partyId": leg.party.digits},
        "status": "SUCCESSFUL",
    }
    return as_json({**status, **changed})


def the_only(asked: list[Asked]) -> Asked:
    assert len(asked) == 1
    return asked[0]


# What is sent


def test_it_is_all_that_an_operator_can_be(mtn: Mtn) -> None:
    assert isinstance(mtn, Readiness)
    assert isinstance(mtn, AccountCheck)
    assert isinstance(mtn, FloatCheck)
    assert isinstance(mtn, Examinable)
    assert not isinstance(mtn, CallbackReader)


@pytest.mark.parametrize("kind", Kind)
def test_an_order_goes_out_as_documented(server: OperatorServer, mtn: Mtn, kind: Kind) -> None:
    server.on("POST", PATHS[kind], Reply(202))
    leg = a_leg(kind)
    assert isinstance(mtn.submit(leg), Waiting)
    sent = the_only(server.asked_for("POST", PATHS[kind]))
    product = "collections" if kind is COLLECTION else "disbursements"
    assert sent.headers["Authorization"] == "Bearer token-one"
    assert sent.headers["Ocp-Apim-Subscription-Key"] == SECRETS[f"mtn.{product}.primary_key"]
    assert sent.headers["X-Target-Environment"] == "mtnzambia"
    assert sent.headers["X-Reference-Id"] == str(leg.reference)
    assert sent.headers["X-Callback-Url"] == "https://pay.example/hooks/callbacks/mtn/unguessable"
    assert sent.headers["Content-Type"] == "application/json"
    assert sent.headers["Content-Length"] == str(len(sent.body))
    party = {"partyIdType": "MSISDN", "partyId": NUMBER}
    about = {
        COLLECTION: {"payer": party},
        DISBURSEMENT: {"payee": party},
        REFUND: {"referenceIdToRefund": str(leg.refunds)},
    }
    assert sent.json == {
        "amount": "25.50",
        "currency": "ZMW",
        "externalId": str(leg.reference),
        "payerMessage": "Rent",
        "payeeNote": "Rent",
        **about[kind],
    }


@pytest.mark.parametrize("kind", Kind)
def test_a_question_goes_out_as_documented(server: OperatorServer, mtn: Mtn, kind: Kind) -> None:
    leg = a_leg(kind)
    path = f"{PATHS[kind]}/{leg.reference}"
    server.on("GET", path, told(leg))
    outcome = mtn.ask(leg)
    assert isinstance(outcome, Settled)
    assert (outcome.evidence.amount, outcome.evidence.party) == (leg.amount, leg.party)
    sent = the_only(server.asked_for("GET", path))
    assert sent.headers["X-Target-Environment"] == "mtnzambia"
    assert sent.headers["X-Callback-Url"] is None


def test_signing_in_is_json_with_the_raw_pair(server: OperatorServer, mtn: Mtn) -> None:
    assert mtn.is_ready(COLLECTION)
    sent = the_only(server.asked)
    kind, _, pair = sent.headers["Authorization"].partition(" ")
    expected = f"{SECRETS['mtn.collections.user_id']}:{SECRETS['mtn.collections.api_key']}"
    assert (kind, base64.b64decode(pair).decode()) == ("Basic", expected)
    assert sent.json == {"grant_type": "client_credentials"}
    assert sent.headers["X-Target-Environment"] == "mtnzambia"
    assert sent.headers["Ocp-Apim-Subscription-Key"] == SECRETS["mtn.collections.primary_key"]


@pytest.mark.parametrize(("base", "end"), [("", "unguessable"), ("https://pay.example", "")])
def test_a_callback_address_is_left_out_rather_than_empty(
    server: OperatorServer, clock: MemoryClock, base: str, end: str
) -> None:
    server.on("POST", PATHS[COLLECTION], Reply(202))
    build(settings(server.url, mtn__callback_base=base), clock).submit(a_leg(callback_token=end))
    assert the_only(server.asked_for("POST", PATHS[COLLECTION])).headers["X-Callback-Url"] is None


REFUSED_HOST = as_json({"code": "INVALID_CALLBACK_URL_HOST", "message": "..."}, 500)


@pytest.mark.parametrize("kind", Kind)
def test_an_order_refused_for_its_callback_host_goes_out_again_without_one(
    server: OperatorServer, mtn: Mtn, clock: MemoryClock, caplog: pytest.LogCaptureFixture, kind: Kind
) -> None:
    server.on("POST", PATHS[kind], REFUSED_HOST, Reply(202))
    leg = a_leg(kind)
    assert isinstance(mtn.submit(leg), Waiting)
    first, second = server.asked_for("POST", PATHS[kind])
    assert first.headers["X-Callback-Url"]
    assert second.headers["X-Callback-Url"] is None
    assert first.headers["X-Reference-Id"] == second.headers["X-Reference-Id"] == str(leg.reference)
    assert "mtn.callback_base must have the registered one" in caplog.text


def test_a_callback_host_that_was_refused_is_tried_again_after_ten_minutes(
    server: OperatorServer, mtn: Mtn, clock: MemoryClock
) -> None:
    server.on("POST", PATHS[COLLECTION], REFUSED_HOST, Reply(202))
    mtn.submit(a_leg())
    for minutes in (9, 1):
        clock.pass_by(timedelta(minutes=minutes))
        mtn.submit(a_leg())
    told = [asked.headers["X-Callback-Url"] is not None for asked in server.asked_for("POST", PATHS[COLLECTION])]
    assert told == [True, False, False, True]


def test_in_the_sandbox_the_number_goes_out_in_euros_and_comes_back_as_the_legs(
    server: OperatorServer, clock: MemoryClock
) -> None:
    mtn, leg = build(settings(server.url, mtn__currency="EUR"), clock), a_leg()
    server.on("POST", PATHS[COLLECTION], Reply(202))
    server.on("GET", f"{PATHS[COLLECTION]}/{leg.reference}", told(leg, amount="25.5", currency="EUR"))
    mtn.submit(leg)
    assert the_only(server.asked_for("POST", PATHS[COLLECTION])).json["currency"] == "EUR"
    outcome = mtn.ask(leg)
    assert isinstance(outcome, Settled)
    assert outcome.evidence.amount == leg.amount


@pytest.mark.parametrize(
    ("message", "sent"),
    [
        ("Rent for May", "Rent for May"),
        ("Mum's café & bar", "Mums cafe and bar"),
        ("Ŋanga\u2019s  Straße\n\t\0 no. 5", "Nangas Strasse no. 5"),
        ("<b>100%</b>", "b 100 b"),
        ("2,500.00 - paid", "2,500.00 - paid"),
        ("", "Flash"),
        ("🎉🎉", "Flash"),
        ("...", "Flash"),
        ("请付款", "Flash"),
        ("word " * 40, ("word " * 32).strip()),
        ("x" * 300, "x" * 160),
        ("a" * 160 + " b", "a" * 160),
    ],
    ids=range(12),
)
def test_a_message_is_made_plain_and_whole_and_never_empty(message: str, sent: str) -> None:
    assert plain(message) == sent
    assert len(sent) <= 160


# Being signed in


def test_one_token_serves_many_calls_and_each_product_has_its_own(server: OperatorServer, mtn: Mtn) -> None:
    for kind in Kind:
        server.on("POST", PATHS[kind], Reply(202))
        mtn.submit(a_leg(kind))
        mtn.submit(a_leg(kind))
    assert len(server.asked_for("POST", "/collection/token/")) == 1
    assert len(server.asked_for("POST", "/disbursement/token/")) == 1


def test_two_threads_sign_in_once(server: OperatorServer, mtn: Mtn) -> None:
    server.on("POST", PATHS[COLLECTION], Reply(202))
    together = Barrier(8)

    def submit() -> object:
        together.wait()
        return mtn.submit(a_leg())

    with ThreadPoolExecutor(8) as pool:
        outcomes = [one.result() for one in [pool.submit(submit) for _ in range(8)]]
    assert all(isinstance(outcome, Waiting) for outcome in outcomes)
    assert len(server.asked_for("POST", "/collection/token/")) == 1


def test_a_token_is_renewed_before_it_runs_out(server: OperatorServer, mtn: Mtn, clock: MemoryClock) -> None:
    mtn.is_ready(COLLECTION)
    clock.pass_by(timedelta(minutes=59))
    assert mtn.is_ready(COLLECTION)
    assert len(server.asked) == 2


def test_a_refused_token_is_renewed_and_the_order_sent_once_more(server: OperatorServer, mtn: Mtn) -> None:
    server.on("POST", PATHS[COLLECTION], Reply(401), Reply(202))
    assert isinstance(mtn.submit(a_leg()), Waiting)
    sent = [asked.headers["Authorization"] for asked in server.asked_for("POST", PATHS[COLLECTION])]
    assert sent == ["Bearer token-one", "Bearer token-two"]


def test_a_second_refusal_is_doubt_and_an_alarm(
    server: OperatorServer, mtn: Mtn, caplog: pytest.LogCaptureFixture
) -> None:
    leg = a_leg()
    server.on("POST", PATHS[COLLECTION], Reply(401))
    server.on("GET", f"{PATHS[COLLECTION]}/{leg.reference}", Reply(401))
    assert isinstance(mtn.submit(leg), Unknown)
    assert len(server.asked_for("POST", PATHS[COLLECTION])) == 2
    assert isinstance(mtn.ask(leg), Unknown)
    assert "flash doctor mtn" in caplog.text


@pytest.mark.parametrize(
    "refusal",
    [
        Reply(500, b'{"error":"login_failed"}'),
        Reply(401),
        Reply(503),
        Reply(200, b"<html>Request Rejected</html>"),
        Reply(cut=True),
    ],
    ids=["500", "401", "503", "page", "cut"],
)
def test_without_a_token_nothing_is_sent_and_nothing_fails(
    server: OperatorServer, mtn: Mtn, refusal: Reply, caplog: pytest.LogCaptureFixture
) -> None:
    for path in TOKEN_PATHS.values():
        server.on("POST", path, refusal)
    for kind in Kind:
        for outcome in (mtn.submit(a_leg(kind)), mtn.ask(a_leg(kind))):
            assert isinstance(outcome, Unknown)
            assert outcome.detail.startswith("not signed in: ")
        assert not mtn.is_ready(kind)
    assert mtn.wallet(Msisdn(f"+{NUMBER}")) is None
    assert mtn.float_available() is None
    assert {asked.path for asked in server.asked} == set(TOKEN_PATHS.values())
    assert "not signed in" in caplog.text


def key_decides(good: str, reply: Reply):
    refused = as_json({"statusCode": 401, "message": "Access denied due to invalid subscription key."}, 401)
    return lambda asked: reply if asked.headers["Ocp-Apim-Subscription-Key"] == good else refused


def test_the_second_subscription_key_takes_over_and_stays(server: OperatorServer, mtn: Mtn, clock: MemoryClock) -> None:
    good = SECRETS["mtn.collections.sub_key"]
    server.on("POST", "/collection/token/", key_decides(good, token("t", 60)))
    server.on("POST", PATHS[COLLECTION], key_decides(good, Reply(202)))
    assert isinstance(mtn.submit(a_leg()), Waiting)
    clock.pass_by(timedelta(hours=1))
    assert isinstance(mtn.submit(a_leg()), Waiting)
    assert len(server.asked_for("POST", "/collection/token/")) == 3
    assert len(server.asked_for("POST", PATHS[COLLECTION])) == 2


def test_a_key_that_stops_working_between_orders_is_replaced(server: OperatorServer, mtn: Mtn) -> None:
    assert mtn.is_ready(COLLECTION)
    good = SECRETS["mtn.collections.sub_key"]
    server.on("POST", "/collection/token/", key_decides(good, token("t")))
    server.on("POST", PATHS[COLLECTION], key_decides(good, Reply(202)))
    assert isinstance(mtn.submit(a_leg()), Waiting)


def test_where_there_is_one_key_it_is_tried_once(server: OperatorServer, mtn: Mtn) -> None:
    server.on("POST", "/disbursement/token/", key_decides("none", token("t")))
    assert not mtn.is_ready(DISBURSEMENT)
    assert len(server.asked) == 1


# Doubt


@pytest.mark.parametrize("reply", [Reply(503), Reply(429), Reply(409), Reply(200, b"<html>"), Reply(cut=True)], ids=str)
def test_an_order_in_doubt_is_sent_once(server: OperatorServer, mtn: Mtn, reply: Reply) -> None:
    server.on("POST", PATHS[COLLECTION], reply)
    assert isinstance(mtn.submit(a_leg()), Unknown)
    assert len(server.asked_for("POST", PATHS[COLLECTION])) == 1


def test_a_call_that_takes_too_long_is_doubt(server: OperatorServer, clock: MemoryClock) -> None:
    mtn, leg = build(settings(server.url, mtn__read_timeout_s="0.2"), clock), a_leg()
    server.on("POST", PATHS[COLLECTION], Reply(hold=True))
    server.on("GET", f"{PATHS[COLLECTION]}/{leg.reference}", Reply(hold=True))
    for outcome in (mtn.submit(leg), mtn.ask(leg)):
        assert isinstance(outcome, Unknown)
        assert (outcome.detail, outcome.evidence.body) == ("timed out", "")


def test_an_operator_that_is_away_is_doubt(clock: MemoryClock) -> None:
    with operator_server() as gone:
        mtn = build(settings(gone.url), clock)
    outcome = mtn.submit(a_leg())
    assert isinstance(outcome, Unknown)
    assert outcome.detail == "not signed in: connection refused"


def test_what_mtn_does_not_know_is_unseen_and_what_it_refuses_is_declined(server: OperatorServer, mtn: Mtn) -> None:
    leg = a_leg()
    server.on("GET", f"{PATHS[COLLECTION]}/{leg.reference}", as_json({"code": "RESOURCE_NOT_FOUND"}, 404))
    server.on("POST", PATHS[COLLECTION], as_json({"code": "PAYER_NOT_FOUND"}, 500))
    assert isinstance(mtn.ask(leg), Unseen)
    outcome = mtn.submit(leg)
    assert isinstance(outcome, Declined)
    assert outcome.reason is Reason.PAYER_NOT_FOUND


# Platforms


@pytest.fixture
def old_server() -> Iterator[OperatorServer]:
    """The platform before the migration."""
    with operator_server() as operator:
        for path in set(TOKEN_PATHS.values()):
            operator.on("POST", path, token("old-token"))
        yield operator


def user_of(asked: Asked) -> str:
    return base64.b64decode(asked.headers["Authorization"].split()[1]).decode()


def with_previous(server: OperatorServer, old_server: OperatorServer, **more: str) -> Settings:
    previous = {
        "mtn__previous__base_url": f"{old_server.url}/",
        **{
            f"mtn__previous__{product}__{name}": value
            for product in ("collections", "disbursements")
            for name, value in (("user_id", "old-user"), ("api_key", "old-key"))
        },
    }
    return settings(server.url, **{**previous, **more})


@pytest.mark.parametrize("kind", Kind)
def test_a_leg_is_asked_about_where_it_was_created(
    server: OperatorServer, old_server: OperatorServer, clock: MemoryClock, kind: Kind
) -> None:
    mtn = build(with_previous(server, old_server), clock)
    assert mtn.platform(kind) == server.url
    leg = a_leg(kind, platform=old_server.url)
    old_server.on("GET", f"{PATHS[kind]}/{leg.reference}", told(leg))
    assert isinstance(mtn.ask(leg), Settled)
    assert not server.asked
    signed_in = the_only(old_server.asked_for("POST", TOKEN_PATHS[kind]))
    assert user_of(signed_in) == "old-user:old-key"
    product = "collections" if kind is COLLECTION else "disbursements"
    assert signed_in.headers["Ocp-Apim-Subscription-Key"] == SECRETS[f"mtn.{product}.primary_key"]


def test_each_product_may_have_its_own_previous_user(
    server: OperatorServer, old_server: OperatorServer, clock: MemoryClock
) -> None:
    own = {"mtn__previous__disbursements__user_id": "other", "mtn__previous__disbursements__api_key": "pair"}
    mtn = build(with_previous(server, old_server, **own), clock)
    for kind in (COLLECTION, DISBURSEMENT):
        mtn.ask(a_leg(kind, platform=old_server.url))
    pairs = {asked.path: user_of(asked) for asked in old_server.asked if asked.path.endswith("/token/")}
    assert pairs == {"/collection/token/": "old-user:old-key", "/disbursement/token/": "other:pair"}


def test_on_any_other_platform_we_are_who_we_are_now(
    server: OperatorServer, old_server: OperatorServer, clock: MemoryClock
) -> None:
    mtn, leg = build(settings(server.url), clock), a_leg(platform=old_server.url)
    old_server.on("GET", f"{PATHS[COLLECTION]}/{leg.reference}", told(leg))
    assert isinstance(mtn.ask(leg), Settled)
    assert user_of(old_server.asked[0]).startswith(SECRETS["mtn.collections.user_id"])


@pytest.mark.parametrize("platform", ["sandbox", "http://operator.example", "https://user:pw@[::1"])
def test_credentials_go_to_no_platform_that_is_no_safe_address(mtn: Mtn, platform: str) -> None:
    outcome = mtn.ask(a_leg(platform=platform))
    assert isinstance(outcome, Unknown)
    assert outcome.detail == "not signed in: no address that may be called"


# Wallets and float


def test_an_active_wallet_is_told_with_its_holder(server: OperatorServer, mtn: Mtn) -> None:
    server.on("GET", f"{WALLET_PATH}/active", as_json({"result": True}))
    server.on("GET", f"{WALLET_PATH}/basicuserinfo", as_json({"name": "Chanda Phiri"}))
    assert mtn.wallet(Msisdn(f"+{NUMBER}")) == Wallet(active=True, holder="Chanda Phiri")


@pytest.mark.parametrize("reply", [Reply(500), Reply(200, b"<html>"), Reply(cut=True), Reply(403)], ids=str)
def test_a_holder_who_is_not_told_is_no_obstacle(server: OperatorServer, mtn: Mtn, reply: Reply) -> None:
    server.on("GET", f"{WALLET_PATH}/active", as_json({"result": True}))
    server.on("GET", f"{WALLET_PATH}/basicuserinfo", reply)
    assert mtn.wallet(Msisdn(f"+{NUMBER}")) == Wallet(active=True)


def test_no_name_is_asked_of_a_wallet_that_is_not_active(server: OperatorServer, mtn: Mtn) -> None:
    server.on("GET", f"{WALLET_PATH}/active", as_json({"result": False}))
    assert mtn.wallet(Msisdn(f"+{NUMBER}")) == Wallet(active=False)
    assert not server.asked_for("GET", f"{WALLET_PATH}/basicuserinfo")


@pytest.mark.parametrize("reply", [Reply(503), Reply(cut=True), Reply(200, b"<html>")], ids=str)
def test_a_wallet_that_mtn_does_not_tell_of_is_not_known(server: OperatorServer, mtn: Mtn, reply: Reply) -> None:
    server.on("GET", f"{WALLET_PATH}/active", reply)
    assert mtn.wallet(Msisdn(f"+{NUMBER}")) is None


def test_the_float_is_that_of_the_disbursement_product(server: OperatorServer, mtn: Mtn) -> None:
    server.on("GET", "/disbursement/v1_0/account/balance", as_json({"availableBalance": "1000.50", "currency": "ZMW"}))
    assert mtn.float_available() == Money(100050)


# What is said


def test_no_log_and_no_repr_holds_a_secret_or_a_number(
    server: OperatorServer, mtn: Mtn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.on("POST", "/disbursement/token/", Reply(401))
    for kind, reply in ((COLLECTION, as_json({"code": "NOT_ALLOWED", "message": NUMBER}, 500)), (REFUND, Reply(202))):
        server.on("POST", PATHS[kind], reply)
        mtn.submit(a_leg(kind))
    server.on("POST", "/disbursement/token/", token("token-three"))
    mtn.wallet(Msisdn(f"+{NUMBER}"))
    mtn.examine()
    said = f"{caplog.text} {mtn!r} {mtn.__dict__!r}"
    assert "ask MTN for the permission" in caplog.text
    for secret in (*SECRETS.values(), "token-one", "token-three", NUMBER):
        assert secret not in said


# Settings


@pytest.mark.parametrize(
    "key",
    [key for key in SECRETS if not key.endswith("sub_key")]
    + [f"mtn.{product}.{key}" for product in ("collections", "disbursements") for key in ("base_url", "target_env")],
)
def test_a_missing_setting_stops_the_start(key: str) -> None:
    given = settings("https://mtn.example").with_values({key: ""})
    with pytest.raises(BadSettings, match=re.escape(f"{key}: missing or empty")):
        from_settings(given, MemoryClock())


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("mtn.collections.base_url", "http://mtn-by-plain-http.example"),
        ("mtn.disbursements.base_url", "ftp://host.example"),
        ("mtn.collections.primary_key", "kéy-with-an-accent"),
        ("mtn.collections.sub_key", "kéy-with-an-accent"),
        ("mtn.collections.target_env", "mtn\nzambia"),
        ("mtn.previous.base_url", "http://old.example"),
        ("mtn.callback_base", "ftp://pay.example"),
        ("mtn.currency", "USDollar"),
        ("mtn.connect_timeout_s", "0"),
        ("mtn.read_timeout_s", "soonish"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_is_named_without_its_value(key: str, wrong: str) -> None:
    given = settings("https://mtn.example").with_values({key: wrong})
    with pytest.raises(BadSettings, match=re.escape(f"{key}: ")) as refusal:
        from_settings(given, MemoryClock())
    assert wrong not in str(refusal.value)
    for secret in SECRETS.values():
        assert secret not in str(refusal.value)


def test_an_address_by_plain_http_is_as_good_as_none_for_callbacks(server: OperatorServer, clock: MemoryClock) -> None:
    mtn = build(settings(server.url, mtn__callback_base="http://pay.example"), clock)
    server.on("POST", PATHS[COLLECTION], Reply(202))
    assert isinstance(mtn.submit(a_leg()), Waiting)
    assert "X-Callback-Url" not in the_only(server.asked_for("POST", PATHS[COLLECTION])).headers


def test_all_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(BadSettings) as refusal:
        from_settings(Settings({}, {}), MemoryClock())
    assert len(refusal.value.problems) == 10


def test_the_previous_platform_needs_its_user() -> None:
    given = settings("https://mtn.example", mtn__previous__base_url="https://old.example")
    with pytest.raises(BadSettings, match=r"mtn\.previous\.disbursements\.user_id"):
        from_settings(given, MemoryClock())


def test_a_secret_may_come_from_the_environment_or_from_nothing() -> None:
    values = {"mtn.collections.sub_key": "env:MTN_SUB_KEY or nothing"}
    assert from_settings(settings("https://mtn.example").with_values(values), MemoryClock())
