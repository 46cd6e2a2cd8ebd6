"""Credentials that work at once. They open nothing but a simulator, so none of them is a secret."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

LEGACY = "legacy"
"""MTN's platform at the root: the sandbox and proxy.momoapi.mtn.com in one."""

AFRICA = "africa"
"""MTN's platform of 2026, under `/africa`."""

MTN_SUBSCRIPTION_KEYS: Mapping[str, tuple[str, str]] = {
    "collection": ("c0" * 16, "c1" * 16),
    "disbursement": ("d0" * 16, "d1" * 16),
    "remittance": ("e0" * 16, "e1" * 16),
}
"""Per product the primary and the secondary key."""

MTN_USER = ("5a1f0000-0000-4000-8000-000000000001", "5a" * 16)
"""API user and API key of the legacy platform, for every product."""

AFRICA_USER = ("U2ltdWxhdGVkIHVzZXI=", "t0ken~with.(punctuation)!")
"""User ID and credential token of the new platform, for every product."""

AIRTEL_CLIENT = ("5a1fa1e1-0000-4000-8000-000000000002", "a1e1" * 8)
"""Client id and client secret."""

AIRTEL_PIN = "1234"

CALLBACK_HOSTS = ("localhost",)
"""Where the preset API users may be called back, until others are registered."""

SANDBOX_ENVIRONMENT = "sandbox"
ZAMBIA_ENVIRONMENT = "mtnzambia"


@dataclass(slots=True)
class ApiUser:
    """An API user of MTN's.

    Attributes:
        hosts: where it may be called back.
        environments: the target environments that it may use.
        space: the platform that knows it.
        key: its API key, or credential token; None until one is made.
    """

    hosts: set[str]
    environments: tuple[str, ...] = (SANDBOX_ENVIRONMENT,)
    space: str = LEGACY
    key: str | None = None


def mtn_users() -> dict[str, ApiUser]:
    """Return the API users that exist from the start."""
    user, key = MTN_USER
    africa_user, africa_key = AFRICA_USER
    return {
        user: ApiUser({*CALLBACK_HOSTS}, (SANDBOX_ENVIRONMENT, ZAMBIA_ENVIRONMENT), LEGACY, key),
        africa_user: ApiUser({*CALLBACK_HOSTS}, (ZAMBIA_ENVIRONMENT,), AFRICA, africa_key),
    }


@cache
def airtel_key() -> RSAPrivateKey:
    """Return the key pair for PINs and signatures, made once per process."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def airtel_public_key() -> str:
    """Return the public half as Airtel's portal shows it: base64 of the DER SubjectPublicKeyInfo."""
    return b64encode(airtel_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def credentials(base_url: str, platform: str = LEGACY) -> dict[str, str]:
    """Return the environment variables with which Flash talks to the simulator at this address."""
    user, key = AFRICA_USER if platform == AFRICA else MTN_USER
    mtn_url = f"{base_url}/africa" if platform == AFRICA else base_url
    collections, disbursements = MTN_SUBSCRIPTION_KEYS["collection"], MTN_SUBSCRIPTION_KEYS["disbursement"]
    return {
        "MTN_COLLECTIONS_PRIMARY_KEY": collections[0],
        "MTN_COLLECTIONS_SUB_KEY": collections[1],
        "MTN_COLLECTIONS_BASE_URL": mtn_url,
        "MTN_COLLECTIONS_TARGET_ENV": ZAMBIA_ENVIRONMENT,
        "MTN_DISBURSEMENTS_PRIMARY_KEY": disbursements[0],
        "MTN_DISBURSEMENTS_SUB_KEY": disbursements[1],
        "MTN_DISBURSEMENTS_BASE_URL": mtn_url,
        "MTN_DISBURSEMENTS_TARGET_ENV": ZAMBIA_ENVIRONMENT,
        "MTN_USER_ID": user,
        "MTN_API_KEY": key,
        "AIRTEL_BASE_URL": base_url,
        "AIRTEL_CLIENT_ID": AIRTEL_CLIENT[0],
        "AIRTEL_CLIENT_SECRET": AIRTEL_CLIENT[1],
        "AIRTEL_PIN": AIRTEL_PIN,
        "AIRTEL_PIN_PUBLIC_KEY": airtel_public_key(),
    }
