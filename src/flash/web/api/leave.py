"""Take one's data along, and leave."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from pyramid.view import view_config

from flash.domain.account import Account, token_digest
from flash.domain.history import Span
from flash.ports.throttle import Rule
from flash.usecases.leave import delete_account
from flash.usecases.sign_in import sessions
from flash.web.admission import address, admit
from flash.web.api.batches import outline_shape
from flash.web.api.blocks import block_shape
from flash.web.api.contacts import contact_shape
from flash.web.api.invites import invited_shape
from flash.web.api.profile import profile_shape, settings_shape
from flash.web.api.push import browser_shape
from flash.web.api.requests import request_shape
from flash.web.api.sessions import session_shape
from flash.web.api.shapes import user
from flash.web.api.transactions import row_shape
from flash.web.language import Say, speaking
from flash.web.security import by_cookie, take_cookie, token
from flash.wiring import Services

PAGE = 200

KEPT = [
    "Your payments, with the phone numbers of both sides: the law on financial records wants them kept.",
    "The day you joined and the day's limits you used, without your name, your number or your password.",
]


@view_config(route_name="export", request_method="GET", openapi=True, renderer="json")
def export(request: Any) -> Any:
    """Give the caller everything that is kept of them, bit by bit."""
    admit(request, Rule.EXPORT, request.account.id)
    say = speaking(request, request.account)
    pieces = _pieces(request.account, token_digest(token(request) or ""), request.services, say)
    request.response.content_type = "application/json"
    request.response.headers["Content-Disposition"] = 'attachment; filename="flash.json"'
    request.response.app_iter = (piece.encode() for piece in pieces)
    return request.response


def _pieces(account: Account, here: str, services: Services, say: Say) -> Iterator[str]:
    """Yield one JSON object. Each part is read on its own, page by page, so that nothing grows and nobody waits."""
    read, clock = services.database.snapshot, services.clock
    with read() as store:
        profile = store.profiles.get(account.id)
        invites = store.invites.of(account.id)
        browsers = store.push.of(account.id, clock.now())
        signed_in = sessions(account, store=store, clock=clock)
    parts = {
        "account": user(account),
        "profile": profile_shape(account, profile),
        "security_settings": settings_shape(profile),
        "sessions": [session_shape(one, here=here) for one in signed_in],
        "push": [browser_shape(one) for one in browsers],
        "invites": [{**invited_shape(row, clock.now()), "code": row.invite.code} for row in invites],
    }
    yield "{" + "".join(f"{json.dumps(name)}: {json.dumps(part)}, " for name, part in parts.items())

    def contacts(last: Any) -> list[Any]:
        with read() as store:
            return list(store.contacts.list(account.id, after=last.id if last else None, limit=PAGE))

    def blocks(last: Any) -> list[Any]:
        with read() as store:
            return list(store.blocks.page(account.id, before=last.id if last else None, limit=PAGE))

    def lists(last: Any) -> list[Any]:
        with read() as store:
            return list(store.batches.page(account.id, before=last.id if last else None, limit=PAGE))

    def requests(last: Any) -> list[Any]:
        with read() as store:
            return list(store.requests.page(account, before=last.request.id if last else None, limit=PAGE))

    def transfers(last: Any) -> list[Any]:
        with read() as store:
            return list(store.history.page(account, Span(), before=last.id if last else None, limit=PAGE))

    yield from _listed("contacts", contacts, contact_shape)
    yield ", "
    yield from _listed("blocks", blocks, block_shape)
    yield ", "
    yield from _listed("lists", lists, outline_shape)
    yield ", "
    yield from _listed("requests", requests, lambda row: request_shape(row, clock.now()))
    yield ", "
    yield from _listed("transactions", transfers, lambda row: row_shape(row, say))
    yield "}"


def _listed(name: str, page: Callable[[Any], list[Any]], shape: Callable[[Any], Any]) -> Iterator[str]:
    """Yield a list under its name, one page after the other."""
    yield f"{json.dumps(name)}: ["
    rows, separator = page(None), ""
    while rows:
        yield separator + ", ".join(json.dumps(shape(row)) for row in rows)
        rows, separator = page(rows[-1]) if len(rows) == PAGE else [], ", "
    yield "]"


@view_config(route_name="delete_account", request_method="POST", openapi=True, renderer="json")
def leave(request: Any) -> dict[str, Any]:
    """Delete the caller's account."""
    services = request.services
    admit(request, Rule.LOGIN_PAIR, request.account.msisdn, address(request))
    delete_account(
        request.openapi_validated.body["password"],
        request.account,
        store=request.store,
        clock=services.clock,
        passwords=services.passwords,
        key=services.secret,
    )
    if by_cookie(request):
        take_cookie(request.response)
    return {"message": "Your account is deleted. What the law wants kept is named here.", "kept": KEPT}
