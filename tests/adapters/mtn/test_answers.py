"""Every answer of MTN's that is documented (facts/momo_api.md A4 to A9), one row each: what it means to us."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from flash.adapters.http import Answer, NoToken, Silence, Token
from flash.adapters.mtn.answers import (
    COLLECTION_REASONS,
    CONFIGURATION_ALARMS,
    KEY_REFUSED,
    PAYOUT_REASONS,
    UMBRELLA,
    USER_REFUSED,
    meaning,
    read_active,
    read_balance,
    read_holder,
    read_order,
    read_query,
    read_token,
)
from flash.domain.leg import Kind, Leg
from flash.domain.money import EUR, ZMW, Money
from flash.domain.msisdn import Msisdn
from flash.domain.outcome import Declined, Reason, Settled, Source, Unknown, Unseen, Waiting
from flash.domain.routing import Operator

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
REFERENCE = UUID("5f0c8a1e-6a3f-4c53-9a57-0d1b3d8f2f11")
PARTY = "260961234567"

KINDS = list(Kind)
COLLECTION, DISBURSEMENT, REFUND = Kind.COLLECTION, Kind.DISBURSEMENT, Kind.REFUND
PAYOUTS = (DISBURSEMENT, REFUND)

HTML = b"<html><head><title>Request Rejected</title></head></html>"


def leg(kind: Kind = COLLECTION) -> Leg:
    return Leg(reference=REFERENCE, kind=kind, operator=Operator.MTN, party=Msisdn(f"+{PARTY}"), amount=Money(2550))


def body(told: object) -> bytes:
    return told if isinstance(told, bytes) else json.dumps(told).encode()


def status(kind: Kind = COLLECTION, **changed: object) -> dict[str, object]:
    """The answer to a query, as MTN gives it."""
    told = {
        "financialTransactionId": "363440463",
        "externalId": str(REFERENCE),
        "amount": "25.50",
        "currency": "ZMW",
        "payer" if kind is COLLECTION else "payee": {"partyIdType": "MSISDN", "partyId": PARTY},
        "payerMessage": "Rent",
        "payeeNote": "Rent",
        "status": "SUCCESSFUL",
    }
    return {key: value for key, value in {**told, **changed}.items() if value is not ...}


def failed(reason: object, kind: Kind = COLLECTION) -> dict[str, object]:
    return status(kind, status="FAILED", reason=reason, financialTransactionId=...)


def error(code: str) -> dict[str, str]:
    return {"code": code, "message": "Something about it."}


# The answer to an order

NOTHING_CREATED = [
    # HTTP, body, kinds, reason
    (400, b"", KINDS, Reason.ORDER_REFUSED),
    (400, b"{}", KINDS, Reason.ORDER_REFUSED),
    (400, HTML, KINDS, Reason.ORDER_REFUSED),
    (403, {"statusCode": 403, "message": "FORBIDDEN IP"}, KINDS, Reason.ORDER_REFUSED),
    (403, HTML, KINDS, Reason.ORDER_REFUSED),
    (500, error("PAYER_NOT_FOUND"), [COLLECTION], Reason.PAYER_NOT_FOUND),
    (404, error("PAYER_NOT_FOUND"), [COLLECTION], Reason.PAYER_NOT_FOUND),
    (400, error("PAYER_NOT_FOUND"), [COLLECTION], Reason.PAYER_NOT_FOUND),
    (500, error("PAYER_NOT_FOUND"), PAYOUTS, Reason.ORDER_REFUSED),
    (500, error("PAYEE_NOT_FOUND"), PAYOUTS, Reason.PAYEE_NOT_FOUND),
    (500, error("PAYEE_NOT_FOUND"), [COLLECTION], Reason.ORDER_REFUSED),
    (500, error("NOT_ENOUGH_FUNDS"), [COLLECTION], Reason.NOT_ENOUGH_FUNDS),
    (500, error("NOT_ENOUGH_FUNDS"), PAYOUTS, Reason.FLOAT_TOO_LOW),
    (500, error("PAYER_LIMIT_REACHED"), [COLLECTION], Reason.PAYER_LIMIT_REACHED),
    (500, error("PAYER_LIMIT_REACHED"), PAYOUTS, Reason.FLOAT_TOO_LOW),
    (500, error("PAYEE_LIMIT_REACHED"), PAYOUTS, Reason.PAYEE_LIMIT_REACHED),
    (500, error("PAYEE_NOT_ALLOWED_TO_RECEIVE"), PAYOUTS, Reason.PAYEE_NOT_ALLOWED),
    (500, error("NOT_ALLOWED"), KINDS, Reason.ORDER_REFUSED),
    (500, error("NOT_ALLOWED_TARGET_ENVIRONMENT"), KINDS, Reason.ORDER_REFUSED),
    (500, error("INVALID_CALLBACK_URL_HOST"), KINDS, Reason.ORDER_REFUSED),
    (500, error("INVALID_CURRENCY"), KINDS, Reason.ORDER_REFUSED),
    (500, error("SENDER_ACCOUNT_NOT_ACTIVE"), KINDS, Reason.ORDER_REFUSED),
    (500, error("TRANSFER_TYPE_UNKNOWN"), KINDS, Reason.ORDER_REFUSED),
    (500, error("VALIDATION_ERROR"), KINDS, Reason.ORDER_REFUSED),
    (500, error(UMBRELLA), KINDS, Reason.OTHER),
]

IN_DOUBT = [
    # HTTP, body, detail
    (200, HTML, "HTTP 200 instead of 202"),
    (200, {}, "HTTP 200 instead of 202"),
    (201, b"", "HTTP 201"),
    (302, b"", "HTTP 302"),
    (401, {"statusCode": 401, "message": "Unauthorized"}, "HTTP 401"),
    (404, error("RESOURCE_NOT_FOUND"), "HTTP 404 RESOURCE_NOT_FOUND"),
    (404, HTML, "HTTP 404"),
    (409, error("RESOURCE_ALREADY_EXIST"), "the reference was used already"),
    (409, b"", "the reference was used already"),
    (400, error("RESOURCE_ALREADY_EXIST"), "HTTP 400 RESOURCE_ALREADY_EXIST"),
    (500, error("RESOURCE_ALREADY_EXIST"), "HTTP 500 RESOURCE_ALREADY_EXIST"),
    (411, HTML, "HTTP 411"),
    (415, b"", "HTTP 415"),
    (429, {"statusCode": 429, "message": "Rate limit is exceeded."}, "HTTP 429"),
    (500, error("INTERNAL_PROCESSING_ERROR"), "HTTP 500 INTERNAL_PROCESSING_ERROR"),
    (400, error("INTERNAL_PROCESSING_ERROR"), "HTTP 400 INTERNAL_PROCESSING_ERROR"),
    (500, error("SERVICE_UNAVAILABLE"), "HTTP 500 SERVICE_UNAVAILABLE"),
    (500, error("COULD_NOT_PERFORM_TRANSACTION"), "HTTP 500 COULD_NOT_PERFORM_TRANSACTION"),
    # Reasons of a transaction that was created.
    (500, error("APPROVAL_REJECTED"), "HTTP 500 APPROVAL_REJECTED"),
    (500, error("EXPIRED"), "HTTP 500 EXPIRED"),
    (400, error("APPROVAL_REJECTED"), "HTTP 400 APPROVAL_REJECTED"),
    (403, error("EXPIRED"), "HTTP 403 EXPIRED"),
    (500, error("SOME_NEW_CODE"), "HTTP 500 SOME_NEW_CODE"),
    (400, error("SOME_NEW_CODE"), "HTTP 400 SOME_NEW_CODE"),
    (500, error("+260961234567 is unwell"), "HTTP 500 (unreadable)"),
    (500, b"", "HTTP 500"),
    (500, HTML, "HTTP 500"),
    (500, b"[]", "HTTP 500"),
    (502, HTML, "HTTP 502"),
    (503, error("SERVICE_UNAVAILABLE"), "HTTP 503 SERVICE_UNAVAILABLE"),
    # A gateway that repeats a code proves nothing of its own.
    (503, error("PAYER_NOT_FOUND"), "HTTP 503 PAYER_NOT_FOUND"),
    (504, b"", "HTTP 504"),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("told", [b"", b"{}"])
def test_an_order_that_was_taken_is_waited_for(kind: Kind, told: bytes) -> None:
    reading = read_order(Answer(202, told), kind, AT)
    assert isinstance(reading.outcome, Waiting)
    assert reading.outcome.evidence.source is Source.SUBMIT
    assert not reading.alarm


@pytest.mark.parametrize(
    ("http", "told", "kind", "reason"),
    [(http, told, kind, reason) for http, told, kinds, reason in NOTHING_CREATED for kind in kinds],
    ids=repr,
)
def test_a_refusal_that_proves_that_nothing_was_created_declines(http, told, kind, reason):
    outcome = read_order(Answer(http, body(told)), kind, AT).outcome
    assert isinstance(outcome, Declined)
    assert outcome.reason is reason
    assert (outcome.evidence.source, outcome.evidence.http_status) == (Source.SUBMIT, http)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("http", "told", "detail"), IN_DOUBT, ids=repr)
def test_any_other_answer_to_an_order_is_doubt(kind, http, told, detail):
    outcome = read_order(Answer(http, body(told)), kind, AT).outcome
    assert isinstance(outcome, Unknown)
    assert outcome.detail == detail
    assert (outcome.evidence.source, outcome.evidence.http_status) == (Source.SUBMIT, http)


def test_no_answer_to_an_order_settles_it():
    for http in range(100, 600):
        outcome = read_order(Answer(http, body(status())), COLLECTION, AT).outcome
        assert not isinstance(outcome, Settled | Unseen)


# The answer to a query

REASONS = [
    # code, kinds, reason
    ("PAYER_NOT_FOUND", [COLLECTION], Reason.PAYER_NOT_FOUND),
    ("PAYER_NOT_FOUND", PAYOUTS, Reason.ORDER_REFUSED),
    ("PAYEE_NOT_FOUND", [COLLECTION], Reason.ORDER_REFUSED),
    ("PAYEE_NOT_FOUND", PAYOUTS, Reason.PAYEE_NOT_FOUND),
    ("NOT_ENOUGH_FUNDS", [COLLECTION], Reason.NOT_ENOUGH_FUNDS),
    ("NOT_ENOUGH_FUNDS", PAYOUTS, Reason.FLOAT_TOO_LOW),
    ("PAYER_LIMIT_REACHED", [COLLECTION], Reason.PAYER_LIMIT_REACHED),
    ("PAYER_LIMIT_REACHED", PAYOUTS, Reason.FLOAT_TOO_LOW),
    ("PAYEE_LIMIT_REACHED", [COLLECTION], Reason.ORDER_REFUSED),
    ("PAYEE_LIMIT_REACHED", PAYOUTS, Reason.PAYEE_LIMIT_REACHED),
    ("PAYEE_NOT_ALLOWED_TO_RECEIVE", [COLLECTION], Reason.ORDER_REFUSED),
    ("PAYEE_NOT_ALLOWED_TO_RECEIVE", PAYOUTS, Reason.PAYEE_NOT_ALLOWED),
    ("APPROVAL_REJECTED", [COLLECTION], Reason.PAYER_REFUSED),
    ("APPROVAL_REJECTED", PAYOUTS, Reason.OTHER),
    ("PAYMENT_NOT_APPROVED", [COLLECTION], Reason.PAYER_REFUSED),
    ("PAYMENT_NOT_APPROVED", PAYOUTS, Reason.OTHER),
    ("TRANSACTION_CANCELED", [COLLECTION], Reason.PAYER_REFUSED),
    ("TRANSACTION_CANCELED.", [COLLECTION], Reason.PAYER_REFUSED),
    ("TRANSACTION_CANCELLED", [COLLECTION], Reason.PAYER_REFUSED),
    ("TRANSACTION_CANCELED", PAYOUTS, Reason.OTHER),
    ("EXPIRED", [COLLECTION], Reason.PROMPT_EXPIRED),
    ("EXPIRED", PAYOUTS, Reason.OTHER),
    ("COULD_NOT_PERFORM_TRANSACTION", [COLLECTION], Reason.PROMPT_EXPIRED),
    ("COULD_NOT_PERFORM_TRANSACTION", PAYOUTS, Reason.OTHER),
    ("INTERNAL_PROCESSING_ERROR", [COLLECTION], Reason.NOT_ENOUGH_FUNDS),
    ("INTERNAL_PROCESSING_ERROR", PAYOUTS, Reason.OTHER),
    ("SERVICE_UNAVAILABLE", KINDS, Reason.OPERATOR_UNAVAILABLE),
    ("NOT_ALLOWED", KINDS, Reason.ORDER_REFUSED),
    ("NOT_ALLOWED_TARGET_ENVIRONMENT", KINDS, Reason.ORDER_REFUSED),
    ("INVALID_CALLBACK_URL_HOST", KINDS, Reason.ORDER_REFUSED),
    ("INVALID_CURRENCY", KINDS, Reason.ORDER_REFUSED),
    ("SENDER_ACCOUNT_NOT_ACTIVE", KINDS, Reason.ORDER_REFUSED),
    ("TRANSFER_TYPE_UNKNOWN", KINDS, Reason.ORDER_REFUSED),
    ("VALIDATION_ERROR", KINDS, Reason.ORDER_REFUSED),
    (UMBRELLA, KINDS, Reason.OTHER),
    ("RESOURCE_NOT_FOUND", KINDS, Reason.OTHER),
    ("SOME_NEW_WORD", KINDS, Reason.OTHER),
    ("", KINDS, Reason.OTHER),
    ("approval_rejected", [COLLECTION], Reason.PAYER_REFUSED),
]

REASON_ROWS = [(code, kind, reason) for code, kinds, reason in REASONS for kind in kinds]


@pytest.mark.parametrize(("code", "kind", "reason"), REASON_ROWS, ids=repr)
@pytest.mark.parametrize("form", [str, error, lambda code: {"code": code}], ids=["text", "object", "code only"])
def test_a_failure_is_final_and_its_reason_comes_in_any_form(code, kind, reason, form):
    outcome = read_query(Answer(200, body(failed(form(code), kind))), leg(kind), ZMW, AT).outcome
    assert isinstance(outcome, Declined)
    assert outcome.reason is reason
    assert outcome.evidence.source is Source.STATUS_QUERY


@pytest.mark.parametrize("reason", [..., None, {}, [], 7, {"message": "no code"}, {"code": None}, "\0"], ids=repr)
def test_a_failure_without_a_readable_reason_is_still_one(reason):
    outcome = read_query(Answer(200, body(failed(reason))), leg(), ZMW, AT).outcome
    assert isinstance(outcome, Declined)
    assert outcome.reason is Reason.OTHER


@pytest.mark.parametrize("kind", KINDS)
def test_a_success_settles_with_mtns_id_and_what_it_says_was_moved(kind: Kind) -> None:
    outcome = read_query(Answer(200, body(status(kind))), leg(kind), ZMW, AT).outcome
    assert isinstance(outcome, Settled)
    assert outcome.operator_id == "363440463"
    assert (outcome.evidence.amount, outcome.evidence.party) == (Money(2550), Msisdn(f"+{PARTY}"))
    assert (outcome.evidence.source, outcome.evidence.http_status) == (Source.STATUS_QUERY, 200)


def test_a_pending_leg_is_waited_for_and_names_its_amount():
    outcome = read_query(Answer(200, body(status(status="PENDING"))), leg(), ZMW, AT).outcome
    assert isinstance(outcome, Waiting)
    assert outcome.evidence.amount == Money(2550)


@pytest.mark.parametrize("word", ["CREATED", "TIMEOUT", "ONGOING", "DELAYED", "REJECTED", "EXPIRED", "CANCELLED"])
def test_a_word_that_is_no_status_is_waited_for_with_an_alarm(word):
    reading = read_query(Answer(200, body(status(status=word))), leg(), ZMW, AT)
    assert isinstance(reading.outcome, Waiting)
    assert word in reading.alarm


def test_an_alarm_repeats_no_number_that_mtn_sent():
    reading = read_query(Answer(200, body(status(status=f"SENT TO {PARTY}"))), leg(), ZMW, AT)
    assert isinstance(reading.outcome, Waiting)
    assert reading.alarm
    assert PARTY not in reading.alarm


@pytest.mark.parametrize("told", [error("RESOURCE_NOT_FOUND"), error("TRANSACTION_NOT_FOUND"), b"", b"{}"], ids=repr)
def test_a_reference_that_mtn_does_not_know_is_unseen(told):
    outcome = read_query(Answer(404, body(told)), leg(), ZMW, AT).outcome
    assert isinstance(outcome, Unseen)
    assert outcome.evidence.source is Source.STATUS_QUERY


@pytest.mark.parametrize(
    ("http", "told", "detail"),
    [
        (200, HTML, "the answer is not JSON"),
        (200, b"", "the answer is not JSON"),
        (200, b'["SUCCESSFUL"]', "the answer is not JSON"),
        (200, b'"SUCCESSFUL"', "the answer is not JSON"),
        (200, b'{"status": "SUCC', "the answer is not JSON"),
        (200, b"[" * 2000, "the answer is not JSON"),
        (200, {}, "the answer has no status"),
        (200, status(status=None), "the answer has no status"),
        (200, status(status={"code": "SUCCESSFUL"}), "the answer has no status"),
        (202, status(), "HTTP 202"),
        (302, b"", "HTTP 302"),
        (400, b"", "HTTP 400"),
        (401, {"statusCode": 401, "message": "Unauthorized"}, "HTTP 401"),
        (403, HTML, "HTTP 403"),
        (409, b"", "HTTP 409"),
        (429, b"", "HTTP 429"),
        (500, error("INTERNAL_PROCESSING_ERROR"), "HTTP 500"),
        (500, error("PAYER_NOT_FOUND"), "HTTP 500"),
        (503, error("SERVICE_UNAVAILABLE"), "HTTP 503"),
        (504, b"", "HTTP 504"),
    ],
    ids=repr,
)
def test_an_answer_that_says_nothing_of_the_money_is_doubt(http, told, detail):
    outcome = read_query(Answer(http, body(told)), leg(), ZMW, AT).outcome
    assert isinstance(outcome, Unknown)
    assert outcome.detail == detail
    assert (outcome.evidence.source, outcome.evidence.http_status) == (Source.STATUS_QUERY, http)


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": "25.501"},
        {"amount": "about 25"},
        {"amount": None},
        {"amount": ...},
        {"amount": True},
        {"currency": ...},
        {"currency": "XOF"},
        {"currency": 967},
    ],
    ids=repr,
)
def test_a_success_of_an_unreadable_amount_is_doubt(changed):
    assert isinstance(read_query(Answer(200, body(status(**changed))), leg(), ZMW, AT).outcome, Unknown)


@pytest.mark.parametrize("changed", [{"amount": "lots"}, {"currency": "XOF"}], ids=repr)
def test_a_failure_of_an_unreadable_amount_is_a_failure(changed):
    outcome = read_query(Answer(200, body({**failed("EXPIRED"), **changed})), leg(), ZMW, AT).outcome
    assert isinstance(outcome, Declined)
    assert outcome.evidence.amount is None


@pytest.mark.parametrize(
    ("changed", "amount"),
    [
        ({"amount": "25.5"}, Money(2550)),
        ({"amount": 25.5}, Money(2550)),
        ({"amount": 30}, Money(3000)),
        ({"amount": "2550"}, Money(255000)),
        ({"currency": "zmw"}, Money(2550)),
        ({"currency": "EUR"}, Money(2550, EUR)),
    ],
    ids=repr,
)
def test_an_amount_is_read_leniently_and_a_difference_is_kept(changed, amount):
    outcome = read_query(Answer(200, body(status(**changed))), leg(), ZMW, AT).outcome
    assert isinstance(outcome, Settled)
    assert outcome.evidence.amount == amount
    assert leg().contradicted_by(outcome.evidence) is (amount != Money(2550))


def test_in_the_sandbox_euros_stand_for_kwacha():
    outcome = read_query(Answer(200, body(status(amount="25.5", currency="EUR"))), leg(), EUR, AT).outcome
    assert isinstance(outcome, Settled)
    assert outcome.evidence.amount == Money(2550)
    assert isinstance(read_query(Answer(200, body(status())), leg(), EUR, AT).outcome, Unknown)


@pytest.mark.parametrize(
    ("party", "number"),
    [
        ({"partyIdType": "MSISDN", "partyId": 260961234567}, "+260961234567"),
        ({"partyIdType": "msisdn", "partyId": "+260961234567"}, "+260961234567"),
        ({"partyId": "0961234567"}, "+260961234567"),
        ({"partyIdType": "MSISDN", "partyId": "260977000001"}, "+260977000001"),
        ({"partyIdType": "MSISDN", "partyId": "46733123453"}, "+46733123453"),
        ({"partyIdType": "EMAIL", "partyId": "46733123453"}, None),
        ({"partyIdType": "MSISDN", "partyId": "26096****567"}, None),
        ({"partyIdType": "MSISDN", "partyId": "1" * 16}, None),
        ({}, None),
        (None, None),
        (PARTY, None),
    ],
    ids=repr,
)
def test_a_party_is_read_leniently_and_another_one_is_kept(party, number):
    outcome = read_query(Answer(200, body(status(payer=party))), leg(), ZMW, AT).outcome
    assert isinstance(outcome, Settled)
    assert outcome.evidence.party == (Msisdn(number) if number else None)


@pytest.mark.parametrize(
    ("told", "operator_id"),
    [
        (363440463, "363440463"),
        (..., str(REFERENCE)),
        (None, str(REFERENCE)),
        ("", str(REFERENCE)),
        ([], str(REFERENCE)),
    ],
    ids=repr,
)
def test_a_success_without_mtns_id_goes_by_our_reference(told, operator_id):
    outcome = read_query(Answer(200, body(status(financialTransactionId=told))), leg(), ZMW, AT).outcome
    assert isinstance(outcome, Settled)
    assert outcome.operator_id == operator_id


# What has to be mended


@pytest.mark.parametrize("code", ["NOT_ALLOWED", "NOT_ALLOWED_TARGET_ENVIRONMENT", "INVALID_CURRENCY"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_only_we_can_mend_raises_an_alarm(code: str, kind: Kind) -> None:
    assert read_order(Answer(500, body(error(code))), kind, AT).alarm == CONFIGURATION_ALARMS[code]
    assert read_query(Answer(200, body(failed(code, kind))), leg(kind), ZMW, AT).alarm == CONFIGURATION_ALARMS[code]


@pytest.mark.parametrize("http", [400, 401, 403])
def test_a_refusal_of_all_we_send_raises_an_alarm(http):
    assert read_order(Answer(http, b""), COLLECTION, AT).alarm


@pytest.mark.parametrize("kind", PAYOUTS)
def test_too_little_float_raises_an_alarm(kind: Kind) -> None:
    assert "float" in meaning("NOT_ENOUGH_FUNDS", kind)[1]


@pytest.mark.parametrize("code", COLLECTION_REASONS)
def test_what_is_about_the_payer_raises_none(code):
    assert not meaning(code, COLLECTION)[1]


@pytest.mark.parametrize("kind", PAYOUTS)
def test_a_payout_never_says_that_the_payer_had_too_little_or_refused(kind: Kind) -> None:
    about_the_payer = {
        Reason.NOT_ENOUGH_FUNDS,
        Reason.PAYER_REFUSED,
        Reason.PROMPT_EXPIRED,
        Reason.PAYER_NOT_FOUND,
        Reason.PAYER_LIMIT_REACHED,
    }
    codes = {*COLLECTION_REASONS, *PAYOUT_REASONS, *CONFIGURATION_ALARMS, UMBRELLA}
    assert not {meaning(code, kind)[0] for code in codes} & about_the_payer


# The other calls


KEY_MESSAGE = (
    "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription."
)


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Answer(200, body({"access_token": "ey.J", "token_type": "access_token", "expires_in": 3600})), 3600),
        (Answer(200, body({"access_token": "ey.J", "expires_in": "3600"})), 3600),
        (Answer(200, HTML), NoToken("the answer to the sign-in holds no token")),
        (Answer(200, b"{}"), NoToken("the answer to the sign-in holds no token")),
        (Answer(200, b"[]"), NoToken("the answer to the sign-in holds no token")),
        (Answer(401, body({"statusCode": 401, "message": KEY_MESSAGE})), KEY_REFUSED),
        (Answer(401, body({"statusCode": 401, "message": "Unauthorized"})), USER_REFUSED),
        (Answer(401, body({"error": "invalid_client"})), USER_REFUSED),
        (Answer(401, body({"error": "login_failed"})), USER_REFUSED),
        (Answer(401, b""), USER_REFUSED),
        (Answer(500, body({"error": "login_failed"})), USER_REFUSED),
        (
            Answer(403, HTML),
            NoToken("MTN's gateway refuses us", "ask MTN to put this server's address on the whitelist"),
        ),
        (
            Answer(400, body({"error": "Invalid or missing X-Target-Environment header"})),
            NoToken("the target environment was refused", "check target_env of this product"),
        ),
        (Answer(411, b""), NoToken("HTTP 411")),
        (Answer(429, b""), NoToken("HTTP 429")),
        (Answer(500, b""), NoToken("HTTP 500")),
        (Answer(503, HTML), NoToken("HTTP 503")),
        (Silence("timed out"), NoToken("timed out", reached=False)),
    ],
    ids=repr,
)
def test_the_answer_to_a_sign_in_is_a_token_or_says_what_is_wrong(reply, told):
    assert read_token(reply) == (Token("ey.J", timedelta(seconds=told)) if isinstance(told, int) else told)


@pytest.mark.parametrize(
    ("http", "told", "active"),
    [
        (200, {"result": True}, True),
        (200, {"result": False}, False),
        (200, {"result": "true"}, None),
        (200, {}, None),
        (200, HTML, None),
        (404, error("RESOURCE_NOT_FOUND"), False),
        (404, b"", False),
        (404, HTML, None),
        (404, {"statusCode": 404, "message": "Resource not found"}, None),
        (400, b"", None),
        (401, b"", None),
        (500, error("NOT_ALLOWED"), None),
        (500, error("NOT_ALLOWED_TARGET_ENVIRONMENT"), None),
        (500, error("INTERNAL_PROCESSING_ERROR"), None),
        (503, error("SERVICE_UNAVAILABLE"), None),
    ],
    ids=repr,
)
def test_a_wallet_is_active_or_not_or_mtn_does_not_say(http, told, active):
    assert read_active(Answer(http, body(told))) is active


@pytest.mark.parametrize(
    ("http", "told", "holder"),
    [
        (200, {"sub": "0", "name": "Chanda Phiri", "given_name": "C", "family_name": "P"}, "Chanda Phiri"),
        (200, {"given_name": "Chanda", "family_name": "Phiri"}, "Chanda Phiri"),
        (200, {"family_name": "Phiri"}, "Phiri"),
        (200, {"name": "x" * 300}, "x" * 100),
        (200, {}, ""),
        (200, HTML, ""),
        (404, {"name": "Chanda Phiri"}, ""),
        (500, b"", ""),
    ],
    ids=repr,
)
def test_a_holder_is_named_or_not(http, told, holder):
    assert read_holder(Answer(http, body(told))) == holder


@pytest.mark.parametrize(
    ("http", "told", "amount"),
    [
        (200, {"availableBalance": "1000.50", "currency": "ZMW"}, Money(100050)),
        (200, {"availableBalance": 1000, "currency": "ZMW"}, Money(100000)),
        (200, {"availableBalance": "0.999", "currency": "ZMW"}, Money(99)),
        (200, {"availableBalance": "1000", "currency": "EUR"}, None),
        (200, {"availableBalance": "1000"}, None),
        (200, {"availableBalance": "much", "currency": "ZMW"}, None),
        (200, HTML, None),
        (403, HTML, None),
        (500, error("NOT_ALLOWED_TARGET_ENVIRONMENT"), None),
        (503, b"", None),
    ],
    ids=repr,
)
def test_a_balance_is_told_or_not(http, told, amount):
    assert read_balance(Answer(http, body(told)), ZMW) == amount


def test_the_sandboxs_euros_are_a_float_in_kwacha():
    told = body({"availableBalance": "1000", "currency": "EUR"})
    assert read_balance(Answer(200, told), EUR) == Money(100000)


def test_a_query_about_a_disbursement_does_not_take_the_payer_for_the_payee():
    told = status(DISBURSEMENT, payee=..., payer={"partyIdType": "MSISDN", "partyId": "260960000009"})
    outcome = read_query(Answer(200, body(told)), replace(leg(), kind=DISBURSEMENT), ZMW, AT).outcome
    assert outcome.evidence.party is None
