"""Sign-up, sign-in and who I am."""

from typing import Any

from pyramid.view import view_config

from flash.domain.account import CODE_LIFE, Account, TokenKind
from flash.domain.errors import WrongCode
from flash.domain.msisdn import parse_msisdn
from flash.ports.throttle import Rule
from flash.usecases.sign_in import Login, sign_in, sign_out
from flash.usecases.sign_up import Guess, Registration, prove_phone, send_code
from flash.usecases.sign_up import register as sign_up
from flash.web.admission import address, admit, admit_sign_in, admit_unless_spent, admit_wish_for_code
from flash.web.api.shapes import user
from flash.web.api.web_session import begun, wanted_kind
from flash.web.security import by_cookie, check_csrf, device, origin, take_cookie, token


@view_config(route_name="send_otp", request_method="POST", openapi=True, renderer="json")
def send_otp(request: Any) -> dict[str, Any]:
    """Send a code to a phone."""
    services, msisdn = request.services, parse_msisdn(request.openapi_validated.body["phone_number"])
    admit_wish_for_code(request, msisdn)
    code = send_code(
        msisdn,
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
    msisdn = parse_msisdn(body["phone_number"])
    guess = Guess(
        msisdn=msisdn,
        code=body["otp_code"],
        origin=origin(request),
        invite_code=body.get("invite_code") or "",
    )
    admit(request, Rule.VERIFY_PAIR, msisdn, address(request))
    admit(request, Rule.VERIFY_ADDRESS, address(request))
    admit_unless_spent(request, Rule.VERIFY_GUESSES, msisdn)
    try:
        prove_phone(guess, unit_of_work=services.database.unit_of_work, clock=services.clock, key=services.secret)
    except WrongCode as wrong:
        if wrong.guessed:
            services.throttle.hit(Rule.VERIFY_GUESSES, msisdn)
        raise
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
        kind=wanted_kind(request),
    )
    admit(request, Rule.REGISTER_PAIR, wish.msisdn, address(request))
    admit(request, Rule.REGISTER_ADDRESS, address(request))
    account, issued = sign_up(
        wish,
        store=request.store,
        clock=services.clock,
        chance=services.chance,
        passwords=services.passwords,
        key=services.secret,
    )
    request.response.status_int = 201
    return _signed_in(request, account, issued, wish.kind)


@view_config(route_name="login", request_method="POST", openapi=True, renderer="json")
def login(request: Any) -> dict[str, Any]:
    """Sign in."""
    services, body, kind = request.services, request.openapi_validated.body, wanted_kind(request)
    msisdn = parse_msisdn(body["phone_number"])
    admit_sign_in(request, msisdn)
    account, issued = sign_in(
        Login(msisdn=msisdn, password=body["password"], device=device(request), kind=kind),
        store=request.store,
        clock=services.clock,
        chance=services.chance,
        passwords=services.passwords,
    )
    return _signed_in(request, account, issued, kind)


@view_config(route_name="logout", request_method="POST", openapi=True, renderer="json")
def logout(request: Any) -> dict[str, Any]:
    """Sign out; whoever is out already is told the same. A locked browser can be signed out too."""
    sent = token(request)
    check_csrf(request)
    if sent is not None:
        sign_out(sent, store=request.store, clock=request.services.clock)
    if by_cookie(request):
        take_cookie(request.response)
    return {"message": "You are signed out."}


@view_config(route_name="me", request_method="GET", openapi=True, renderer="json")
def me(request: Any) -> dict[str, Any]:
    """Tell who is calling."""
    return user(request.account)


def _signed_in(request: Any, account: Account, issued: str, kind: TokenKind) -> dict[str, Any]:
    return begun(request, issued) if kind is TokenKind.WEB else {"token": issued, "user": user(account)}
