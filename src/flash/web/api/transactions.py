"""Payments as the mobile contract names them: the wallet, sending, one of them, cancelling."""

from functools import partial
from typing import Any

from pyramid.view import view_config

from flash.domain.account import Account
from flash.domain.errors import NotFound
from flash.domain.limits import local_day
from flash.domain.money import ZMW, Money, parse_money
from flash.domain.msisdn import parse_msisdn
from flash.domain.request import public_status
from flash.domain.story import reason_text, state_text, step_text
from flash.domain.transfer import MEANINGS, State, Step
from flash.domain.whereabouts import whereabouts
from flash.ports.history import HistoryRow
from flash.ports.requests import RequestRow
from flash.ports.store import Store
from flash.ports.throttle import Rule
from flash.usecases.cancel_transfer import cancel_transfer
from flash.usecases.quote import Wish
from flash.usecases.quote import quote as quote_payment
from flash.usecases.send_money import Order, accepted_before, send_money
from flash.web.admission import admit
from flash.web.api.requests import request_detail
from flash.web.api.shapes import instant, receipt
from flash.web.freshness import current, tag
from flash.web.language import Say, language_for, speaking
from flash.web.pins import confirm_with_pin

NOTHING = str(Money(0))

CANCEL_MESSAGES = {
    State.CANCELLED: "The payment is cancelled.",
    State.COLLECTING: "Please do not approve the payment on your phone. If the money leaves anyway, it comes back.",
    State.RETURNING: "The money is on its way back to you.",
}
"""What a change of mind led to."""

WISH_NOTED = "We know that you do not want this payment any more."
"""In any other state, where the wish was noted before and staff have to decide."""


@view_config(route_name="wallet", request_method="GET", openapi=True, renderer="json")
def wallet(request: Any) -> dict[str, Any]:
    """Tell the day's limit and what is used of it."""
    services, account = request.services, request.account
    spent = request.store.day_limits.used(account.id, local_day(services.clock.now()))
    return {
        "currency": ZMW.code,
        "daily_limit": str(services.terms.limits.of_day(account.tier)),
        "daily_spent": str(spent),
        "balance": NOTHING,
        "escrow_balance": NOTHING,
        "rewards_balance": NOTHING,
    }


@view_config(route_name="quote", request_method="POST", openapi=True, renderer="json")
def quote(request: Any) -> dict[str, Any]:
    """Say what a payment would be."""
    services, body = request.services, request.openapi_validated.body
    payee = parse_msisdn(body["recipient_phone"], field="recipient_phone")
    amount = None if body.get("amount") is None else parse_money(body["amount"])
    admit(request, Rule.QUOTE, request.account.id)
    found = quote_payment(
        Wish(request.account, payee, amount),
        store=request.store,
        clock=services.clock,
        terms=services.terms,
        rules=services.pin_rules,
    )
    fee = found.fee
    return {
        "recipient_phone": found.payee.e164,
        "operator": found.operator.value,
        "brand": found.operator.brand,
        "name": found.name or None,
        "known_from": found.known_from,
        "amount": None if amount is None else str(amount),
        "fee": None if fee is None else str(fee),
        "total": None if amount is None or fee is None else str(amount + fee),
        "currency": ZMW.code,
        "daily_left": str(found.daily_left),
        "pin_required": found.pin_required,
    }


@view_config(route_name="send", request_method="POST", openapi=True, renderer="json")
def send(request: Any) -> dict[str, Any]:
    """Accept a payment; the work happens later."""
    services, body = request.services, request.openapi_validated.body
    order = Order(
        payer=request.account,
        payee=parse_msisdn(body["recipient_phone"], field="recipient_phone"),
        amount=parse_money(body["amount"]),
        description=body.get("description") or "",
        key=request.headers.get("Idempotency-Key"),
    )
    admit(request, Rule.SEND, request.account.id)
    if not accepted_before(order, store=request.store, clock=services.clock):
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
    return receipt(accepted.transfer)


@view_config(route_name="transaction", request_method="GET", openapi=True, renderer="json")
def transaction(request: Any) -> dict[str, Any]:
    """Show one payment, by its id or number; a request for money is one too. Who knows it already may wait."""
    wanted, clock, patience = request.openapi_validated.parameters, request.services.clock, request.services.patience
    row = current(request, partial(_found, wanted["id"]), partial(_tag, request), wait=wanted["wait"])
    now = clock.now()
    if isinstance(row, RequestRow):
        return request_detail(row, now)
    say = speaking(request, request.account)
    steps, transfer = request.store.transfers.steps(row.id), request.store.transfers.get(row.id)
    money = whereabouts(transfer, now, patience)
    # What it cost, and how it got there, is the payer's business.
    fee = row.fee if row.sent else Money(0)
    return {
        **row_shape(row, say),
        "text": say(state_text(transfer, now, patience, sent=row.sent)),
        "transaction_id": str(row.id),
        "fee": str(fee),
        "total": str(row.amount + fee),
        "returned": row.state is State.RETURNED,
        "cancel_wanted": row.cancel_wanted and row.sent,
        "where": money.place,
        "certain": money.certain,
        "doubt_ends_at": instant(money.doubt_ends_at) if money.doubt_ends_at else None,
        "steps": [_step(step, say) for step in (steps if row.sent else steps[-1:])],
        "updated_at": instant(row.updated_at),
    }


@view_config(route_name="cancel", request_method="POST", openapi=True, renderer="json")
@view_config(route_name="cancel_in_list", request_method="POST", openapi=True, renderer="json")
def cancel(request: Any) -> dict[str, Any]:
    """Cancel a payment, or note the wish."""
    transfer = cancel_transfer(
        request.openapi_validated.parameters["id"],
        request.account,
        store=request.store,
        clock=request.services.clock,
    )
    return {
        "transaction_id": str(transfer.id),
        "reference_id": transfer.number,
        "status": MEANINGS[transfer.state].status,
        "cancel_wanted": transfer.cancel_wanted,
        "where": MEANINGS[transfer.state].where,
        "message": CANCEL_MESSAGES.get(transfer.state, WISH_NOTED),
    }


def row_shape(row: HistoryRow, say: Say) -> dict[str, Any]:
    """Return a row of the mobile contract, section 1.1."""
    status = MEANINGS[row.state].status
    ended_badly = status in ("failed", "cancelled")
    return {
        "id": str(row.id),
        "reference_id": row.number,
        "type": "sent" if row.sent else "received",
        "status": status,
        "amount": str(row.amount),
        "currency": row.amount.currency.code,
        "sender": row.payer_name or row.payer.e164,
        "recipient": row.payee_name or row.payee.e164,
        "phone": (row.payee if row.sent else row.payer).e164,
        "description": row.description or None,
        "failure_reason": say(reason_text(row.reason)) if ended_badly and row.reason else None,
        "created_at": instant(row.created_at),
    }


def _found(name: str, store: Store, account: Account) -> HistoryRow | RequestRow:
    """Return the payment or the request with this id or number.

    Raises:
        NotFound: there is neither, or it is not theirs.
    """
    try:
        return store.transfers.history_row(account, name)
    except NotFound:
        request = store.requests.find(account, name)
        if request is None:
            raise
        return request


def _tag(request: Any, row: HistoryRow | RequestRow) -> str:
    """Return a tag of all that a person would see changing.

    The text of a payment under way tells by when; so its tag is good for no longer than a minute.
    """
    language, now = language_for(request, request.account), request.services.clock.now()
    if isinstance(row, RequestRow):
        status = public_status(row.request, row.transfer_state, now)
        return tag(row.name, row.mark, status, row.request.hidden, row.requester_name, row.payer_name, language)
    minute = None if MEANINGS[row.state].final else now.replace(second=0, microsecond=0)
    return tag(row.name, row.mark, row.state, row.sent, row.payer_name, row.payee_name, language, minute)


def _step(step: Step, say: Say) -> dict[str, str]:
    return {
        "at": instant(step.at),
        "state": step.after.value,
        "note": step.note,
        "text": say(*step_text(step)),
    }
