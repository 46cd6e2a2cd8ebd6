"""The web application over each real database, and a caller who speaks to it."""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select
from webtest import TestApp

from emptying import empty
from factories import KEY, PASSWORDS, WORDS, a_lookout, terms, throttle
from flash.adapters.circuits import PybreakerCircuits
from flash.adapters.ed25519_seals import Ed25519Seals
from flash.adapters.https_courier import HttpsCourier
from flash.adapters.memory import MemoryChance, MemoryClock, MemoryJobs, MemoryMessenger
from flash.adapters.memory.push import MemoryPusher
from flash.adapters.presence import MemoryPresence
from flash.adapters.prometheus_meter import PrometheusMeter
from flash.adapters.sandbox import Sandbox
from flash.adapters.sql.store import SqlDatabase
from flash.adapters.sql.tables import metadata
from flash.domain.pin import PinRules
from flash.domain.progress import Patience
from flash.domain.routing import Operator
from flash.settings import Settings
from flash.usecases.metrics import Metrics
from flash.usecases.sweep import sweep
from flash.web import make_app
from flash.wiring import Services

CHECKED = Settings({"pyramid_openapi3.enable_response_validation": "true", "flash.waiting": "2"})
"""An answer that openapi.yaml does not describe fails the test; two may wait at once."""

ADDRESS = "192.0.2.7"
METRICS_TOKEN = "a token of a monitoring system of the tests"


class Api:
    """The application with all that stands around it, and calls to it."""

    PASSWORD = "a long sentence"
    METRICS_TOKEN = METRICS_TOKEN

    def __init__(self, url: str, **changed: Any) -> None:
        self.clock = MemoryClock()
        self.chance = MemoryChance()
        self.messenger = changed.get("messenger", MemoryMessenger())
        self.jobs = MemoryJobs()
        self.meter = PrometheusMeter()
        sandbox = Sandbox(clock=self.clock)
        parts: dict[str, Any] = {
            "database": SqlDatabase(url, jobs=self.jobs, meter=self.meter),
            "operators": {Operator.MTN: sandbox, Operator.AIRTEL: sandbox},
            "circuits": PybreakerCircuits(self.clock),
            "throttle": throttle(self.clock),
            "jobs": self.jobs,
            "messenger": self.messenger,
            "passwords": PASSWORDS,
            "clock": self.clock,
            "chance": self.chance,
            "terms": terms(),
            "patience": Patience(),
            "pin_rules": PinRules({1: b"a key of the tests"}),
            "seals": Ed25519Seals({1: b"a key of the tests"}),
            "words": WORDS,
            "secret": KEY,
            "webhook_key": KEY,
            "keep_events": timedelta(days=90),
            "courier": HttpsCourier(),
            "pusher": MemoryPusher(),
        }
        database = (parts | changed)["database"]
        parts["metrics"] = Metrics(
            meter=self.meter,
            presence=MemoryPresence(),
            lookout=a_lookout(database, self.jobs, parts["circuits"], self.clock),
            token=METRICS_TOKEN,
        )
        self.services = Services(**(parts | changed))
        self.engine = self.services.database.engine
        self.wsgi = make_app(self.services, CHECKED)
        self.app = TestApp(self.wsgi, extra_environ={"REMOTE_ADDR": ADDRESS})

    # --- Calls

    def get(self, path: str, token: str | None = None, status: int = 200) -> Any:
        return self.app.get(path, headers=_headers(token), status=status)

    def post(
        self, path: str, body: Any = None, token: str | None = None, status: int = 200, headers: Mapping[str, str] = {}
    ) -> Any:
        headers = _headers(token, **headers)
        if body is None:
            return self.app.post(path, headers=headers, status=status)
        return self.app.post_json(path, body, headers=headers, status=status)

    def call(self, method: str, path: str, body: Any = None, token: str | None = None, status: int = 200) -> Any:
        """Call with any method, with a body or without."""
        if body is None:
            return self.app.request(path, method=method, headers=_headers(token), status=status)
        call = getattr(self.app, f"{method.lower()}_json")
        return call(path, body, headers=_headers(token), status=status)

    def post_text(self, path: str, text: str | bytes, token: str | None = None, **more: Any) -> Any:
        """Post a body as it is."""
        more = {"content_type": "application/json", "status": 400, **more}
        return self.app.post(path, text, headers=_headers(token), **more)

    def sign_up(self, number: str, name: str = "Mutale Banda", password: str = PASSWORD) -> str:
        """Go through sign-up as the app does, and return the token."""
        self.prove(number)
        wish = {"phone_number": number, "password": password, "password_confirm": password, "full_name": name}
        return str(self.post("/api/auth/register/", wish, status=201).json["token"])

    def prove(self, number: str) -> None:
        """Prove a phone by the code that it gets."""
        self.post("/api/auth/send-otp/", {"phone_number": number})
        self.post("/api/auth/verify-otp/", {"phone_number": number, "otp_code": self.code()})

    def code(self) -> str:
        """Return the code in the latest message that has one."""
        self.services.postman.deliver(most=100)
        codes = [re.match(r"\d{6}(?= is your)", text) for _, text in self.messenger.sent.values()]
        return [code[0] for code in codes if code][-1]

    def send(self, token: str, payee: str = "0970000002", amount: Any = 25.5, **more: Any) -> Any:
        """Order a payment and return the answer's body."""
        body = {"recipient_phone": payee, "amount": amount, **more}
        return self.post("/api/transactions/send/", body, token, status=201).json

    def detail(self, token: str, name: str) -> Any:
        return self.get(f"/api/transactions/transactions/{name}/", token).json

    # --- The world around

    def pass_by(self, seconds: float) -> None:
        """Let time pass, with a sweep every second."""
        sweep(self.services.engine)
        for _ in range(int(seconds)):
            self.clock.pass_by(timedelta(seconds=1))
            sweep(self.services.engine)

    def forget(self) -> None:
        """Go back to the beginning."""
        self.app.reset()  # What a browser would have kept of the test before.
        with self.engine.begin() as connection:
            empty(connection)
        vars(self.clock).update(vars(MemoryClock()))
        vars(self.services.circuits).update(vars(PybreakerCircuits(self.clock)))
        vars(self.services.throttle).update(vars(throttle(self.clock)))
        self.messenger.sent.clear()
        vars(self.services.pusher).update(vars(MemoryPusher()))
        self.jobs.woken.clear()
        self.app.extra_environ["REMOTE_ADDR"] = ADDRESS

    def rows(self) -> dict[str, int]:
        """Count everything that is stored."""
        with self.engine.connect() as connection:
            return {
                name: connection.scalar(select(func.count()).select_from(table)) or 0
                for name, table in metadata.tables.items()
            }

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """Collect the SQL statements of what happens inside."""
        found: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if not statement.startswith("BEGIN"):
                found.append(statement)

        event.listen(self.engine, "before_cursor_execute", note)
        yield found
        event.remove(self.engine, "before_cursor_execute", note)


def _headers(token: str | None, **more: str) -> dict[str, str]:
    return {**({"Authorization": f"Token {token}"} if token else {}), **more}


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def kept_api(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The application over each database, made once because reading openapi.yaml takes a while."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('web') / 'flash.db'}"
    else:
        url = request.getfixturevalue("postgres").create_database("web")
    yield from _opened(url)


@pytest.fixture
def api(kept_api: Api) -> Api:
    """The application over each database, with nothing in it."""
    kept_api.forget()
    return kept_api


@pytest.fixture
def make_api(tmp_path: Path) -> Iterator[Any]:
    """A maker of applications with other parts, for what no database changes."""
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'flash.db'}"
        yield lambda **changed: stack.enter_context(contextmanager(_opened)(url, **changed))


def _opened(url: str, **changed: Any) -> Iterator[Api]:
    api = Api(url, **changed)
    if "database" not in changed:
        metadata.create_all(api.engine)
    yield api
    api.engine.dispose()
