"""The demo: serve Flash here, and be the app that sends one payment through it over REST."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from waitress.server import create_server

from flash.domain.transfer import MEANINGS, State
from flash.settings import BadSettings, Settings, whole
from flash.web import make_app
from flash.wiring import build

TIMEOUT_S = 10.0
POLL_S = 0.3
GIVE_UP_S = 240.0

PASSWORD = "flash-demo"  # noqa: S105 - for two people who exist in the demo only
PAYER = ("Mutale Banda", "+260960000001")
PAYEE = ("Chanda Phiri", "+260970000002")
AMOUNT = 25.50
NOT_WAITING = 16
"""Threads for whoever does not wait for a change."""


def run(settings: Settings, *, once: bool) -> int:
    """Serve, send one payment and tell its steps; then go on serving, or stop.

    Returns:
        0 when the payment was completed, otherwise 1.
    """
    with settings.reading() as read:
        url = read("flash.public_url", str)
    with _serving(settings, url):
        app = App(f"{url}/api")
        app.sign_in(*PAYEE)
        token = app.sign_in(*PAYER)
        print(f"{PAYER[0]} ({PAYER[1]}, MTN) sends K{AMOUNT:.2f} to {PAYEE[0]} ({PAYEE[1]}, Airtel).")
        state = app.tell_the_story(token, app.send(token))
        completed = state is State.COMPLETED
        print("The payment was completed." if completed else f"The payment was not completed: {state}.")
        if not once:
            print(WHAT_NEXT.format(url=url, api=app.api, token=token, payer=PAYER[1], password=PASSWORD))
            _until_interrupted()
        return 0 if completed else 1


@contextmanager
def _serving(settings: Settings, url: str) -> Iterator[None]:
    """Serve the whole application in this process, with its jobs, at the address it is known by."""
    services, address = build(settings), urlsplit(url)
    with settings.reading() as read:
        threads = read("flash.waiting", whole) + NOT_WAITING
    try:
        server = create_server(make_app(services, settings), host=address.hostname, port=address.port, threads=threads)
    except OSError as error:
        raise BadSettings([f"flash.public_url: {url} is taken; is a demo running already?"]) from error
    services.jobs.start(services.work())
    threading.Thread(target=server.run, name="server", daemon=True).start()
    try:
        yield
    finally:
        services.jobs.stop()
        server.close()


@dataclass(frozen=True, slots=True)
class App:
    """What the mobile app does, in a few calls.

    Attributes:
        api: base URL of the REST API.
    """

    api: str

    def sign_in(self, name: str, msisdn: str) -> str:
        """Sign a demo person in, or up for the first time; return their token."""
        answer = self._post("/auth/login/", {"phone_number": msisdn, "password": PASSWORD}, expected=(200, 400))
        if "token" not in answer:
            code = self._post("/auth/send-otp/", {"phone_number": msisdn})["debug_code"]
            self._post("/auth/verify-otp/", {"phone_number": msisdn, "otp_code": code})
            passwords = {"password": PASSWORD, "password_confirm": PASSWORD}
            answer = self._post("/auth/register/", {"phone_number": msisdn, "full_name": name, **passwords})
        return str(answer["token"])

    def send(self, token: str) -> str:
        """Send the demo's payment; return its id."""
        order = {"recipient_phone": PAYEE[1], "amount": AMOUNT, "description": "Demo"}
        return str(self._post("/transactions/send/", order, token=token)["transaction_id"])

    def tell_the_story(self, token: str, transaction_id: str) -> State:
        """Print each step of a payment as it happens, with the time since the first and where the money is."""
        told, started = 0, time.monotonic()
        while True:
            url = f"{self.api}/transactions/transactions/{transaction_id}/"
            answer = requests.get(url, headers={"Authorization": f"Token {token}"}, timeout=TIMEOUT_S)
            answer.raise_for_status()
            steps = answer.json()["steps"]
            for step in steps[told:]:
                passed, where = time.monotonic() - started, MEANINGS[State(step["state"])].where
                print(f"{passed:6.1f} s  {step['state']:<12} {where}", flush=True)
            told, state = len(steps), State(steps[-1]["state"])
            if MEANINGS[state].final or state is State.IN_REVIEW or time.monotonic() - started > GIVE_UP_S:
                return state
            time.sleep(POLL_S)

    def _post(self, path: str, body: dict[str, Any], *, token: str = "", expected: tuple[int, ...] = (200, 201)) -> Any:
        """Post to the API; what it refuses ends the demo with its own words."""
        headers = {"Authorization": f"Token {token}"} if token else {}
        answer = requests.post(self.api + path, json=body, headers=headers, timeout=TIMEOUT_S)
        content = answer.json()
        if answer.status_code not in expected:
            raise BadSettings([f"{path}: {content.get('error', answer.status_code)}"])
        return content


WHAT_NEXT = """
The app is at {url}/ until Ctrl-C: sign up there with any number and the code that it shows, or sign in as {payer}
with the password {password}. Every call is described at {api}/docs/. Try:

  TOKEN={token}
  curl -s {api}/auth/me/ -H "Authorization: Token $TOKEN"
  curl -s {api}/transactions/send/ -H "Authorization: Token $TOKEN" -H "Content-Type: application/json" \\
    -d '{{"recipient_phone": "097 0000 002", "amount": 12.50}}'
  curl -s {api}/transactions/transactions/ -H "Authorization: Token $TOKEN"

A payout that is declined after a good collection, so that the money comes back:

  curl -s {api}/transactions/send/ -H "Authorization: Token $TOKEN" -H "Content-Type: application/json" \\
    -d '{{"recipient_phone": "097 0000 071", "amount": 30}}'
"""


def _until_interrupted() -> None:
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        sys.stdout.write("\nStopped.\n")
