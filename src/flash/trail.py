"""Which request a piece of work belongs to, and which payment it is about: for logs and traces, wherever it goes on.

It goes along by itself, as logging does, because whatever is said on the way should name it. Nothing is decided by it.
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Literal, Protocol

TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}")
DASHED = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?")

SpanKind = Literal["server", "consumer", "internal", "client"]


@dataclass(frozen=True, slots=True)
class Trace:
    """A place in all that one request leads to, in the words of W3C Trace Context.

    Attributes:
        id: the id of the request, 32 hex digits.
        span: the part of the work that led here, 16 hex digits; empty at the beginning.
    """

    id: str
    span: str = ""

    @property
    def parent(self) -> str:
        """As `traceparent`, to be read by `trace_in` where the work goes on."""
        return f"00-{self.id}-{self.span or secrets.token_hex(8)}-01"


def new_trace() -> Trace:
    """Return the beginning of a trace of its own."""
    return Trace(secrets.token_hex(16))


def trace_in(traceparent: str) -> Trace | None:
    """Return the place that a `traceparent` names; None when it is none. Whether it is sampled is not its to say."""
    found = TRACEPARENT.fullmatch(traceparent)
    return Trace(found[1], found[2]) if found else None


def trace_called(request_id: str) -> Trace | None:
    """Return the beginning of a trace with this id, 32 hex digits or a UUID; None when it is neither."""
    name = request_id.lower()
    name = name.replace("-", "") if DASHED.fullmatch(name) else name
    return Trace(name) if TRACE_ID.fullmatch(name) else None


@dataclass(slots=True)
class Trail:
    """What is known of the piece of work under way.

    Attributes:
        transfer: the number of the payment it is about; empty when there is none, or none yet.
    """

    trace: Trace
    transfer: str = ""


_trail: ContextVar[Trail | None] = ContextVar("trail", default=None)


def current() -> Trail | None:
    """Return what is known of the piece of work under way; None outside of any."""
    return _trail.get()


@contextmanager
def piece_of_work(trace: Trace | None = None) -> Iterator[Trail]:
    """Begin a piece of work, which belongs to this trace or to a new one."""
    trail = Trail(trace or new_trace())
    before = _trail.set(trail)
    try:
        yield trail
    finally:
        _trail.reset(before)


def about(transfer_number: str) -> None:
    """Note which payment the piece of work under way is about."""
    trail = _trail.get()
    if trail is not None:
        trail.transfer = transfer_number


def go_on(traceparent: str | None, transfer_number: str) -> None:
    """Let the piece of work under way belong to the request that ordered this payment."""
    trail = _trail.get()
    if trail is not None:
        trail.trace = (trace_in(traceparent) if traceparent else None) or trail.trace
        trail.transfer = transfer_number


def traceparent() -> str | None:
    """Return what is to be stored with work that goes on elsewhere; None outside of any piece of work."""
    trail = _trail.get()
    return trail.trace.parent if trail else None


class Span(Protocol):
    """A part of the work, as a tracer takes it down."""

    @property
    def id(self) -> str:
        """16 hex digits."""
        ...

    def tell(self, facts: Mapping[str, str | int], *, name: str = "", failed: bool = False) -> None:
        """Add what was learnt about it. Facts are about us: never a number, a body or an address that was called."""
        ...


class Tracer(Protocol):
    """Takes down what was done, how long it took, and what led to it."""

    def span(self, name: str, kind: SpanKind, trace: Trace) -> AbstractContextManager[Span]:
        """Take down a part of the work, which a place in a trace led to."""
        ...


class _Untold:
    """A part of the work that nobody takes down."""

    id = ""

    def tell(self, facts: Mapping[str, str | int], *, name: str = "", failed: bool = False) -> None:
        """See `Span`."""


_UNTOLD = _Untold()
_tracer: Tracer | None = None


def tell_to(tracer: Tracer | None) -> None:
    """Have parts of the work of this process taken down; None for no longer."""
    global _tracer  # noqa: PLW0603 - as logging has one root
    _tracer = tracer


@contextmanager
def span(name: str, kind: SpanKind) -> Iterator[Span]:
    """Do a part of the piece of work under way; what it leads to names it. Nothing outside of any."""
    trail = _trail.get()
    if _tracer is None or trail is None:
        yield _UNTOLD
        return
    before = trail.trace
    with _tracer.span(name, kind, before) as one:
        trail.trace = replace(before, span=one.id)
        try:
            yield one
        finally:
            trail.trace = before
