"""What whoever has a payment link does: look what it asks for, and pay it."""

from typing import Any

from pyramid.view import view_config

from flash.domain.payment_link import PaymentLink
from flash.ports.throttle import Rule
from flash.usecases.payment_links import Payment, pay_link, seen_by
from flash.web.admission import address, admit
from flash.web.api.shapes import instant, receipt
from flash.web.pins import confirm_with_pin


@view_config(route_name="pay", request_method="GET", openapi=True, renderer="json")
def look(request: Any) -> dict[str, Any]:
    """Tell what a link asks for, and whether it can be paid."""
    link, name = _seen(request)
    return {
        "number": link.number,
        "recipient": name,
        "amount": str(link.amount),
        "currency": link.amount.currency.code,
        "description": link.description or None,
        "status": link.state_at(request.services.clock.now()).value,
        "expires_at": instant(link.expires_at),
    }


@view_config(route_name="pay", request_method="POST", openapi=True, renderer="json")
def pay(request: Any) -> dict[str, Any]:
    """Pay a link; the work happens later, as for any payment."""
    services, account = request.services, request.account
    admit(request, Rule.SEND, account.id)
    confirm_with_pin(request, _seen(request)[0].amount)
    accepted = pay_link(
        Payment(request.openapi_validated.parameters["secret"], account),
        store=request.store,
        clock=services.clock,
        chance=services.chance,
        terms=services.terms,
        circuits=services.circuits,
    )
    return receipt(accepted.transfer)


def _seen(request: Any) -> tuple[PaymentLink, str]:
    admit(request, Rule.PAY_ADDRESS, address(request))
    return seen_by(request.openapi_validated.parameters["secret"], store=request.store)
