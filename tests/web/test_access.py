"""Each request has an id and a line, and what it orders names it for ever."""

import json
import logging
import re
from uuid import UUID

import pytest
from webtest import TestApp

from flash.adapters.memory import MemoryClock
from flash.adapters.sandbox import Sandbox
from flash.domain.routing import Operator
from flash.logs import JsonFormatter
from flash.trail import current
from flash.usecases.sweep import sweep
from flash.web.doors import behind_proxies

PAYER = "0960000001"
ID, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Lines(logging.Handler):
    """Lines as production writes them."""

    def __init__(self):
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.told = []

    def emit(self, record):
        self.told.append(json.loads(self.format(record)))

    def of(self, logger):
        return [line for line in self.told if line["logger"] == logger]


@pytest.fixture
def lines():
    handler = Lines()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


def test_an_answer_carries_the_id_under_which_its_line_is_found(api, lines):
    ids = [api.get("/api/payments/providers/").headers["X-Request-ID"] for _ in range(2)]
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in ids)
    assert [line["request_id"] for line in lines.of("flash.web.access")] == ids
    assert len(set(ids)) == 2
    assert current() is None


def test_a_line_names_the_route_and_never_the_address(api, lines):
    token = api.sign_up(PAYER)
    api.get(f"/api/transactions/transactions/{PAYER}/?text={PAYER}", token, status=404)
    api.get(f"/nothing/{PAYER}", status=404)
    TestApp(api.wsgi, lint=False).request(f"/{PAYER}", method=f"X{PAYER}", status=404)
    known, *unknown = lines.of("flash.web.access")[-3:]
    assert {name: known[name] for name in ("method", "route", "status")} == {
        "method": "GET",
        "route": "/api/transactions/transactions/{id}/",
        "status": 404,
    }
    assert known["ms"] > 0
    assert known["message"].startswith("GET /api/transactions/transactions/{id}/ 404 in ")
    assert [(line["method"], line["route"]) for line in unknown] == [("GET", "no route"), ("OTHER", "no route")]
    assert PAYER not in json.dumps(lines.told)


def test_what_is_refused_at_the_doors_has_an_id_and_a_line_too(api, lines):
    answer = api.app.post_json("/api/auth/login/", {}, headers={"Origin": "https://other.example"}, status=403)
    (line,) = lines.of("flash.web.access")
    assert (line["status"], line["request_id"]) == (403, answer.headers["X-Request-ID"])


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Request-ID": ID}, ID),
        ({"X-Request-ID": "4BF92F35-77b3-4da6-a3ce-929d0e0e4736"}, ID),
        ({"traceparent": f"00-{ID}-{SPAN}-01"}, ID),
        ({"X-Request-ID": ID, "traceparent": f"00-{'1' * 32}-{SPAN}-01"}, ID),
        ({"X-Request-ID": "260960000001", "traceparent": "nonsense"}, None),
    ],
)
def test_a_proxy_in_front_may_name_a_request_and_nobody_else_may(api, headers, expected):
    for proxy, believed in (("192.0.2.7", expected), ("192.0.2.8", None)):
        app = TestApp(behind_proxies(api.wsgi, frozenset({proxy})), extra_environ={"REMOTE_ADDR": "192.0.2.7"})
        told = app.get("/api/payments/providers/", headers=headers).headers["X-Request-ID"]
        assert (told == ID) == (believed is not None)
        assert re.fullmatch("[0-9a-f]{32}", told)


class Breaking(Sandbox):
    """An adapter that breaks its promise never to raise."""

    def submit(self, leg):
        raise ValueError(f"no such number: {leg.party}")


def test_whoever_advances_a_payment_says_which_request_ordered_it(make_api, lines):
    clock = MemoryClock()
    broken = Breaking(clock=clock)
    api = make_api(operators={Operator.MTN: broken, Operator.AIRTEL: broken}, clock=clock)
    token = api.sign_up(PAYER)
    answer = api.post("/api/transactions/send/", {"recipient_phone": "0970000002", "amount": 25}, token, status=201)
    with api.services.database.snapshot() as store:
        transfer = store.transfers.get(UUID(answer.json["transaction_id"]))
    request_id, ordered = answer.headers["X-Request-ID"], lines.of("flash.web.access")[-1]
    assert (ordered["request_id"], ordered["transfer"]) == (request_id, transfer.number)
    sweep(api.services.engine)
    (told,) = lines.of("flash.usecases.advance_transfer")
    assert (told["request_id"], told["transfer"]) == (request_id, transfer.number)
    assert told["message"].startswith("the adapter for mtn broke on ")


def test_the_line_of_a_callback_names_the_payment(api, lines):
    sent = api.send(api.sign_up(PAYER))
    api.pass_by(0)
    with api.services.database.snapshot() as store:
        transfer = store.transfers.get(UUID(sent["transaction_id"]))
    for secret, number in ((transfer.the_open_leg().callback_token, transfer.number), ("another", None)):
        answer = api.app.put(f"/callbacks/mtn/{secret}", b"{}", status=200)
        line = lines.of("flash.web.access")[-1]
        assert (line["route"], line.get("transfer")) == ("/callbacks/{operator}/{token}", number)
        assert line["request_id"] == answer.headers["X-Request-ID"]
