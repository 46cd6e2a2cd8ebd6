"""Exceptions become answers here and nowhere else. All have one shape, which the mobile app can read."""

import logging
import math
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from pyramid.exceptions import PredicateMismatch
from pyramid.response import Response
from pyramid.util import as_sorted_tuple
from pyramid.view import exception_view_config, notfound_view_config
from pyramid_openapi3.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from flash.domain.batch import BadLines
from flash.domain.errors import BadInput, Conflict, NotAllowed, NotFound, NotSignedIn, OutOfService, Refusal, TooSoon
from flash.domain.partner import KeyNeeded
from flash.usecases.mistakes import tell

log = logging.getLogger(__name__)

BACK_SOON = timedelta(seconds=5)
"""How long to wait for a database that does not answer."""


class WrongMethod(Refusal):
    """The address exists, but not for this method."""

    code = "wrong_method"
    text = "This address cannot be used with this method."


class BodyTooLarge(Refusal):
    """Nothing in this API needs so much."""

    code = "body_too_large"
    text = "This request is too large."


class WrongContentType(Refusal):
    """There is a body, and it is not JSON."""

    code = "wrong_content_type"
    text = "Please send JSON, with the header Content-Type: application/json."


class Broken(Refusal):
    """A mistake of ours."""

    code = "internal_error"
    text = "Something went wrong on our side. Please try again later."


class Unavailable(Refusal):
    """The database does not answer."""

    code = "unavailable"
    text = "Flash is not available right now. Please try again in a moment."


STATUSES: dict[type[Refusal], int] = {
    Refusal: 400,
    BadInput: 400,
    NotSignedIn: 401,
    NotAllowed: 403,
    NotFound: 404,
    WrongMethod: 405,
    Conflict: 409,
    BodyTooLarge: 413,
    WrongContentType: 415,
    TooSoon: 429,
    Broken: 500,
    OutOfService: 503,
    Unavailable: 503,
}
"""The status of each kind of refusal; one that is not listed has that of its kind."""


def answer(refusal: Refusal, headers: dict[str, str] | None = None) -> Response:
    """Return the refusal with one sentence under every name that the app looks for (mobile_rest.md section 0)."""
    status = next(STATUSES[kind] for kind in type(refusal).__mro__ if kind in STATUSES)
    body: dict[str, Any] = dict.fromkeys(("error", "message", "detail"), refusal.text)
    body["code"] = refusal.code
    # A field that is called like one of these, `message` for one, must not take its place.
    field = refusal.field if refusal.field not in body else None
    body[field or "non_field_errors"] = [refusal.text]
    if isinstance(refusal, BadLines):
        body["lines"] = [{"line": fault.line, "field": fault.field, "error": fault.text} for fault in refusal.faults]
    response = Response(json_body=body, status=status)
    response.headers.update(headers or {})
    return response


@exception_view_config(Refusal)
def refused(refusal: Refusal, _request: Any) -> Response:
    """Answer what the rules do not allow."""
    headers = {}
    if isinstance(refusal, NotSignedIn):
        headers["WWW-Authenticate"] = "Bearer" if isinstance(refusal, KeyNeeded) else "Token"
    if isinstance(refusal, TooSoon | OutOfService):
        headers["Retry-After"] = _seconds(refusal.wait)
    return answer(refusal, headers)


@exception_view_config(RequestValidationError)
def unreadable(error: RequestValidationError, request: Any) -> Response:
    """Answer what openapi.yaml does not allow. Nothing of the request is logged, unlike pyramid_openapi3 does."""
    return refused(error.errors[0], request)


@notfound_view_config()
def nothing_here(error: Exception, request: Any) -> Response:
    """Answer an unknown address, or a known one with a method that it has not."""
    if isinstance(error, PredicateMismatch) and request.matched_route:
        return answer(WrongMethod(), {"Allow": ", ".join(sorted({*_methods(request)}))})
    return answer(NotFound("There is nothing at this address."))


@exception_view_config(OperationalError)
@exception_view_config(InterfaceError)
@exception_view_config(NoConnectionFree)
def unavailable(error: Exception, _request: Any) -> Response:
    """Answer while the database does not."""
    # Its own words, for SQLAlchemy adds the parameters of the statement, which belong to people.
    log.error("the database does not answer: %s", str(getattr(error, "orig", error)).partition("\n")[0])
    return answer(Unavailable(), {"Retry-After": _seconds(BACK_SOON)})


@exception_view_config(Exception)
def broken(error: Exception, request: Any) -> Response:
    """Answer a mistake of ours, and tell the log where it is."""
    route = request.matched_route.name if getattr(request, "matched_route", None) else "no route"
    tell(log, error, "%s of %s broke", request.method, route)
    return answer(Broken())


def _methods(request: Any) -> Iterator[str]:
    """Yield the methods that this address has."""
    for view in request.registry.introspector.get_category("views"):
        about = view["introspectable"]
        if about["route_name"] == request.matched_route.name:
            methods = as_sorted_tuple(about["request_methods"] or ())
            yield from methods
            if "GET" in methods:
                yield "HEAD"  # Pyramid makes it from GET.


def _seconds(wait: timedelta) -> str:
    return str(max(1, math.ceil(wait.total_seconds())))
