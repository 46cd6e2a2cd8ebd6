"""Which partner's program is calling: the holder of the key in `Authorization: Bearer ...`."""

from typing import Any

from pyramid.config import Configurator

from flash.domain.partner import Caller, KeyNeeded
from flash.ports.throttle import Rule
from flash.usecases.partners import who_calls
from flash.web.admission import admit


def includeme(config: Configurator) -> None:
    """Give requests a `caller`."""
    config.add_request_method(_caller, "caller", reify=True)


def _caller(request: Any) -> Caller:
    """Return whose key came along; each call counts against the rate of its key.

    Raises:
        KeyNeeded: there is none, or it is unknown or revoked.
        TooSoon: the key is used too often.
    """
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise KeyNeeded
    caller = who_calls(key.strip(), store=request.store)
    admit(request, Rule.PARTNER, caller.key.id)
    return caller
