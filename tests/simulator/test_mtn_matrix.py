"""MTN's sandbox numbers: every cell of its table (facts A10)."""

import pytest

FAILED, REJECTED, EXPIRED = "INTERNAL_PROCESSING_ERROR", "APPROVAL_REJECTED", "EXPIRED"
FIRST_FIVE = {"450": FAILED, "451": REJECTED, "452": EXPIRED, "453": None, "454": None}
"""None is: still pending."""

ORDERS = FIRST_FIVE | {
    "455": "PAYER_NOT_FOUND",
    "456": "PAYEE_NOT_ALLOWED_TO_RECEIVE",
    "457": "NOT_ALLOWED",
    "458": "NOT_ALLOWED_TARGET_ENVIRONMENT",
    "459": "INVALID_CALLBACK_URL_HOST",
    "460": "INVALID_CURRENCY",
    "461": "INTERNAL_PROCESSING_ERROR",
    "462": "SERVICE_UNAVAILABLE",
    "463": "COULD_NOT_PERFORM_TRANSACTION",
}
TRANSFERS = FIRST_FIVE | {
    "455": "NOT_ENOUGH_FUNDS",
    "456": "PAYER_LIMIT_REACHED",
    "457": "PAYEE_NOT_FOUND",
    "458": "NOT_ALLOWED",
    "459": "NOT_ALLOWED_TARGET_ENVIRONMENT",
    "460": "INVALID_CALLBACK_URL_HOST",
    "461": "INVALID_CURRENCY",
    "462": "INTERNAL_PROCESSING_ERROR",
    "463": "SERVICE_UNAVAILABLE",
    "464": "TRANSFER_TYPE_UNKNOWN",
}
PREAPPROVALS = FIRST_FIVE | {
    "455": "PAYER_NOT_FOUND",
    "456": "NOT_ALLOWED",
    "457": "NOT_ALLOWED_TARGET_ENVIRONMENT",
    "458": "INVALID_CALLBACK_URL_HOST",
    "459": "INVALID_CURRENCY",
    "460": "INTERNAL_PROCESSING_ERROR",
    "461": "SERVICE_UNAVAILABLE",
}
TABLE = {
    ("collection.requesttopay", "v1_0", "payer"): ORDERS | {"464": "TRANSFER_TYPE_UNKNOWN"},
    ("collection.requesttowithdraw", "v2_0", "payer"): ORDERS,
    ("disbursement.deposit", "v2_0", "payee"): ORDERS,
    ("disbursement.transfer", "v1_0", "payee"): TRANSFERS,
    ("remittance.transfer", "v1_0", "payee"): TRANSFERS,
}
CELLS = [(*where, ending, reason) for where, column in TABLE.items() for ending, reason in column.items()]


def of(answer):
    return answer["status"], answer.get("reason")


def expected(reason):
    return ("FAILED", reason) if reason else ("PENDING", None)


@pytest.mark.parametrize(("what", "version", "role", "ending", "reason"), CELLS)
def test_a_sandbox_number_means_what_the_table_says(sandbox, what, version, role, ending, reason):
    body = sandbox.body(f"46733123{ending}", "5", role)
    reference = sandbox.post(what, body, version=version)
    assert of(sandbox.ended(reference, what)) == expected(reason)


@pytest.mark.parametrize(("ending", "reason"), PREAPPROVALS.items())
def test_a_preapproval_has_its_own_column(sandbox, bench, ending, reason):
    assert of(preapproved(sandbox, bench, ending)) == expected(reason)


def preapproved(sandbox, bench, ending, status=200):
    payer = {"partyIdType": "MSISDN", "partyId": f"46733123{ending}"}
    body = {"payer": payer, "payerCurrency": "EUR", "payerMessage": "again and again", "validityTime": 3600}
    reference = sandbox.post("collection.preapproval", body, version="v2_0")
    bench.after(5)
    return sandbox.status(reference, "collection.preapproval", version="v2_0", status=status)


def test_a_preapproval_may_be_one_that_nobody_knows_and_moves_no_money(sandbox, bench):
    assert preapproved(sandbox, bench, "469", status=404)["code"] == "RESOURCE_NOT_FOUND"
    assert preapproved(sandbox, bench, "499")["status"] == "SUCCESSFUL"
    assert sandbox.get("account/balance").json["availableBalance"] == "0.00"


@pytest.mark.parametrize("number", ["46733123499", "56733123450", "56733123455", "260960000001"])
def test_any_other_number_succeeds(sandbox, number):
    answer = sandbox.ended(sandbox.collect(number))
    assert answer["status"] == "SUCCESSFUL"
    assert answer["financialTransactionId"]


@pytest.mark.parametrize(
    ("ending", "status", "answer"),
    [
        ("450", 404, "RESOURCE_NOT_FOUND"),
        ("451", 200, False),
        ("452", 500, "NOT_ALLOWED"),
        ("453", 500, "NOT_ALLOWED_TARGET_ENVIRONMENT"),
        ("454", 500, "INTERNAL_PROCESSING_ERROR"),
        ("455", 503, "SERVICE_UNAVAILABLE"),
        ("456", 200, True),
        ("457", 200, True),
    ],
)
@pytest.mark.parametrize("kind", ["msisdn", "MSISDN"])
def test_the_active_check_has_its_own_column(sandbox, ending, status, answer, kind):
    told = sandbox.get(f"accountholder/{kind}/46733123{ending}/active", status=status).json
    assert (told["result"] if status == 200 else told["code"]) == answer


REFUNDS = {
    "2": FAILED,
    "3": REJECTED,
    "4": EXPIRED,
    "5": None,
    "6": None,
    "7": "NOT_ALLOWED",
    "8": "NOT_ALLOWED_TARGET_ENVIRONMENT",
    "9": "INVALID_CALLBACK_URL_HOST",
    "10": "INVALID_CURRENCY",
    "11": "INTERNAL_PROCESSING_ERROR",
    "12": "SERVICE_UNAVAILABLE",
    "13": "COULD_NOT_PERFORM_TRANSACTION",
}


@pytest.mark.parametrize(("number", "reason"), REFUNDS.items())
def test_a_refund_of_a_small_number_means_what_the_table_says(sandbox, number, reason):
    reference = sandbox.refund(number)
    assert of(sandbox.ended(reference, "disbursement.refund")) == expected(reason)
    assert sandbox.app.get("/control/wallets").json == {"wallets": []}


def test_a_refund_of_number_one_is_not_found(sandbox):
    assert sandbox.refund("1", status=404).json["code"] == "RESOURCE_NOT_FOUND"


@pytest.mark.parametrize(
    ("amount", "first", "later"),
    [
        ("1000", "SUCCESSFUL", "SUCCESSFUL"),
        ("2000", "FAILED", "FAILED"),
        ("3000", "PENDING", "SUCCESSFUL"),
        ("4000", "PENDING", "FAILED"),
        ("5000", "PENDING", "PENDING"),
        ("6000", "PENDING", "PENDING"),
        ("7000", "FAILED", "FAILED"),
    ],
)
def test_a_payment_means_what_its_amount_says(sandbox, bench, amount, first, later):
    body = {"externalTransactionId": "1", "money": {"amount": amount, "currency": "EUR"}, "customerReference": "me"}
    reference = sandbox.post("collection.payment", body, version="v2_0")
    bench.after(5)
    assert sandbox.status(reference, "collection.payment", version="v2_0")["status"] == first
    bench.after(10)
    assert sandbox.status(reference, "collection.payment", version="v2_0")["status"] == later


def test_some_deployments_refuse_in_the_answer_to_the_order(sandbox, bench):
    bench.control("settings", refusals_as="http")
    assert sandbox.collect("46733123455", status=500).json["code"] == "PAYER_NOT_FOUND"
    assert sandbox.collect("46733123462", status=503).json["code"] == "SERVICE_UNAVAILABLE"
    assert sandbox.ended(sandbox.collect("46733123450"))["status"] == "FAILED"
