"""Traces by OpenTelemetry: what one request led to in all processes, and how long each part of it took.

Only what `flash.trail` tells is taken down, and below it the statements to PostgreSQL (without their values) and the
commands to Redis. Nothing is sent along to operators or to partners: their calls carry no header of ours.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from urllib.parse import urlsplit

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags, TraceState
from opentelemetry.util.types import Attributes
from typing_extensions import override

from flash.logs import masked
from flash.settings import Reader
from flash.trail import SpanKind as Kind
from flash.trail import Trace, current, tell_to

PATH = "/v1/traces"
"""Where OTLP over HTTP wants traces, below the address that is told."""

KINDS: Mapping[Kind, SpanKind] = {
    "server": SpanKind.SERVER,
    "consumer": SpanKind.CONSUMER,
    "internal": SpanKind.INTERNAL,
    "client": SpanKind.CLIENT,
}


def start(read: Reader, process: str) -> Callable[[], None] | None:
    """Begin to take traces down, if the settings can be used; return what brings the last ones away."""
    endpoint = read("telemetry.otlp_endpoint", _endpoint)
    headers = read("telemetry.otlp_headers", _headers, " ")
    if read.problems:
        return None
    about = {"service.name": f"flash-{process}", "service.version": version("flash-payments")}
    provider = TracerProvider(
        sampler=OfOurs(), resource=Resource.create(about), id_generator=TrailIds(), shutdown_on_exit=False
    )
    provider.add_span_processor(BatchSpanProcessor(Masking(OTLPSpanExporter(f"{endpoint}{PATH}", headers=headers))))
    PsycopgInstrumentor().instrument(tracer_provider=provider)
    RedisInstrumentor().instrument(tracer_provider=provider)
    tell_to(OtelTracer(provider.get_tracer("flash")))

    def end() -> None:
        tell_to(None)
        PsycopgInstrumentor().uninstrument()
        RedisInstrumentor().uninstrument()
        provider.shutdown()

    return end


class OtelTracer:
    """See `flash.trail.Tracer`."""

    def __init__(self, tracer: trace.Tracer) -> None:
        self._tracer = tracer

    @contextmanager
    def span(self, name: str, kind: Kind, place: Trace) -> Iterator["OtelSpan"]:
        """See `flash.trail.Tracer`. An exception is told by its kind only, for its words may be about people."""
        one = self._tracer.start_span(name, _where(place), KINDS[kind], record_exception=False)
        token = context.attach(trace.set_span_in_context(one))
        try:
            yield OtelSpan(one)
        except BaseException as error:
            one.set_attribute("error.type", type(error).__qualname__)
            one.set_status(Status(StatusCode.ERROR))
            raise
        finally:
            context.detach(token)
            one.end()


class OtelSpan:
    """See `flash.trail.Span`."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        self.id = trace.format_span_id(span.get_span_context().span_id)

    def tell(self, facts: Mapping[str, str | int], *, name: str = "", failed: bool = False) -> None:
        """See `flash.trail.Span`."""
        self._span.set_attributes({key: fact for key, fact in facts.items() if fact != ""})
        if name:
            self._span.update_name(name)
        if failed:
            self._span.set_status(Status(StatusCode.ERROR))


def _where(place: Trace) -> Context:
    """Return the context that a place in a trace is. What this thread did before has no part in it."""
    if not place.span:
        return Context()
    here = SpanContext(int(place.id, 16), int(place.span, 16), is_remote=True, trace_flags=TraceFlags.get_default())
    known = trace.get_current_span().get_span_context()
    if (known.trace_id, known.span_id) == (here.trace_id, here.span_id):
        return context.get_current()
    return trace.set_span_in_context(trace.NonRecordingSpan(here), Context())


class TrailIds(RandomIdGenerator):
    """Gives a trace the id that the request has in the logs."""

    def generate_trace_id(self) -> int:
        """See `IdGenerator`."""
        trail = current()
        return int(trail.trace.id, 16) if trail else super().generate_trace_id()


class OfOurs(Sampler):
    """Takes down all requests and payments, and no call that belongs to neither: workers ask for work all the time."""

    @override
    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """See `Sampler`."""
        belongs = trace.get_current_span(parent_context).get_span_context().is_valid
        drops = kind is SpanKind.CLIENT and not belongs
        return SamplingResult(Decision.DROP if drops else Decision.RECORD_AND_SAMPLE, attributes)

    def get_description(self) -> str:
        """See `Sampler`."""
        return "OfOurs"


class Masking(SpanExporter):
    """Hands on spans with all text masked, and without events and words of errors: libraries write there, too."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """See `SpanExporter`."""
        return self._exporter.export([_masked(span) for span in spans])

    def shutdown(self) -> None:
        """See `SpanExporter`."""
        self._exporter.shutdown()


def _masked(span: ReadableSpan) -> ReadableSpan:
    told = {
        name: fact if isinstance(fact, bool | int | float) else masked(str(fact))
        for name, fact in (span.attributes or {}).items()
    }
    return ReadableSpan(
        name=masked(span.name),
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=told,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _endpoint(text: str) -> str:
    """Read the address of an OTLP receiver, like https://otlp.example:4318."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise ValueError("no address")
    return text.rstrip("/").removesuffix(PATH)


def _headers(text: str) -> dict[str, str]:
    """Read headers of the OTLP receiver, like api-key=abc,tenant=flash."""
    pairs = [pair.partition("=") for pair in text.split(",") if pair.strip()]
    if not all(name.strip() and sign for name, sign, _ in pairs):
        raise ValueError("no headers")
    return {name.strip(): value.strip() for name, _, value in pairs}
