"""Requests for money as the mobile contract names them: asking, the list, one of them, and the answers."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pyramid.view import view_config

from flash.domain.errors import NotFound
from flash.domain.money import parse_money
from flash.domain.msisdn import parse_msisdn
from flash.domain.request import CLOSED_TEXTS, PaymentRequest, RequestState, public_status
from flash.domain.transfer import State
from flash.ports.requests import RequestRow
from flash.ports.throttle import Rule
from flash.usecases.answer_request import Approval, approve_request, decline_request, withdraw_request
from flash.usecases.request_money import Ask, request_money
from flash.web.admission import admit
from flash.web.api.qr import code_of_request
from flash.web.api.shapes import instant, receipt
from flash.web.freshness import revalidate
from flash.web.pins import confirm_with_pin


@view_config(route_name="request_money", request_method="POST", openapi=True, renderer="json")
def ask(request: Any) -> dict[str, Any]:
    """Ask a number for money. The answer tells nothing that changes later, so that a replay is the same."""
    services, body, account = request.services, request.openapi_validated.body, request.account
    hours = body.get("expires_in_hours")  # Written as 24.0, it is a Decimal.
    wish = Ask(
        requester=account,
        payer=parse_msisdn(body["payer_phone"], field="payer_phone"),
        amount=parse_money(body["amount"]),
        description=body.get("description") or "",
        hours=None if hours is None else int(hours),
        key=request.headers.get("Idempotency-Key"),
    )
    # Whoever asked too often does not use up what the number has.
    admit(request, Rule.REQUEST_REQUESTER, account.id)
    admit(request, Rule.REQUEST_TARGET, wish.payer)
    asked = request_money(wish, store=request.store, clock=services.clock, chance=services.chance, terms=services.terms)
    made = asked.request
    request.response.status_int = 201
    if asked.replayed:
        request.response.headers["Idempotency-Replayed"] = "true"
    return {
        "transaction_id": str(made.id),
        "reference_id": made.number,
        "status": RequestState.PENDING.value,
        "message": "We have told them. You see here when they answer.",
        "transaction": _transaction(made, RequestState.PENDING.value, mine=True),
        "p2p_details": {
            "id": str(made.id),
            "is_payment_request": True,
            "request_expires_at": instant(made.expires_at),
            "payer_phone": made.payer.e164,
        },
        **code_of_request(made, account),
    }


@view_config(route_name="requests", request_method="GET", openapi=True, renderer="json")
def requests(request: Any) -> list[dict[str, Any]]:
    """List the requests that the caller made, and those that ask the caller."""
    wanted, now = request.openapi_validated.parameters, request.services.clock.now()
    before = UUID(wanted["before"]) if "before" in wanted else None
    found = request.store.requests.page(request.account, limit=wanted["limit"], before=before)
    revalidate(request)
    return [request_shape(row, now) for row in found]


def request_shape(row: RequestRow, now: datetime) -> dict[str, Any]:
    """Return a row of the mobile contract, section 1.2."""
    one = row.request
    return {
        "id": str(one.id),
        "is_payment_request": True,
        "request_expires_at": instant(one.expires_at),
        **_people(row),
        "transaction": _transaction(one, public_status(one, row.transfer_state, now), mine=row.mine),
    }


def request_detail(row: RequestRow, now: datetime) -> dict[str, Any]:
    """Return one of the caller's requests, with the direction of the request."""
    one, people = row.request, _people(row)
    # An attempt to pay is the payer's business.
    told = row.transfer_state is State.COMPLETED or not row.mine
    return {
        **_transaction(one, public_status(one, row.transfer_state, now), mine=row.mine),
        "transaction_id": str(one.id),
        "sender": people["sender_name"],
        "recipient": people["recipient_name"],
        "failure_reason": _why_not(one, one.state_at(now)),
        "is_payment_request": True,
        "request_expires_at": instant(one.expires_at),
        "transfer_id": str(one.transfer_id) if one.transfer_id and told else None,
        "transfer_reference_id": row.transfer_number if told else None,
        "updated_at": instant(one.updated_at),
    }


@view_config(route_name="approve_request", request_method="POST", openapi=True, renderer="json")
def approve(request: Any) -> dict[str, Any]:
    """Pay a request; the work happens later, as for any payment."""
    services, account, name = request.services, request.account, request.openapi_validated.parameters["id"]
    admit(request, Rule.SEND, account.id)
    if services.pin_rules.above is not None:
        row = request.store.requests.find(account, name)
        if row is None:  # What is shown again a moment later must not pass without the PIN.
            raise NotFound
        confirm_with_pin(request, row.request.amount)
    accepted = approve_request(
        Approval(name, account),
        store=request.store,
        clock=services.clock,
        chance=services.chance,
        terms=services.terms,
        circuits=services.circuits,
    )
    return {**receipt(accepted.transfer), "request_id": str(accepted.transfer.request_id)}


@view_config(route_name="decline_request", request_method="POST", openapi=True, renderer="json")
def decline(request: Any) -> dict[str, Any]:
    """Decline a request."""
    declined = decline_request(
        request.openapi_validated.parameters["id"],
        request.openapi_validated.body.get("reason") or "",
        request.account,
        store=request.store,
        clock=request.services.clock,
    )
    return _answer(declined, "You declined the request.")


@view_config(route_name="cancel_request", request_method="POST", openapi=True, renderer="json")
def cancel(request: Any) -> dict[str, Any]:
    """Cancel a request of the caller's own."""
    cancelled = withdraw_request(
        request.openapi_validated.parameters["id"],
        request.account,
        store=request.store,
        clock=request.services.clock,
    )
    return _answer(cancelled, "You cancelled the request.")


def _answer(request: PaymentRequest, message: str) -> dict[str, Any]:
    return {
        "transaction_id": str(request.id),
        "reference_id": request.number,
        "status": request.state.value,
        "message": message,
    }


def _people(row: RequestRow) -> dict[str, str]:
    """Return both people by name or number; the sender is who sent the request (mobile_rest.md section 1.2)."""
    return {
        "sender_name": row.requester_name or row.request.requester.e164,
        "recipient_name": row.payer_name or row.request.payer.e164,
    }


def _transaction(request: PaymentRequest, status: str, *, mine: bool) -> dict[str, Any]:
    return {
        "id": str(request.id),
        "reference_id": request.number,
        "type": "sent" if mine else "received",
        "status": status,
        "amount": str(request.amount),
        "currency": request.amount.currency.code,
        "phone": (request.payer if mine else request.requester).e164,
        "description": request.description or None,
        "created_at": instant(request.created_at),
    }


def _why_not(request: PaymentRequest, state: RequestState) -> str | None:
    """Return why a request will not be paid, in the payer's own words where there are some."""
    if state in (RequestState.PENDING, RequestState.APPROVED):
        return None
    return request.decline_reason or CLOSED_TEXTS[state]
