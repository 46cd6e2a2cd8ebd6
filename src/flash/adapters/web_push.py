"""Web Push: hints are encrypted for their browser (RFC 8291), signed by our key (RFC 8292), and brought by the courier.

pywebpush does the first two. It does not make the calls, because it goes wherever an address leads, and the addresses
come from browsers: the courier goes to public ones only.
"""

import base64
import logging
import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from pywebpush import WebPusher

from flash.domain.message import Kind
from flash.domain.push import Hint, Pushed, PushSubscription
from flash.ports.webhooks import Courier
from flash.settings import Settings

log = logging.getLogger(__name__)

TOKEN_LIFE = timedelta(hours=12)
"""Push services take none that lasts longer than a day (RFC 8292)."""
GONE = frozenset({404, 410})
"""By which a push service says that a browser has unsubscribed, or is no more (RFC 8030)."""
URGENCY = {Kind.REQUEST: "high", Kind.OUTCOME: "normal"}
"""Whether a phone that saves its battery is woken: for what waits for an answer."""

KEY_BYTES = 32
HTTPS_PORT = 443


class WebPush:
    """See `ports.push.Pusher`.

    Args:
        key: our private key.
        subject: where push services reach whoever runs the service.
        courier: makes the calls.
    """

    def __init__(self, key: ec.EllipticCurvePrivateKey, subject: str, courier: Courier) -> None:
        # Told not to look at the subject: it would refuse an address with a port.
        self._vapid = Vapid02(key, conf={"no-strict": True})
        self._subject = subject
        self._courier = courier
        self.public_key = _public_text(key)

    def push(self, subscription: PushSubscription, hint: Hint, now: datetime) -> Pushed:
        """See `ports.push.Pusher`."""
        told = {"p256dh": subscription.p256dh, "auth": subscription.auth}
        try:
            body = WebPusher({"endpoint": subscription.endpoint, "keys": told}).encode(hint.payload)["body"]
        except ValueError:
            log.warning("hint of message %s: the browser's key is no point of its curve", hint.message_id)
            return Pushed.GONE
        sent = self._courier.bring(subscription.endpoint, self._headers(subscription, hint, now), body)
        if sent.good:
            return Pushed.TAKEN
        if sent.status in GONE:
            return Pushed.GONE
        answer = f"HTTP {sent.status}" if sent.status else sent.word
        log.warning("hint of message %s: not taken by %s (%s)", hint.message_id, subscription.service, answer)
        return Pushed.FAILED

    def _headers(self, subscription: PushSubscription, hint: Hint, now: datetime) -> dict[str, str]:
        claims = {
            "aud": _origin(subscription.endpoint),
            "exp": int((now + TOKEN_LIFE).timestamp()),
            "sub": self._subject,
        }
        return {
            **self._vapid.sign(claims),
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "TTL": str(max(0, int((hint.expires_at - now).total_seconds()))),
            "Urgency": URGENCY[hint.kind],
            # One that waits for the same browser under the same topic is replaced.
            "Topic": hint.message_id.hex,
        }


def _origin(endpoint: str) -> str:
    parts = urlsplit(endpoint)
    port = "" if parts.port in (None, HTTPS_PORT) else f":{parts.port}"
    return f"https://{parts.hostname}{port}"


def new_pair() -> tuple[str, str]:
    """Return a new private key as text, and its public half."""
    key = ec.generate_private_key(ec.SECP256R1())
    number = key.private_numbers().private_value
    return _text(number.to_bytes(KEY_BYTES, "big")), _public_text(key)


def _public_text(key: ec.EllipticCurvePrivateKey) -> str:
    return _text(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def _text(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode().rstrip("=")


def from_settings(settings: Settings, courier: Courier) -> WebPush:
    """Build it from `push.*`."""
    with settings.reading() as read:
        key = read("push.vapid_private_key", private_key)
        subject = read("push.vapid_subject", contact)
    return WebPush(key, subject, courier)


def private_key(text: str) -> ec.EllipticCurvePrivateKey:
    """Read a private key as `flash keys vapid` makes it."""
    raw = base64.b64decode(f"{text.rstrip('=')}=", altchars=b"-_", validate=True)
    if len(raw) != KEY_BYTES:
        raise ValueError("not as long as a key")
    return ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())


def contact(text: str) -> str:
    """Read where push services reach whoever runs the service, like mailto:ops@flash.example or https://flash.example."""
    if not re.fullmatch(r"mailto:[^@\s]+@[^@\s]+|https://[^/\s@]+(/\S*)?", text):
        raise ValueError("neither mailto nor https")
    return text
