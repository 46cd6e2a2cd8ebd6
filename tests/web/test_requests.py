"""Requests for money over REST: the story of one, and what each of the two people sees."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from webob import Request

from flash.usecases.expire_requests import expire_requests

REQUEST, LIST = "/api/transactions/request/", "/api/transactions/p2p/"
MUTALE, CHANDA = "0960000001", "0970000002"


@pytest.fixture
def payer(api):
    return api.sign_up(MUTALE, "Mutale Banda")


@pytest.fixture
def requester(api):
    return api.sign_up(CHANDA, "Chanda Phiri")


def ask(api, token, amount=25.5, payer=MUTALE, **more):
    body = {"payer_phone": payer, "amount": amount, **more}
    return api.post(REQUEST, body, token, status=201).json


def answer(api, token, made, word, body=None, status=200):
    return api.post(f"{LIST}{made['transaction_id']}/{word}/", body, token, status=status).json


def status_of(api, token, made):
    return api.detail(token, made["transaction_id"])["status"]


def test_a_request_from_the_wish_to_the_money(api, payer, requester):
    made = ask(api, requester, payer="096 0000 001", description="Lunch")
    assert [status_of(api, who, made) for who in (payer, requester)] == ["pending", "pending"]
    approved = answer(api, payer, made, "approve")
    assert approved == {
        "transaction_id": approved["transaction_id"],
        "reference_id": approved["reference_id"],
        "status": "pending",
        "message": "Please approve the payment on your phone.",
        "amount": "25.50",
        "fee": "0.00",
        "total": "25.50",
        "currency": "ZMW",
        "request_id": made["transaction_id"],
    }
    assert answer(api, payer, made, "approve") == approved
    assert [status_of(api, who, made) for who in (payer, requester)] == ["processing", "processing"]
    api.pass_by(60)
    assert [status_of(api, who, made) for who in (payer, requester)] == ["completed", "completed"]
    assert api.detail(payer, approved["transaction_id"])["status"] == "completed"
    (money,) = api.get("/api/transactions/transactions/", requester).json
    assert (money["id"], money["type"], money["sender"]) == (approved["transaction_id"], "received", "Mutale Banda")


def test_the_answer_has_one_id_in_both_shapes_and_a_picture(api, requester):
    made = ask(api, requester, description="Lunch")
    assert made["transaction_id"] == made["transaction"]["id"] == made["p2p_details"]["id"]
    assert made["reference_id"].startswith("RQ20261123")
    assert made["transaction"]["type"] == "sent"
    assert made["p2p_details"]["request_expires_at"] == "2026-11-24T08:00:00Z"
    assert made["qr_code"].startswith("data:image/png;base64,")


def test_each_of_the_two_sees_the_row_with_the_direction_of_the_request(api, payer, requester):
    made = ask(api, requester, description="Lunch")
    (mine,), (theirs,) = api.get(LIST, requester).json, api.get(LIST, payer).json
    transaction = {
        "id": made["transaction_id"],
        "reference_id": made["reference_id"],
        "status": "pending",
        "amount": "25.50",
        "currency": "ZMW",
        "description": "Lunch",
        "created_at": "2026-11-23T08:00:00Z",
    }
    same = {
        "id": made["transaction_id"],
        "is_payment_request": True,
        "request_expires_at": "2026-11-24T08:00:00Z",
        "sender_name": "Chanda Phiri",
        "recipient_name": "Mutale Banda",
    }
    assert mine == {**same, "transaction": {**transaction, "type": "sent", "phone": "+260960000001"}}
    assert theirs == {**same, "transaction": {**transaction, "type": "received", "phone": "+260970000002"}}
    assert api.get("/api/transactions/transactions/", requester).json == []


def test_one_request_is_found_by_its_id_and_its_number(api, payer, requester):
    made = ask(api, requester, description="Lunch")
    mine, theirs = (api.detail(who, made["reference_id"]) for who in (requester, payer))
    assert mine == {
        "id": made["transaction_id"],
        "transaction_id": made["transaction_id"],
        "reference_id": made["reference_id"],
        "type": "sent",
        "status": "pending",
        "amount": "25.50",
        "currency": "ZMW",
        "sender": "Chanda Phiri",
        "recipient": "Mutale Banda",
        "phone": "+260960000001",
        "description": "Lunch",
        "failure_reason": None,
        "is_payment_request": True,
        "request_expires_at": "2026-11-24T08:00:00Z",
        "transfer_id": None,
        "transfer_reference_id": None,
        "created_at": "2026-11-23T08:00:00Z",
        "updated_at": "2026-11-23T08:00:00Z",
    }
    assert theirs == {**mine, "type": "received", "phone": "+260970000002"}


def test_the_payment_is_the_payers_business_until_it_is_there(api, payer, requester):
    made = ask(api, requester)
    approved = answer(api, payer, made, "approve")
    told = [api.detail(who, made["transaction_id"])["transfer_id"] for who in (payer, requester)]
    assert told == [approved["transaction_id"], None]
    api.pass_by(60)
    detail = api.detail(requester, made["transaction_id"])
    assert (detail["transfer_id"], detail["transfer_reference_id"]) == (
        approved["transaction_id"],
        approved["reference_id"],
    )


def test_a_request_that_is_declined_says_why(api, payer, requester):
    made = ask(api, requester)
    declined = answer(api, payer, made, "decline", {"reason": " I paid   in cash "})
    assert (declined["status"], declined["transaction_id"]) == ("declined", made["transaction_id"])
    assert answer(api, payer, made, "decline") == declined
    detail = api.detail(requester, made["transaction_id"])
    assert (detail["status"], detail["failure_reason"]) == ("declined", "I paid in cash")
    refused = answer(api, payer, made, "approve", status=409)
    assert (refused["code"], refused["error"]) == ("request_closed", "This request was declined.")


def test_a_request_can_be_cancelled_by_whoever_made_it(api, payer, requester):
    made = ask(api, requester)
    cancelled = answer(api, requester, made, "cancel")
    assert (cancelled["status"], answer(api, requester, made, "cancel")) == ("cancelled", cancelled)
    assert status_of(api, payer, made) == "cancelled"
    for word in ("approve", "decline"):
        assert answer(api, payer, made, word, status=409)["code"] == "request_closed"


def test_a_request_is_over_at_once_when_its_time_is_whether_anybody_noted_it_or_not(api, payer, requester):
    made = ask(api, requester, expires_in_hours=1)
    api.clock.pass_by(timedelta(hours=1))
    assert [api.get(LIST, who).json[0]["transaction"]["status"] for who in (payer, requester)] == ["expired"] * 2
    detail = api.detail(requester, made["transaction_id"])
    assert (detail["status"], detail["failure_reason"]) == ("expired", "This request has expired.")
    assert answer(api, payer, made, "approve", status=409)["error"] == "This request has expired."
    assert expire_requests(api.services.database.unit_of_work, api.clock) == 1
    assert status_of(api, requester, made) == "expired"


def test_a_payment_that_fails_lets_the_request_be_answered_again(api, requester):
    poor = api.sign_up("0960000061")
    made = ask(api, requester, payer="0960000061")
    first = answer(api, poor, made, "approve")
    api.pass_by(60)
    assert api.detail(poor, first["transaction_id"])["status"] == "failed"
    assert status_of(api, requester, made) == "pending"
    assert answer(api, poor, made, "approve")["transaction_id"] != first["transaction_id"]


def test_only_the_two_people_can_do_their_part(api, payer, requester):
    made = ask(api, requester)
    stranger = api.sign_up("0960000003")
    for word in ("approve", "decline"):
        refused = answer(api, requester, made, word, status=403)
        assert refused["error"] == "Only the person whom you asked can answer this request."
    assert answer(api, payer, made, "cancel", status=403)["code"] == "not_allowed"
    for word in ("approve", "decline", "cancel", "block"):
        theirs = api.post(f"{LIST}{made['transaction_id']}/{word}/", token=stranger, status=404)
        nobodys = api.post(f"{LIST}{uuid4()}/{word}/", token=stranger, status=404)
        assert theirs.body == nobodys.body
    assert api.get(f"/api/transactions/transactions/{made['transaction_id']}/", stranger, status=404)
    assert api.get(LIST, stranger).json == []


def test_whether_the_payer_has_an_account_makes_no_difference_to_the_answer(api, payer, requester):
    known, unknown = ask(api, requester), ask(api, requester, payer="0960000009")
    assert known.keys() == unknown.keys()
    assert known["message"] == unknown["message"]
    told = {to.e164: text for to, text in sent(api).values()}
    assert "Open Flash to approve or decline" in told["+260960000001"]
    assert told["+260960000009"] == (
        "Chanda Phiri (+260970000002) asks you for K25.50. To pay, get Flash and sign up with this number."
    )
    late = api.sign_up("0960000009", "Bwalya Mumba")
    assert [row["id"] for row in api.get(LIST, late).json] == [unknown["transaction_id"]]


def sent(api):
    api.services.postman.deliver(most=100)
    return api.messenger.sent


def test_a_second_tap_is_the_same_request_and_says_so(api, requester):
    body = {"payer_phone": MUTALE, "amount": 25.5, "description": "Lunch"}
    first = api.post(REQUEST, body, requester, status=201)
    again = api.post(REQUEST, {**body, "payer_phone": "+260 96 0000 001"}, requester, status=201)
    assert again.body == first.body
    assert [one.headers.get("Idempotency-Replayed") for one in (first, again)] == [None, "true"]
    assert (api.rows()["payment_requests"], len(sent(api))) == (1, 2)  # One of the messages is the code of sign-up.


def test_the_same_key_is_the_same_request_for_ever_and_no_other_one(api, requester):
    headers = {"Idempotency-Key": "k1"}
    body = {"payer_phone": MUTALE, "amount": 25.5}
    first = api.post(REQUEST, body, requester, status=201, headers=headers)
    answer(api, requester, first.json, "cancel")
    assert api.post(REQUEST, body, requester, status=201, headers=headers).body == first.body
    for other in ({**body, "amount": 26}, {**body, "expires_in_hours": 2}):
        refused = api.post(REQUEST, other, requester, status=409, headers=headers).json
        assert refused["code"] == "idempotency_conflict"


def test_approving_eight_times_at_once_is_one_payment(api, payer, requester):
    path = f"{LIST}{ask(api, requester)['transaction_id']}/approve/"

    def approve(_):
        return Request.blank(path, method="POST", headers={"Authorization": f"Token {payer}"}).get_response(api.wsgi)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(approve, range(8)))
    assert {one.status_code for one in answers} == {200}
    assert len({one.body for one in answers}) == 1
    assert api.rows()["transfers"] == 1


@pytest.mark.parametrize("content_type", [None, "application/json", "text/plain"])
def test_answers_may_come_without_a_body(api, payer, requester, content_type):
    headers = {"Authorization": f"Token {payer}", **({"Content-Type": content_type} if content_type else {})}
    for amount, word in ((10, "approve"), (11, "decline")):
        path = f"{LIST}{ask(api, requester, amount)['transaction_id']}/{word}/"
        assert Request.blank(path, method="POST", headers=headers).get_response(api.wsgi).status_code == 200


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"payer_phone": "Bob"}, "payer_phone"),
        ({"payer_phone": "0950000001"}, "payer_phone"),
        ({"payer_phone": CHANDA}, "payer_phone"),
        ({"payer_phone": None}, "payer_phone"),
        ({"amount": None}, "amount"),
        ({"amount": 0}, "amount"),
        ({"amount": 0.5}, "amount"),
        ({"amount": 20000.01}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": 1.001}, "amount"),
        ({"description": "x" * 501}, "description"),
        ({"description": "a\u0007b"}, "description"),
        ({"description": 5}, "description"),
        ({"expires_in_hours": 0}, "expires_in_hours"),
        ({"expires_in_hours": 169}, "expires_in_hours"),
        ({"expires_in_hours": 1.5}, "expires_in_hours"),
        ({"expires_in_hours": "24"}, "expires_in_hours"),
    ],
)
def test_what_nobody_could_pay_is_refused_and_nothing_is_stored(api, requester, changed, field):
    body = {"payer_phone": MUTALE, "amount": 25, **changed}
    before = api.rows()
    refused = api.post(REQUEST, body, requester, status=400).json
    assert refused[field] == [refused["error"]]
    assert api.rows() == before


def test_hours_are_read_however_they_are_written(api, requester):
    texts = [
        f'{{"payer_phone": "{MUTALE}", "amount": 25, "expires_in_hours": {hours}}}' for hours in ("2", "2.0", "2e0")
    ]
    made = [api.post_text(REQUEST, text, requester, status=201).json for text in texts]
    assert {one["p2p_details"]["request_expires_at"] for one in made} == {"2026-11-23T10:00:00Z"}
    assert len({one["transaction_id"] for one in made}) == 1


@pytest.mark.parametrize("reason", [5, "x" * 201, "a\u0007b"])
def test_a_reason_that_is_no_text_is_refused(api, payer, requester, reason):
    made = ask(api, requester)
    assert answer(api, payer, made, "decline", {"reason": reason}, status=400)["reason"]
    assert status_of(api, requester, made) == "pending"


def test_the_list_goes_on_page_by_page(api, payer, requester):
    ids = [ask(api, requester, amount)["transaction_id"] for amount in range(1, 6)]
    found, before = [], ""
    while page := api.get(f"{LIST}?limit=2{before}", payer).json:
        found += [row["id"] for row in page]
        before = f"&before={page[-1]['id']}"
    assert sorted(found) == sorted(ids)
    assert api.get(f"{LIST}?limit=0", payer, status=400).json["limit"]


def test_who_asks_too_often_has_to_wait_and_so_has_whoever_asks_a_number_that_was_asked_too_often(api, requester):
    friend = api.sign_up("0960000003")
    for amount in range(1, 21):
        ask(api, requester, amount)
    body = {"payer_phone": MUTALE, "amount": 40}
    assert api.post(REQUEST, body, friend, status=429).json["code"] == "too_soon"
    for amount in range(21, 31):
        ask(api, requester, amount, payer="0960000004")
    assert int(api.post(REQUEST, {**body, "payer_phone": "0960000005"}, requester, status=429).headers["Retry-After"])


# --- Blocks


BLOCKS = "/api/auth/blocks/"


def test_a_blocked_requester_notices_nothing_and_is_not_heard(api, payer, requester):
    before = ask(api, requester, 10)
    block = api.post(f"{LIST}{before['transaction_id']}/block/", token=payer, status=201).json
    assert (block["name"], block["phone_number"]) == ("Chanda Phiri", "+260970000002")
    told = len(sent(api))
    after = ask(api, requester, 11)
    assert len(sent(api)) == told
    assert api.get(LIST, payer).json == []
    for made in (before, after):
        assert status_of(api, requester, made) == "pending"
        answer(api, payer, made, "approve", status=404)
        api.get(f"/api/transactions/transactions/{made['transaction_id']}/", payer, status=404)
    assert len(api.get(LIST, requester).json) == 2
    assert api.get(BLOCKS, payer).json == [block]
    api.app.delete(f"{BLOCKS}{block['id']}/", headers={"Authorization": f"Token {payer}"})
    assert (len(api.get(LIST, payer).json), api.get(BLOCKS, payer).json) == (2, [])


def test_a_number_is_blocked_without_telling_who_has_it(api, payer, requester):
    known, unknown = (
        api.post(BLOCKS, {"phone_number": number}, payer, status=201).json for number in (CHANDA, "0970000009")
    )
    assert (known["name"], unknown["name"]) == ("+260970000002", "+260970000009")
    assert api.post(BLOCKS, {"phone_number": CHANDA}, payer, status=201).json == known
    assert api.post(BLOCKS, {"phone_number": MUTALE}, payer, status=400).json["phone_number"]
    answer(api, requester, ask(api, requester), "block", status=403)


def test_somebody_elses_block_looks_like_none(api, payer, requester):
    block = api.post(BLOCKS, {"phone_number": CHANDA}, payer, status=201).json
    headers = {"Authorization": f"Token {requester}"}
    theirs = api.app.delete(f"{BLOCKS}{block['id']}/", headers=headers, status=404)
    nobodys = api.app.delete(f"{BLOCKS}{uuid4()}/", headers=headers, status=404)
    assert theirs.body == nobodys.body
    api.app.delete(f"{BLOCKS}x/", headers=headers, status=404)
    assert len(api.get(BLOCKS, payer).json) == 1
