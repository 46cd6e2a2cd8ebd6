"""The web app's sign-in: a cookie instead of a token, that can be locked when the browser is left lying."""

from typing import Any

from pyramid.view import view_config

from flash.domain.account import TokenKind, WebSession, csrf_token
from flash.domain.errors import BadInput
from flash.usecases.pin import has_pin
from flash.usecases.sign_in import sign_out
from flash.usecases.web_session import lock as lock_session
from flash.usecases.web_session import session_of, unlock_by_password, unlock_by_pin
from flash.web.admission import admit_sign_in
from flash.web.api.shapes import user
from flash.web.pins import pin_desk, settle
from flash.web.security import cookie, give_cookie

HEADER = "Flash-Session"
"""Says `cookie` where a browser signs in."""


@view_config(route_name="web_session", request_method="GET", openapi=True, renderer="json")
def show(request: Any) -> dict[str, Any]:
    """Tell a page that was just loaded who is signed in."""
    return web_session_shape(request, request.web_session)


@view_config(route_name="lock", request_method="POST", openapi=True, renderer="json")
def lock(request: Any) -> dict[str, Any]:
    """Lock this browser."""
    lock_session(request.web_session, store=request.store, clock=request.services.clock)
    return _anew(request)


@view_config(route_name="unlock", request_method="POST", openapi=True, renderer="json")
def unlock(request: Any) -> dict[str, Any]:
    """Unlock this browser with the PIN or the password."""
    session, body, services = request.web_session, request.openapi_validated.body, request.services
    if body.get("pin"):
        settle(request)
        unlock_by_pin(session, body["pin"], desk=pin_desk(request))
    elif body.get("password"):
        admit_sign_in(request, session.account.msisdn)
        unlock_by_password(session, body["password"], store=request.store, passwords=services.passwords)
    else:
        raise BadInput("Please enter your PIN or your password.", field="pin")
    return _anew(request)


def wanted_kind(request: Any) -> TokenKind:
    """Return where whoever signs in wants the token kept."""
    return TokenKind.WEB if HEADER in request.openapi_validated.parameters else TokenKind.APP


def begun(request: Any, token: str) -> dict[str, Any]:
    """Put a new token into the cookie, in place of what was there, and tell the page what it needs."""
    left = cookie(request)
    if left is not None:
        sign_out(left, store=request.store, clock=request.services.clock)
    give_cookie(request.response, token)
    return web_session_shape(request, session_of(token, store=request.store, clock=request.services.clock))


def web_session_shape(request: Any, session: WebSession) -> dict[str, Any]:
    """Return a sign-in as the page sees it: while it is locked, not even whose it is."""
    return {
        "csrf_token": csrf_token(request.services.secret, session.token.digest),
        "user": None if session.locked else user(session.account),
        "has_pin": has_pin(session.account, store=request.store),
        "locked": session.locked,
    }


def _anew(request: Any) -> dict[str, Any]:
    """Return the sign-in as it is now: it may have been ended elsewhere meanwhile."""
    sent = cookie(request) or ""
    return web_session_shape(request, session_of(sent, store=request.store, clock=request.services.clock))
