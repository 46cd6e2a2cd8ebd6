"""Which pages of other origins a browser lets call the API: those that the settings name, and never with cookies."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from pyramid.config import Configurator
from pyramid.events import NewResponse
from pyramid.response import Response
from pyramid.tweens import EXCVIEW

ORIGINS = "origins"
"""Where the registry keeps them."""

API = "/api/"
PREFLIGHT: Mapping[str, str] = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Flash-Pin, Idempotency-Key, If-None-Match",
    "Access-Control-Max-Age": "600",
}
EXPOSED = "ETag, Idempotency-Replayed, Retry-After, X-Request-ID"


def includeme(config: Configurator) -> None:
    """Answer browsers that ask before they call, and tell them with each answer whether a page may read it."""
    if config.registry[ORIGINS]:
        config.add_tween("flash.web.cors.preflight", over=EXCVIEW)
        config.add_subscriber(_tell, NewResponse)


def origins(text: str) -> frozenset[str]:
    """Read origins, like https://app.example https://shop.example:8443; plain HTTP for this machine only."""
    found = frozenset(text.split())
    if not all(map(_is_origin, found)):
        raise ValueError("not an origin")
    return found


def preflight(handler: Callable[[Any], Any], registry: Any) -> Callable[[Any], Any]:
    """Make the tween that answers what a browser asks before it calls, for pages that may."""

    def tween(request: Any) -> Any:
        asks = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        if asks and request.headers.get("Origin") in registry[ORIGINS] and request.environ["PATH_INFO"].startswith(API):
            return Response(status=204, headers=dict(PREFLIGHT))
        return handler(request)

    return tween


def _tell(event: NewResponse) -> None:
    """Tell a browser that this page may read the answer; no other page learns anything."""
    request, response = event.request, event.response
    if not request.environ["PATH_INFO"].startswith(API):
        return
    response.vary = (*(response.vary or ()), "Origin")
    origin = request.headers.get("Origin")
    if origin in request.registry[ORIGINS]:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = EXPOSED


def _is_origin(text: str) -> bool:
    """Whether a browser would send exactly this as its `Origin`."""
    parts = urlsplit(text)
    host = parts.hostname or ""
    usual = {"https": 443, "http": 80}
    port = f":{parts.port}" if parts.port not in (None, usual.get(parts.scheme)) else ""
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in ("localhost", "127.0.0.1"))
    return safe and bool(host) and "*" not in host and text == f"{parts.scheme}://{host}{port}"
