"""Around every request: what is refused before anybody looks inside, and what every answer carries."""

from collections.abc import Callable
from typing import Any

from pyramid.config import Configurator
from pyramid.events import NewResponse
from pyramid.tweens import EXCVIEW

from flash.domain.errors import BadInput, NotFound
from flash.web.errors import BodyTooLarge

LARGEST_BODY = 64 * 1024
LARGEST_LIST = 1024 * 1024
"""For a list of a thousand payments, each with what it is for."""

LISTS = "/api/transactions/bulk/"

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""For answers that do not set their own."""

HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}
"""A browser that once came by HTTPS comes by nothing else for a year."""

SECURE = "secure"
"""Where the registry keeps whether Flash is reached by HTTPS."""


def includeme(config: Configurator) -> None:
    """Put the check under Pyramid's exception views, so that they answer what it refuses."""
    config.add_tween("flash.web.envelope.readable_only", under=EXCVIEW)
    config.add_subscriber(_protect, NewResponse)


def readable_only(handler: Callable[[Any], Any], _registry: Any) -> Callable[[Any], Any]:
    """Make the tween that refuses addresses that are no text, and bodies that are too large."""

    def tween(request: Any) -> Any:
        _check_address(request)
        _check_size(request)
        return handler(request)

    return tween


def _check_address(request: Any) -> None:
    try:
        request.path_info  # noqa: B018 - it decodes
    except UnicodeDecodeError as error:
        raise NotFound from error
    try:
        request.GET  # noqa: B018 - it decodes
    except UnicodeDecodeError as error:
        raise BadInput from error


def _check_size(request: Any) -> None:
    """Refuse a large body by what it says of itself; one that says nothing is read, but not to its end."""
    largest = LARGEST_LIST if request.path_info == LISTS else LARGEST_BODY
    request.request_body_tempfile_limit = largest  # What is not too large stays in memory.
    if request.content_length is None and request.is_body_readable:
        request.body = request.body_file_raw.read(largest + 1)
    if (request.content_length or 0) > largest:
        raise BodyTooLarge


def _protect(event: NewResponse) -> None:
    secure = event.request.registry[SECURE]
    for name, value in (HEADERS | HTTPS_ONLY if secure else HEADERS).items():
        event.response.headers.setdefault(name, value)
