"""Seals by Ed25519 (RFC 8032), with keys that are derived from the settings."""

from collections.abc import Mapping, Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from flash.domain.seal import BrokenSeal, PublicKey
from flash.settings import Settings

SIGNATURE_BYTES = 64
HIGHEST_NUMBER = 255
"""A key's number is one byte of each seal."""
PURPOSE = b"flash seal 1\0"
"""Signed before all content, so that no signature means anything elsewhere."""


class Ed25519Seals:
    """Signs with the key of the highest number; checks with any of them."""

    def __init__(self, secrets: Mapping[int, bytes]) -> None:
        """Make the keys from secrets, by number."""
        private = {number: _private_key(secrets[number]) for number in sorted(secrets)}
        self._number, self._key = max(private.items())
        self._trusted = {number: key.public_key() for number, key in private.items()}

    def seal(self, content: bytes) -> bytes:
        """See `ports.seals.Seals`."""
        signed = bytes([self._number]) + content
        return signed + self._key.sign(PURPOSE + signed)

    def opened(self, sealed: bytes) -> bytes:
        """See `ports.seals.Seals`."""
        return opened(sealed, self._trusted)

    def published(self) -> Sequence[PublicKey]:
        """See `ports.seals.Seals`."""
        return [
            PublicKey(number, key.public_bytes(Encoding.Raw, PublicFormat.Raw), number == self._number)
            for number, key in self._trusted.items()
        ]


def opened(sealed: bytes, trusted: Mapping[int, Ed25519PublicKey]) -> bytes:
    """Return what was sealed, checked with published keys alone.

    Raises:
        BrokenSeal: none of them made the seal.
    """
    signed, signature = sealed[:-SIGNATURE_BYTES], sealed[-SIGNATURE_BYTES:]
    key = trusted.get(signed[0]) if signed else None
    if key is None:
        raise BrokenSeal
    try:
        key.verify(signature, PURPOSE + signed)
    except InvalidSignature as error:
        raise BrokenSeal from error
    return signed[1:]


def from_settings(settings: Settings) -> Ed25519Seals:
    """Build the adapter from `flash.seal_key.NUMBER`."""
    secrets = {}
    with settings.reading() as read:
        for number in settings.under("flash.seal_key."):
            key = read(f"flash.seal_key.{number}", str.encode)
            if number.isascii() and number.isdigit() and 0 < int(number) <= HIGHEST_NUMBER:
                secrets[int(number)] = key
            else:
                read.problem(f"flash.seal_key.{number}", f"ends in no number from 1 to {HIGHEST_NUMBER}")
        if not secrets:
            read.problem("flash.seal_key.1", "no key is configured")
    return Ed25519Seals(secrets)


def _private_key(secret: bytes) -> Ed25519PrivateKey:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(secret)
    return Ed25519PrivateKey.from_private_bytes(derived)
