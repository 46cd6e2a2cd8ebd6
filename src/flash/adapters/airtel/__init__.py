"""Airtel Money by its Open API (facts/momo_api.md part B)."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from flash.adapters.airtel import doctor
from flash.adapters.airtel.answers import (
    read_balance,
    read_order,
    read_query,
    read_wallet,
    refuses_signature,
    transaction_id_in,
)
from flash.adapters.airtel.crypto import PinPadding, rsa_key, sealed_pin, signature
from flash.adapters.airtel.orders import Forms, RefundBy, base_of, national, order_of, reference_of
from flash.adapters.airtel.token import Access, Account
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
    unanswered,
)
from flash.domain.leg import Kind, Leg
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.domain.outcome import Evidence, Outcome, Source, Unknown
from flash.ports.clock import Clock
from flash.ports.provider import Finding, Provider, Wallet
from flash.settings import Settings, above_zero, flag

log = logging.getLogger(__name__)

NOBODY_TO_ASK = "Airtel cannot be asked about a refund: look it up in its portal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What the settings say.

    Attributes:
        base_url: where new legs are created.
        signing: orders carry a signature.
        about: what `flash doctor airtel` tells without asking Airtel.
    """

    base_url: str
    access: Access
    forms: Forms
    signing: bool
    about: doctor.About


class Airtel:
    """Airtel, from any thread. See `ports.provider` for what each method promises."""

    def __init__(self, setup: Setup, client: Client, clock: Clock) -> None:
        self._setup = setup
        self._client = client
        self._clock = clock
        self._lock = threading.Lock()
        self._accounts: dict[str, Account] = {}

    def platform(self, kind: Kind) -> str:
        """See `ports.provider.Provider`."""
        return self._setup.forms.platform(self._setup.base_url, kind)

    def submit(self, leg: Leg) -> Outcome:
        """See `ports.provider.Provider`."""
        forms = self._setup.forms
        reply = self._ordered(self._account(base_of(leg)), forms.path(leg), forms.body(leg))
        if not isinstance(reply, Answer):
            return unanswered(reply, self._clock.now(), Source.SUBMIT)
        return _told(leg, read_order(reply, order_of(leg), self._clock.now()))

    def ask(self, leg: Leg) -> Outcome:
        """See `ports.provider.Provider`."""
        path = self._setup.forms.query_path(leg)
        if not path:  # Never `Unseen`: sent again without an id of ours, it could return the money twice.
            evidence = Evidence(at=self._clock.now(), source=Source.STATUS_QUERY, body="")
            return Unknown(evidence, NOBODY_TO_ASK, healthy=True)
        reply = self._account(base_of(leg)).call("GET", path)
        if not isinstance(reply, Answer):
            return unanswered(reply, self._clock.now(), Source.STATUS_QUERY)
        return _told(leg, read_query(reply, leg, order_of(leg), self._clock.now()))

    def is_ready(self, _kind: Kind) -> bool:
        """See `ports.provider.Readiness`. One token serves all products; a signature needs a key besides."""
        account = self._account()
        needed = (account.token, account.keys.get) if self._setup.signing else (account.token,)
        return not any(isinstance(get(), NoToken) for get in needed)

    def reference_in(self, body: bytes) -> UUID | None:
        """See `ports.provider.CallbackReader`."""
        return reference_of(transaction_id_in(body))

    def examine(self) -> Sequence[Finding]:
        """See `ports.provider.Examinable`."""
        key = self._account().keys.get() if self._setup.signing else None
        return doctor.examine(self._setup.about, self._account().token(), key, self._balance)

    def _balance(self) -> Money | None:
        forms = self._setup.forms
        # v1 has one balance; v2 tells those of collections and disbursements apart (B2).
        path = "v1/users/balance" if forms.disbursement == 1 else "v2/users/balance?type=DISB"
        reply = self._account().call("GET", f"/standard/{path}")
        return read_balance(reply, forms.currency) if isinstance(reply, Answer) else None

    def _ordered(self, account: Account, path: str, body: bytes) -> Reply:
        """Send an order, signed where that is wanted."""
        if not self._setup.signing:
            return account.call("POST", path, body)
        kept = account.keys.get()
        if isinstance(kept, NoToken):
            return kept
        reply = account.call("POST", path, body, signature(body, rsa_key(kept.text)))
        if isinstance(reply, Answer) and refuses_signature(reply):
            account.keys.forget(kept)  # For the next order: Airtel may have changed it before its time.
        return reply

    def _account(self, created_on: str = "") -> Account:
        """Return the account where new legs go, or where one was created: only there can it be asked about."""
        url = created_on or self._setup.base_url
        with self._lock:
            if url not in self._accounts:
                self._accounts[url] = Account(url, self._setup.access, self._client, self._clock)
            return self._accounts[url]


class AirtelWithChecks(Airtel):
    """Airtel, where it has enabled balance and KYC for us; until then both answer 403 (B2)."""

    def wallet(self, msisdn: Msisdn) -> Wallet | None:
        """See `ports.provider.AccountCheck`."""
        reply = self._account().call("GET", f"/standard/v1/users/{national(msisdn)}")
        return read_wallet(reply) if isinstance(reply, Answer) else None

    def float_available(self) -> Money | None:
        """See `ports.provider.FloatCheck`."""
        return self._balance()


def _told(leg: Leg, reading: Reading) -> Outcome:
    if reading.alarm:
        log.error("Airtel %s %s: %s", leg.kind, leg.reference, reading.alarm)
    return reading.outcome


def from_settings(settings: Settings, clock: Clock) -> Provider:
    """Build it from `airtel.*`."""
    with settings.reading() as read:
        url = read("airtel.base_url", base_url)
        key = read("airtel.pin_public_key", rsa_key)
        padding = read("airtel.pin_padding", _padding, PinPadding.PKCS1V15)
        pin = read("airtel.pin", header_text)
        currency = read("airtel.currency", known_currency, "ZMW")
        access = Access(
            client_id=read("airtel.client_id", str),
            client_secret=read("airtel.client_secret", str),
            country=read("airtel.country", header_text, "ZM"),
            currency=currency.code if currency else "",
        )
        forms = Forms(
            collection=read("airtel.collection_version", _two_versions, "v1"),
            disbursement=read("airtel.disbursement_version", _three_versions, "v1"),
            refund_by=read("airtel.refund_by", _refund_by, RefundBy.DISBURSEMENT),
            country=access.country,
            currency=access.currency,
            seal=partial(sealed_pin, pin, key, padding),
        )
        signing = read("airtel.signing", flag, "false")
        checks = read("airtel.account_checks", flag, "false")
        callback_base = read("airtel.callback_base", callback_url, "")
        client = (
            read("airtel.connect_timeout_s", above_zero, "3.05"),
            read("airtel.read_timeout_s", above_zero, "25"),
        )
    about = doctor.About(
        base_url=url,
        pin_key_bits=key.key_size,
        pin_padding=padding,
        disbursement=forms.disbursement,
        checks=checks,
        callback_base=callback_base,
    )
    setup = Setup(base_url=url, access=access, forms=forms, signing=signing, about=about)
    return (AirtelWithChecks if checks else Airtel)(setup, Client(*client), clock)


def _padding(text: str) -> PinPadding:
    """Read pkcs1v15 or oaep_sha256."""
    return PinPadding(text)


def _refund_by(text: str) -> RefundBy:
    """Read disbursement or refund."""
    return RefundBy(text)


def _two_versions(text: str) -> int:
    """Read v1 or v2."""
    return {"v1": 1, "v2": 2}.get(text) or _no_version()


def _three_versions(text: str) -> int:
    """Read v1, v2 or v3."""
    return {"v1": 1, "v2": 2, "v3": 3}.get(text) or _no_version()


def _no_version() -> int:
    raise ValueError("no such version")
