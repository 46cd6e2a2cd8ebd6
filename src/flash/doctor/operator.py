"""The examination of one operator by hand: what its adapter finds, and whether callbacks find their way to us."""

from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus

from flash.adapters.http import Client, Silence
from flash.domain.routing import Operator
from flash.ports.provider import Finding
from flash.settings import Settings
from flash.usecases.examine import examine
from flash.wiring import Services

TIMEOUT_S = 5.0
CALLBACK = "callback"


def findings(name: Operator, services: Services, settings: Settings) -> Iterator[Finding]:
    """Yield what is found, one line each."""
    yield from examine(services.operators[name])
    yield from calls(name, services, settings)


def calls(name: Operator, services: Services, settings: Settings) -> Iterator[Finding]:
    """Yield what is found of callbacks: whether ours arrive, and when theirs did."""
    with settings.reading() as read:
        base = read(f"{name}.callback_base", str, " ").strip() or read("flash.public_url", str)
    yield _our_address(name, services, base.rstrip("/"))
    yield _their_calls(name, services)


def _our_address(name: Operator, services: Services, address: str) -> Finding:
    """Call ourselves as operators do, from here through the public address, and see whether it arrived."""
    mend = "Let the address lead to a web process of this very database, by PUT and by POST."
    client = Client(connect_s=TIMEOUT_S, read_s=TIMEOUT_S)
    for method in ("PUT", "POST"):
        token = f"doctor-{services.chance.token()}"
        headers = {"Content-Type": "application/json"}
        reply = client.call(method, f"{address}/callbacks/{name}/{token}", headers, b"{}")
        if isinstance(reply, Silence):
            return Finding(CALLBACK, good=False, told=f"Our address does not answer ({reply.word}).", mend=mend)
        if reply.status != HTTPStatus.OK:
            return Finding(CALLBACK, good=False, told=f"Our address answers {method} with {reply.status}.", mend=mend)
        with services.database.snapshot() as store:
            arrived = store.callbacks.has_token(name, token)
        if not arrived:
            told = "Our address answers, but nothing arrived in the database."
            return Finding(CALLBACK, good=False, told=told, mend=mend)
    return Finding(CALLBACK, good=True, told="Those that we sent ourselves arrived.")


def _their_calls(name: Operator, services: Services) -> Finding:
    """Tell when the operator last called about a leg of ours. That it never did is no fault: we ask anyway."""
    with services.database.snapshot() as store:
        last = store.callbacks.last_at(name)
    if last is None:
        return Finding(CALLBACK, good=True, told=f"{name.brand} has never called about a leg yet; we ask by ourselves.")
    ago = timedelta(seconds=int((services.clock.now() - last).total_seconds()))
    return Finding(CALLBACK, good=True, told=f"{name.brand} last called {ago} ago.")
