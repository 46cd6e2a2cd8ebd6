"""Whatever is sent, the answer is a sentence that a person understands, and nothing is stored."""

import pytest

SEND = "/api/transactions/send/"
GOOD = {"recipient_phone": "0970000002", "amount": 25.5}

AMOUNT = "Please enter an amount like 25 or 25.50."
NUMBER = "Please enter a Zambian mobile number, like 096 0000 123."
NOT_JSON = "This is not valid JSON."

ORDERS = {
    "no amount": ('{"recipient_phone": "0970000002"}', "amount", AMOUNT),
    "amount null": ('{"recipient_phone": "0970000002", "amount": null}', "amount", AMOUNT),
    "amount true": ('{"recipient_phone": "0970000002", "amount": true}', "amount", AMOUNT),
    "amount a list": ('{"recipient_phone": "0970000002", "amount": [1]}', "amount", AMOUNT),
    "amount with a comma": ('{"recipient_phone": "0970000002", "amount": "12,50"}', "amount", AMOUNT),
    "amount as words": ('{"recipient_phone": "0970000002", "amount": "ten"}', "amount", AMOUNT),
    "amount NaN as text": ('{"recipient_phone": "0970000002", "amount": "NaN"}', "amount", AMOUNT),
    "amount with underscores": ('{"recipient_phone": "0970000002", "amount": "1_000"}', "amount", AMOUNT),
    "amount empty": ('{"recipient_phone": "0970000002", "amount": ""}', "amount", AMOUNT),
    "amount 0": ('{"recipient_phone": "0970000002", "amount": 0}', "amount", "The smallest amount"),
    "amount 0.00": ('{"recipient_phone": "0970000002", "amount": "0.00"}', "amount", "The smallest amount"),
    "amount -0.0": ('{"recipient_phone": "0970000002", "amount": -0.0}', "amount", "The smallest amount"),
    "amount negative": ('{"recipient_phone": "0970000002", "amount": -5}', "amount", "The smallest amount"),
    "amount 1.005": (
        '{"recipient_phone": "0970000002", "amount": 1.005}',
        "amount",
        "Amounts have at most 2 decimals.",
    ),
    "amount 1e400": ('{"recipient_phone": "0970000002", "amount": 1e400}', "amount", AMOUNT),
    "amount 1e999999999": ('{"recipient_phone": "0970000002", "amount": 1e999999999}', "amount", AMOUNT),
    "amount 1e-400": ('{"recipient_phone": "0970000002", "amount": 1e-400}', "amount", "Amounts have at most"),
    "amount of 4000 digits": (f'{{"recipient_phone": "0970000002", "amount": {"9" * 4000}}}', "amount", AMOUNT),
    "amount above an operator's most": ('{"recipient_phone": "0970000002", "amount": 20000.01}', "amount", "K"),
    "amount above the day": ('{"recipient_phone": "0970000002", "amount": 5000.01}', "amount", "limit of K5,000.00"),
    "no payee": ('{"amount": 25.5}', "recipient_phone", NUMBER),
    "payee null": ('{"recipient_phone": null, "amount": 25.5}', "recipient_phone", NUMBER),
    "payee a number": ('{"recipient_phone": 970000002, "amount": 25.5}', "recipient_phone", NUMBER),
    "payee empty": ('{"recipient_phone": "", "amount": 25.5}', "recipient_phone", NUMBER),
    "payee Bob": ('{"recipient_phone": "Bob", "amount": 25.5}', "recipient_phone", NUMBER),
    "payee oneself": ('{"recipient_phone": "+260 96 000-0001", "amount": 25.5}', "recipient_phone", "your own number"),
    "payee a landline": ('{"recipient_phone": "+260211123456", "amount": 25.5}', "recipient_phone", NUMBER),
    "payee in Kenya": ('{"recipient_phone": "+254712345678", "amount": 25.5}', "recipient_phone", "Only Zambian"),
    "payee of a fourth operator": ('{"recipient_phone": "0980000123", "amount": 25.5}', "recipient_phone", "number"),
    "payee with Zamtel": (
        '{"recipient_phone": "0950000123", "amount": 25.5}',
        "recipient_phone",
        "Zamtel Money is not",
    ),
    "payee of 50,000 digits": (f'{{"recipient_phone": "{"9" * 50000}", "amount": 1}}', "recipient_phone", NUMBER),
    "both missing": ("{}", "recipient_phone", NUMBER),
    "a long text": (
        f'{{"recipient_phone": "0970000002", "amount": 1, "description": "{"x" * 501}"}}',
        "description",
        "Please use at most 500 characters.",
    ),
    "a text that is none": (
        '{"recipient_phone": "0970000002", "amount": 1, "description": 5}',
        "description",
        "Please",
    ),
    "a text that rings": (
        '{"recipient_phone": "0970000002", "amount": 1, "description": "\\u0007"}',
        "description",
        "characters that cannot be used",
    ),
}

NO_ORDERS = {
    "nothing": ("", "Please send a JSON object."),
    "no JSON": ("amount=25", NOT_JSON),
    "half of JSON": ('{"recipient_phone": "0970000002", "amount": 2', NOT_JSON),
    "an array": ("[]", "Please send a JSON object."),
    "a text": ('"text"', "Please send a JSON object."),
    "null": ("null", "Please send a JSON object."),
    "NaN": ('{"recipient_phone": "0970000002", "amount": NaN}', NOT_JSON),
    "Infinity": ('{"recipient_phone": "0970000002", "amount": -Infinity}', NOT_JSON),
    "5000 digits": (f'{{"recipient_phone": "0970000002", "amount": {"9" * 5000}}}', NOT_JSON),
    "an endless exponent": ('{"recipient_phone": "0970000002", "amount": 1e99999999999999999999}', NOT_JSON),
    "two amounts": ('{"recipient_phone": "0970000002", "amount": 1, "amount": 2}', NOT_JSON),
    "NUL": ('{"recipient_phone": "0970000002", "amount": 1, "description": "a\\u0000b"}', NOT_JSON),
    "NUL in a name": ('{"recipient_phone": "0970000002", "amount": 1, "\\u0000": 1}', NOT_JSON),
    "half of a character": ('{"recipient_phone": "0970000002", "amount": 1, "description": ["\\ud800"]}', NOT_JSON),
    "deep nesting": ('{"x": ' + "[" * 30000 + "]" * 30000 + "}", NOT_JSON),
    "rather deep nesting": ('{"x": ' * 60 + "1" + "}" * 60, NOT_JSON),
    "no UTF-8": (b'{"recipient_phone": "\xff"}', NOT_JSON),
    "UTF-16": ("{}".encode("utf-16"), NOT_JSON),
    "a byte order mark": ("\ufeff{}".encode(), NOT_JSON),
}


@pytest.fixture
def token(api):
    return api.sign_up("0960000001")


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_that_cannot_be_executed_is_refused_with_a_sentence_at_its_field(api, token, name):
    text, field, sentence = ORDERS[name]
    before = api.rows()
    answer = api.post_text(SEND, text, token).json
    assert sentence in answer["error"]
    assert answer[field] == [answer["error"]]
    assert answer["error"] == answer["message"] == answer["detail"]
    assert api.rows() == before


@pytest.mark.parametrize("name", NO_ORDERS)
def test_what_is_no_order_at_all_is_refused_with_a_sentence(api, token, name):
    text, sentence = NO_ORDERS[name]
    before = api.rows()
    answer = api.post_text(SEND, text, token).json
    assert sentence in answer["error"]
    assert answer["error"] == answer["message"] == answer["detail"]
    assert api.rows() == before


@pytest.mark.parametrize("token", [None, "unknown", "dev-token-1"])
def test_nobody_orders_without_a_good_token_and_is_told_so_before_anything_else(api, token):
    for body in (GOOD, {}):
        assert api.post(SEND, body, token, status=401).json["code"] == "not_signed_in"
    assert api.rows()["transfers"] == 0


def test_the_days_limit_holds_over_several_orders(api, token):
    api.send(token, amount=4000)
    answer = api.post(SEND, {**GOOD, "amount": 1000.01}, token, status=400).json
    assert answer["code"] == "day_limit_reached"
    api.send(token, amount=1000)
    assert api.rows()["transfers"] == 2


def test_a_text_of_500_characters_is_kept(api, token):
    sent = api.send(token, description="é" * 500)
    assert api.detail(token, sent["transaction_id"])["description"] == "é" * 500


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("send-otp", {}, "phone_number"),
        ("send-otp", {"phone_number": None}, "phone_number"),
        ("send-otp", {"phone_number": "Bob"}, "phone_number"),
        ("send-otp", {"phone_number": "+260211123456"}, "phone_number"),
        ("verify-otp", {"phone_number": "0960000009"}, "otp_code"),
        ("verify-otp", {"phone_number": "0960000009", "otp_code": 123456}, "otp_code"),
        ("verify-otp", {"phone_number": "0960000009", "otp_code": "12345"}, "otp_code"),
        ("verify-otp", {"phone_number": "0960000009", "otp_code": "１２３４５６"}, "otp_code"),
        ("verify-otp", {"phone_number": "0960000009", "otp_code": "123456\n"}, "otp_code"),
        ("verify-otp", {"phone_number": "0960000009", "otp_code": "123456"}, "otp_code"),
        ("register", {"phone_number": "0960000009"}, "password"),
        ("register", {"phone_number": "0960000009", "password": "abcdef"}, "password_confirm"),
        ("register", {"phone_number": "0960000009", "password": "abc", "password_confirm": "abc"}, "password"),
        ("register", {"phone_number": "0960000009", "password": "abcdef", "password_confirm": "x"}, "password_confirm"),
        ("register", {"phone_number": "0960000009", "password": "x" * 300, "password_confirm": "x" * 300}, "password"),
        ("login", {"phone_number": "0960000009"}, "password"),
        ("login", {"phone_number": "0960000009", "password": 5}, "password"),
        ("login", {"phone_number": ["0960000009"], "password": "x"}, "phone_number"),
    ],
)
def test_a_form_that_cannot_be_used_is_refused_at_its_field(api, path, body, field):
    before = api.rows()
    answer = api.post(f"/api/auth/{path}/", body, status=400).json
    assert answer[field] == [answer["error"]]
    assert api.rows() == before


def test_a_name_with_too_many_characters_is_refused(api):
    api.prove("0960000001")
    wish = {"phone_number": "0960000001", "password": "abcdef", "password_confirm": "abcdef", "full_name": "x" * 101}
    answer = api.post("/api/auth/register/", wish, status=400).json
    assert answer["full_name"] == ["Please enter your name in at most 100 characters."]
