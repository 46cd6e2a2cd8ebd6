"""MTN's orders: what is refused, what is answered, and where the money is (facts A5 to A9)."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from flash.domain.money import Money
from flash.simulator.bank import own_account, wallet
from flash.simulator.names import Operator, Own

PAYER = "260960000001"
CALLBACK = "http://localhost:6543/callbacks/1"


def held(bench, party=PAYER):
    bank = bench.simulator.bank
    return (
        bank.balance(wallet(Operator.MTN, party)).minor,
        bank.balance(own_account(Operator.MTN, Own.COLLECTION)).minor,
        bank.balance(own_account(Operator.MTN, Own.PAYOUT)).minor,
    )


# --- The usual way


def test_a_collection_waits_for_the_payer_and_then_moves_money(mtn, bench):
    reference = mtn.collect()
    first = mtn.status(reference)
    assert first["status"] == "PENDING"
    assert held(bench) == (10_000_000, 0, 100_000_000)
    bench.after(1)
    assert mtn.status(reference) == {
        "financialTransactionId": mtn.status(reference)["financialTransactionId"],
        "externalId": "ext-1",
        "amount": "25.00",
        "currency": "ZMW",
        "payer": {"partyIdType": "MSISDN", "partyId": PAYER},
        "payerMessage": "for you",
        "payeeNote": "from me",
        "status": "SUCCESSFUL",
    }
    assert held(bench) == (9_997_500, 2_500, 100_000_000)


def test_a_transfer_takes_money_from_the_float(mtn, bench):
    reference = mtn.pay_out()
    assert mtn.status(reference, "disbursement.transfer")["status"] == "PENDING"
    bench.after(0.5)
    answer = mtn.status(reference, "disbursement.transfer")
    assert answer["status"] == "SUCCESSFUL"
    assert answer["payee"]["partyId"] == PAYER
    assert held(bench) == (10_002_500, 0, 99_997_500)


def test_a_deposit_tells_no_transaction_id_and_one_query_serves_both_versions(mtn):
    for version in "v1_0", "v2_0":
        reference = mtn.post("disbursement.deposit", mtn.body(role="payee"), version=version)
        answer = mtn.ended(reference, "disbursement.deposit")
        assert answer["status"] == "SUCCESSFUL"
        assert "financialTransactionId" not in answer


def test_an_order_is_found_under_its_own_operation_only(mtn):
    reference = mtn.collect()
    mtn.status(reference, "collection.requesttowithdraw", status=404)
    mtn.status(reference, "disbursement.transfer", status=404)


def test_a_refund_gives_back_to_the_payer_in_parts_but_never_more(mtn, bench):
    collection = mtn.collect()
    bench.after(1)
    for amount, status in ("10.00", "SUCCESSFUL"), ("15.01", "FAILED"), ("15.00", "SUCCESSFUL"), ("0.01", "FAILED"):
        assert mtn.ended(mtn.refund(collection, amount), "disbursement.refund")["status"] == status
    assert held(bench) == (10_000_000, 2_500, 99_997_500)


def test_only_a_collection_that_succeeded_can_be_refunded(mtn):
    pending = mtn.collect()
    failed = mtn.collect("260960000062")
    assert mtn.refund(pending, status=404).json["code"] == "RESOURCE_NOT_FOUND"
    mtn.ended(failed)
    for reference in failed, str(uuid4()), "14":
        mtn.refund(reference, status=404)


def test_too_little_money_fails_and_moves_none(mtn, bench):
    answer = mtn.ended(mtn.collect(amount="100000.01"))
    assert (answer["status"], answer["reason"]) == ("FAILED", "NOT_ENOUGH_FUNDS")
    bench.control("settings", payer_short_reason="INTERNAL_PROCESSING_ERROR")
    assert mtn.ended(mtn.collect(amount="100000.01"))["reason"] == "INTERNAL_PROCESSING_ERROR"
    bench.control("floats", operator="mtn", wallet="payout", balance="24.99")
    answer = mtn.ended(mtn.pay_out(), "disbursement.transfer")
    assert (answer["status"], answer["reason"]) == ("FAILED", "NOT_ENOUGH_FUNDS")
    assert held(bench) == (10_000_000, 0, 2_499)


def test_each_product_shows_its_own_account(mtn, sandbox):
    mtn.ended(mtn.collect())
    assert mtn.get("account/balance").json == {"availableBalance": "25.00", "currency": "ZMW"}
    assert mtn.get("account/balance/ZMW", "disbursement").json["availableBalance"] == "1000000.00"
    assert mtn.get("account/balance/EUR", status=500).json["code"] == "INVALID_CURRENCY"
    assert sandbox.get("account/balance/EUR").json == {"availableBalance": "0.00", "currency": "EUR"}


def test_the_sandbox_shortens_amounts_and_production_does_not(sandbox, mtn):
    assert sandbox.status(sandbox.collect(amount="6.0"))["amount"] == "6"
    assert sandbox.status(sandbox.collect(amount="100"))["amount"] == "100"
    assert mtn.status(mtn.collect(amount="6.0"))["amount"] == "6.0"


# --- One reference, one order


def test_a_used_reference_is_refused_whatever_the_body(mtn):
    reference = mtn.collect()
    for body in mtn.body(), mtn.body(amount="9.00"), {}, {"payer": {}}:
        answer = mtn.post("collection.requesttopay", body, reference=reference, status=409).json
        assert answer["code"] == "RESOURCE_ALREADY_EXIST"
    mtn.post("collection.requesttopay", mtn.body(), reference=reference.upper(), status=409)


def test_a_refused_order_leaves_its_reference_free(mtn):
    reference = str(uuid4())
    mtn.post("collection.requesttopay", {}, reference=reference, status=400)
    mtn.collect("260960000064", reference=reference, status=500)
    mtn.collect(reference=reference)


def test_eight_at_once_with_one_reference_make_one_order_that_ends_once(mtn, bench):
    reference, body, headers = str(uuid4()), mtn.body(), mtn.headers()

    def post(_):
        given = headers | {"X-Reference-Id": reference}
        return mtn.app.post_json("/collection/v1_0/requesttopay", body, headers=given, status="*").status_int

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(post, range(8))) == [202] + [409] * 7
        bench.after(1)
        list(pool.map(lambda _: mtn.status(reference), range(8)))
    assert held(bench) == (9_997_500, 2_500, 100_000_000)


# --- Bad requests


@pytest.mark.parametrize(
    "reference", ["", "x", "5a1f0000-0000-1000-8000-000000000001", "5a1f000000004000800000000000000a"]
)
def test_a_reference_must_be_a_uuid_of_version_4(mtn, reference):
    mtn.post("collection.requesttopay", mtn.body(), status=400, **{"X-Reference-Id": reference})


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": 25},
        {"amount": None},
        {"amount": ""},
        {"amount": "0"},
        {"amount": "-1"},
        {"amount": "25.001"},
        {"amount": "NaN"},
        {"amount": "1e400"},
        {"currency": None},
        {"payer": None},
        {"payer": []},
        {"payer": {"partyId": PAYER}},
        {"payer": {"partyIdType": "PHONE", "partyId": PAYER}},
        {"payer": {"partyIdType": "MSISDN", "partyId": 260960000001}},
        {"payer": {"partyIdType": "MSISDN", "partyId": ""}},
        {"externalId": 7},
        {"payerMessage": "a" * 161},
        {"payeeNote": "a" * 161},
        {"payerMessage": "bread & butter"},
        {"payeeNote": "the baker's"},
    ],
)
def test_a_bad_body_is_400_and_creates_nothing(mtn, changed):
    reference = str(uuid4())
    mtn.collect(reference=reference, status=400, **changed)
    mtn.status(reference, status=404)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "{}", '{"amount": NaN}'])
def test_what_is_no_json_object_is_400(mtn, text):
    headers = mtn.headers(**{"X-Reference-Id": str(uuid4()), "Content-Type": "application/json"})
    mtn.app.post("/collection/v1_0/requesttopay", text, headers=headers, status=400)


def test_a_payer_without_fields_breaks_it(mtn):
    assert mtn.collect(payer={}, status=500).json["code"] == "INTERNAL_PROCESSING_ERROR"


def test_messages_of_160_characters_are_fine(mtn):
    mtn.collect(payerMessage="a" * 160, payeeNote="é" * 160)


@pytest.mark.parametrize("number", ["+260960000001", "0960000001"])
def test_a_plus_or_a_local_zero_makes_a_number_that_nobody_has(mtn, number):
    assert mtn.collect(number, status=500).json["code"] == "PAYER_NOT_FOUND"
    assert mtn.pay_out(number, status=500).json["code"] == "PAYEE_NOT_FOUND"
    assert mtn.get(f"accountholder/msisdn/{number}/active", status=404)


def test_a_status_query_needs_a_uuid_and_one_that_is_known(mtn):
    mtn.status("nothing", status=400)
    assert mtn.status(uuid4(), status=404)["code"] == "RESOURCE_NOT_FOUND"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://example.com/",
        "http://127.0.0.1/x",
        "ftp://localhost/",
        "localhost",
        "http://[",
        "https://localhost.example.com/",
    ],
)
def test_a_callback_goes_to_the_registered_host_only(mtn, url):
    answer = mtn.collect(headers={"X-Callback-Url": url}, status=500).json
    assert answer["code"] == "INVALID_CALLBACK_URL_HOST"


def test_any_path_and_port_of_a_registered_host_will_do(mtn, bench):
    mtn.collect(headers={"X-Callback-Url": "https://LOCALHOST:99/a?b=c"})
    bench.control("callback-host", host="flash.example.com")
    mtn.collect(headers={"X-Callback-Url": "https://flash.example.com/x"})


# --- Around an order


def test_a_payer_is_told_once(mtn, bench):
    reference = mtn.collect()
    path = f"/collection/v1_0/requesttopay/{reference}/deliverynotification"

    def post(text, status, **more):
        headers = mtn.headers(notificationMessage=text, **more)
        return mtn.app.post_json(path, {"notificationMessage": text or ""}, headers=headers, status=status)

    post("a" * 161, 400)
    post(None, 400)
    post("your bread is ready", 200, Language="eng")
    post("your bread is ready", 429)
    mtn.app.post_json(path.replace(reference, str(uuid4())), {}, headers=mtn.headers(), status=404)


def test_an_invoice_can_be_seen_paid_and_taken_back(mtn, bench):
    payer = {"partyIdType": "MSISDN", "partyId": PAYER}
    body = {"amount": "25.00", "currency": "ZMW", "externalId": "1", "intendedPayer": payer, "validityDuration": "360"}
    paid, other = (mtn.post("collection.invoice", body, version="v2_0") for _ in range(2))
    path = f"/collection/v2_0/invoice/{other}"
    mtn.app.delete(path, headers=mtn.headers())
    mtn.app.delete(path, headers=mtn.headers(), status=409)
    bench.after(1)
    answer = mtn.status(paid, "collection.invoice", version="v2_0")
    assert answer["status"] == "SUCCESSFUL"
    assert {"invoiceId", "paymentReference", "expiryDateTime", "intendedPayer"} <= answer.keys()
    assert mtn.status(other, "collection.invoice", version="v2_0")["reason"] == "TRANSACTION_CANCELED"
    assert bench.simulator.bank.balance(own_account(Operator.MTN, Own.COLLECTION)) == Money(2_500)


def test_remittance_pays_from_the_float(mtn, bench):
    for name, version in ("transfer", "v1_0"), ("cashtransfer", "v2_0"):
        body = mtn.body(role="payee", orginatingCountry="ZA")
        reference = mtn.post(f"remittance.{name}", body, version=version)
        bench.after(1)
        assert mtn.status(reference, f"remittance.{name}", version=version)["status"] == "SUCCESSFUL"
    assert held(bench) == (10_005_000, 0, 99_995_000)


def test_a_wallet_can_be_inactive_and_has_a_name(mtn, bench):
    bench.control("wallets", operator="mtn", msisdn="0960000002", active=False, name="Mutale Banda")
    assert mtn.get("accountholder/msisdn/260960000002/active").json == {"result": False}
    told = mtn.get("accountholder/msisdn/260960000002/basicuserinfo").json
    assert (told["given_name"], told["family_name"], told["status"]) == ("Mutale", "Banda", "INACTIVE")
    assert mtn.collect("260960000002", status=500).json["code"] == "PAYER_NOT_FOUND"
    assert mtn.pay_out("260960000002", status=500).json["code"] == "PAYEE_NOT_FOUND"
    mtn.get("accountholder/fax/260960000002/active", status=400)


def test_an_unknown_path_is_404(mtn):
    assert mtn.app.get("/collection/v3_0/requesttopay", status=404).json["statusCode"] == 404
    mtn.app.post("/collection/token", status=404)
