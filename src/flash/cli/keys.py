"""Published keys, as commands take them from a file: seals are checked with these alone."""

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from flash.adapters import ed25519_seals
from flash.domain.seal import PublicKey


class PublishedSeals:
    """Checks seals by what /.well-known/flash-seal-keys.json said; it can make none."""

    def __init__(self, trusted: Mapping[int, Ed25519PublicKey]) -> None:
        self._trusted = trusted

    def seal(self, _content: bytes) -> bytes:
        """See `ports.seals.Seals`."""
        raise NotImplementedError

    def opened(self, sealed: bytes) -> bytes:
        """See `ports.seals.Seals`."""
        return ed25519_seals.opened(sealed, self._trusted)

    def published(self) -> Sequence[PublicKey]:
        """See `ports.seals.Seals`."""
        return [PublicKey(number, key.public_bytes_raw(), in_use=False) for number, key in self._trusted.items()]


def seals_of(path: Path) -> PublishedSeals:
    """Return what checks seals by the keys in a file.

    Raises:
        click.ClickException: it is no such file.
    """
    try:
        return PublishedSeals({one["number"]: _key(one) for one in json.loads(path.read_text())["keys"]})
    except (ValueError, LookupError, TypeError) as error:
        raise click.ClickException(f"{path} is no file of keys.") from error


def _key(jwk: Mapping[str, Any]) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(jwk["x"] + "="))
