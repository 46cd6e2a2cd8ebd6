"""Who is calling: the holder of the token in `Authorization: Token ...`."""

from typing import Any

from pyramid.config import Configurator

from flash.domain.account import Account, device_name
from flash.domain.errors import NotSignedIn
from flash.usecases.sign_in import who_is

READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that write nothing."""
LEAVING = "delete_account"
"""The route of whoever closes the account themselves: two such calls would wait for each other for ever."""


def includeme(config: Configurator) -> None:
    """Give requests an `account`. Calls that do not ask for it ignore any token, as the app needs it."""
    config.add_request_method(_account, "account", reify=True)


def token(request: Any) -> str | None:
    """Return the token that the caller sent, good or not."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "token" else None


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
    """
    request.account = _account(request)


def _account(request: Any) -> Account:
    """Return the caller's account.

    Raises:
        NotSignedIn: no token was sent, or one that is unknown, expired or revoked.
    """
    sent = token(request)
    if sent is None:
        raise NotSignedIn
    stays = request.method not in READING and request.matched_route.name != LEAVING
    account = who_is(sent, store=request.store, clock=request.services.clock, stays=stays)
    request.services.metrics.presence.seen(account.id)
    return account
