"""What Airtel wants encrypted: the PIN of our payout wallet, and a signature of each order (facts/momo_api.md B)."""

import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from enum import StrEnum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import load_der_public_key


class PinPadding(StrEnum):
    """How a PIN is padded: the first with a portal key of 1024 bits, the second with v3 and 2048 bits (B2)."""

    PKCS1V15 = "pkcs1v15"
    OAEP_SHA256 = "oaep_sha256"


_PADDINGS: Mapping[PinPadding, padding.AsymmetricPadding] = {
    PinPadding.PKCS1V15: padding.PKCS1v15(),
    PinPadding.OAEP_SHA256: padding.OAEP(mgf=padding.MGF1(SHA256()), algorithm=SHA256(), label=None),
}


def rsa_key(text: str) -> RSAPublicKey:
    """Read an RSA public key in base64, with or without the lines of a PEM file around it.

    Raises:
        ValueError: it is none.
    """
    lines = text.replace("-----BEGIN PUBLIC KEY-----", "").replace("-----END PUBLIC KEY-----", "")
    try:
        key = load_der_public_key(b64decode("".join(lines.split()), validate=True))
    except UnsupportedAlgorithm as error:
        raise ValueError("another kind of key") from error
    if not isinstance(key, RSAPublicKey):
        raise ValueError("another kind of key")
    return key


def sealed_pin(pin: str, key: RSAPublicKey, how: PinPadding) -> str:
    """Return the PIN as a disbursement carries it."""
    return b64encode(key.encrypt(pin.encode(), _PADDINGS[how])).decode()


def signature(body: bytes, key: RSAPublicKey) -> dict[str, str]:
    """Return the headers that sign a body: itself under a new AES key, and that key under Airtel's."""
    aes_key, start = secrets.token_bytes(32), secrets.token_bytes(16)
    padder, encryptor = PKCS7(128).padder(), Cipher(algorithms.AES256(aes_key), modes.CBC(start)).encryptor()
    sealed = encryptor.update(padder.update(body) + padder.finalize()) + encryptor.finalize()
    both = b64encode(aes_key) + b":" + b64encode(start)
    return {
        "x-signature": b64encode(sealed).decode(),
        "x-key": b64encode(key.encrypt(both, padding.PKCS1v15())).decode(),
    }
