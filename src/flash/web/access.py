"""Around everything: each request has an id, which goes along with all it leads to, and leaves one line in the log."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from pyramid.config import Configurator
from pyramid.tweens import EXCVIEW, INGRESS

from flash.trail import Trace, piece_of_work, span, trace_called, trace_in

log = logging.getLogger(__name__)

REQUEST_ID, TRACEPARENT = "X-Request-ID", "traceparent"

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
PREFLIGHT = "flash.web.cors.preflight"
NO_ROUTE = "no route"
"""Stands for an address that is none of ours: what strangers try may hold anything."""


def includeme(config: Configurator) -> None:
    """Put it over all others, so that nothing happens outside."""
    config.add_tween("flash.web.access.noted", under=INGRESS, over=(PREFLIGHT, EXCVIEW))


def noted(handler: Callable[[Any], Any], _registry: Any) -> Callable[[Any], Any]:
    """Make the tween that gives a request its id and notes what became of it."""

    def tween(request: Any) -> Any:
        began = time.perf_counter()
        method = request.method if request.method in METHODS else "OTHER"
        status = 500
        with piece_of_work(_came_with(request.headers)) as trail, span(method, "server") as part:
            try:
                response = handler(request)
                status = response.status_int
                response.headers[REQUEST_ID] = trail.trace.id
                return response
            finally:
                matched = getattr(request, "matched_route", None)
                facts = {"method": method, "route": matched.pattern if matched else NO_ROUTE, "status": status}
                took = round((time.perf_counter() - began) * 1000, 1)
                log.info("%s %s %d in %s ms", *facts.values(), took, extra={**facts, "ms": took})
                told = {
                    "http.request.method": method,
                    "http.route": facts["route"],
                    "http.response.status_code": status,
                    "flash.transfer": trail.transfer,
                }
                part.tell(told, name=f"{method} {facts['route']}", failed=status >= 500)

    return tween


def _came_with(headers: Mapping[str, str]) -> Trace | None:
    """Return the trace that a proxy in front began; `flash.web.doors` lets no one else name one."""
    named = trace_called(headers.get(REQUEST_ID, ""))
    above = trace_in(headers.get(TRACEPARENT, ""))
    # The id that the proxy answers for comes first: a traceparent, it may have passed on from a stranger.
    return above if named is None or (above and above.id == named.id) else named
