"""A browser that subscribes to hints, and reads them as browsers do."""

import base64
import json
import os
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PUSH_SERVICE = "push.example"


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Browser:
    """A browser with keys of its own, at an address that its push service made up."""

    def __init__(self, host: str = PUSH_SERVICE) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._auth = os.urandom(16)
        self.endpoint = f"https://{host}/send/{base64url(os.urandom(24))}"
        self.p256dh = base64url(self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
        self.auth = base64url(self._auth)

    @property
    def told(self) -> dict[str, Any]:
        """What JSON.stringify makes of its PushSubscription."""
        return {
            "endpoint": self.endpoint,
            "expirationTime": None,
            "keys": {"p256dh": self.p256dh, "auth": self.auth},
        }

    @property
    def secrets(self) -> tuple[str, str, str]:
        """What nobody else may read anywhere: the part of the address that was made up, and the keys."""
        return self.endpoint.rpartition("/")[2], self.p256dh, self.auth

    def read(self, body: bytes) -> dict[str, Any]:
        """Decrypt a hint (RFC 8291)."""
        told: dict[str, Any] = json.loads(http_ece.decrypt(body, private_key=self._key, auth_secret=self._auth))
        return told
