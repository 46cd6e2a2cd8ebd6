"""openapi.yaml is the truth: it is checked as openapi-core would check it, and its page needs nobody else."""

import hashlib
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from jsonschema_path import SchemaPath
from openapi_core.unmarshalling.request import V31RequestUnmarshaller
from pyramid.request import Request
from pyramid_openapi3.wrappers import PyramidOpenAPIRequest

from flash.domain.errors import BadAmount, BadMsisdn
from flash.web import api as api_package
from flash.web.api import DOCUMENT
from flash.web.api.validation import Document, UndocumentedAnswer

SWAGGER = Path(api_package.__file__).parent / "swagger"
PARSED = yaml.safe_load(DOCUMENT.read_text())
OURS = Document(PARSED)
THEIRS = V31RequestUnmarshaller(SchemaPath.from_dict(PARSED))

PHONE = "0960000001"
BODIES = {
    "/api/auth/send-otp/": [{"phone_number": PHONE}, {}, {"phone_number": None}, {"phone_number": 5}, [], "x", 5, None],
    "/api/auth/verify-otp/": [
        {"phone_number": PHONE, "otp_code": "123456"},
        {"phone_number": PHONE, "otp_code": "12345"},
        {"phone_number": PHONE, "otp_code": 123456},
        {"phone_number": PHONE, "otp_code": "123456", "full_name": None, "invite_code": "x"},
        {"phone_number": PHONE, "otp_code": "123456", "full_name": 5},
        {"otp_code": "123456"},
    ],
    "/api/auth/register/": [
        {"phone_number": PHONE, "password": "x", "password_confirm": "y"},
        {"phone_number": PHONE, "password": "x", "password_confirm": "y", "full_name": "M", "more": {"a": [1]}},
        {"phone_number": PHONE, "password": "x", "password_confirm": "y", "full_name": "x" * 101},
        {"phone_number": PHONE, "password": "x"},
        {"phone_number": PHONE, "password": None, "password_confirm": None},
    ],
    "/api/auth/login/": [{"phone_number": PHONE, "password": "x"}, {"phone_number": PHONE}, {"password": []}],
    "/api/transactions/send/": [
        {"recipient_phone": PHONE, "amount": 25},
        {"recipient_phone": PHONE, "amount": 25.5},
        {"recipient_phone": PHONE, "amount": "25.50"},
        {"recipient_phone": PHONE, "amount": "12,50"},
        {"recipient_phone": PHONE, "amount": "-1"},
        {"recipient_phone": PHONE, "amount": -1},
        {"recipient_phone": PHONE, "amount": None},
        {"recipient_phone": PHONE, "amount": True},
        {"recipient_phone": PHONE, "amount": 1, "description": None},
        {"recipient_phone": PHONE, "amount": 1, "description": "x" * 500},
        {"recipient_phone": PHONE, "amount": 1, "description": "x" * 501},
        {"recipient_phone": PHONE, "amount": 1, "description": {}},
        {"amount": 1},
        {"recipient_phone": PHONE},
        {},
    ],
    "/api/transactions/request/": [
        {"payer_phone": PHONE, "amount": 25.5, "description": "Lunch", "expires_in_hours": 24},
        {"payer_phone": PHONE, "amount": 1, "expires_in_hours": 24.0},
        {"payer_phone": PHONE, "amount": 1, "expires_in_hours": 169},
        {"payer_phone": PHONE, "amount": 1, "expires_in_hours": None},
        {"payer_phone": PHONE, "amount": 1, "expires_in_hours": "24"},
        {"payer_phone": PHONE},
    ],
    "/api/transactions/generate-qr/": [
        {},
        {"amount": "50"},
        {"amount": 50, "message": None},
        {"amount": "x"},
        {"message": "x" * 201},
        [],
    ],
    "/api/payments/mtn/send/": [
        {"amount": 1, "recipient_phone": PHONE, "external_id": "order-1"},
        {"amount": 1, "recipient_phone": PHONE, "external_id": "a/b"},
        {"amount": 1, "recipient_phone": PHONE},
    ],
    "/api/auth/blocks/": [{"phone_number": PHONE}, {}],
    "/api/payments/validate-phone/": [{"phone_number": "Bob"}, {"phone": PHONE}, {"phone_number": {"a": 1}}],
    "/api/auth/logout/": [{}, {"a": 1}],
}
QUERIES = [
    "",
    "limit=1",
    "limit=200",
    "limit=201",
    "limit=0",
    "limit=x",
    "limit=-5",
    "before=x",
    f"before={'0' * 8}-0000-4000-8000-{'0' * 12}",
]


def a_request(path: str, method: str = "POST", **more) -> PyramidOpenAPIRequest:
    request = Request.blank(path, method=method, headers={"Authorization": "Token x"}, **more)
    name = PARSED["paths"][request.path]["x-pyramid-route-name"]
    request.matched_route, request.matchdict = SimpleNamespace(name=name, pattern=request.path), {}
    request.account = "somebody"
    return PyramidOpenAPIRequest(request)


@pytest.mark.parametrize(
    ("path", "body"), [(path, body) for path, bodies in BODIES.items() for body in bodies], ids=str
)
def test_a_body_is_accepted_exactly_when_openapi_core_accepts_it(path, body):
    request = a_request(path, content_type="application/json", body=json.dumps(body).encode())
    assert bool(OURS.unmarshal(request).errors) is bool(THEIRS.unmarshal(request).errors)


@pytest.mark.parametrize("path", ["/api/transactions/generate-qr/", "/api/transactions/request/"])
def test_no_body_is_accepted_exactly_when_openapi_core_accepts_it(path):
    request = a_request(path)
    assert bool(OURS.unmarshal(request).errors) is bool(THEIRS.unmarshal(request).errors)


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_is_accepted_exactly_when_openapi_core_accepts_it(query):
    request = a_request(f"/api/transactions/transactions/?{query}", "GET")
    assert bool(OURS.unmarshal(request).errors) is bool(THEIRS.unmarshal(request).errors)


def test_every_field_of_every_body_has_a_sentence_for_people():
    missing = [
        f"{path} {name}"
        for path, item in PARSED["paths"].items()
        for operation in item.values()
        if isinstance(operation, dict) and "requestBody" in operation
        for name, field in _schema(operation)["properties"].items()
        if "x-message" not in OURS.resolved(field)
    ]
    assert missing == []


def _schema(operation):
    return OURS.resolved(operation["requestBody"])["content"]["application/json"]["schema"]


def test_the_document_says_the_same_as_the_rules():
    assert PARSED["components"]["schemas"]["PhoneNumber"]["x-message"] == BadMsisdn.text
    send = PARSED["paths"]["/api/transactions/send/"]["post"]
    assert _schema(send)["properties"]["amount"]["x-message"] == BadAmount.text


def an_answer(status, data, content_type="application/json"):
    return SimpleNamespace(status_code=status, data=data, content_type=content_type)


def test_an_answer_that_is_not_documented_fails_a_test():
    request = a_request("/api/auth/me/", "GET")
    for status, body in ((200, {"id": 5}), (201, {"error": "x"}), (500, {"error": "x"})):
        with pytest.raises(UndocumentedAnswer):
            OURS.iter_errors(request, an_answer(status, json.dumps(body)))
    with pytest.raises(UndocumentedAnswer):
        OURS.iter_errors(request, an_answer(200, "<p>Hello</p>", "text/html"))


def test_the_document_is_served_as_it_is(api):
    assert api.get("/api/openapi.yaml").body == DOCUMENT.read_bytes()


def test_the_page_and_all_it_loads_come_from_here(api):
    page = api.get("/api/docs/")
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert [one for one in loaded if one != "data:,"] == [
        "assets/swagger-ui.css",
        "assets/swagger-ui-bundle.js",
        "assets/start.js",
    ]
    for one in loaded[1:]:
        assert "max-age" in api.get(f"/api/docs/{one}").headers["Cache-Control"]
    assert "http" not in page.headers["Content-Security-Policy"]


def test_swagger_ui_is_the_version_that_was_noted():
    sums = dict(line.split()[::-1] for line in (SWAGGER / "VERSION").read_text().splitlines() if line.startswith("  "))
    assert sums
    for name, expected in sums.items():
        assert hashlib.sha256((SWAGGER / name).read_bytes()).hexdigest() == expected
