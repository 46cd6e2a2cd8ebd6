"""Sign-up, sign-in and who I am."""

from typing import Any

from pyramid.view import view_config

from flash.domain.account import CODE_LIFE
from flash.domain.msisdn import parse_msisdn
from flash.usecases.sign_in import Login, sign_in, sign_out
from flash.usecases.sign_up import Guess, Registration, prove_phone, send_code
from flash.usecases.sign_up import register as sign_up
from flash.web.api.shapes import user
from flash.web.security import device, origin, token


@view_config(route_name="send_otp", request_method="POST", openapi=True, renderer="json")
def send_otp(request: Any) -> dict[str, Any]:
    """Send a code to a phone."""
    services = request.services
    code = send_code(
        parse_msisdn(request.openapi_validated.body["phone_number"]),
        origin(request),
        store=request.store,
        clock=services.clock,
        chance=services.chance,
        key=services.secret,
    )
    shown = {"debug_code": code} if services.messenger.shows_codes else {}
    return {"message": "We have sent you a code.", "expires_in": CODE_LIFE.seconds, **shown}


@view_config(route_name="verify_otp", request_method="POST", openapi=True, renderer="json")
def verify_otp(request: Any) -> dict[str, Any]:
    """Take the code back."""
    services, body = request.services, request.openapi_validated.body
    guess = Guess(
        msisdn=parse_msisdn(body["phone_number"]),
        code=body["otp_code"],
        origin=origin(request),
        invite_code=body.get("invite_code") or "",
    )
    prove_phone(guess, unit_of_work=services.database.unit_of_work, clock=services.clock, key=services.secret)
    return {"message": "Your phone number is confirmed."}


@view_config(route_name="register", request_method="POST", openapi=True, renderer="json")
def register(request: Any) -> dict[str, Any]:
    """Make an account, or set a new password."""
    services, body = request.services, request.openapi_validated.body
    wish = Registration(
        msisdn=parse_msisdn(body["phone_number"]),
        password=body["password"],
        password_again=body["password_confirm"],
        full_name=body.get("full_name") or "",
        origin=origin(request),
        device=device(request),
    )
    account, issued = sign_up(
        wish,
        store=request.store,
        clock=services.clock,
        chance=services.chance,
        passwords=services.passwords,
        key=services.secret,
    )
    request.response.status_int = 201
    return {"token": issued, "user": user(account)}


@view_config(route_name="login", request_method="POST", openapi=True, renderer="json")
def login(request: Any) -> dict[str, Any]:
    """Sign in."""
    services, body = request.services, request.openapi_validated.body
    account, issued = sign_in(
        Login(msisdn=parse_msisdn(body["phone_number"]), password=body["password"], device=device(request)),
        store=request.store,
        clock=services.clock,
        chance=services.chance,
        passwords=services.passwords,
    )
    return {"token": issued, "user": user(account)}


@view_config(route_name="logout", request_method="POST", openapi=True, renderer="json")
def logout(request: Any) -> dict[str, Any]:
    """Sign out; whoever is out already is told the same."""
    sent = token(request)
    if sent is not None:
        sign_out(sent, store=request.store, clock=request.services.clock)
    return {"message": "You are signed out."}


@view_config(route_name="me", request_method="GET", openapi=True, renderer="json")
def me(request: Any) -> dict[str, Any]:
    """Tell who is calling."""
    return user(request.account)
