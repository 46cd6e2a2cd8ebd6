"""Being signed in at Airtel: one token per platform, for three minutes (facts/momo_api.md B1)."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from flash.adapters.airtel.answers import read_key, read_token, refuses_token
from flash.adapters.http import Answer, Client, NoToken, Reply, Silence, Token, Tokens
from flash.ports.clock import Clock

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who we are, and where in the world."""

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    country: str
    currency: str


class Account:
    """Airtel on a platform, with us signed in as needed.

    Attributes:
        keys: Airtel's key for our signatures; kept like a token, for it runs out like one.
    """

    def __init__(self, base_url: str, access: Access, client: Client, clock: Clock) -> None:
        self._base_url = base_url
        self._access = access
        self._client = client
        self._tokens = Tokens(clock, self._sign_in)
        self._clock = clock
        self.keys = Tokens(clock, self._ask_for_key)

    def token(self) -> Token | NoToken:
        """Return whether we are signed in, which normally costs nothing."""
        return self._tokens.get()

    def call(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Make a call that needs a token."""

        def send(token: Token) -> Answer | Silence:
            signed = {
                "Authorization": f"Bearer {token.text}",
                "X-Country": self._access.country,
                "X-Currency": self._access.currency,
                "Content-Type": "application/json",
                **(headers or {}),
            }
            return self._client.call(method, self._base_url + path, signed, body)

        return self._tokens.signed(send, refused=refuses_token)

    def _sign_in(self) -> Token | NoToken:
        who = {
            "client_id": self._access.client_id,
            "client_secret": self._access.client_secret,
            "grant_type": "client_credentials",
        }
        headers = {"Content-Type": "application/json"}
        url = f"{self._base_url}/auth/oauth2/token"
        got = read_token(self._client.call("POST", url, headers, json.dumps(who).encode()))
        if isinstance(got, NoToken):
            log.error("Airtel: not signed in: %s. %s", got.why, got.mend)
        return got

    def _ask_for_key(self) -> Token | NoToken:
        got = read_key(self.call("GET", "/v1/rsa/encryption-keys"), self._clock.now())
        if isinstance(got, NoToken):
            log.error("Airtel: %s. %s", got.why, got.mend)
        return got
