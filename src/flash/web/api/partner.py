"""What a partner's program does: ask to be paid by a link, look what became of it, and cancel it."""

from typing import Any
from uuid import UUID

from pyramid.view import view_config

from flash.domain.money import parse_money
from flash.domain.payment_link import LinkState, PaymentLink, link_secret
from flash.usecases.payment_links import Bill, cancel_link, make_link
from flash.web.api.qr import link_svg, payment_payload
from flash.web.api.shapes import instant


@view_config(route_name="partner_requests", request_method="POST", openapi=True, renderer="json")
def post_request(request: Any) -> dict[str, Any]:
    """Make a payment link."""
    services, body = request.services, request.openapi_validated.body
    hours = body.get("expires_in_hours")  # Written as 24.0, it is a Decimal.
    bill = Bill(
        caller=request.caller,
        amount=parse_money(body["amount"]),
        description=body.get("description") or "",
        reference=body.get("reference") or "",
        hours=None if hours is None else int(hours),
        key=request.headers.get("Idempotency-Key"),
    )
    made = make_link(
        bill,
        store=request.store,
        clock=services.clock,
        chance=services.chance,
        terms=services.terms,
        key=services.secret,
    )
    request.response.status_int = 201
    if made.replayed:
        request.response.headers["Idempotency-Replayed"] = "true"
    return _whole(made.link, request)


@view_config(route_name="partner_requests", request_method="GET", openapi=True, renderer="json")
def list_requests(request: Any) -> dict[str, Any]:
    """List the partner's payment links."""
    wanted = request.openapi_validated.parameters
    before = UUID(wanted["before"]) if "before" in wanted else None
    limit = wanted["limit"]
    found = request.store.payment_links.page(
        request.caller.partner.id, limit=limit, before=before, reference=wanted.get("reference")
    )
    now = request.services.clock.now()
    return {
        "results": [_outline(link, link.state_at(now)) for link in found],
        "next": str(found[-1].id) if len(found) == limit else None,
    }


@view_config(route_name="partner_request", request_method="GET", openapi=True, renderer="json")
def show_request(request: Any) -> dict[str, Any]:
    """Show one payment link and what became of it."""
    name = request.openapi_validated.parameters["id"]
    return _whole(request.store.payment_links.get(request.caller.partner.id, name), request)


@view_config(route_name="cancel_partner_request", request_method="POST", openapi=True, renderer="json")
def cancel_request(request: Any) -> dict[str, Any]:
    """Cancel a payment link."""
    name = request.openapi_validated.parameters["id"]
    link = cancel_link(name, request.caller, store=request.store, clock=request.services.clock)
    return _whole(link, request)


def _outline(link: PaymentLink, state: LinkState) -> dict[str, Any]:
    paying = state in (LinkState.PROCESSING, LinkState.PAID)
    return {
        "id": str(link.id),
        "number": link.number,
        "status": state.value,
        "amount": str(link.amount),
        "currency": link.amount.currency.code,
        "description": link.description or None,
        "reference": link.reference or None,
        "transaction_id": str(link.transfer_id) if paying else None,
        "created_at": instant(link.created_at),
        "expires_at": instant(link.expires_at),
    }


def _whole(link: PaymentLink, request: Any) -> dict[str, Any]:
    services, caller = request.services, request.caller
    url = f"{services.terms.public_url.rstrip('/')}/pay/{link_secret(services.secret, link.id)}"
    return {
        **_outline(link, link.state_at(services.clock.now())),
        "link": url,
        "qr_svg": link_svg(url),
        "app_qr_code_data": payment_payload(link.payee, caller.partner.name, link.amount, link.note),
    }
