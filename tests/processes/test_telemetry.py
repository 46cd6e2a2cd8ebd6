"""What web and worker tell outside: one trace from request to operator, mistakes with their request, and no numbers."""

import gzip
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from sqlalchemy import text

from adapters.operator_server import OperatorServer, Reply, operator_server
from log_watch import tells
from processes.profile import token_of, until
from processes.stage import Staging
from processes.test_rehearsal import all_final, send
from servers import free_port

TRACES, MISTAKES = "/v1/traces", "/api/1/envelope/"
PAYER, PAYEE = "0960000001", "0970000002"


@pytest.fixture
def outside() -> Iterator[OperatorServer]:
    """A receiver of traces and of mistakes."""
    with operator_server() as server:
        server.on("POST", TRACES, Reply(200))
        server.on("POST", MISTAKES, Reply(200, b"{}"))
        yield server


def spans(outside: OperatorServer) -> list[tuple[str, Any]]:
    """Each span that was told, with the process that told it."""
    found = []
    for asked in outside.asked_for("POST", TRACES):
        for batch in ExportTraceServiceRequest.FromString(asked.body).resource_spans:
            facts = {fact.key: fact.value.string_value for fact in batch.resource.attributes}
            found += [(facts["service.name"], span) for scope in batch.scope_spans for span in scope.spans]
    return found


def mistakes(outside: OperatorServer) -> list[Any]:
    """Each event that was told."""
    envelopes = [gzip.decompress(asked.body).splitlines() for asked in outside.asked_for("POST", MISTAKES)]
    items = [zip(lines[1::2], lines[2::2], strict=True) for lines in envelopes]
    return [json.loads(body) for pairs in items for kind, body in pairs if json.loads(kind)["type"] == "event"]


def lines(staging: Staging) -> list[Any]:
    """Each line that a process logged as JSON."""
    return [json.loads(line) for line in staging.profile.logs().splitlines() if line.startswith('{"time"')]


def test_one_payment_is_one_trace_and_mistakes_are_told_without_anybodys_number(
    staging: Callable[..., Staging], outside: OperatorServer
) -> None:
    stage = staging(
        OTEL_EXPORTER_OTLP_ENDPOINT=outside.url,
        SENTRY_DSN=outside.url.replace("://", "://key@") + "/1",
    )
    profile, world = stage.profile, stage.world
    token = token_of(world, PAYER)
    url = profile.serve(free_port())
    profile.work()
    send(url, token, PAYEE, 25)
    until(lambda: all_final(world))
    headers = {"Authorization": f"Token {token}"}
    assert requests.get(f"{url}/transactions/transactions/{PAYEE}/", headers=headers, timeout=5).status_code == 404
    assert mistakes(outside) == []
    with world.database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE contacts RENAME TO contacts_of_before"))
        connection.execute(text("ALTER TABLE messages RENAME TO messages_of_before"))
    broken = requests.get(f"{url}/auth/contacts/", headers=headers, timeout=5)
    assert broken.status_code == 500
    until(lambda: {event["tags"]["process"] for event in mistakes(outside)} == {"web", "worker"})
    profile.stop()  # What was not told yet is told now.
    check_traces(stage, outside)
    check_mistakes(outside, broken)
    told = b"\n".join([*(asked.body for asked in outside.asked_for("POST", TRACES)), *map(as_bytes, mistakes(outside))])
    assert not re.search(rb"0?9[67]0{4}00\d", told)
    assert tells(told.decode(errors="replace")) is None


def as_bytes(event: Any) -> bytes:
    return json.dumps(event).encode()


def check_traces(stage: Staging, outside: OperatorServer) -> None:
    """The request led to all steps, and these to calls of the operators; the logs say the same."""
    all_spans = spans(outside)
    (request,) = [span for name, span in all_spans if span.name == "POST /api/transactions/send/"]
    ours = {span.span_id: (name, span) for name, span in all_spans if span.trace_id == request.trace_id}
    assert request.parent_span_id == b""
    led_to = [(name, one) for name, one in ours.values() if one.parent_span_id == request.span_id]
    steps = {one.name for name, one in led_to if name == "flash-worker"}
    assert {"advance recorded", "advance collecting", "advance collected", "advance paying_out"} <= steps
    orders = [one for _, one in ours.values() if one.name in ("mtn submit collection", "airtel submit disbursement")]
    assert {ours[one.parent_span_id][1].name for one in orders} == {"advance recorded", "advance collected"}
    called = [one.parent_span_id for _, one in ours.values() if one.name == "POST"]
    assert {one.span_id for one in orders} <= set(called)
    assert any(one.name.startswith("INSERT") for name, one in led_to if name == "flash-web")
    assert all(one.parent_span_id or one.name.partition(" ")[0] in ("GET", "POST", "HEAD") for _, one in all_spans)
    number = next(fact.value.string_value for fact in request.attributes if fact.key == "flash.transfer")
    logged = [line for line in lines(stage) if line.get("transfer") == number]
    assert {line["request_id"] for line in logged} == {request.trace_id.hex()}
    told = [line["message"] for line in logged if line["logger"] == "flash.story"]
    assert told[0] == f"{number} was recorded and is collecting"
    assert told[-1].endswith("is completed")


def check_mistakes(outside: OperatorServer, broken: requests.Response) -> None:
    """Each has its kind, its place and its request; there is nothing else about whoever asked."""
    found = mistakes(outside)
    web = next(event for event in found if event["tags"]["process"] == "web")
    assert web["tags"]["request_id"] == broken.headers["X-Request-ID"]
    assert web["tags"]["logger"] == "flash.web.errors"
    kinds = [one["type"] for one in web["exception"]["values"]]
    assert "UndefinedTable" in kinds
    assert {one["value"] for one in web["exception"]["values"]} == {""}
    assert not {"request", "user", "breadcrumbs", "extra", "modules"} & {key for key, value in web.items() if value}
    frames = [frame for one in web["exception"]["values"] for frame in one["stacktrace"]["frames"]]
    assert not [frame for frame in frames if "vars" in frame]
    worker = next(event for event in found if event["tags"]["process"] == "worker")
    assert worker["tags"]["logger"] == "flash.usecases.sweep"
