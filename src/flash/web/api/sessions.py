"""Where a person is signed in, and with what: devices, the password, the PIN."""

from typing import Any

from pyramid.view import view_config

from flash.domain.account import Token, token_digest
from flash.ports.throttle import Rule
from flash.usecases.pin import change_pin as set_pin
from flash.usecases.sign_in import NewPassword, end_other_sessions, end_session, sessions
from flash.usecases.sign_in import change_password as set_password
from flash.web.admission import address, admit
from flash.web.api.shapes import instant
from flash.web.pins import pin_desk, settle
from flash.web.security import token


@view_config(route_name="sessions", request_method="GET", openapi=True, renderer="json")
def list_sessions(request: Any) -> list[dict[str, Any]]:
    """List where the caller is signed in."""
    here = token_digest(token(request) or "")
    found = sessions(request.account, store=request.store, clock=request.services.clock)
    return [session_shape(one, here=here) for one in found]


@view_config(route_name="session", request_method="DELETE", openapi=True, renderer="json")
def delete_session(request: Any) -> dict[str, Any]:
    """End one sign-in."""
    session_id = request.openapi_validated.parameters["id"].lower()
    end_session(session_id, request.account, store=request.store, clock=request.services.clock)
    return {"message": "This device is signed out."}


@view_config(route_name="revoke_others", request_method="POST", openapi=True, renderer="json")
def revoke_others(request: Any) -> dict[str, Any]:
    """End all sign-ins but this one."""
    end_other_sessions(token(request) or "", request.account, store=request.store, clock=request.services.clock)
    return {"message": "All other devices are signed out."}


@view_config(route_name="change_password", request_method="POST", openapi=True, renderer="json")
def change_password(request: Any) -> dict[str, Any]:
    """Replace the password, and end all other sign-ins."""
    services, body = request.services, request.openapi_validated.body
    admit(request, Rule.LOGIN_PAIR, request.account.msisdn, address(request))
    new = body["new_password"]
    again = body.get("new_password_confirm")
    set_password(
        NewPassword(current=body["current_password"], new=new, again=new if again is None else again),
        token(request) or "",
        request.account,
        store=request.store,
        clock=services.clock,
        passwords=services.passwords,
    )
    return {"message": "Your password is changed. All other devices are signed out."}


@view_config(route_name="change_pin", request_method="POST", openapi=True, renderer="json")
def change_pin(request: Any) -> dict[str, Any]:
    """Set the first PIN, or another one."""
    account, body = request.account, request.openapi_validated.body
    settle(request)
    set_pin(body["current_pin"], body["new_pin"], account, desk=pin_desk(request))
    return {"message": "Your PIN is changed."}


def session_shape(one: Token, *, here: str) -> dict[str, Any]:
    """Return a sign-in as its owner sees it."""
    return {
        "id": one.session_id,
        "device": one.device,
        "created_at": instant(one.created_at),
        "expires_at": instant(one.expires_at),
        "current": one.digest == here,
    }
