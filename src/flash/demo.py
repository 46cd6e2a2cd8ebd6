"""The demo: serve Flash here, and be the app that sends one payment through it over REST."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from waitress.server import create_server

from flash.domain.transfer import MEANINGS, State
from flash.settings import BadSettings, Settings
from flash.web import make_app
from flash.wiring import build

HOST, PORT = "127.0.0.1", 6543
API = f"http://{HOST}:{PORT}/api"
TIMEOUT_S = 10.0
POLL_S = 0.3
GIVE_UP_S = 240.0

PASSWORD = "flash-demo"  # noqa: S105 - for two people who exist in the demo only
PAYER = ("Mutale Banda", "+260960000001")
PAYEE = ("Chanda Phiri", "+260970000002")
AMOUNT = 25.50


def run(settings: Settings, *, once: bool) -> int:
    """Serve, send one payment and tell its steps; then go on serving, or stop.

    Returns:
        0 when the payment was completed, otherwise 1.
    """
    with _serving(settings):
        sign_in(*PAYEE)
        token = sign_in(*PAYER)
        print(f"{PAYER[0]} ({PAYER[1]}, MTN) sends K{AMOUNT:.2f} to {PAYEE[0]} ({PAYEE[1]}, Airtel).")
        state = tell_the_story(token, send(token))
        completed = state is State.COMPLETED
        print("The payment was completed." if completed else f"The payment was not completed: {state}.")
        if not once:
            print(_what_next(token))
            _until_interrupted()
        return 0 if completed else 1


@contextmanager
def _serving(settings: Settings) -> Iterator[None]:
    """Serve the whole application in this process, with its jobs."""
    services = build(settings)
    try:
        server = create_server(make_app(services, settings), host=HOST, port=PORT, threads=4)
    except OSError as error:
        raise BadSettings([f"port {PORT} on {HOST} is taken; is a demo running already?"]) from error
    services.jobs.start(services.work())
    threading.Thread(target=server.run, name="server", daemon=True).start()
    try:
        yield
    finally:
        services.jobs.stop()
        server.close()


def sign_in(name: str, msisdn: str) -> str:
    """Sign a demo person in, or up for the first time; return their token."""
    answer = _post("/auth/login/", {"phone_number": msisdn, "password": PASSWORD}, expected=(200, 400))
    if "token" not in answer:
        code = _post("/auth/send-otp/", {"phone_number": msisdn})["debug_code"]
        _post("/auth/verify-otp/", {"phone_number": msisdn, "otp_code": code})
        wish = {"phone_number": msisdn, "password": PASSWORD, "password_confirm": PASSWORD, "full_name": name}
        answer = _post("/auth/register/", wish)
    return str(answer["token"])


def send(token: str) -> str:
    """Send the demo's payment; return its id."""
    order = {"recipient_phone": PAYEE[1], "amount": AMOUNT, "description": "Demo"}
    return str(_post("/transactions/send/", order, token=token)["transaction_id"])


def tell_the_story(token: str, transaction_id: str) -> State:
    """Print each step of a payment as it happens, with the time since the first and where the money is."""
    told, started = 0, time.monotonic()
    while time.monotonic() - started < GIVE_UP_S:
        url = f"{API}/transactions/transactions/{transaction_id}/"
        answer = requests.get(url, headers={"Authorization": f"Token {token}"}, timeout=TIMEOUT_S)
        answer.raise_for_status()
        steps = answer.json()["steps"]
        for step in steps[told:]:
            state, passed = State(step["state"]), time.monotonic() - started
            print(f"{passed:6.1f} s  {state:<12} {MEANINGS[state].where}", flush=True)
        told, state = len(steps), State(steps[-1]["state"])
        if MEANINGS[state].final or state is State.IN_REVIEW:
            return state
        time.sleep(POLL_S)
    return state


def _post(path: str, body: dict[str, Any], *, token: str = "", expected: tuple[int, ...] = (200, 201)) -> Any:
    """Post to the API; what it refuses ends the demo with its own words."""
    headers = {"Authorization": f"Token {token}"} if token else {}
    answer = requests.post(API + path, json=body, headers=headers, timeout=TIMEOUT_S)
    content = answer.json()
    if answer.status_code not in expected:
        raise BadSettings([f"{path}: {content.get('error', answer.status_code)}"])
    return content


def _what_next(token: str) -> str:
    return f"""
Flash serves at http://{HOST}:{PORT}/ until Ctrl-C. Every call is described at {API}/docs/. Try:

  TOKEN={token}
  curl -s {API}/auth/me/ -H "Authorization: Token $TOKEN"
  curl -s {API}/transactions/send/ -H "Authorization: Token $TOKEN" -H "Content-Type: application/json" \\
    -d '{{"recipient_phone": "097 0000 002", "amount": 12.50}}'
  curl -s {API}/transactions/transactions/ -H "Authorization: Token $TOKEN"

A payout that is declined after a good collection, so that the money comes back:

  curl -s {API}/transactions/send/ -H "Authorization: Token $TOKEN" -H "Content-Type: application/json" \\
    -d '{{"recipient_phone": "097 0000 071", "amount": 30}}'
"""


def _until_interrupted() -> None:
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        sys.stdout.write("\nStopped.\n")
