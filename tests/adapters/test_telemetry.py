"""Telling somebody outside: what switches it on, what is told, and what never is."""

import gzip
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from adapters.operator_server import OperatorServer, Reply, operator_server
from flash.adapters import telemetry
from flash.adapters.http import Client
from flash.adapters.telemetry.mistakes import scrubbed
from flash.settings import BadSettings, Settings
from flash.trail import Trace, go_on, new_trace, piece_of_work, span
from flash.usecases.mistakes import tell

ID, ABOVE = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
NUMBER = "0960000123"
SETTINGS = ("telemetry__otlp_endpoint", "telemetry__otlp_headers", "sentry__dsn")
TRACES, MISTAKES = "/v1/traces", "/api/1/envelope/"
log = logging.getLogger("somewhere")


@pytest.fixture
def outside() -> Iterator[OperatorServer]:
    with operator_server() as server:
        for path in (TRACES, MISTAKES, "/wallet"):
            server.on("POST", path, Reply(200, b"{}"))
        yield server


def settings(**values: str) -> Settings:
    return Settings({key.replace("__", "."): value for key, value in values.items()}, {})


def test_nothing_is_told_unless_the_settings_ask_for_it():
    before = list(logging.getLogger().handlers)
    telemetry.start(settings(telemetry__otlp_endpoint="", sentry__dsn=" "), "web")()
    assert logging.getLogger().handlers == before
    with piece_of_work(), span("x", "internal") as part:
        assert part.id == ""


def test_addresses_that_cannot_be_used_are_named_and_not_shown():
    with pytest.raises(BadSettings) as refused:
        telemetry.start(settings(**dict.fromkeys(SETTINGS, "hunter2")), "web")
    assert refused.value.problems == [
        "telemetry.otlp_endpoint: is not the address of an OTLP receiver, like https://otlp.example:4318",
        "telemetry.otlp_headers: is not headers of the OTLP receiver, like api-key=abc,tenant=flash",
        "sentry.dsn: is not the DSN of a project in Sentry, like https://KEY@sentry.example/1",
    ]


@pytest.mark.parametrize("package", ["sentry_sdk", "opentelemetry.sdk.trace"])
def test_packages_that_are_missing_are_one_clear_line(package, monkeypatch):
    for name in ("mistakes", "traces"):
        monkeypatch.delitem(sys.modules, f"flash.adapters.telemetry.{name}", raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    asked = settings(telemetry__otlp_endpoint="http://127.0.0.1:9", sentry__dsn="hunter2")
    with pytest.raises(BadSettings) as refused:
        telemetry.start(asked if package != "sentry_sdk" else settings(sentry__dsn="http://key@127.0.0.1:9/1"), "web")
    assert "needs packages that are not installed: pip install 'flash-payments[telemetry]'" in refused.value.problems[0]


def test_a_span_says_what_led_to_it_and_who_is_called_hears_nothing_of_it(outside):
    asked = settings(telemetry__otlp_endpoint=outside.url, telemetry__otlp_headers="api-key=k")
    end = telemetry.start(asked, "worker")
    with piece_of_work() as work:
        go_on(Trace(ID, ABOVE).parent, "FL20261123K7Q2M9XW4T")
        with suppress(ValueError), span(f"advance {NUMBER}", "consumer") as part:
            part.tell({"said": f"paid by {NUMBER}", "count": 2})
            Client(1, 1).call("POST", f"{outside.url}/wallet?of={NUMBER}", {}, b"x")
            raise ValueError(NUMBER)
        assert work.trace == Trace(ID, ABOVE)
    with piece_of_work(new_trace()) as other, span("GET", "server"):
        pass
    with piece_of_work(), span("BLMOVE", "client"):  # It belongs to no request and no payment.
        pass
    end()
    (told,) = outside.asked_for("POST", TRACES)
    assert told.headers["api-key"] == "k"
    assert NUMBER.encode() not in told.body
    batch = ExportTraceServiceRequest.FromString(told.body).resource_spans[0]
    call, advance, request = batch.scope_spans[0].spans
    assert (advance.trace_id.hex(), advance.parent_span_id.hex(), advance.kind) == (ID, ABOVE, Span.SPAN_KIND_CONSUMER)
    assert (call.trace_id, call.parent_span_id) == (advance.trace_id, advance.span_id)
    assert (request.trace_id.hex(), request.parent_span_id) == (other.trace.id, b"")
    facts = {fact.key: fact.value.string_value or fact.value.int_value for fact in advance.attributes}
    assert facts == {"said": "paid by ****123", "count": 2, "error.type": "ValueError"}
    assert (advance.status, list(advance.events)) == (Status(code=Status.STATUS_CODE_ERROR), [])
    (heard,) = [one for one in outside.asked if one.path.startswith("/wallet")]
    assert not {"traceparent", "tracestate", "baggage", "sentry-trace"} & {name.lower() for name in heard.headers}


def test_each_mistake_is_told_once_a_minute_without_what_it_quotes(outside):
    end = telemetry.start(settings(sentry__dsn=outside.url.replace("://", "://key@") + "/1"), "worker")
    with piece_of_work() as work:
        go_on(None, "FL20261123K7Q2M9XW4T")
        for _ in range(3):
            try:
                secret = NUMBER
                raise LookupError(f"no such number: {secret}")
            except LookupError as error:
                tell(log, error, "%s broke", NUMBER)
        log.error("the operator refuses %s", NUMBER)
        log.warning("this is not one")
    logging.getLogger("sentry_sdk.errors").error("trouble of those who tell")
    end()
    log.error("and this is told to nobody")
    bodies = [gzip.decompress(asked.body) for asked in outside.asked_for("POST", MISTAKES)]
    assert NUMBER.encode() not in b"".join(bodies)
    broken, refused = [json.loads(body.splitlines()[2]) for body in bodies]
    assert broken["exception"]["values"][0]["type"] == "LookupError"
    assert broken["exception"]["values"][0]["value"] == ""
    assert broken["tags"] == {
        "process": "worker",
        "logger": "somewhere",
        "request_id": work.trace.id,
        "transfer": "FL20261123K7Q2M9XW4T",
    }
    assert refused["message"] == "the operator refuses ****123"


def test_whatever_an_event_holds_is_masked():
    event = {"event_id": "0" * 32, "extra": {"a": [NUMBER, ("pin: 1234",)], "n": 1}, "message": f"for {NUMBER}"}
    assert scrubbed(event, {}) == {
        "event_id": "0" * 32,
        "extra": {"a": ["****123", ["pin: ****"]], "n": 1},
        "message": "for ****123",
    }
