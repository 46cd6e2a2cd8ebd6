"""Answers that a client has already are not sent again: ETag, 304, and waiting for a change."""

import hashlib
import time
from collections.abc import Callable
from typing import Any, Protocol, TypeVar
from uuid import UUID

from pyramid.config import Configurator
from pyramid.response import Response
from pyramid.view import exception_view_config

from flash.domain.account import Account
from flash.ports.store import Store
from flash.web.ending import ending_of
from flash.web.metrics import WAITED
from flash.web.released import released
from flash.web.security import still_here

REVALIDATE = "private, no-cache"
"""A client may keep the answer, and asks each time whether it still holds. Nobody in between keeps it."""

ANY = "*"

WATCHER = "watcher"
"""Where the registry keeps it."""


class Watched(Protocol):
    """What can be waited for.

    Attributes:
        name: the id under which it is watched.
        mark: what `ports.history.History.marks` says of it.
    """

    @property
    def name(self) -> UUID:
        """See above."""
        ...

    @property
    def mark(self) -> str:
        """See above."""
        ...


T = TypeVar("T", bound=Watched)


def includeme(config: Configurator) -> None:
    """Give requests a `watcher`, for those who wait."""
    config.add_request_method(lambda request: request.registry[WATCHER], "watcher", property=True)
    config.scan("flash.web.freshness")


class NotModified(Exception):
    """The client has it already."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        super().__init__(tag)


@exception_view_config(NotModified)
def not_modified(known: NotModified, _request: Any) -> Response:
    """Answer that nothing changed."""
    response = Response(headers={"ETag": known.tag, "Cache-Control": REVALIDATE})
    _leave_out_the_body(response)
    return response


def current(request: Any, find: Callable[[Store, Account], T], tag_of: Callable[[T], str], *, wait: float) -> T:
    """Return the thing as it is, unless the client knows it so; whoever may wait is answered when it has changed.

    The tag is weak: it says that nothing happened which a person would see, and not that all bytes are the same.

    Args:
        request: its `If-None-Match` says what the client knows.
        find: reads the thing for the caller.
        tag_of: makes a tag of all that a person would see changing.
        wait: so many seconds at most. It needs the tag itself, and a free seat.

    Raises:
        NotModified: the client has it.
        NotFound: it is not there, or not theirs.
    """
    found = find(request.store, request.account)
    names_tags = request.headers.get("If-None-Match", "").strip() != ANY
    if wait and names_tags and _is_known(request, tag_of(found)):
        found = _after_a_change(request, find, found, wait)
    tag = tag_of(found)
    if _is_known(request, tag):
        raise NotModified(f'W/"{tag}"')
    request.response.headers.update({"ETag": f'W/"{tag}"', "Cache-Control": REVALIDATE})
    return found


def _after_a_change(request: Any, find: Callable[[Store, Account], T], found: T, wait: float) -> T:
    """Wait, and look again; a process that is about to end keeps nobody waiting.

    Meanwhile the request has no transaction; afterwards it proves anew who is asking.
    """
    with request.watcher.seat(found.name, found.mark, request.account.id) as seat:
        if seat is None:
            return found
        with released(request), ending_of(request.environ).waking(seat.changed):
            began = time.perf_counter()
            seat.wait(wait)
            request.environ[WAITED] = time.perf_counter() - began
    still_here(request)
    return find(request.store, request.account)


def tag(*parts: object) -> str:
    """Return a short digest of all that makes an answer what it is."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


def revalidate(request: Any) -> None:
    """Give an answer a strong tag, of its very bytes; it is not sent to whoever has it."""

    def finish(_request: Any, response: Response) -> None:
        if response.status_int != 200:
            return
        response.etag = hashlib.sha256(response.body).hexdigest()[:24]
        response.headers["Cache-Control"] = REVALIDATE
        if _is_known(request, response.etag):
            _leave_out_the_body(response)

    request.add_response_callback(finish)


def _is_known(request: Any, tag: str) -> bool:
    """Whether the client has it; for this, weak tags are as good as strong ones (RFC 9110, 13.1.2)."""
    return "If-None-Match" in request.headers and tag in request.if_none_match


def _leave_out_the_body(response: Response) -> None:
    response.status_int = 304
    response.body = b""
    for name in ("Content-Type", "Content-Length"):
        response.headers.pop(name, None)
