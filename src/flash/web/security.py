"""Who is calling: the holder of the token in `Authorization: Token ...`, or in the cookie of the web app."""

import hmac
from typing import Any

from pyramid.config import Configurator

from flash.domain.account import WEB_TOKEN_LIFE, Account, WebSession, csrf_token, device_name, token_digest
from flash.domain.errors import NotAllowed, NotSignedIn
from flash.usecases.sign_in import who_is
from flash.usecases.web_session import session_of

READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that write nothing."""
LEAVING = "delete_account"
"""The route of whoever closes the account themselves: two such calls would wait for each other for ever."""

COOKIE = "__Host-flash-session"
"""By its prefix, browsers take it from nobody but this very host, by HTTPS, for all its addresses."""
CSRF = "Flash-Csrf"
"""The header by which a page of ours shows that it is one: others can neither read what it says nor send it."""


class BadCsrf(NotAllowed):
    """Something is to be done by cookie, and nothing shows that a page of ours wants it."""

    code = "csrf"
    text = "Please reload this page and try again."


def includeme(config: Configurator) -> None:
    """Give requests an `account` and a `web_session`.

    Calls that do not ask for one ignore any token, as the app needs it.
    """
    config.add_request_method(_account, "account", reify=True)
    config.add_request_method(_web_session, "web_session", reify=True)


def token(request: Any) -> str | None:
    """Return the token that the caller sent, good or not: in the header, or else in the cookie."""
    if not by_cookie(request):
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return token.strip() or None if scheme.lower() == "token" else None
    return cookie(request)


def by_cookie(request: Any) -> bool:
    """Whether the caller is known by the cookie, if at all: whoever sends the header means what it says."""
    return "Authorization" not in request.headers and cookie(request) is not None


def cookie(request: Any) -> str | None:
    """Return what the cookie holds, good or not."""
    try:
        return request.cookies.get(COOKIE) or None
    except UnicodeDecodeError:  # Not by us.
        return None


def give_cookie(response: Any, token: str) -> None:
    """Have the browser keep the token where no script gets to it."""
    _set_cookie(response, token, int(WEB_TOKEN_LIFE.total_seconds()))


def take_cookie(response: Any) -> None:
    """Have the browser forget the token."""
    _set_cookie(response, "", 0)


def check_csrf(request: Any) -> None:
    """See that a page of ours wants it done, if something is to be done by cookie.

    Raises:
        BadCsrf: nothing shows that.
    """
    if request.method in READING or not by_cookie(request):
        return
    expected = csrf_token(request.services.secret, token_digest(cookie(request) or ""))
    if not hmac.compare_digest(request.headers.get(CSRF, "").encode(), expected.encode()):
        raise BadCsrf


def origin(request: Any) -> str:
    """Return where the request comes from, as far as nobody can choose it freely.

    It is the address that the server saw, or that a trusted proxy saw (`doors.behind_proxies`).
    """
    return f"{request.remote_addr} {request.user_agent}"


def device(request: Any) -> str:
    """Return what the caller's device says it is."""
    return device_name(request.user_agent)


def still_here(request: Any) -> None:
    """Prove anew who is asking, in a unit of work that began since: they may have left, or been signed out.

    Raises:
        NotSignedIn: they have.
        SessionLocked: the browser was locked.
    """
    request.account = _account(request)


def _account(request: Any) -> Account:
    """Return the caller's account.

    Raises:
        NotSignedIn: no token was sent, or one that is unknown, expired or revoked, or of the other kind.
        BadCsrf: it came in the cookie, and nothing shows that a page of ours wants this.
        SessionLocked: the browser is locked.
    """
    if by_cookie(request):
        session = _web_session(request)
        session.check_unlocked()
        account = session.account
    else:
        sent = token(request)
        if sent is None:
            raise NotSignedIn
        account = who_is(sent, store=request.store, clock=request.services.clock, stays=_stays(request))
    request.services.metrics.presence.seen(account.id)
    return account


def _web_session(request: Any) -> WebSession:
    """Return the browser's sign-in, locked or not.

    Raises:
        NotSignedIn: there is no cookie, or what it holds is worth nothing; or the header says who is calling.
        BadCsrf: something is to be done, and nothing shows that a page of ours wants it.
    """
    if not by_cookie(request):
        raise NotSignedIn
    sent = cookie(request) or ""
    session = session_of(sent, store=request.store, clock=request.services.clock, stays=_stays(request))
    check_csrf(request)
    return session


def _set_cookie(response: Any, text: str, life_s: int) -> None:
    response.set_cookie(COOKIE, text, max_age=life_s, secure=True, httponly=True, samesite="Strict")


def _stays(request: Any) -> bool:
    return request.method not in READING and request.matched_route.name != LEAVING
