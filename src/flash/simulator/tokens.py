"""Access tokens of both operators."""

import base64
import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from flash.simulator.names import Operator


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token allows.

    Attributes:
        space: MTN's platform; Airtel has one.
        product: MTN's product; Airtel's token is for all.
        user: the API user or client that it was given to.
    """

    operator: Operator
    space: str
    product: str
    user: str
    expires_at: datetime


class Tokens:
    """All tokens that were given out; any number of one user are valid at once."""

    def __init__(self) -> None:
        self._grants: dict[str, Grant] = {}
        self._lock = Lock()

    def issue(self, grant: Grant) -> str:
        """Return a new token."""
        token = _jwt(grant) if grant.operator is Operator.MTN else secrets.token_urlsafe(24).replace("-", "A")
        with self._lock:
            self._grants[token] = grant
        return token

    def find(self, token: str, now: datetime) -> Grant | None:
        """Return what a token allows, or None when it is unknown or too old."""
        with self._lock:
            grant = self._grants.get(token)
        return grant if grant and now < grant.expires_at else None

    def expire_all(self, token: str) -> None:
        """Make every token invalid that belongs to this token's user."""
        with self._lock:
            grant = self._grants.get(token)
            if grant:
                self._grants = {
                    each: other
                    for each, other in self._grants.items()
                    if (other.operator, other.user) != (grant.operator, grant.user)
                }


def _jwt(grant: Grant) -> str:
    """Return something with the three parts of a JWT; nobody checks its signature, and clients need not read it."""
    head = {"typ": "JWT", "alg": "R256"}
    body = {"clientId": grant.user, "expires": grant.expires_at.isoformat(), "sessionId": secrets.token_hex(16)}
    parts = [json.dumps(part).encode() for part in (head, body)] + [secrets.token_bytes(32)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
