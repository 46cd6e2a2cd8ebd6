"""QR codes: what they say, their pictures, and paying by scan."""

import base64

import pytest

QR = "/api/transactions/generate-qr/"
REQUEST = "/api/transactions/request/"


@pytest.fixture
def token(api):
    return api.sign_up("0970000002", "Chanda Phiri")


def test_a_code_says_who_is_paid(api, token):
    for body in (None, {}, {"amount": None, "message": None}):
        assert api.post(QR, body, token).json["qr_code_data"] == {
            "type": "flash_payment",
            "phone": "+260970000002",
            "name": "Chanda Phiri",
        }


@pytest.mark.parametrize("amount", ["50", "50.00", 50, 50.0], ids=repr)
def test_a_code_with_an_amount_and_a_message_says_them_as_text(api, token, amount):
    told = api.post(QR, {"amount": amount, "message": " Two  tomatoes "}, token).json["qr_code_data"]
    assert (told["amount"], told["message"]) == ("50.00", "Two tomatoes")


def test_a_code_comes_with_pictures_that_any_phone_can_draw(api, token):
    answer = api.post(QR, {"amount": "50"}, token).json
    kind, _, data = answer["qr_code"].partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(data).startswith(b"\x89PNG")
    assert answer["qr_svg"].startswith("<svg")


def test_who_has_no_name_is_their_number(api):
    token = api.sign_up("0960000001", name="")
    assert api.post(QR, {}, token).json["qr_code_data"]["name"] == "+260960000001"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"amount": "x"}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": -1}, "amount"),
        ({"amount": "1.001"}, "amount"),
        ({"amount": 1e300}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": []}, "amount"),
        ({"message": "x" * 201}, "non_field_errors"),
        ({"message": "x" * 60_000}, "non_field_errors"),
        ({"message": "a\u0007b"}, "non_field_errors"),
        ({"message": 5}, "non_field_errors"),
    ],
)
def test_what_no_code_can_say_is_refused_with_a_sentence(api, token, body, field):
    refused = api.post(QR, body, token, status=400).json
    assert refused[field] == [refused["error"]]


@pytest.mark.parametrize("message", ["\U0001f389" * 200, '"\\' * 100, "ŋ" * 200])
def test_the_longest_and_oddest_text_still_has_a_picture(api, message):
    token = api.sign_up("0960000001", name="\U0001f389" * 100)
    assert api.post(QR, {"amount": "9999999999.99", "message": message}, token).json["qr_code"]


# --- Paying by scan


def scanned(api, token):
    """Ask Mutale for K25.50, and return the request with what its code says."""
    body = {"payer_phone": "0960000001", "amount": 25.5, "description": "Lunch"}
    made = api.post(REQUEST, body, token, status=201).json
    return made, made["qr_code_data"]


def test_the_code_of_a_request_is_a_payment_that_names_it(api, token):
    made, code = scanned(api, token)
    assert code == {
        "type": "flash_payment",
        "phone": "+260970000002",
        "name": "Chanda Phiri",
        "amount": "25.50",
        "message": f"Lunch {made['reference_id']}",
    }


def test_the_payers_scan_settles_the_request_and_it_is_not_paid_twice(api, token):
    made, code = scanned(api, token)
    payer = api.sign_up("0960000001")
    paid = api.send(payer, code["phone"], code["amount"], description=code["message"])
    assert api.detail(token, made["transaction_id"])["status"] == "processing"
    approved = api.post(f"/api/transactions/p2p/{made['transaction_id']}/approve/", token=payer).json
    assert approved["transaction_id"] == paid["transaction_id"]
    api.pass_by(60)
    assert api.detail(token, made["transaction_id"])["status"] == "completed"
    body = {"recipient_phone": code["phone"], "amount": code["amount"], "description": code["message"]}
    assert api.post("/api/transactions/send/", body, payer, status=409).json["code"] == "request_closed"
    assert api.rows()["transfers"] == 1


def test_somebody_elses_scan_is_an_ordinary_payment(api, token):
    made, code = scanned(api, token)
    friend = api.sign_up("0960000003")
    api.send(friend, code["phone"], code["amount"], description=code["message"])
    api.pass_by(60)
    assert api.detail(token, made["transaction_id"])["status"] == "pending"
