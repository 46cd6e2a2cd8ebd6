"""MTN MoMo by its Open API (facts/momo_api.md part A)."""

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from flash.adapters.http import (
    Answer,
    Client,
    NoToken,
    Reading,
    Reply,
    base_url,
    callback_url,
    header_text,
    known_currency,
    optional_url,
    unanswered,
)
from flash.adapters.mtn import doctor
from flash.adapters.mtn.answers import (
    CONFIGURATION_ALARMS,
    error_code,
    read_active,
    read_balance,
    read_holder,
    read_order,
    read_query,
    refuses_callback_host,
)
from flash.adapters.mtn.orders import PATHS, body_of
from flash.adapters.mtn.token import Access, Account, Product
from flash.domain.leg import Kind, Leg
from flash.domain.money import Currency, Money
from flash.domain.msisdn import Msisdn
from flash.domain.outcome import Outcome, Source
from flash.ports.clock import Clock
from flash.ports.provider import Finding, Provider, Wallet
from flash.settings import Reader, Settings, above_zero

log = logging.getLogger(__name__)

CALLBACKS_REST = timedelta(minutes=10)
"""For so long after MTN refused our callback address it is not told again."""

SECTIONS = {Product.COLLECTION: "collections", Product.DISBURSEMENT: "disbursements"}
"""What the settings call a product, as MTN's portal does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What the settings say.

    Attributes:
        accesses: to each product, where new legs are created.
        previous: to each product on the platform before the migration of 2026, where older legs are asked about.
        currency: what amounts go out in; the sandbox knows EUR only.
        callback_base: where MTN can call us; empty for no callbacks.
    """

    accesses: Mapping[Product, Access]
    previous: Mapping[Product, Access]
    currency: Currency
    callback_base: str


class Mtn:
    """MTN, from any thread. See `ports.provider` for what each method promises."""

    def __init__(self, setup: Setup, client: Client, clock: Clock) -> None:
        self._setup = setup
        self._client = client
        self._clock = clock
        self._lock = threading.Lock()
        self._accounts: dict[tuple[Product, str], Account] = {}
        self._callbacks_again_at = clock.now()

    def platform(self, kind: Kind) -> str:
        """See `ports.provider.Provider`."""
        return self._setup.accesses[Product.of(kind)].base_url

    def submit(self, leg: Leg) -> Outcome:
        """See `ports.provider.Provider`.

        An order that is refused for its callback address was not created, so it is sent again without one: callbacks
        only make us quicker, and no payment should fail for them.
        """
        reply = self._order(leg, self._callback_url(leg))
        if isinstance(reply, Answer) and refuses_callback_host(reply):
            log.error("MTN %s %s: %s", leg.kind, leg.reference, CONFIGURATION_ALARMS[error_code(reply)])
            self._callbacks_again_at = self._clock.now() + CALLBACKS_REST
            reply = self._order(leg, "")
        if not isinstance(reply, Answer):
            return unanswered(reply, self._clock.now(), Source.SUBMIT)
        return _told(leg, read_order(reply, leg.kind, self._clock.now()))

    def _order(self, leg: Leg, callback_url: str) -> Reply:
        headers = {"X-Reference-Id": str(leg.reference)}
        if callback_url:  # Left out rather than empty (A5).
            headers["X-Callback-Url"] = callback_url
        return self._account_of(leg).call("POST", PATHS[leg.kind], body_of(leg, self._setup.currency), headers)

    def _callback_url(self, leg: Leg) -> str:
        wanted = self._setup.callback_base and leg.callback_token and self._clock.now() >= self._callbacks_again_at
        return f"{self._setup.callback_base}/callbacks/mtn/{leg.callback_token}" if wanted else ""

    def ask(self, leg: Leg) -> Outcome:
        """See `ports.provider.Provider`."""
        reply = self._account_of(leg).call("GET", f"{PATHS[leg.kind]}/{leg.reference}")
        if not isinstance(reply, Answer):
            return unanswered(reply, self._clock.now(), Source.STATUS_QUERY)
        return _told(leg, read_query(reply, leg, self._setup.currency, self._clock.now()))

    def is_ready(self, kind: Kind) -> bool:
        """See `ports.provider.Readiness`."""
        return not isinstance(self._account(Product.of(kind)).token(), NoToken)

    def wallet(self, msisdn: Msisdn) -> Wallet | None:
        """See `ports.provider.AccountCheck`. Asked at the product that would pay; the name is no obstacle."""
        account = self._account(Product.DISBURSEMENT)
        holder_at = f"/disbursement/v1_0/accountholder/msisdn/{msisdn.digits}"
        reply = account.call("GET", f"{holder_at}/active")
        active = read_active(reply) if isinstance(reply, Answer) else None
        if not active:
            return None if active is None else Wallet(active=False)
        about = account.call("GET", f"{holder_at}/basicuserinfo")
        return Wallet(active=True, holder=read_holder(about) if isinstance(about, Answer) else "")

    def float_available(self) -> Money | None:
        """See `ports.provider.FloatCheck`."""
        reply = self._account(Product.DISBURSEMENT).call("GET", "/disbursement/v1_0/account/balance")
        return read_balance(reply, self._setup.currency) if isinstance(reply, Answer) else None

    def examine(self) -> Sequence[Finding]:
        """See `ports.provider.Examinable`."""
        accounts = {product: self._account(product) for product in Product}
        return doctor.examine(accounts, self._client, self._setup.currency, self._setup.callback_base)

    def _account_of(self, leg: Leg) -> Account:
        """Return the account that knows the leg: on its own platform, as whom we are there (A2)."""
        return self._account(Product.of(leg.kind), leg.platform)

    def _account(self, product: Product, platform: str = "") -> Account:
        access = self._access(product, platform)
        with self._lock:
            key = (product, access.base_url)
            if key not in self._accounts:
                self._accounts[key] = Account(product, access, self._client, self._clock)
            return self._accounts[key]

    def _access(self, product: Product, platform: str) -> Access:
        current, previous = self._setup.accesses[product], self._setup.previous.get(product)
        if platform in ("", current.base_url):
            return current
        if previous is not None and platform == previous.base_url:
            return previous
        return current.at(platform)


def _told(leg: Leg, reading: Reading) -> Outcome:
    if reading.alarm:
        log.error("MTN %s %s: %s", leg.kind, leg.reference, reading.alarm)
    return reading.outcome


def from_settings(settings: Settings, clock: Clock) -> Provider:
    """Build it from `mtn.*`."""
    with settings.reading() as read:
        accesses = {product: _access(read, section) for product, section in SECTIONS.items()}
        setup = Setup(
            accesses=accesses,
            previous=_previous(read, accesses),
            currency=read("mtn.currency", known_currency, "ZMW"),
            callback_base=read("mtn.callback_base", callback_url, ""),
        )
        connect_s = read("mtn.connect_timeout_s", above_zero, "3.05")
        # Sign-ins of 10 to 20 s were reported for the new platform (A2).
        read_s = read("mtn.read_timeout_s", above_zero, "25")
    return Mtn(setup, Client(connect_s, read_s), clock)


def _access(read: Reader, section: str) -> Access:
    keys = (read(f"mtn.{section}.primary_key", header_text), read(f"mtn.{section}.sub_key", _optional_key, ""))
    return Access(
        base_url=read(f"mtn.{section}.base_url", base_url),
        user_id=read(f"mtn.{section}.user_id", str),
        api_key=read(f"mtn.{section}.api_key", str),
        keys=tuple(dict.fromkeys(filter(None, keys))),
        target_env=read(f"mtn.{section}.target_env", header_text),
    )


def _previous(read: Reader, accesses: Mapping[Product, Access]) -> Mapping[Product, Access]:
    """Return the platform before the migration. Only who we are was another there (A2)."""
    base = read("mtn.previous.base_url", optional_url, "")
    return {
        product: replace(
            accesses[product],
            base_url=base,
            user_id=read(f"mtn.previous.{section}.user_id", str),
            api_key=read(f"mtn.previous.{section}.api_key", str),
        )
        for product, section in SECTIONS.items()
        if base
    }


def _optional_key(text: str) -> str:
    """Read text of printable ASCII characters, or nothing."""
    return header_text(text) if text else ""
