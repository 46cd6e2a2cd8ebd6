"""Staging: the settings of production with PostgreSQL, Redis, RQ and the real adapters, on stand-ins for the operators.

`make staging` serves until Ctrl-C; with --once it sends one payment from MTN to Airtel and stops.
"""

import argparse
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event

import requests

from daemon import NoServer
from flash.demo import PAYEE, PAYER, App
from flash.domain.transfer import State
from servers import open_postgres, open_redis

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
LOGS = ROOT / "var" / "staging"
URL, SIMULATOR = "http://localhost:6543", "http://localhost:8089"
WORKERS = 2
OUR_SECRETS = ("SECRET_KEY", "PIN_KEY", "SEAL_KEY", "WEBHOOK_KEY", "METRICS_TOKEN")
PATIENCE_S = 60.0

WHAT_NEXT = f"""
Serving at {URL}/ until Ctrl-C; every call is described at {URL}/api/docs/, logs are in {LOGS.relative_to(ROOT)}/.
The stand-ins for the operators are at {SIMULATOR}. Try:

  curl -s {SIMULATOR}/control/
  curl -s {SIMULATOR}/control/faults -d '{{"rate": 0.2, "seed": 1}}'
  curl -s {SIMULATOR}/control/down -d '{{"operator": "mtn", "down": true}}'
  curl -s {URL}/api/payments/providers/
"""


def main() -> int:
    """Start everything, send one payment, and say what to try; 1 when it did not complete or something is not well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--once", action="store_true", help="send one payment, then stop")
    once = parser.parse_args().once
    with ExitStack() as running:
        try:
            environ = _environment(running)
            _serve(running, environ)
        except NoServer as error:
            print(error, file=sys.stderr)
            return 1
        well = _is_well(environ)
        completed = _send_one()
        if not once:
            print(WHAT_NEXT)
            with suppress(KeyboardInterrupt):
                Event().wait()
    return 0 if completed and well else 1


def _is_well(environ: dict[str, str]) -> bool:
    """Let the doctor look, once the workers live; return whether all is well."""
    until_they_live = time.monotonic() + PATIENCE_S
    while True:
        done = subprocess.run(
            [BIN / "flash", "doctor"], env=environ, cwd=ROOT, capture_output=True, text=True, check=False
        )
        if "BAD worker" not in done.stdout or time.monotonic() > until_they_live:
            print(done.stdout, done.stderr, sep="", end="")
            return done.returncode == 0
        time.sleep(1)


def _environment(running: ExitStack) -> dict[str, str]:
    """Start the servers and the stand-ins, and return the environment in which production's settings find them."""
    LOGS.mkdir(parents=True, exist_ok=True)
    postgres, redis = open_postgres(), open_redis()
    running.callback(postgres.stop)
    running.callback(redis.stop)
    print(f"{postgres.name}, {redis.name}")
    running.enter_context(_process("flash", "simulator", "--port", SIMULATOR.rpartition(":")[2]))
    _until_answers(f"{SIMULATOR}/control/")
    credentials: dict[str, str] = requests.get(f"{SIMULATOR}/control/credentials", timeout=5).json()
    airtel_calls = {"url": f"{URL}/callbacks/airtel/{secrets.token_urlsafe(16)}"}
    requests.post(f"{SIMULATOR}/control/callback-url", json=airtel_calls, timeout=5).raise_for_status()
    return {
        "PATH": os.environ["PATH"],
        "FLASH_INI": str(ROOT / "staging.ini"),
        "DATABASE_URL": postgres.create_database(f"staging{secrets.token_hex(4)}"),
        "REDIS_URL": redis.url,
        **{name: secrets.token_hex(32) for name in OUR_SECRETS},
        "PUBLIC_URL": URL,
        **credentials,
    }


def _serve(running: ExitStack, environ: dict[str, str]) -> None:
    """Start Flash itself: tables, a web process and workers."""
    subprocess.run([BIN / "flash", "migrate"], env=environ, cwd=ROOT, check=True)
    running.enter_context(_process("pserve", environ["FLASH_INI"], environ=environ))
    for number in range(WORKERS):
        running.enter_context(_process("flash", "worker", environ=environ, log=f"worker-{number}"))
    _until_answers(f"{URL}/health/")


def _send_one() -> bool:
    """Send a payment as the mobile app does, and tell its steps; return whether it completed."""
    app = App(f"{URL}/api")
    app.sign_in(*PAYEE)
    token = app.sign_in(*PAYER)
    print(f"{PAYER[0]} ({PAYER[1]}, MTN) sends to {PAYEE[0]} ({PAYEE[1]}, Airtel).")
    return app.tell_the_story(token, app.send(token)) is State.COMPLETED


@contextmanager
def _process(program: str, *arguments: str, environ: dict[str, str] | None = None, log: str = "") -> Iterator[None]:
    """Run a program of the environment beside us; its log is in a file of its own."""
    with (LOGS / f"{log or program}.log").open("wb") as file:
        process = subprocess.Popen([BIN / program, *arguments], env=environ, cwd=ROOT, stdout=file, stderr=file)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _until_answers(url: str) -> None:
    """Wait for a server of ours.

    Raises:
        NoServer: it does not answer for a minute.
    """
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with suppress(requests.RequestException):
            if requests.get(url, timeout=2).ok:
                return
        time.sleep(0.1)
    raise NoServer(f"{url} does not answer; see {LOGS}")


if __name__ == "__main__":
    sys.exit(main())
