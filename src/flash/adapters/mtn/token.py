"""Being signed in at MTN: one token per product and platform (facts/momo_api.md A2, A4)."""

import base64
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from flash.adapters.http import Answer, Client, NoToken, Reply, Silence, Token, Tokens
from flash.adapters.mtn.answers import KEY_REFUSED, read_token
from flash.domain.leg import Kind
from flash.ports.clock import Clock

log = logging.getLogger(__name__)

SIGN_IN = b'{"grant_type":"client_credentials"}'
"""As JSON. No body at all is refused for its missing length, a form by a page that comes with 200 (A4)."""


class Product(StrEnum):
    """A product of MTN's, by the first part of its paths; each has its own credentials."""

    COLLECTION = "collection"
    DISBURSEMENT = "disbursement"

    @staticmethod
    def of(kind: Kind) -> "Product":
        """Return the product that a kind of leg needs. A refund is a disbursement from our float (A9)."""
        return Product.COLLECTION if kind is Kind.COLLECTION else Product.DISBURSEMENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where a product is, and who we are there.

    Attributes:
        keys: subscription keys, any of which is good: MTN gives out two, so that one can be changed at a time (A3).
    """

    base_url: str
    user_id: str = field(repr=False)
    api_key: str = field(repr=False)
    keys: tuple[str, ...] = field(repr=False)
    target_env: str

    def at(self, platform: str) -> "Access":
        """Return the same for another platform."""
        return replace(self, base_url=platform)


class Account:
    """A product on a platform, with us signed in as needed."""

    def __init__(self, product: Product, access: Access, client: Client, clock: Clock) -> None:
        self.access = access
        self._product = product
        self._client = client
        self._keys = access.keys
        self._tokens = Tokens(clock, self._sign_in)

    def token(self) -> Token | NoToken:
        """Return whether we are signed in, which normally costs nothing."""
        return self._tokens.get()

    def call(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Make a call that needs a token."""

        def send(token: Token) -> Answer | Silence:
            signed = {**self.headers(), "Authorization": f"Bearer {token.text}", **(headers or {})}
            return self._client.call(method, self.access.base_url + path, signed, body)

        return self._tokens.signed(send, refused=lambda answer: answer.status == 401)

    def headers(self) -> dict[str, str]:
        """Return what every call carries."""
        return {
            "Ocp-Apim-Subscription-Key": self._keys[0],
            "X-Target-Environment": self.access.target_env,
            "Content-Type": "application/json",
        }

    def _sign_in(self) -> Token | NoToken:
        """Ask for a token; when the gateway refuses the subscription key, once more with the other. The good one stays.

        It runs in one thread at a time, so that the order of the keys needs no lock of its own.
        """
        got = self._ask_for_token()
        if got is KEY_REFUSED and len(self._keys) > 1:
            log.error("MTN %s: the first of the two subscription keys was refused, trying the second", self._product)
            self._keys = (*self._keys[1:], self._keys[0])
            got = self._ask_for_token()
        if isinstance(got, NoToken):
            log.error("MTN %s: not signed in: %s. %s", self._product, got.why, got.mend)
        return got

    def _ask_for_token(self) -> Token | NoToken:
        # Raw: URL-encoding first, for the punctuation in it, yields 500 (A2).
        pair = base64.b64encode(f"{self.access.user_id}:{self.access.api_key}".encode()).decode()
        headers = {**self.headers(), "Authorization": f"Basic {pair}"}
        url = f"{self.access.base_url}/{self._product}/token/"
        return read_token(self._client.call("POST", url, headers, SIGN_IN))
