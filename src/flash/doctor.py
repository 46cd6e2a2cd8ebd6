"""The examination of one operator by hand: what its adapter finds, and whether callbacks find their way to us."""

from collections.abc import Iterator
from datetime import timedelta

import requests

from flash.domain.routing import Operator
from flash.ports.provider import Finding
from flash.usecases.examine import examine
from flash.wiring import Services

TIMEOUT_S = 5.0
CALLBACK = "callback"


def findings(name: Operator, services: Services, public_url: str) -> Iterator[Finding]:
    """Yield what is found, one line each."""
    yield from examine(services.operators[name])
    yield _our_address(name, services, public_url)
    yield _their_calls(name, services)


def _our_address(name: Operator, services: Services, public_url: str) -> Finding:
    """Call ourselves as the operator would, from here through the public address, and see whether it arrived."""
    token = f"doctor-{services.chance.token()}"
    mend = "Let flash.public_url lead to a web process of this very database, by PUT and by POST."
    try:
        answer = requests.put(f"{public_url}/callbacks/{name}/{token}", json={}, timeout=TIMEOUT_S)
    except requests.RequestException as error:
        return Finding(CALLBACK, good=False, told=f"Our address does not answer ({type(error).__name__}).", mend=mend)
    if answer.status_code != requests.codes.ok:
        return Finding(CALLBACK, good=False, told=f"Our address answers HTTP {answer.status_code}.", mend=mend)
    with services.database.snapshot() as store:
        arrived = store.callbacks.has_token(name, token)
    if not arrived:
        return Finding(
            CALLBACK, good=False, told="Our address answers, but nothing arrived in the database.", mend=mend
        )
    return Finding(CALLBACK, good=True, told="One that we sent ourselves arrived.")


def _their_calls(name: Operator, services: Services) -> Finding:
    """Tell when the operator last called about a leg of ours. That it never did is no fault: we ask anyway."""
    with services.database.snapshot() as store:
        last = store.callbacks.last_at(name)
    if last is None:
        return Finding(CALLBACK, good=True, told=f"{name.brand} has never called about a leg yet; we ask by ourselves.")
    ago = timedelta(seconds=int((services.clock.now() - last).total_seconds()))
    return Finding(CALLBACK, good=True, told=f"{name.brand} last called {ago} ago.")
