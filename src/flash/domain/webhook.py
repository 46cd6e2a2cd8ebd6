"""Webhooks: where partners' systems want to hear of events, and how long each is tried."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from flash.domain.errors import BadInput
from flash.domain.event import Event

LONGEST_URL = 500
LONGEST_NAME = 60
SECRET_PREFIX = "whsec_"  # noqa: S105 - it only begins each secret

TRIED_FOR = timedelta(hours=24)
"""An endpoint that took nothing for so long, or not this one event, is disabled, and staff are told."""
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(hours=1)
"""Between two tries of one event: it doubles from the first to the longest."""
FIRST_REST, LONGEST_REST = timedelta(seconds=1), timedelta(minutes=10)
"""How long an endpoint is left alone altogether after failures in a row, so that a dead one costs little."""
OVERLAP = timedelta(hours=24)
"""For so long after a rotation the secret of before signs too."""

GONE = 410
"""The HTTP status by which an endpoint says that it wants no more events (RFC 9110)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where events go.

    Attributes:
        name: what staff call it; unique.
        partner_id: only payments of this partner's links are told; None for all payments.
        secret_version: of the live secret; the one before signs too until *previous_until*.
        disabled_why: why nothing is sent; empty while it is. Events are kept for it all the while.
        busy_until: nobody else delivers to it before then: somebody does, or it has failed and rests.
        failures: calls that failed since the last that did not.
        failing_since: when the first of these was.
    """

    id: UUID
    name: str
    url: str
    partner_id: UUID | None
    created_at: datetime
    busy_until: datetime
    secret_version: int = 1
    previous_until: datetime | None = None
    disabled_why: str = ""
    failures: int = 0
    failing_since: datetime | None = None

    def secrets(self, key: bytes, now: datetime) -> list[str]:
        """Return the secrets that sign now, the newest first."""
        versions = [self.secret_version]
        if self.previous_until is not None and now < self.previous_until:
            versions.append(self.secret_version - 1)
        return [endpoint_secret(key, self.id, version) for version in versions]

    def rotated(self, now: datetime) -> "Endpoint":
        """Return it with a new secret; the one of before stays live for a day."""
        return replace(self, secret_version=self.secret_version + 1, previous_until=now + OVERLAP)

    def enabled(self, now: datetime) -> "Endpoint":
        """Return it as ready to hear events again, at once."""
        return replace(self, disabled_why="", failures=0, failing_since=None, busy_until=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An event on its way to one endpoint.

    Attributes:
        attempts: how often it was tried since it was put into the queue, or put there again.
        failing_since: when the first of these failed.
    """

    endpoint_id: UUID
    event: Event
    due_at: datetime
    attempts: int = 0
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one call.

    Attributes:
        status: the HTTP status that came back; None when none did.
        word: what went wrong, in stable words without an address; empty when something came back.
        took: how long it took.
    """

    status: int | None
    word: str
    took: timedelta

    @property
    def good(self) -> bool:
        """Whether the endpoint has the event. A redirect is none: nobody follows it."""
        return self.status is not None and 200 <= self.status < 300


def next_try(delivery: Delivery, now: datetime, luck: float) -> datetime:
    """Return when a delivery that failed is tried again: later each time, and scattered by *luck* from 0 to 1."""
    return now + _scattered(min(FIRST_WAIT * (1 << min(delivery.attempts, 12)), LONGEST_WAIT), luck)


def rest(failures: int, luck: float) -> timedelta:
    """Return how long an endpoint is left alone after so many failures in a row."""
    return _scattered(min(FIRST_REST * (1 << min(failures - 1, 12)), LONGEST_REST), luck)


def _scattered(wait: timedelta, luck: float) -> timedelta:
    return wait * (0.75 + luck / 2)


def endpoint_secret(key: bytes, endpoint_id: UUID, version: int) -> str:
    """Return a secret of an endpoint: derived, so that it is stored nowhere and can be shown again."""
    digest = hmac.new(key, f"webhook\x1f{endpoint_id}\x1f{version}".encode(), hashlib.sha256).digest()
    return SECRET_PREFIX + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def check_url(text: str) -> str:
    """Return an address that events may go to, as far as its text tells; where it leads is seen at each delivery.

    Raises:
        BadInput: not https, with a name and password, a fragment or a port below 1024 other than 443, or too long.
    """
    try:
        parts = urlsplit(text)
        port = parts.port or 443
    except ValueError as error:
        raise BadInput("This is no address.", field="url") from error
    if len(text) > LONGEST_URL or not text.isascii() or not text.isprintable() or " " in text:
        raise BadInput("This is no address.", field="url")
    if parts.scheme != "https" or not parts.hostname or parts.username is not None or parts.password is not None:
        raise BadInput("Events go to https addresses, without a name and password.", field="url")
    if parts.fragment or (port != 443 and port < 1024):
        raise BadInput("The port must be 443 or above 1023, and there is no part after #.", field="url")
    return text
