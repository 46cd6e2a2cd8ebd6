"""Calling others over HTTP: the one place where exceptions of requests become values. Nothing is ever repeated.

A call returns an `Answer` or a `Silence`. What MTN and Airtel have in common on top of that is here too: tokens that
run out, JSON that may be anything, and settings that hold addresses.
"""

import ipaddress
import json
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from flash.domain.errors import BadAmount
from flash.domain.money import CURRENCIES, Currency, Money, parse_money
from flash.domain.outcome import Evidence, Outcome, Source, Unknown
from flash.ports.clock import Clock
from flash.trail import span

USER_AGENT = f"flash-payments/{version('flash-payments')}"
"""Our own: MTN's gateway answers everything that contains python-requests with 403 (facts/momo_api.md A2)."""

AT_ONCE = 32
"""Connections kept per host; threads of one process that may call at the same time."""

LONGEST_BODY = 64 * 1024
"""Bytes of an answer that are read. A longer one is cut, and then no JSON any more."""

LONGEST_EVIDENCE = 4000
"""Characters of an answer that are kept."""

UNTOLD_LIFE_S = 60
"""How long a token is used that does not say; one that ran out is renewed when it is refused."""

# Its lines hold the path, and that of a wallet check holds a person's number (facts/momo_api.md C4).
logging.getLogger("urllib3").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operator answered, in HTTP."""

    status: int
    body: bytes

    def evidence(self, at: datetime, source: Source) -> Evidence:
        """Return it as evidence: text that any database takes, cut to a sane length."""
        text = self.body.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
        return Evidence(at=at, source=source, body=text[:LONGEST_EVIDENCE], http_status=self.status)


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer.

    Attributes:
        word: why, in stable words without an address or an exception's text.
    """

    word: str


@dataclass(frozen=True, slots=True)
class Token:
    """Proof that we are signed in.

    Attributes:
        text: a secret.
        lasts: how long from the moment it was asked for.
    """

    text: str = field(repr=False)
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class NoToken:
    """We could not sign in.

    Attributes:
        why: in stable words, for logs and people.
        mend: what to do about it; empty where waiting may help.
        reached: whether there was any answer.
    """

    why: str
    mend: str = ""
    reached: bool = True


Reply = Answer | Silence | NoToken


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer means.

    Attributes:
        alarm: what the people who run Flash have to mend, in one line without secrets or numbers; empty when nothing.
    """

    outcome: Outcome
    alarm: str = ""


def unanswered(reply: Silence | NoToken, at: datetime, source: Source) -> Unknown:
    """Return what no answer means: doubt."""
    evidence = Evidence(at=at, source=source, body="")
    return Unknown(evidence, reply.word if isinstance(reply, Silence) else f"not signed in: {reply.why}")


class Client:
    """Calls over a pool of connections, from any thread.

    No cookies, no redirects, no proxies or .netrc of the environment: an order goes where the settings say or nowhere.

    Args:
        connect_s: longest wait for a connection.
        read_s: longest wait for the next piece of the head of an answer, and for the whole of its body.
    """

    def __init__(self, connect_s: float, read_s: float) -> None:
        self._timeout = (connect_s, read_s)
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self._session.headers = requests.structures.CaseInsensitiveDict(
            {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"}
        )
        pool = HTTPAdapter(pool_maxsize=AT_ONCE, max_retries=0)
        self._session.mount("https://", pool)
        self._session.mount("http://", pool)

    def call(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer | Silence:
        """Call once. A body, even an empty one, is sent with its Content-Length."""
        if not _is_safe(url):  # A leg's platform comes from the database, and our credentials go wherever it says.
            return Silence("no address that may be called")
        with span(method, "client") as part:
            part.tell({"http.request.method": method, "server.address": urlsplit(url).hostname or ""})
            try:
                with self._session.request(
                    method,
                    url,
                    headers=headers,
                    data=body,
                    timeout=self._timeout,
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    part.tell({"http.response.status_code": response.status_code})
                    return Answer(response.status_code, self._read(response.raw))
            except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
                silence = Silence(word_for(error))
                part.tell({"error.type": silence.word}, failed=True)
                return silence

    def _read(self, raw: Any) -> bytes:
        """Read to the end or to the bound, and not for ever from one who answers drop by drop."""
        until = time.monotonic() + self._timeout[1]
        body = bytearray()
        while len(body) < LONGEST_BODY and (piece := raw.read1(LONGEST_BODY - len(body), decode_content=True)):
            body += piece
            if time.monotonic() > until:
                raise requests.ReadTimeout
        return bytes(body)


_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (requests.exceptions.InvalidURL, "no address that may be called"),
    (socket.gaierror, "host not found"),
    (ConnectionRefusedError, "connection refused"),
    (ssl.SSLError, "no secure connection"),
    (requests.Timeout, "timed out"),
    (urllib3.exceptions.TimeoutError, "timed out"),
    (TimeoutError, "timed out"),
    (urllib3.exceptions.NewConnectionError, "no connection"),
)
"""What went wrong, to a word for it; the first that is among the causes counts."""


def word_for(error: BaseException) -> str:
    """Return what went wrong in stable words, without an address or the text of an exception."""
    causes = tuple(_causes(error))
    return next((word for kind, word in _WORDS if any(isinstance(one, kind) for one in causes)), "connection cut")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


class Tokens:
    """One token, for all threads: one of them fetches while the others wait for what it gets, be it a failure.

    Otherwise each of the waiting would try for itself, one after the other, for as long as the operator is ill.
    """

    MARGIN = timedelta(seconds=60)
    """A token is renewed so long before it runs out, or after four fifths of a short life."""
    AGAIN = timedelta(seconds=5)
    """A renewal that failed is tried again so much later."""

    def __init__(self, clock: Clock, fetch: Callable[[], Token | NoToken]) -> None:
        self._clock = clock
        self._fetch = fetch
        self._lock = threading.Lock()
        self._kept: Token | NoToken | None = None
        self._renew_at = self._ends = clock.now()
        self._fetches = 0

    def get(self) -> Token | NoToken:
        """Return the token, fetched if there is none that lasts. One that cannot be renewed is good to its end."""
        fetches = self._fetches
        with self._lock:
            now = self._clock.now()
            lasts = isinstance(self._kept, Token) and now < self._renew_at
            if self._kept is None or not (lasts or self._fetches > fetches):
                self._kept = self._renewed(now)
            return self._kept

    def _renewed(self, began: datetime) -> Token | NoToken:
        got = self._fetch()
        self._fetches += 1
        if isinstance(got, Token):
            self._ends = began + got.lasts
            self._renew_at = self._ends - min(self.MARGIN, got.lasts / 5)
            return got
        if isinstance(self._kept, Token) and self._clock.now() < self._ends:
            self._renew_at = min(self._clock.now() + self.AGAIN, self._ends)
            return self._kept
        return got

    def forget(self, token: Token) -> None:
        """Drop a token that the operator refused, unless another thread has renewed it already."""
        with self._lock:
            if self._kept is token:
                self._kept = None

    def signed(self, call: Callable[[Token], Answer | Silence], refused: Callable[[Answer], bool]) -> Reply:
        """Make a call with the token, and once more with a new one when this one was refused.

        A refused token proves that nothing was done, so this is the one repetition allowed (payments.md section 4).
        """
        token = self.get()
        if isinstance(token, NoToken):
            return token
        reply = call(token)
        if isinstance(reply, Silence) or not refused(reply):
            return reply
        self.forget(token)
        token = self.get()
        return token if isinstance(token, NoToken) else call(token)


# What answers hold


def json_object(body: bytes) -> dict[str, Any] | None:
    """Return the JSON object that a body is; None when it is anything else. Numbers keep their digits."""
    try:
        value = json.loads(body, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, ArithmeticError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def object_in(told: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the object under a key; an empty one when there is none."""
    value = told.get(key)
    return value if isinstance(value, dict) else {}


def text_in(told: Mapping[str, Any], key: str, longest: int = 200) -> str:
    """Return the text under a key, trimmed and without what does not print; empty when there is none."""
    value = told.get(key)
    if isinstance(value, int) and not isinstance(value, bool):  # Old answers forget the quotes.
        value = str(value)
    return "".join(filter(str.isprintable, value)).strip()[:longest] if isinstance(value, str) else ""


def token_in(told: Mapping[str, Any]) -> Token | None:
    """Return the token of an OAuth answer. Its time is a number in the standard, and text at Airtel (B1)."""
    text = told.get("access_token")
    if not isinstance(text, str) or not is_header_text(text):
        return None
    life = text_in(told, "expires_in", 9)
    return Token(text, timedelta(seconds=int(life) if life.isascii() and life.isdigit() else UNTOLD_LIFE_S))


def money_in(value: object, currency: Currency) -> Money | None:
    """Return an exact amount; None when there is none."""
    try:
        return parse_money(value, currency)
    except BadAmount:
        return None


def balance_in(value: object, currency: Currency) -> Money | None:
    """Return a balance, of which fractions of the least unit do not count; None when there is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    try:
        return money_in(Decimal(value).quantize(Decimal(1).scaleb(-currency.decimals), ROUND_FLOOR), currency)
    except ArithmeticError:
        return None


def _no_number(word: str) -> object:
    raise ValueError(f"{word} is no JSON")


# Settings


def base_url(text: str) -> str:
    """Read an https address (or http on this machine), without a query. The name of a host stands for https.

    Raises:
        ValueError: it is anything else, or holds a password.
    """
    text = text if "://" in text else f"https://{text}"
    if not _is_safe(text) or not is_header_text(text) or set(text) & set(" ?#@"):
        raise ValueError("no address that may be called")
    return text.rstrip("/")


def optional_url(text: str) -> str:
    """Read an https address (or http on this machine), without a query, or nothing."""
    return base_url(text) if text else ""


def callback_url(text: str) -> str:
    """Read an https address (or http on this machine), without a query, or nothing.

    Plain HTTP is as good as nothing: operators take no such address, and its token would be seen on the way.
    """
    return "" if text.lower().startswith("http://") and not _is_safe(text) else optional_url(text)


def known_currency(text: str) -> Currency:
    """Read the code of a currency that Flash knows, like ZMW.

    Raises:
        ValueError: Flash does not know it.
    """
    if text not in CURRENCIES:  # A KeyError would show the value to whoever reads the complaint.
        raise ValueError("an unknown currency")
    return CURRENCIES[text]


def _is_safe(url: str) -> bool:
    """Whether nobody on the way can read what is sent there."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or "" if parts.port != 0 else ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    return host == "localhost" or (is_ip(host) and ipaddress.ip_address(host).is_loopback)


def is_ip(host: str) -> bool:
    """Whether a host is an address instead of a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def header_text(text: str) -> str:
    """Read text of printable ASCII characters.

    Raises:
        ValueError: a header could not carry it.
    """
    if not is_header_text(text):
        raise ValueError("not for a header")
    return text


def is_header_text(text: str) -> bool:
    """Whether a header can carry a text."""
    return bool(text) and text.isascii() and text.isprintable()
