"""MTN's consent variants: a customer lets us see who they are. No payment needs them (facts A4)."""

import re
import secrets
from datetime import timedelta
from typing import Any

from flash.simulator.calls import Answered, Call, json_answer
from flash.simulator.mtn.accounts import told_of
from flash.simulator.mtn.door import Platform, bad_request, check_subscription, enter, known_user
from flash.simulator.names import Operator
from flash.simulator.tokens import Grant

USER_INFO = "userinfo"
"""What stands as the product in the grant of a consent."""

LIFE = timedelta(seconds=3600)
REFRESH_LIFE_S = 30 * 24 * 3600

_HINT = re.compile(r"ID:(\d{6,15})/MSISDN")
_SCOPES = frozenset({"profile", "all_info"})
_CIBA = "urn:openid:params:grant-type:ciba"


def authorize(call: Call, platform: Platform, product: str) -> Any:
    """POST /{product}/v1_0/bc-authorize: ask a customer, who agrees at once."""
    enter(call, platform, product)
    fields = call.request.POST
    hint = _HINT.fullmatch(fields.get("login_hint", ""))
    if not hint or fields.get("scope") not in _SCOPES or fields.get("access_type") not in {"online", "offline"}:
        return bad_request()
    request_id = secrets.token_hex(16)
    with call.simulator.lock:
        call.simulator.consents[request_id] = hint[1]
    told = {"auth_req_id": request_id, "interval": 5, "expires_in": int(LIFE.total_seconds())}
    return json_answer(200, told)


def token(call: Call, platform: Platform, product: str) -> Any:
    """POST /{product}/oauth2/token/: the token of a consent, or a fresh one for its refresh token."""
    check_subscription(call, product)
    if not known_user(call, platform):
        return json_answer(401, {"error": "invalid_client"})
    fields = call.request.POST
    field = {_CIBA: "auth_req_id", "refresh_token": "refresh_token"}.get(fields.get("grant_type", ""))
    if field is None:
        return json_answer(400, {"error": "unsupported_grant_type"})
    with call.simulator.lock:
        party = call.simulator.consents.pop(fields.get(field, ""), None)
        if party is None:
            return json_answer(400, {"error": "invalid_grant"})
        refresh = secrets.token_hex(16)
        call.simulator.consents[refresh] = party
    grant = Grant(Operator.MTN, platform.name, USER_INFO, party, call.simulator.clock.now() + LIFE)
    told = {
        "access_token": call.simulator.tokens.issue(grant),
        "token_type": "Bearer",
        "expires_in": int(LIFE.total_seconds()),
        "scope": "profile",
        "refresh_token": refresh,
        "refresh_token_expired_in": REFRESH_LIFE_S,
    }
    return json_answer(200, told)


def user_info(call: Call, platform: Platform, product: str) -> Any:
    """GET /{product}/oauth2/v1_0/userinfo: who gave the consent."""
    check_subscription(call, product)
    grant = call.simulator.tokens.find(call.bearer(), call.simulator.clock.now())
    if not grant or grant.product != USER_INFO or grant.space != platform.name:
        raise Answered(call.operation.answers.unauthorised())
    return json_answer(200, told_of(call, grant.user))
