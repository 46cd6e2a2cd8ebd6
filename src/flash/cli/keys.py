"""Keys: published ones, as commands take them from a file to check seals, and new ones for browsers."""

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


@click.group()
def keys() -> None:
    """Make keys."""


@keys.command()
def vapid() -> None:
    """Make a pair of keys for hints to browsers. Both are shown this once, and stored nowhere."""
    from flash.adapters.web_push import new_pair  # noqa: PLC0415 - no other command needs it

    private, public = new_pair()
    click.echo(f"push.vapid_private_key (VAPID_PRIVATE_KEY), for the service alone:\n{private}")
    click.echo(f"The public half, which the service tells browsers by itself:\n{public}")


def _key(jwk: Mapping[str, Any]) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(jwk["x"] + "="))
