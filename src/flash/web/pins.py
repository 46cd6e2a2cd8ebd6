"""The PIN in front of what is large: one line in a view."""

from typing import Any

from flash.domain.money import Money
from flash.usecases.pin import PinDesk, confirm
from flash.web.security import still_here

HEADER = "Flash-Pin"


def confirm_with_pin(request: Any, amount: Money) -> None:
    """Let the caller pay so much, if need be with the PIN, from the header or from the field `pin`.

    Call it before anything is stored: it ends the request's unit of work (see `settle`).

    Raises:
        Refusal: it needs the PIN, and that is missing, wrong or locked; or whoever asks has left meanwhile.
    """
    rules, account = request.services.pin_rules, request.account
    if rules.above is None or amount <= rules.above:
        return
    body = request.openapi_validated.body
    told = request.headers.get(HEADER) or (body.get("pin") if isinstance(body, dict) else None)
    settle(request)
    confirm(account, amount, told, desk=pin_desk(request))
    still_here(request)


def pin_desk(request: Any) -> PinDesk:
    """Return what looking after PINs needs."""
    services = request.services
    return PinDesk(
        unit_of_work=services.database.unit_of_work,
        clock=services.clock,
        passwords=services.passwords,
        rules=services.pin_rules,
    )


def settle(request: Any) -> None:
    """End the request's unit of work, and begin another one.

    Units of work of our own would wait for ever for one that this request has left open.
    """
    request.tm.commit()
    request.tm.begin()
