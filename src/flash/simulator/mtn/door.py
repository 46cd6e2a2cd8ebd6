"""Who may come in: subscription keys, API users, tokens, target environments (facts A2, A3, A4)."""

import base64
import binascii
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flash.domain.money import EUR, ZMW, Currency
from flash.simulator.calls import (
    NOT_JSON,
    REJECTED_PAGE,
    Answered,
    Call,
    empty,
    html,
    json_answer,
)
from flash.simulator.names import Operator
from flash.simulator.presets import (
    AFRICA,
    LEGACY,
    MTN_SUBSCRIPTION_KEYS,
    SANDBOX_ENVIRONMENT,
    ZAMBIA_ENVIRONMENT,
    ApiUser,
)
from flash.simulator.reasons import mtn_message
from flash.simulator.tokens import Grant

TOKEN_LIFE = timedelta(seconds=3600)

CURRENCY_OF: Mapping[str, Currency] = {SANDBOX_ENVIRONMENT: EUR, ZAMBIA_ENVIRONMENT: ZMW}
"""The only currency of each target environment."""

_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*", re.IGNORECASE)
_IP = re.compile(r"[\d.]+|\[.*")

_FORBIDDEN_PAGE = "<html><head><title>403 Forbidden</title></head><body><h1>403 Forbidden</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Platform:
    """One of MTN's platforms; an order lives on one of them only.

    Attributes:
        prefix: of its paths.
    """

    name: str
    prefix: str


PLATFORMS = (Platform(LEGACY, ""), Platform(AFRICA, "/africa"))


@dataclass(frozen=True, slots=True)
class Entry:
    """A caller who was let in."""

    user: ApiUser
    environment: str

    @property
    def currency(self) -> Currency:
        """The only one that this environment knows."""
        return CURRENCY_OF[self.environment]


class MtnAnswers:
    """How MTN says what any API may say."""

    def unauthorised(self) -> Any:
        """The token is not valid."""
        return gateway(401, "Unauthorized. Access token is missing, invalid or expired.")

    def unavailable(self) -> Any:
        """Down."""
        return refusal(503, "SERVICE_UNAVAILABLE")

    def throttled(self) -> Any:
        """Too many calls."""
        response = gateway(429, "Rate limit is exceeded. Try again in 5 seconds.")
        response.headers["Retry-After"] = "5"
        return response

    def broken(self) -> Any:
        """Something went wrong inside."""
        return refusal(500, "INTERNAL_PROCESSING_ERROR")

    def unknown(self) -> Any:
        """A status query about nothing."""
        return refusal(404, "RESOURCE_NOT_FOUND")


def refusal(status: int, code: str) -> Any:
    """Return a refusal as the wallet platform writes it."""
    return json_answer(status, {"code": code, "message": mtn_message(code)})


def gateway(status: int, message: str) -> Any:
    """Return a refusal as the gateway in front of it writes it."""
    return json_answer(status, {"statusCode": status, "message": message})


def bad_request() -> Any:
    """Return what MTN says to a request that it cannot read, which is next to nothing."""
    return json_answer(400, {})


def is_uuid(text: str | None) -> bool:
    """Whether it is a UUID of any version."""
    return bool(text and _UUID.fullmatch(text))


def is_uuid4(text: str | None) -> bool:
    """Whether it is a UUID that a new resource may have."""
    return bool(text and _UUID4.fullmatch(text))


def is_host(text: object) -> bool:
    """Whether it is a host's name, without scheme, path or port, and no address."""
    return isinstance(text, str) and bool(_HOST.fullmatch(text)) and not _IP.fullmatch(text)


# --- Every call


def check_agent(call: Call, platform: Platform) -> None:
    """Turn away what the new platform's gateway takes for a robot.

    Raises:
        Answered: it calls itself python-requests.
    """
    if platform.name == AFRICA and "python-requests" in (call.header("User-Agent") or ""):
        raise Answered(html(403, _FORBIDDEN_PAGE))


def check_subscription(call: Call, product: str | None) -> None:
    """Check the subscription key; without a product, any product's will do.

    Raises:
        Answered: it is missing or wrong.
    """
    products = [product] if product else list(MTN_SUBSCRIPTION_KEYS)
    key = call.header("Ocp-Apim-Subscription-Key")
    if not any(key in MTN_SUBSCRIPTION_KEYS[each] for each in products):
        what = "invalid" if key else "missing"
        advice = "Make sure to provide a valid key for an active subscription."
        raise Answered(gateway(401, f"Access denied due to {what} subscription key. {advice}"))


def enter(call: Call, platform: Platform, product: str) -> Entry:
    """Let a caller in, or not.

    Raises:
        Answered: the agent, the key, the token or the environment is not right.
    """
    check_agent(call, platform)
    check_subscription(call, product)
    environment = call.header("X-Target-Environment") or ""
    grant = call.simulator.tokens.find(call.bearer(), call.simulator.clock.now())
    user = call.simulator.mtn_users.get(grant.user) if grant else None
    # The sandbox lets a token of one product into another, which production does not.
    laxer = environment == SANDBOX_ENVIRONMENT
    if not grant or not user or grant.space != platform.name or not (grant.product == product or laxer):
        raise Answered(call.operation.answers.unauthorised())
    if environment not in user.environments:
        raise Answered(refusal(500, "NOT_ALLOWED_TARGET_ENVIRONMENT"))
    return Entry(user, environment)


def check_callback(call: Call, entry: Entry) -> str | None:
    """Return where the caller wants to hear of the end, if anywhere.

    Raises:
        Answered: its host is not one that was registered.
    """
    url = call.header("X-Callback-Url")
    if url is None:
        return None
    host = _host_of(url)
    if host not in entry.user.hosts or not is_host(host):
        raise Answered(refusal(500, "INVALID_CALLBACK_URL_HOST"))
    return url


def _host_of(url: str) -> str | None:
    try:
        target = urlsplit(url)
        return target.hostname if target.scheme in {"http", "https"} else None
    except ValueError:
        return None


# --- Token


def token(call: Call, platform: Platform, product: str) -> Any:
    """POST /{product}/token/."""
    check_agent(call, platform)
    check_subscription(call, product)
    _check_token_request(call)
    name, key = _basic(call)
    if platform.name == AFRICA:
        return _africa_token(call, product, name, key)
    user = call.simulator.mtn_users.get(name)
    if not _knows(user, platform.name, key):
        return json_answer(500, {"error": "login_failed"})
    return _issue(call, platform.name, product, name)


def known_user(call: Call, platform: Platform) -> bool:
    """Whether the Basic header names an API user of this platform with its key."""
    name, key = _basic(call)
    return _knows(call.simulator.mtn_users.get(name), platform.name, key)


def _check_token_request(call: Call) -> None:
    request = call.request
    chunked = call.header("Transfer-Encoding") is not None
    if request.content_length is None and not chunked:
        raise Answered(html(411, "<html><head><title>Length Required</title></head><body>411</body></html>"))
    if request.body and request.content_type == "application/x-www-form-urlencoded":
        raise Answered(html(200, REJECTED_PAGE))
    if request.body and call.body() is NOT_JSON:
        raise Answered(bad_request())


def _africa_token(call: Call, product: str, name: str, key: str) -> Any:
    """The new platform wants the environment here too, and speaks OAuth."""
    user = call.simulator.mtn_users.get(name)
    if call.header("X-Target-Environment") != ZAMBIA_ENVIRONMENT:
        return json_answer(400, {"error": "Invalid or missing X-Target-Environment header"})
    if "%" in name:
        return json_answer(500, {"error": "server_error"})
    if not _knows(user, AFRICA, key):
        return json_answer(401, {"error": "invalid_client"})
    return _issue(call, AFRICA, product, name)


def _knows(user: ApiUser | None, space: str, key: str) -> bool:
    return bool(user and user.space == space and user.key and secrets.compare_digest(user.key.encode(), key.encode()))


def _basic(call: Call) -> tuple[str, str]:
    """Return user and key of the Basic header, empty when it cannot be read."""
    kind, _, encoded = (call.header("Authorization") or "").partition(" ")
    try:
        text = base64.b64decode(encoded, validate=True).decode() if kind.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    name, _, key = text.partition(":")
    return name, key


def _issue(call: Call, space: str, product: str, user: str) -> Any:
    simulator = call.simulator
    grant = Grant(Operator.MTN, space, product, user, simulator.clock.now() + TOKEN_LIFE)
    issued = simulator.tokens.issue(grant)
    # The life that is told, which an advanced clock does not change.
    told = {"access_token": issued, "token_type": "access_token", "expires_in": int(TOKEN_LIFE.total_seconds())}
    return json_answer(200, told)


# --- Provisioning


def create_user(call: Call) -> Any:
    """POST /v1_0/apiuser."""
    check_subscription(call, None)
    name, body = call.header("X-Reference-Id"), call.body()
    if not name or not is_uuid4(name) or not isinstance(body, dict) or not is_host(body.get("providerCallbackHost")):
        return bad_request()
    with call.simulator.lock:
        if name in call.simulator.mtn_users:
            return refusal(409, "RESOURCE_ALREADY_EXIST")
        call.simulator.mtn_users[name] = ApiUser({body["providerCallbackHost"].lower()})
    return empty(201)


def show_user(call: Call) -> Any:
    """GET /v1_0/apiuser/{id}."""
    user = _provisioned(call)
    host = next(iter(sorted(user.hosts)), "")
    return json_answer(200, {"providerCallbackHost": host, "targetEnvironment": SANDBOX_ENVIRONMENT})


def create_key(call: Call) -> Any:
    """POST /v1_0/apiuser/{id}/apikey: the new key replaces the old."""
    user = _provisioned(call)
    user.key = secrets.token_hex(16)
    return json_answer(201, {"apiKey": user.key})


def _provisioned(call: Call) -> ApiUser:
    check_subscription(call, None)
    user = call.simulator.mtn_users.get(call.request.matchdict["user"])
    if not user or user.space != LEGACY:
        raise Answered(refusal(404, "RESOURCE_NOT_FOUND"))
    return user
