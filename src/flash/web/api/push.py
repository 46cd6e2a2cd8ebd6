"""Browsers that want hints of what becomes of payments."""

from typing import Any

from pyramid.view import view_config

from flash.domain.account import session_id, token_digest
from flash.domain.errors import NotFound
from flash.domain.push import PushSubscription
from flash.ports.throttle import Rule
from flash.usecases.push import Browser, a_subscription, subscribe, unsubscribe
from flash.web.admission import admit
from flash.web.api.shapes import instant
from flash.web.security import token


@view_config(route_name="push", request_method="POST", openapi=True, renderer="json")
def post_push(request: Any) -> dict[str, Any]:
    """Push hints to the caller's browser. Pages say so whenever they open, so what is known already is not counted."""
    services, body, account = request.services, request.openapi_validated.body, request.account
    if services.pusher is None:
        raise NotFound("This service pushes nothing to browsers.")
    told = Browser(sign_in=token_digest(token(request) or ""), endpoint=body["endpoint"], **_keys(body))
    subscription = a_subscription(told, account, clock=services.clock)
    if not request.store.push.knows(subscription):
        admit(request, Rule.PUSH, account.id)
    subscribe(subscription, store=request.store)
    request.response.status_int = 201
    return {"message": "This browser is told of your payments."}


@view_config(route_name="push_remove", request_method="POST", openapi=True, renderer="json")
def remove_push(request: Any) -> dict[str, Any]:
    """Push no more hints to a browser of the caller."""
    unsubscribe(request.openapi_validated.body["endpoint"], request.account, store=request.store)
    return {"message": "This browser is not told of your payments any more."}


def browser_shape(one: PushSubscription) -> dict[str, Any]:
    """Return a browser as its owner sees it; the address at its push service opens the way to it, and is left out."""
    return {"service": one.service, "session": session_id(one.sign_in), "created_at": instant(one.created_at)}


def _keys(body: Any) -> dict[str, str]:
    return {name: body["keys"][name] for name in ("p256dh", "auth")}
