"""Payments over REST: the story of one, and what each of the two people sees."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from webob import Request

PAYEE = "0970000002"
SEND, LIST = "/api/transactions/send/", "/api/transactions/transactions/"


@pytest.fixture
def token(api):
    return api.sign_up("0960000001", "Mutale Banda")


def test_a_payment_from_the_order_to_the_payee(api, token):
    payee = api.sign_up(PAYEE, "Chanda Phiri")
    sent = api.send(token, "097 0000 002", 25.5, description="School fees")
    assert sent == {
        "transaction_id": sent["transaction_id"],
        "reference_id": sent["reference_id"],
        "status": "pending",
        "message": "Please approve the payment on your phone.",
        "amount": "25.50",
        "fee": "0.00",
        "total": "25.50",
        "currency": "ZMW",
    }
    assert api.get(LIST, payee).json == []
    assert api.detail(token, sent["transaction_id"])["status"] == "pending"
    api.pass_by(10)
    assert api.detail(token, sent["reference_id"])["status"] == "processing"
    api.pass_by(60)
    detail = api.detail(token, sent["transaction_id"])
    assert (detail["status"], detail["where"], detail["returned"]) == ("completed", "with the payee", False)
    assert [step["state"] for step in detail["steps"]] == [
        "recorded",
        "collecting",
        "collected",
        "paying_out",
        "completed",
    ]
    assert api.get("/api/transactions/wallet/", token).json["daily_spent"] == "25.50"


def test_each_of_the_two_sees_the_row_their_way(api, token):
    payee = api.sign_up(PAYEE, "Chanda Phiri")
    sent = api.send(token, description="School fees")
    api.pass_by(60)
    (mine,), (theirs,) = api.get(LIST, token).json, api.get(LIST, payee).json
    same = {
        "id": sent["transaction_id"],
        "reference_id": sent["reference_id"],
        "status": "completed",
        "amount": "25.50",
        "currency": "ZMW",
        "sender": "Mutale Banda",
        "recipient": "Chanda Phiri",
        "description": "School fees",
        "failure_reason": None,
        "created_at": "2026-11-23T08:00:00Z",
    }
    assert mine == {**same, "type": "sent", "phone": "+260970000002"}
    assert theirs == {**same, "type": "received", "phone": "+260960000001"}


def test_doubt_about_the_money_is_told_with_its_end(api, token):
    sent = api.send(token)
    told = [api.detail(token, sent["transaction_id"])]
    for seconds in (10, 60):
        api.pass_by(seconds)
        told.append(api.detail(token, sent["transaction_id"]))
    assert [(one["where"], one["certain"]) for one in told] == [
        ("with the payer", True),
        ("with the payer, or leaving", False),
        ("with the payee", True),
    ]
    # A day, the longest pause between two looks, and one lease.
    assert [one["doubt_ends_at"] for one in told] == [None, "2026-11-24T08:11:30Z", None]


def test_people_without_a_name_are_their_number(api):
    token = api.sign_up("0960000001", name="")
    api.send(token)
    (row,) = api.get(LIST, token).json
    assert (row["sender"], row["recipient"], row["description"]) == ("+260960000001", "+260970000002", None)


def test_a_failed_payment_says_why(api, token):
    sent = api.send(token, amount="25.61")
    api.pass_by(60)
    detail = api.detail(token, sent["transaction_id"])
    assert detail["status"] == "failed"
    assert detail["failure_reason"] == "There was probably not enough money in the wallet."
    assert api.get("/api/transactions/wallet/", token).json["daily_spent"] == "0.00"


def test_a_payment_that_comes_back_failed_and_says_that_the_money_is_back(api, token):
    sent = api.send(token, "0970000071")
    api.pass_by(120)
    detail = api.detail(token, sent["transaction_id"])
    assert (detail["status"], detail["returned"]) == ("failed", True)
    assert detail["where"] == "back with the payer"
    assert detail["failure_reason"] == "The recipient's number has no active mobile-money wallet."


@pytest.mark.parametrize("path", ["/api/transactions/{}/cancel/", "/api/transactions/transactions/{}/cancel/"])
def test_a_payment_that_has_not_begun_is_cancelled_at_once(api, token, path):
    sent = api.send(token)
    for _ in range(2):
        answer = api.post(path.format(sent["reference_id"]), token=token).json
        assert (answer["status"], answer["message"]) == ("cancelled", "The payment is cancelled.")
    detail = api.detail(token, sent["transaction_id"])
    assert (detail["status"], detail["failure_reason"]) == ("cancelled", "You cancelled the payment.")


def test_a_change_of_mind_during_the_approval_is_noted_and_the_money_comes_back(api, token):
    sent = api.send(token)
    api.pass_by(5)
    answer = api.post(f"/api/transactions/{sent['transaction_id']}/cancel/", token=token).json
    assert (answer["status"], answer["cancel_wanted"]) == ("processing", True)
    assert "comes back" in answer["message"]
    api.pass_by(120)
    assert api.detail(token, sent["transaction_id"])["returned"] is True


def test_a_wish_noted_before_staff_took_over_is_still_answered(api, token):
    sent = api.send(token, amount="25.83")
    api.pass_by(5)
    cancel = f"/api/transactions/{sent['transaction_id']}/cancel/"
    api.post(cancel, token=token)
    api.pass_by(120)
    assert api.detail(token, sent["transaction_id"])["where"] == "in our float or unproven"
    assert api.post(cancel, token=token).json["message"] == "We know that you do not want this payment any more."


def test_a_completed_payment_cannot_be_cancelled(api, token):
    sent = api.send(token)
    api.pass_by(60)
    answer = api.post(f"/api/transactions/{sent['transaction_id']}/cancel/", token=token, status=409).json
    assert (answer["code"], answer["error"]) == ("too_late_to_cancel", "The payment is completed.")


def test_somebody_elses_payment_looks_like_none(api, token):
    sent = api.send(token)
    stranger = api.sign_up("0960000003")
    for path in ("/api/transactions/transactions/{}/", "/api/transactions/{}/cancel/"):
        call = api.post if "cancel" in path else api.get
        theirs = call(path.format(sent["transaction_id"]), token=stranger, status=404)
        nobodys = call(path.format(uuid4()), token=stranger, status=404)
        assert theirs.body == nobodys.body
    assert api.detail(token, sent["transaction_id"])["cancel_wanted"] is False


def test_the_payee_cannot_cancel(api, token):
    payee = api.sign_up(PAYEE)
    sent = api.send(token)
    api.pass_by(60)
    api.post(f"/api/transactions/{sent['transaction_id']}/cancel/", token=payee, status=404)


@pytest.mark.parametrize("name", ["unknown", "FL20261123ABCDEFGHJK", "%00", "a%20b", "%C3%A9", "x" * 200, "..", "1'--"])
def test_a_name_that_no_payment_has_is_not_found(api, token, name):
    api.get(f"/api/transactions/transactions/{name}/", token, status=404)
    api.post(f"/api/transactions/{name}/cancel/", token=token, status=404)


def test_the_same_key_gives_the_very_same_answer_and_says_so(api, token):
    body = {"recipient_phone": PAYEE, "amount": 25.5}
    first = api.post(SEND, body, token, status=201, headers={"Idempotency-Key": "k1"})
    api.pass_by(60)
    again = api.post(SEND, body, token, status=201, headers={"Idempotency-Key": "k1"})
    assert again.body == first.body
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert api.rows()["transfers"] == 1


def test_the_same_key_twenty_times_at_once_is_one_payment(api, token):
    def order(_):
        headers = {"Authorization": f"Token {token}", "Idempotency-Key": "k1", "Content-Type": "application/json"}
        body = f'{{"recipient_phone": "{PAYEE}", "amount": 25}}'.encode()
        return Request.blank(SEND, method="POST", headers=headers, body=body).get_response(api.wsgi)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(order, range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 19
    assert api.rows()["transfers"] == 1


def test_the_same_key_for_another_payment_is_a_conflict(api, token):
    headers = {"Idempotency-Key": "k1"}
    api.post(SEND, {"recipient_phone": PAYEE, "amount": 25.5}, token, status=201, headers=headers)
    other = {"recipient_phone": PAYEE, "amount": 26}
    assert api.post(SEND, other, token, status=409, headers=headers).json["code"] == "idempotency_conflict"
    assert api.get("/api/transactions/wallet/", token).json["daily_spent"] == "25.50"


@pytest.mark.parametrize("key", ["x" * 256, "é", "a\tb"])
def test_a_key_that_no_header_should_carry_is_refused(api, token, key):
    body = {"recipient_phone": PAYEE, "amount": 25.5}
    api.post(SEND, body, token, status=400, headers={"Idempotency-Key": key})
    assert api.rows()["transfers"] == 0


def test_a_second_tap_without_a_key_is_the_same_payment(api, token):
    body = {"recipient_phone": "097-0000-002", "amount": 25.50, "description": ""}
    first = api.send(token)
    again = api.post(SEND, body, token, status=201)
    assert again.json == first
    assert again.headers["Idempotency-Replayed"] == "true"


def test_an_accepted_payment_wakes_the_jobs_once_it_is_stored(api, token):
    sent = api.send(token)
    assert [str(woken) for woken in api.jobs.woken] == [sent["transaction_id"]]


@pytest.mark.parametrize("amount", ["25", "25.5", "25.50", "25.500", "2.55e1", '"25"', '"25.5"', '"25.50"'])
def test_an_amount_is_a_number_or_its_text_and_read_as_written(api, token, amount):
    text = f'{{"recipient_phone": "{PAYEE}", "amount": {amount}}}'
    sent = api.post_text(SEND, text, token, status=201).json
    assert sent["amount"] == ("25.00" if amount.strip('"') == "25" else "25.50")


def test_the_list_is_the_newest_first_and_goes_on_page_by_page(api, token):
    ids = []
    for amount in range(5, 0, -1):
        ids.insert(0, api.send(token, amount=amount)["transaction_id"])
        api.pass_by(1)
    found, before = [], ""
    while page := api.get(f"{LIST}?limit=2{before}", token).json:
        found += [row["id"] for row in page]
        before = f"&before={page[-1]['id']}"
    assert found == ids
    assert [row["id"] for row in api.get(LIST, token).json] == ids


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("limit=-1", "limit"),
        ("limit=", "limit"),
        ("limit=1e2", "limit"),
        ("limit=%D9%A3", "limit"),
        (f"limit={'9' * 5000}", "limit"),
        ("before=x", "before"),
        ("before=", "before"),
        ("before=%00", "before"),
        ("limit=%ff", "non_field_errors"),
    ],
)
def test_a_page_that_cannot_be_is_refused(api, token, query, field):
    answer = api.get(f"{LIST}?{query}", token, status=400).json
    assert answer[field] == [answer["error"]]


def test_a_page_before_nothing_known_is_empty(api, token):
    api.send(token)
    assert api.get(f"{LIST}?before={uuid4()}", token).json == []


def test_the_wallet_tells_the_days_limit(api, token):
    assert api.get("/api/transactions/wallet/", token).json == {
        "currency": "ZMW",
        "daily_limit": "5000.00",
        "daily_spent": "0.00",
        "balance": "0.00",
        "escrow_balance": "0.00",
        "rewards_balance": "0.00",
    }


def test_the_operators_are_told_with_their_prefixes(api):
    mtn, airtel, zamtel = api.get("/api/payments/providers/").json["providers"]
    assert mtn == {
        "operator": "mtn",
        "brand": "MTN MoMo",
        "prefixes": ["056", "076", "096"],
        "served": True,
        "condition": "closed",
        "retry_after": None,
    }
    assert (airtel["prefixes"], airtel["served"]) == (["057", "077", "097"], True)
    assert (zamtel["brand"], zamtel["served"]) == ("Zamtel Money", False)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("097 0000 002", (True, "+260970000002", "airtel")),
        ("0950000123", (False, "+260950000123", "zamtel")),
        ("+254712345678", (False, None, None)),
        ("Bob", (False, None, None)),
    ],
)
def test_a_number_can_be_checked_before_anything_is_sent(api, number, expected):
    answer = api.post("/api/payments/validate-phone/", {"phone_number": number}).json
    assert (answer["valid"], answer["phone_number"], answer["operator"]) == expected
    assert answer["message"]
