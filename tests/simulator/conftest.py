"""A simulator without a network, whose time stands still until a test advances it, and clients that know how to ask."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import padding
from webtest import TestApp

from flash.domain.money import CURRENCIES
from flash.simulator import presets
from flash.simulator.clock import SimulatorClock
from flash.simulator.server import make_app
from flash.simulator.simulator import Simulator

MTN_NUMBER = "260960000001"
CALLBACK = "http://localhost:6543/callbacks/1"


class Bench:
    """A simulator, what it sent, and how long it would have waited."""

    def __init__(self):
        self.clock = SimulatorClock(stands_at=datetime(2026, 11, 24, 8, tzinfo=UTC))
        self.simulator = Simulator(clock=self.clock, deliver=self._deliver, wait=self._wait)
        self.app = TestApp(make_app(self.simulator))
        self.reset()

    def reset(self):
        self.simulator.reset()
        self.delivered = []
        self.answers = lambda _: True
        self.waited_s = 0

    def _wait(self, seconds):
        self.waited_s += seconds

    def _deliver(self, method, url, body, _headers):
        self.delivered.append((method, url, json.loads(body)))
        return self.answers(url)

    def after(self, seconds):
        self.clock.advance(timedelta(seconds=seconds))
        self.simulator.tick()

    def control(self, path, **body):
        return self.app.post_json(f"/control/{path}", body).json


class Mtn:
    """A client of MTN's in one target environment, on one platform."""

    def __init__(self, bench, *, environment="mtnzambia", prefix="", user=presets.MTN_USER):
        self.bench, self.app = bench, bench.app
        self.environment, self.prefix, self.user = environment, prefix, user
        self.currency = "EUR" if environment == "sandbox" else "ZMW"
        self._tokens = {}

    def basic(self):
        return "Basic " + base64.b64encode(":".join(self.user).encode()).decode()

    def ask_token(self, product="collection", *, status=200, **headers):
        given = {
            "Authorization": self.basic(),
            "Ocp-Apim-Subscription-Key": presets.MTN_SUBSCRIPTION_KEYS[product][0],
            "X-Target-Environment": self.environment,
        }
        given = {name: value for name, value in (given | headers).items() if value is not None}
        return self.app.post(f"{self.prefix}/{product}/token/", headers=given, status=status)

    def headers(self, product="collection", **more):
        if product not in self._tokens:
            self._tokens[product] = self.ask_token(product).json["access_token"]
        given = {
            "Authorization": f"Bearer {self._tokens[product]}",
            "Ocp-Apim-Subscription-Key": presets.MTN_SUBSCRIPTION_KEYS[product][0],
            "X-Target-Environment": self.environment,
        }
        return {name: value for name, value in (given | more).items() if value is not None}

    def body(self, party=MTN_NUMBER, amount="25.00", role="payer", **more):
        return {
            "amount": amount,
            "currency": self.currency,
            "externalId": "ext-1",
            role: {"partyIdType": "MSISDN", "partyId": party},
            "payerMessage": "for you",
            "payeeNote": "from me",
        } | more

    def post(self, what, body, *, reference=None, status=202, version="v1_0", **headers):
        """Post an order; return its reference, or the answer when another status than 202 is wanted."""
        product, name = what.split(".")
        reference = reference or str(uuid4())
        given = self.headers(product, **({"X-Reference-Id": reference} | headers))
        answer = self.app.post_json(f"{self.prefix}/{product}/{version}/{name}", body, headers=given, status=status)
        return reference if status == 202 else answer

    def collect(self, party=MTN_NUMBER, amount="25.00", *, reference=None, status=202, headers=None, **more):
        body = self.body(party, amount, **more)
        return self.post("collection.requesttopay", body, reference=reference, status=status, **(headers or {}))

    def pay_out(self, party=MTN_NUMBER, amount="25.00", *, reference=None, status=202, headers=None):
        body = self.body(party, amount, "payee")
        return self.post("disbursement.transfer", body, reference=reference, status=status, **(headers or {}))

    def refund(self, collection, amount="25.00", *, reference=None, status=202):
        body = {"amount": amount, "currency": self.currency, "externalId": "ext-1", "payerMessage": "", "payeeNote": ""}
        body["referenceIdToRefund"] = collection
        return self.post("disbursement.refund", body, reference=reference, status=status)

    def status(self, reference, what="collection.requesttopay", *, status=200, version="v1_0", headers=None):
        product, name = what.split(".")
        path = f"{self.prefix}/{product}/{version}/{name}/{reference}"
        return self.app.get(path, headers=self.headers(product, **(headers or {})), status=status).json

    def get(self, path, product="collection", *, status=200, headers=None):
        return self.app.get(
            f"{self.prefix}/{product}/v1_0/{path}", headers=self.headers(product, **(headers or {})), status=status
        )

    def ended(self, reference, what="collection.requesttopay"):
        """Return the status once there was time enough to end."""
        self.bench.after(5)
        return self.status(reference, what)


class Airtel:
    """A client of Airtel's."""

    def __init__(self, bench):
        self.bench, self.app = bench, bench.app
        self._token = None
        self._number = 0

    def ask_token(self, *, status=200, **changed):
        client, secret = presets.AIRTEL_CLIENT
        body = {"client_id": client, "client_secret": secret, "grant_type": "client_credentials"}
        return self.app.post_json("/auth/oauth2/token", body | changed, status=status).json

    def headers(self, **more):
        if self._token is None:
            self._token = self.ask_token()["access_token"]
        given = {"Authorization": f"Bearer {self._token}", "X-Country": "ZM", "X-Currency": "ZMW", "Accept": "*/*"}
        return {name: value for name, value in (given | more).items() if value is not None}

    def fresh_id(self):
        self._number += 1
        return f"order{self._number:05d}"

    def pin(self, pin=presets.AIRTEL_PIN, scheme=None):
        key = presets.airtel_key().public_key()
        return base64.b64encode(key.encrypt(pin.encode(), scheme or padding.PKCS1v15())).decode()

    def collect(self, msisdn="970000001", amount=25, *, reference=None, version="v1", headers=None):
        place = {"country": "ZM", "currency": "ZMW"}
        body = {
            "reference": "flash1",
            "subscriber": {**place, "msisdn": msisdn},
            "transaction": {**place, "amount": amount, "id": reference or self.fresh_id()},
        }
        return self.post(f"/merchant/{version}/payments/", body, headers=headers)

    def pay_out(self, msisdn="970000001", amount=25, *, reference=None, version="v1", pin=None, headers=None):
        body = {
            "payee": {"msisdn": msisdn, "currency": "ZMW"},
            "reference": "flash1",
            "pin": pin or self.pin(),
            "transaction": {"amount": amount, "id": reference or self.fresh_id(), "type": "B2C"},
        }
        return self.post(f"/standard/{version}/disbursements/", body, headers=headers)

    def refund(self, money_id, version="v1"):
        return self.post(f"/standard/{version}/payments/refund", {"transaction": {"airtel_money_id": money_id}})

    def post(self, path, body, *, headers=None, status=200):
        return self.app.post_json(path, body, headers=self.headers(**(headers or {})), status=status).json

    def get(self, path, *, status=200, headers=None):
        return self.app.get(path, headers=self.headers(**(headers or {})), status=status).json

    def enquire(self, reference):
        return self.get(f"/standard/v1/payments/{reference}")

    def enquire_payout(self, reference):
        return self.get(f"/standard/v1/disbursements/{reference}?transactionType=B2C")


@pytest.fixture(scope="session")
def one_bench() -> Bench:
    """The only one, for it takes a while to build."""
    return Bench()


@pytest.fixture
def bench(one_bench) -> Iterator[Bench]:
    """A simulator that knows nothing yet; after every test its money must still add up."""
    one_bench.reset()
    yield one_bench
    for currency in CURRENCIES.values():
        assert one_bench.simulator.bank.total(currency).minor == 0


@pytest.fixture
def simulator(bench) -> Simulator:
    return bench.simulator


@pytest.fixture
def mtn(bench) -> Mtn:
    """MTN in Zambia, on the legacy platform."""
    return Mtn(bench)


@pytest.fixture
def sandbox(bench) -> Mtn:
    """MTN's sandbox."""
    return Mtn(bench, environment="sandbox")


@pytest.fixture
def africa(bench) -> Mtn:
    """MTN in Zambia, on the platform of 2026."""
    return Mtn(bench, prefix="/africa", user=presets.AFRICA_USER)


@pytest.fixture
def airtel(bench) -> Airtel:
    return Airtel(bench)
