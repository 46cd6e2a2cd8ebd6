"""Three calls of the app's older layer. They are about the caller alone: never about our float, or other people."""

from typing import Any

from pyramid.view import view_config

from flash.domain.errors import NotFound
from flash.domain.money import ZMW, Money, parse_money
from flash.domain.msisdn import parse_msisdn
from flash.domain.transfer import MEANINGS, Transfer
from flash.ports.throttle import Rule
from flash.usecases.send_money import Order, send_money
from flash.web.admission import admit
from flash.web.pins import confirm_with_pin

WORDS = {"completed": "SUCCESS", "failed": "FAILED", "cancelled": "FAILED"}
"""Public status to the word that this layer knows; all others are PENDING."""


@view_config(route_name="mtn_balance", request_method="GET", openapi=True, renderer="json")
def balance(request: Any) -> dict[str, Any]:
    """Tell what Flash keeps for the caller: nothing."""
    request.account  # noqa: B018 - nobody else is answered
    return {"balance": str(Money(0)), "currency": ZMW.code}


@view_config(route_name="mtn_send", request_method="POST", openapi=True, renderer="json")
def send(request: Any) -> dict[str, Any]:
    """Accept a payment of the caller, as `send` does; their id for it is its key."""
    services, body = request.services, request.openapi_validated.body
    order = Order(
        payer=request.account,
        payee=parse_msisdn(body["recipient_phone"], field="recipient_phone"),
        amount=parse_money(body["amount"]),
        description=body.get("message") or body.get("note") or "",
        key=body["external_id"],
    )
    admit(request, Rule.SEND, request.account.id)
    confirm_with_pin(request, order.amount)
    accepted = send_money(
        order,
        store=request.store,
        clock=services.clock,
        chance=services.chance,
        terms=services.terms,
        circuits=services.circuits,
    )
    request.response.status_int = 201
    if accepted.replayed:
        request.response.headers["Idempotency-Replayed"] = "true"
    return {**_shape(accepted.transfer), "status": "PENDING", "message": "Please approve the payment on your phone."}


@view_config(route_name="mtn_status", request_method="GET", openapi=True, renderer="json")
def status(request: Any) -> dict[str, Any]:
    """Tell how a payment of the caller stands, by its id, its number, or the caller's own id for it."""
    transfer = _mine(request, request.openapi_validated.parameters["ref"])
    return {**_shape(transfer), "status": WORDS.get(MEANINGS[transfer.state].status, "PENDING")}


def _mine(request: Any, ref: str) -> Transfer:
    """Return the payment that the caller ordered.

    Raises:
        NotFound: there is none.
    """
    transfers, account = request.store.transfers, request.account
    keyed = transfers.twin(account.id, ref, "", request.services.clock.now())
    if keyed is not None:
        return keyed  # type: ignore[no-any-return]
    row = transfers.history_row(account, ref)
    if not row.sent:
        raise NotFound
    return transfers.get(row.id)  # type: ignore[no-any-return]


def _shape(transfer: Transfer) -> dict[str, Any]:
    return {
        "transaction_id": str(transfer.id),
        "reference_id": transfer.number,
        "external_id": transfer.key,
        "amount": str(transfer.amount),
        "currency": transfer.amount.currency.code,
    }
