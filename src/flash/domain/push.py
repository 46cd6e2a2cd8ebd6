"""Hints for browsers, beside the messages to phones: where they go, and what they say.

A hint tells what a message tells, and is nothing that anybody relies on: it is pushed once, and may be lost.
"""

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit
from uuid import UUID

from flash.domain.errors import BadInput
from flash.domain.message import Kind

LONGEST_ENDPOINT = 2048
MOST_SUBSCRIPTIONS = 10
"""Of one person; the oldest gives way to a new one."""
P256DH_BYTES, AUTH_BYTES = 65, 16
"""An uncompressed point of P-256, and the secret that goes with it (RFC 8291)."""
UNCOMPRESSED = 4

HINTED = frozenset({Kind.OUTCOME, Kind.REQUEST})
"""Messages that browsers are told of. A code goes to the phone alone, because it proves that the phone is there."""

FIRST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(days=1)
"""How long a browser is left alone whose push service failed: it doubles from the first to the longest."""

ACTIVITY = "/#/activity"
"""The page of the app that a hint opens when it is not known what it is about."""

_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")


class Pushed(StrEnum):
    """What a push service's answer means."""

    TAKEN = "taken"
    GONE = "gone"
    """The browser wants no more, so it is not asked again."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PushSubscription:
    """A browser that wants hints, as long as its person is signed in there.

    Attributes:
        sign_in: digest of the token of the sign-in that it ends with.
        endpoint: the address at the browser's push service. Whoever knows it and has our key reaches the browser.
        p256dh: the browser's public key, for which hints are encrypted.
        auth: a secret that only this browser and we know.
        failures: pushes that failed since the last that did not.
        rests_until: nothing is pushed there before then.
    """

    account_id: UUID
    sign_in: str = field(repr=False)
    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)
    created_at: datetime
    failures: int = 0
    rests_until: datetime | None = None

    @property
    def id(self) -> str:
        """The name of its endpoint, which tells nobody the way there."""
        return subscription_id(self.endpoint)

    @property
    def service(self) -> str:
        """Whose push service it is, by its host."""
        return urlsplit(self.endpoint).hostname or ""

    def is_awake(self, now: datetime) -> bool:
        """Whether something may be pushed there."""
        return self.rests_until is None or self.rests_until <= now

    def after(self, pushed: Pushed, now: datetime) -> "PushSubscription | None":
        """Return the subscription as the push service's answer leaves it; None when it has ended."""
        if pushed is Pushed.GONE:
            return None
        if pushed is Pushed.TAKEN:
            return replace(self, failures=0, rests_until=None)
        rest = min(FIRST_REST * 2 ** min(self.failures, 12), LONGEST_REST)
        return replace(self, failures=self.failures + 1, rests_until=now + rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What a browser shows.

    Attributes:
        message_id: of the message that tells the same. The browser shows one hint of each id, however many come.
        url: the page of the app that it opens.
        expires_at: from then on it tells nothing new.
    """

    message_id: UUID
    kind: Kind
    title: str
    body: str
    url: str
    expires_at: datetime

    @property
    def payload(self) -> bytes:
        """What the browser's code is given."""
        told = {"id": str(self.message_id), "kind": self.kind, "title": self.title, "body": self.body, "url": self.url}
        return json.dumps(told, ensure_ascii=False).encode()


def subscription_id(endpoint: str) -> str:
    """Return the name of the subscription with this endpoint."""
    return hashlib.sha256(endpoint.encode()).hexdigest()


def check_endpoint(text: str) -> str:
    """Return the address of a push service, as far as its text tells; where it leads is seen at each push.

    Raises:
        BadInput: not https, with a name and password, a fragment or a strange host, or too long.
    """
    refusal = BadInput("This is no address of a push service.", field="endpoint")
    if len(text) > LONGEST_ENDPOINT or not text.isascii() or not text.isprintable() or " " in text:
        raise refusal
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise refusal from error
    if parts.scheme != "https" or not re.fullmatch(r"[a-z0-9.-]+", parts.hostname or "") or port == 0:
        raise refusal
    if "@" in parts.netloc or parts.fragment:
        raise refusal
    return text


def check_keys(p256dh: str, auth: str) -> None:
    """See that these can be what a browser says to encrypt with.

    Raises:
        BadInput: they are not base64url, or not as long as they are.
    """
    point, secret = _decoded(p256dh), _decoded(auth)
    if len(point) != P256DH_BYTES or point[0] != UNCOMPRESSED or len(secret) != AUTH_BYTES:
        raise BadInput("These are no keys of a browser.", field="keys")


def _decoded(text: str) -> bytes:
    """Return what base64url without padding says; nothing for what is none."""
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        return b""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
