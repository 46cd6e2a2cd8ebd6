"""Inviting others. The mobile contract wants camelCase here."""

from datetime import datetime
from typing import Any

from pyramid.view import view_config

from flash.domain.invite import INVITES_EACH, first_name
from flash.domain.msisdn import parse_msisdn
from flash.ports.belongings import InviteRow
from flash.ports.throttle import Rule
from flash.usecases.invites import is_good, next_code, programme, share_invite
from flash.web.admission import address, admit
from flash.web.api.shapes import instant


@view_config(route_name="validate_invite", request_method="POST", openapi=True, renderer="json")
def validate_invite(request: Any) -> dict[str, Any]:
    """Tell whether a code is good; a no is an answer too, so it is not an error."""
    admit(request, Rule.VALIDATE_INVITE, address(request))
    good = is_good(request.openapi_validated.body["invite_code"], store=request.store, clock=request.services.clock)
    message = "This invite code is good." if good else "This invite code is wrong, used or expired."
    return {"valid": good, "message": message}


@view_config(route_name="invite_data", request_method="GET", openapi=True, renderer="json")
def invite_data(request: Any) -> dict[str, Any]:
    """Show the caller's invites."""
    services = request.services
    theirs = programme(request.account, store=request.store, clock=services.clock, chance=services.chance)
    now = services.clock.now()
    return {
        "invitesRemaining": theirs.remaining,
        "totalInvites": INVITES_EACH,
        "rewardsEarned": 0,
        "inviteCode": theirs.code,
        "invitedUsers": [invited_shape(row, now) for row in theirs.shared],
    }


@view_config(route_name="invite_history", request_method="GET", openapi=True, renderer="json")
def invite_history(request: Any) -> list[dict[str, Any]]:
    """List whom the caller invited."""
    rows, now = request.store.invites.of(request.account.id), request.services.clock.now()
    return [invited_shape(row, now) for row in rows if row.invite.shared_at is not None]


@view_config(route_name="send_invite", request_method="POST", openapi=True, renderer="json")
def send_invite(request: Any) -> dict[str, Any]:
    """Note that the code was shared, or send it to a phone."""
    services, number = request.services, request.openapi_validated.body.get("phone_number")
    admit(request, Rule.INVITE, request.account.id)
    code = share_invite(
        request.account,
        parse_msisdn(number) if number else None,
        store=request.store,
        clock=services.clock,
        chance=services.chance,
    )
    return {**_code(code), "message": "Your invite is on its way."}


@view_config(route_name="generate_invite", request_method="POST", openapi=True, renderer="json")
def generate_invite(request: Any) -> dict[str, Any]:
    """Return the code to share next."""
    services = request.services
    return _code(next_code(request.account, store=request.store, clock=services.clock, chance=services.chance))


def _code(code: str) -> dict[str, str]:
    """Return a code under both names that a client may look for."""
    return {"inviteCode": code, "invite_code": code}


def invited_shape(row: InviteRow, now: datetime) -> dict[str, Any]:
    """Return a row of the mobile contract, section 1, row 12: of who joined, the first name and a masked number."""
    invite = row.invite
    joined = row.msisdn if invite.joined_at else invite.sent_to
    return {
        "id": str(invite.id),
        "name": first_name(row.name) or f"Invite {invite.code}",
        "phone": joined.masked if joined else "",
        "status": invite.state(now).value,
        "invitedAt": instant(invite.shared_at or invite.created_at),
    }
