"""Every answer of Airtel's that is documented (facts/momo_api.md B1, B2), one row each: what it means to us."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from flash.adapters.airtel.answers import (
    ALARMS,
    AMBIGUOUS,
    LEAST_KEY_LIFE,
    LONGEST_KEY_LIFE,
    NOT_FOUND,
    REASONS,
    is_forbidden,
    read_balance,
    read_key,
    read_order,
    read_query,
    read_token,
    read_wallet,
    refuses_token,
    transaction_id_in,
)
from flash.adapters.airtel.orders import Order
from flash.adapters.http import Answer, NoToken, Silence, Token
from flash.domain.leg import Kind, Leg
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.domain.outcome import Declined, Reason, Settled, Source, Unknown, Unseen, Waiting
from flash.domain.routing import Operator
from flash.ports.provider import Wallet

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
REFERENCE = UUID("5f0c8a1e-6a3f-4c53-9a57-0d1b3d8f2f11")

COLLECTION, DISBURSEMENT, REFUND = Order.COLLECTION, Order.DISBURSEMENT, Order.REFUND
ORDERS = list(Order)

HTML = b"<html><body>Bad gateway</body></html>"
NO_ROUTE = {"message": "no Route matched with those values"}
INVALID_TOKEN = {"error": "invalid_token", "error_description": "The access token is not valid."}
NOT_WHITELISTED = {"message": "IP address not allowed"}

# What the codes mean, by their last digits.
COLLECTIONS, PAYOUTS = "DP00800001", "DP00900001"


def leg(order: Order = COLLECTION) -> Leg:
    return Leg(
        reference=REFERENCE,
        kind=Kind(order),
        operator=Operator.AIRTEL,
        party=Msisdn("+260971234567"),
        amount=Money(2550),
    )


def body(told: object) -> bytes:
    return told if isinstance(told, bytes) else json.dumps(told).encode()


def envelope(code: str = "", *, word: str = "", success: bool = False, result: str = "", **transaction: object):
    status = {"code": "200", "message": "Something about it.", "success": success}
    status |= {"response_code": code} if code.startswith("DP") else {}
    result = result or (code if not code.startswith("DP") else "ESB000010" if success else "ESB000011")
    status |= {"result_code": result} if result else {}
    told = {"id": REFERENCE.hex, "status": word, **transaction} if word else {}
    return {"data": {"transaction": told} if told else {}, "status": status}


# The answer to an order

FINAL = [
    # order, code, reason
    (COLLECTION, "DP00800001002", Reason.PAYER_REFUSED),
    (COLLECTION, "DP00800001003", Reason.PAYER_LIMIT_REACHED),
    (COLLECTION, "DP00800001004", Reason.ORDER_REFUSED),
    (COLLECTION, "DP00800001005", Reason.PROMPT_EXPIRED),
    (COLLECTION, "DP00800001007", Reason.NOT_ENOUGH_FUNDS),
    (COLLECTION, "DP00800001008", Reason.PAYER_REFUSED),
    (COLLECTION, "DP00800001009", Reason.OTHER),
    (COLLECTION, "DP00800001010", Reason.ORDER_REFUSED),
    (COLLECTION, "DP00800001026", Reason.ORDER_REFUSED),
    (COLLECTION, "DP00800001029", Reason.PROMPT_EXPIRED),
    (COLLECTION, "ESB000008", Reason.ORDER_REFUSED),
    (COLLECTION, "ESB000033", Reason.PAYER_NOT_FOUND),
    (COLLECTION, "ESB000036", Reason.PAYER_NOT_FOUND),
    (DISBURSEMENT, "DP00900001003", Reason.PAYEE_LIMIT_REACHED),
    (DISBURSEMENT, "DP00900001004", Reason.ORDER_REFUSED),
    (DISBURSEMENT, "DP00900001005", Reason.OTHER),
    (DISBURSEMENT, "DP00900001007", Reason.FLOAT_TOO_LOW),
    (DISBURSEMENT, "DP00900001009", Reason.ORDER_REFUSED),
    (DISBURSEMENT, "DP00900001010", Reason.PAYEE_NOT_ALLOWED),
    (DISBURSEMENT, "DP00900001012", Reason.PAYEE_NOT_FOUND),
    (DISBURSEMENT, "DP00900001013", Reason.OTHER),
    (DISBURSEMENT, "DP00900001016", Reason.ORDER_REFUSED),
    (DISBURSEMENT, "ESB000008", Reason.ORDER_REFUSED),
    (DISBURSEMENT, "ESB000033", Reason.PAYEE_NOT_FOUND),
    (DISBURSEMENT, "ESB000036", Reason.PAYEE_NOT_FOUND),
    (REFUND, "DP00800001007", Reason.FLOAT_TOO_LOW),
    (REFUND, "DP00900001007", Reason.FLOAT_TOO_LOW),
    (REFUND, "DP00800001008", Reason.OTHER),
]

AMBIGUOUS_CODES = [
    "DP00800001000",
    "DP00800001024",
    "DP00900001000",
    "DP00900001011",
    "DP00900001014",
    "DP00900001017",
    "ESB000001",
    "ESB000004",
    "ESB000014",
    "ESB000041",
    "ROUTER114",
    "ROUTER115",
    "ROUTER116",
    "ROUTER117",
]

PROVES_NOTHING = [
    "ESB000011",
    "ESB000045",
    "DP00800001025",
    "DP00900001015",
    *(f"ROUTER{number}" for number in ("001", "003", "005", "006", "007", "112", "119")),
    "DP00800009999",
    "",
]


@pytest.mark.parametrize("success", [True, False])
@pytest.mark.parametrize(
    ("order", "told"),
    [
        (COLLECTION, envelope("DP00800001006", word="SUCCESS", success=True)),
        (COLLECTION, envelope("DP00800001001", word="TS", success=True)),
        (DISBURSEMENT, envelope("DP00900001001", word="TS", success=True, airtel_money_id="CI1")),
        (DISBURSEMENT, envelope("DP00900001006", word="TIP", success=True)),
        (DISBURSEMENT, envelope("DP00900001006", success=True)),
        (REFUND, envelope("ESB000010", word="SUCCESS", airtel_money_id="CI1", id=False)),
    ],
    ids=["push sent", "collected", "paid out", "paying out", "only a code", "refund"],
)
def test_even_a_success_is_waited_for_when_an_order_tells_it(order, told, success):
    # The documented answer to a refund says success: false about what it did.
    told["status"]["success"] = success
    outcome = read_order(Answer(200, body(told)), order, AT).outcome
    assert isinstance(outcome, Waiting)
    assert (outcome.evidence.source, outcome.evidence.http_status) == (Source.SUBMIT, 200)


@pytest.mark.parametrize(("order", "code", "reason"), FINAL)
@pytest.mark.parametrize("word", ["", "TF", "FAILED"])
def test_a_code_that_is_final_declines_an_order(order, code, reason, word):
    outcome = read_order(Answer(200, body(envelope(code, word=word))), order, AT).outcome
    assert isinstance(outcome, Declined)
    assert outcome.reason is reason
    assert outcome.evidence.source is Source.SUBMIT


def test_every_code_of_the_tables_is_in_a_row():
    rows = {(order, code) for order, code, _ in FINAL}
    assert {(order, code) for order in (COLLECTION, DISBURSEMENT) for code in REASONS[order]} <= rows
    assert set(AMBIGUOUS_CODES) == AMBIGUOUS
    assert set(ALARMS) <= {code for _, code, _ in FINAL} | set(PROVES_NOTHING)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("code", AMBIGUOUS_CODES)
@pytest.mark.parametrize("word", ["", "TF", "TS", "TA"])
def test_an_ambiguous_code_is_doubt_whatever_is_said_beside_it(order, code, word):
    for success in (True, False):
        told = envelope(code, word=word, success=success)
        outcome = read_order(Answer(200, body(told)), order, AT).outcome
        assert isinstance(outcome, Unknown)
        assert code in outcome.detail


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("code", PROVES_NOTHING)
def test_a_code_that_proves_nothing_is_doubt(order, code):
    assert isinstance(read_order(Answer(200, body(envelope(code))), order, AT).outcome, Unknown)


@pytest.mark.parametrize(
    "told",
    [
        envelope("DP00800001007", word="TS"),
        envelope("DP00800001007", success=True),
        envelope("DP00800001006", word="TA", success=True),
        envelope(word="TF"),
        envelope(word="TE"),
    ],
    ids=repr,
)
def test_an_order_answered_in_contradictions_is_doubt(told):
    assert isinstance(read_order(Answer(200, body(told)), COLLECTION, AT).outcome, Unknown)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    ("http", "told", "reason"),
    [
        (400, b"", Reason.ORDER_REFUSED),
        (400, HTML, Reason.ORDER_REFUSED),
        (400, envelope("ESB000008"), None),
        (403, NOT_WHITELISTED, Reason.ORDER_REFUSED),
        (403, HTML, Reason.ORDER_REFUSED),
    ],
    ids=repr,
)
def test_a_refusal_at_the_door_declines_and_alarms(order, http, told, reason):
    reading = read_order(Answer(http, body(told)), order, AT)
    assert isinstance(reading.outcome, Declined)
    assert reading.outcome.reason is (reason or REASONS[order]["ESB000008"])
    assert reading.alarm


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    ("http", "told", "detail"),
    [
        (200, HTML, "the answer is not JSON"),
        (200, b"", "the answer is not JSON"),
        (200, b"[]", "the answer is not JSON"),
        (201, envelope("DP00800001006", success=True), "HTTP 201"),
        (302, b"", "HTTP 302"),
        (400, envelope("ESB000001"), "HTTP 400, but ESB000001"),
        (400, envelope("DP00900001001", word="TS", success=True), "HTTP 400, but DP00900001001 ESB000010"),
        (400, envelope("DP00900001006"), "HTTP 400, but DP00900001006 ESB000011"),
        (400, envelope("", word="TA"), "HTTP 400, but no code"),
        (400, envelope("", word="TS"), "HTTP 400, but no code"),
        (400, envelope("", success=True), "HTTP 400, but no code"),
        (400, envelope("ESB000045"), "HTTP 400, but ESB000045"),
        (400, envelope("DP00800001025"), "HTTP 400, but DP00800001025 ESB000011"),
        (403, envelope("ROUTER117"), "HTTP 403, but ROUTER117"),
        (403, envelope("ROUTER007"), "HTTP 403, but ROUTER007"),
        (401, INVALID_TOKEN, "HTTP 401"),
        (403, INVALID_TOKEN, "HTTP 403"),
        (404, NO_ROUTE, "HTTP 404"),
        (408, b"", "HTTP 408"),
        (429, {"message": "API rate limit exceeded"}, "HTTP 429"),
        (500, {"message": "An unexpected error occurred"}, "HTTP 500"),
        (500, envelope("DP00800001007"), "HTTP 500"),
        (502, HTML, "HTTP 502"),
        (503, {"message": "The upstream server is currently unavailable"}, "HTTP 503"),
        (504, b"", "HTTP 504"),
    ],
    ids=repr,
)
def test_any_other_answer_to_an_order_is_doubt(order, http, told, detail):
    outcome = read_order(Answer(http, body(told)), order, AT).outcome
    assert isinstance(outcome, Unknown)
    assert outcome.detail == detail


# The answer to a query


def asked(told: object, order: Order = COLLECTION, http: int = 200):
    return read_query(Answer(http, body(told)), leg(order), order, AT)


@pytest.mark.parametrize("order", [COLLECTION, DISBURSEMENT])
def test_a_success_settles_with_airtels_id_and_nothing_about_the_amount(order):
    family = COLLECTIONS if order is COLLECTION else PAYOUTS
    told = envelope(f"{family}001", word="TS", success=True, airtel_money_id="CI240612.1234.A12345")
    outcome = asked(told, order).outcome
    assert isinstance(outcome, Settled)
    assert outcome.operator_id == "CI240612.1234.A12345"
    assert (outcome.evidence.amount, outcome.evidence.party) == (None, None)
    assert (outcome.evidence.source, outcome.evidence.http_status) == (Source.STATUS_QUERY, 200)


@pytest.mark.parametrize("money_id", [None, "", 0.5, []], ids=repr)
def test_a_success_without_airtels_id_goes_by_ours(money_id):
    outcome = asked(envelope("DP00800001001", word="TS", success=True, airtel_money_id=money_id)).outcome
    assert isinstance(outcome, Settled)
    assert outcome.operator_id == REFERENCE.hex


@pytest.mark.parametrize(
    ("amount", "party"), [(25.5, "971234567"), ("25.50", "260971234567"), (30, "0970000001")], ids=repr
)
def test_what_is_told_of_amount_and_party_all_the_same_is_kept(amount, party):
    outcome = asked(envelope("DP00800001001", word="TS", success=True, amount=amount, msisdn=party)).outcome
    assert isinstance(outcome, Settled)
    assert leg().contradicted_by(outcome.evidence) is (amount == 30)


@pytest.mark.parametrize(("order", "code", "reason"), [row for row in FINAL if row[0] is not REFUND])
def test_a_failure_is_final_and_its_code_tells_why(order, code, reason):
    outcome = asked(envelope(code, word="TF"), order).outcome
    assert isinstance(outcome, Declined)
    assert outcome.reason is reason
    assert outcome.evidence.source is Source.STATUS_QUERY


@pytest.mark.parametrize(
    ("message", "collection", "payout"),
    [
        ("Insufficient balance in the wallet", Reason.NOT_ENOUGH_FUNDS, Reason.FLOAT_TOO_LOW),
        ("Maximum transaction limit reached", Reason.PAYER_LIMIT_REACHED, Reason.PAYEE_LIMIT_REACHED),
        ("Transaction expired", Reason.PROMPT_EXPIRED, Reason.OTHER),
        ("Invalid PIN entered", Reason.PAYER_REFUSED, Reason.OTHER),
        ("Refused by user", Reason.PAYER_REFUSED, Reason.OTHER),
        ("Something else", Reason.OTHER, Reason.OTHER),
        ("", Reason.OTHER, Reason.OTHER),
    ],
)
def test_a_failure_without_a_code_is_told_by_its_message(message, collection, payout):
    for order, reason in ((COLLECTION, collection), (DISBURSEMENT, payout)):
        outcome = asked(envelope(word="TF", message=message), order).outcome
        assert isinstance(outcome, Declined)
        assert outcome.reason is reason


def test_what_expired_has_ended():
    for order, reason in ((COLLECTION, Reason.PROMPT_EXPIRED), (DISBURSEMENT, Reason.OTHER)):
        outcome = asked(envelope("DP00800001029", word="TE"), order).outcome
        assert isinstance(outcome, Declined)
        assert outcome.reason is reason


@pytest.mark.parametrize("word", ["TIP", "TI", "tip"])
def test_what_is_in_progress_is_waited_for(word):
    reading = asked(envelope("DP00800001006", word=word, success=True))
    assert isinstance(reading.outcome, Waiting)
    assert not reading.alarm


@pytest.mark.parametrize("word", ["TX", "REVERSED"])
def test_a_word_that_is_no_status_is_waited_for_with_an_alarm(word):
    reading = asked(envelope(word=word, success=True))
    assert isinstance(reading.outcome, Waiting)
    assert word in reading.alarm


@pytest.mark.parametrize(
    ("told", "http"),
    [
        (envelope("DP00800001025"), 200),
        (envelope("DP00900001015"), 200),
        (envelope("ESB000045"), 200),
        (envelope("DP00800001025", word="TF"), 200),
        (envelope("ESB000045"), 404),
        ({"message": "Transaction not found"}, 404),
    ],
    ids=repr,
)
def test_an_id_that_airtel_does_not_know_is_unseen(told, http):
    outcome = asked(told, http=http).outcome
    assert isinstance(outcome, Unseen)
    assert outcome.evidence.source is Source.STATUS_QUERY


@pytest.mark.parametrize("code", AMBIGUOUS_CODES)
@pytest.mark.parametrize("word", ["", "TF", "TS", "TE", "TA"])
def test_an_ambiguous_code_ends_nothing(code, word):
    assert isinstance(asked(envelope(code, word=word)).outcome, Unknown)


@pytest.mark.parametrize("code", sorted(NOT_FOUND))
def test_what_succeeded_and_was_not_found_is_doubt(code):
    assert isinstance(asked(envelope(code, word="TS")).outcome, Unknown)


@pytest.mark.parametrize(
    ("http", "told", "detail"),
    [
        (200, envelope("DP00800001006", word="TA"), "ambiguous: DP00800001006 ESB000011"),
        (200, envelope("DP00800001007", word="TS"), "successful, but DP00800001007 ESB000011"),
        (200, envelope("DP00800001001", word="TF"), "failed, but DP00800001001 ESB000011"),
        (200, envelope("DP00800001007"), "ambiguous: DP00800001007 ESB000011"),
        (200, envelope("ESB000011"), "ambiguous: ESB000011"),
        (200, envelope("ROUTER117"), "ambiguous: ROUTER117"),
        (200, {}, "ambiguous: no code"),
        (200, envelope(word="TS", success=True, id="0" * 32), "the answer is about another transaction"),
        (200, HTML, "the answer is not JSON"),
        (200, b'"TS"', "the answer is not JSON"),
        (201, envelope("DP00800001001", word="TS"), "HTTP 201"),
        (400, envelope("ESB000008"), "HTTP 400"),
        (401, INVALID_TOKEN, "HTTP 401"),
        (403, INVALID_TOKEN, "HTTP 403"),
        (403, NOT_WHITELISTED, "HTTP 403"),
        (404, NO_ROUTE, "HTTP 404"),
        (404, HTML, "HTTP 404"),
        (408, b"", "HTTP 408"),
        (429, b"", "HTTP 429"),
        (500, envelope("DP00800001001", word="TS"), "HTTP 500"),
        (504, b"", "HTTP 504"),
    ],
    ids=repr,
)
def test_an_answer_that_says_nothing_of_the_money_is_doubt(http, told, detail):
    outcome = asked(told, http=http).outcome
    assert isinstance(outcome, Unknown)
    assert outcome.detail == detail


@pytest.mark.parametrize(("order", "code"), [(order, code) for order, code, _ in FINAL if code in ALARMS])
def test_what_only_we_can_mend_raises_an_alarm(order, code):
    assert read_order(Answer(200, body(envelope(code))), order, AT).alarm == ALARMS[code]


@pytest.mark.parametrize("order", [DISBURSEMENT, REFUND])
def test_a_payout_never_says_that_the_payer_had_too_little_or_refused(order):
    about_the_payer = {
        Reason.NOT_ENOUGH_FUNDS,
        Reason.PAYER_REFUSED,
        Reason.PROMPT_EXPIRED,
        Reason.PAYER_NOT_FOUND,
        Reason.PAYER_LIMIT_REACHED,
    }
    assert not set(REASONS[order].values()) & about_the_payer


# The other calls


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Answer(200, body({"access_token": "t", "expires_in": "180", "token_type": "bearer"})), 180),
        (Answer(200, body({"access_token": "t", "expires_in": 180})), 180),
        (Answer(200, HTML), "the answer to the sign-in holds no token"),
        (Answer(200, b"{}"), "the answer to the sign-in holds no token"),
        (Answer(400, body({"error": "invalid_client"})), "the client id or secret was refused"),
        (Answer(401, body({"error": "invalid_client"})), "the client id or secret was refused"),
        (Answer(401, b""), "the client id or secret was refused"),
        (Answer(403, body(NOT_WHITELISTED)), "Airtel refuses our address"),
        (Answer(404, body(NO_ROUTE)), "HTTP 404"),
        (Answer(503, b""), "HTTP 503"),
        (Silence("timed out"), "timed out"),
    ],
    ids=repr,
)
def test_the_answer_to_a_sign_in_is_a_token_or_says_what_is_wrong(reply, told):
    got = read_token(reply)
    if isinstance(told, int):
        assert got == Token("t", timedelta(seconds=told))
    else:
        assert isinstance(got, NoToken)
        assert got.why == told
        assert got.reached is isinstance(reply, Answer)


@pytest.mark.parametrize(
    ("http", "told", "token", "forbidden"),
    [
        (401, b"", True, False),
        (403, INVALID_TOKEN, True, False),
        (403, NOT_WHITELISTED, False, True),
        (403, HTML, False, True),
        (200, INVALID_TOKEN, False, False),
    ],
    ids=repr,
)
def test_a_refused_token_is_told_from_a_call_that_is_forbidden(http, told, token, forbidden):
    answer = Answer(http, body(told))
    assert (refuses_token(answer), is_forbidden(answer)) == (token, forbidden)


def user(**changed: object):
    data = {"first_name": "Chanda", "last_name": "Phiri", "is_barred": False, "is_pin_set": True, **changed}
    return {"data": data, "status": {"code": "200", "success": True}}


@pytest.mark.parametrize(
    ("http", "told", "wallet"),
    [
        (200, user(), Wallet(active=True, holder="Chanda Phiri")),
        (200, user(last_name=None), Wallet(active=True, holder="Chanda")),
        (200, user(is_barred=True), Wallet(active=False)),
        (200, envelope("ESB000045"), Wallet(active=False)),
        (200, {"status": {"response_code": "DP02200000002", "success": False}}, Wallet(active=False)),
        (200, user(is_barred="no"), None),
        (200, {**user(), "status": {"success": False}}, None),
        (200, envelope("ESB000001"), None),
        (200, HTML, None),
        (403, {"error": "forbidden"}, None),
        (404, NO_ROUTE, None),
        (503, b"", None),
    ],
    ids=repr,
)
def test_a_wallet_is_active_or_not_or_airtel_does_not_say(http, told, wallet):
    assert read_wallet(Answer(http, body(told))) == wallet


def balance(amount: object, currency: str = "ZMW", success: bool = True):
    return {"data": {"balance": amount, "currency": currency}, "status": {"code": "200", "success": success}}


@pytest.mark.parametrize(
    ("http", "told", "amount"),
    [
        (200, balance("1000.50"), Money(100050)),
        (200, balance("37,600.00"), Money(3760000)),
        (200, balance(1000.5), Money(100050)),
        (200, balance("1000", "UGX"), None),
        (200, balance("much"), None),
        (200, balance(None), None),
        (200, balance("1000", success=False), None),
        (200, HTML, None),
        (403, {"error": "forbidden"}, None),
    ],
    ids=repr,
)
def test_a_balance_is_told_or_not(http, told, amount):
    assert read_balance(Answer(http, body(told)), "ZMW") == amount


KEY = (
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALqbHeRLCyOdykC5SDLqI49ArYGYG1mqaH9/GnWjGavZM02fos4lc2w6tCchcUBNtJvGqKwhC5JEnx3RYoSX2ucC"
    "AwEAAQ=="
)
"""A public key of 512 bits, whose size is nobody's business here."""


@pytest.mark.parametrize(
    ("valid_upto", "lasts"),
    [
        ("23-11-2026 08:30:00", timedelta(minutes=30)),
        ("2026-11-23 08:30:00", timedelta(minutes=30)),
        ("23-11-2027 08:30:00", LONGEST_KEY_LIFE),
        ("23-11-2025 08:30:00", LEAST_KEY_LIFE),
        ("soon", LEAST_KEY_LIFE),
        (None, LEAST_KEY_LIFE),
    ],
    ids=repr,
)
def test_a_key_is_kept_until_it_runs_out_within_bounds(valid_upto, lasts):
    told = {"data": {"key_id": 100, "key": KEY, "valid_upto": valid_upto}, "status": {"success": True}}
    assert read_key(Answer(200, body(told)), AT) == Token(KEY, lasts)


@pytest.mark.parametrize(
    "reply",
    [
        Answer(200, HTML),
        Answer(200, b"{}"),
        Answer(200, body({"data": {"key": "bm8ga2V5"}})),
        Answer(403, b""),
        Silence("timed out"),
        NoToken("HTTP 503"),
    ],
    ids=repr,
)
def test_without_a_key_it_is_said_why(reply):
    got = read_key(reply, AT)
    assert isinstance(got, NoToken)
    assert got.why.startswith("no encryption key: ")


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({"transaction": {"id": REFERENCE.hex, "message": "Paid", "status_code": "TS"}}, REFERENCE.hex),
        ({"transaction": {"id": None}}, ""),
        ({"transaction": "x"}, ""),
        ({}, ""),
        (b"[]", ""),
        (b"", ""),
        (HTML, ""),
    ],
    ids=repr,
)
def test_a_callback_names_a_transaction_or_none(told, named):
    assert transaction_id_in(body(told)) == named
