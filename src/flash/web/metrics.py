"""How long requests take, and what a monitoring system is shown: /metrics, for whoever knows the token."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from typing import Any

from pyramid.config import Configurator
from pyramid.response import Response
from pyramid.tweens import INGRESS

from flash.domain.errors import NotFound
from flash.domain.facts import RequestAnswered

UNKNOWN = "unknown"
"""The route of all addresses at which there is nothing."""
WAITED = "flash.waited_s"
"""Where the environment of a request keeps for how long it was asked to wait."""
BROKEN = 500


def includeme(config: Configurator) -> None:
    """Time everything that happens between a request and its answer, the commit included."""
    config.add_tween("flash.web.metrics.timed", under=INGRESS)
    config.add_route("metrics", "/metrics")
    config.add_view(metrics, route_name="metrics")


def timed(handler: Callable[[Any], Any], _registry: Any) -> Callable[[Any], Any]:
    """Make the tween that tells the meter of each answer."""

    def tween(request: Any) -> Any:
        began, status = time.perf_counter(), BROKEN
        try:
            response = handler(request)
            status = response.status_int
        finally:
            took = time.perf_counter() - began - request.environ.get(WAITED, 0.0)
            fact = RequestAnswered(_route(request), request.method, status, timedelta(seconds=max(0.0, took)))
            request.services.metrics.meter.note(fact)
        return response

    return tween


def metrics(request: Any) -> Response:
    """Show the metrics; to whoever does not know the token, there is nothing here, whatever the method."""
    page = request.services.metrics.page(request.headers.get("Authorization", ""))
    if page is None or request.method not in ("GET", "HEAD"):
        raise NotFound("There is nothing at this address.")
    return Response(page.body, headers={"Content-Type": page.content_type})


def _route(request: Any) -> str:
    route = getattr(request, "matched_route", None)
    return _plain(route.pattern) if route else UNKNOWN


@lru_cache(maxsize=1024)
def _plain(pattern: str) -> str:
    """Return a pattern without what its places must look like."""
    return re.sub(r"\{(\w+):(?:[^{}]|\{[^{}]*\})*\}", r"{\1}", pattern)
