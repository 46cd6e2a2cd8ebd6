"""Published keys, as commands take them from a file: seals are checked with these alone."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from flash.adapters import ed25519_seals
from flash.ports.seals import Open


def opener_of(path: Path) -> Open:
    """Return what opens seals, checked by the keys in a file alone.

    Raises:
        click.ClickException: it is no such file.
    """
    try:
        trusted = {one["number"]: _key(one) for one in json.loads(path.read_text())["keys"]}
    except (ValueError, LookupError, TypeError) as error:
        raise click.ClickException(f"{path} is no file of keys.") from error
    return lambda sealed: ed25519_seals.opened(sealed, trusted)


def _key(jwk: Mapping[str, Any]) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(jwk["x"] + "="))
