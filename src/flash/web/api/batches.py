"""Many payments at once: a list of them, how far it is, and what became of each line."""

from typing import Any
from uuid import UUID

from pyramid.view import view_config

from flash.domain.batch import Batch, LineState, Progress, state_of
from flash.domain.batch_list import read_csv
from flash.domain.story import reason_text
from flash.domain.transfer import MEANINGS
from flash.ports.batches import LineRow
from flash.ports.throttle import Rule
from flash.usecases.batches import List, accept_batch, check_list, stop_batch, total_of
from flash.web.admission import admit
from flash.web.api.shapes import instant
from flash.web.language import Say, speaking
from flash.web.pins import confirm_with_pin


@view_config(route_name="batches", request_method="POST", openapi=True, renderer="json")
def post_batch(request: Any) -> dict[str, Any]:
    """Accept a list; its payments are made later, one by one."""
    services, body = request.services, request.openapi_validated.body
    admit(request, Rule.BATCH, request.account.id)
    written = read_csv(body) if isinstance(body, bytes) else body["payments"]
    wish = List(payer=request.account, written=written, key=request.headers.get("Idempotency-Key"))
    lines = check_list(wish, terms=services.terms)
    confirm_with_pin(request, total_of(lines))
    accepted = accept_batch(
        wish, lines, store=request.store, clock=services.clock, chance=services.chance, terms=services.terms
    )
    request.response.status_int = 201
    if accepted.replayed:
        request.response.headers["Idempotency-Replayed"] = "true"
    return _shape(accepted.batch, request.store.batches.progress(accepted.batch))


@view_config(route_name="batches", request_method="GET", openapi=True, renderer="json")
def list_batches(request: Any) -> list[dict[str, Any]]:
    """List the caller's batches."""
    wanted = request.openapi_validated.parameters
    before = UUID(wanted["before"]) if "before" in wanted else None
    found = request.store.batches.page(request.account.id, limit=wanted["limit"], before=before)
    return [outline_shape(batch) for batch in found]


@view_config(route_name="batch", request_method="GET", openapi=True, renderer="json")
def show_batch(request: Any) -> dict[str, Any]:
    """Tell how far a batch is."""
    batch = _mine(request)
    return _shape(batch, request.store.batches.progress(batch))


@view_config(route_name="batch_lines", request_method="GET", openapi=True, renderer="json")
def list_lines(request: Any) -> dict[str, Any]:
    """List the lines of a batch with what became of each."""
    batch, wanted = _mine(request), request.openapi_validated.parameters
    found = request.store.batches.lines(batch.id, after=wanted["after_line"], limit=wanted["limit"])
    say = speaking(request, request.account)
    last = found[-1].line.number if found else batch.line_count
    return {
        "results": [_line(row, say, stopped=batch.stopped_at is not None) for row in found],
        "next": last if last < batch.line_count else None,
    }


@view_config(route_name="stop_batch", request_method="POST", openapi=True, renderer="json")
def stop(request: Any) -> dict[str, Any]:
    """Make no more payments of a batch."""
    batch_id = UUID(request.openapi_validated.parameters["id"])
    batch = stop_batch(batch_id, request.account, store=request.store, clock=request.services.clock)
    return _shape(batch, request.store.batches.progress(batch))


def _mine(request: Any) -> Batch:
    batch: Batch = request.store.batches.get(request.account.id, UUID(request.openapi_validated.parameters["id"]))
    return batch


def outline_shape(batch: Batch) -> dict[str, Any]:
    """Return what a list is, without what became of it."""
    return {
        "id": str(batch.id),
        "lines": batch.line_count,
        "total": str(batch.total),
        "currency": batch.total.currency.code,
        "created_at": instant(batch.created_at),
    }


def _shape(batch: Batch, progress: Progress) -> dict[str, Any]:
    payments = dict.fromkeys(("pending", "processing", "completed", "failed", "cancelled"), 0)
    for state, count in progress.payments.items():
        payments[MEANINGS[state].status] += count
    return {
        **outline_shape(batch),
        "status": progress.status(batch),
        "waiting": progress.lines.get(LineState.WAITING, 0),
        "refused": progress.lines.get(LineState.REFUSED, 0),
        "stopped": progress.lines.get(LineState.STOPPED, 0),
        **payments,
        "paid_out": str(progress.paid_out),
    }


def _line(row: LineRow, say: Say, *, stopped: bool) -> dict[str, Any]:
    line, state = row.line, row.transfer_state
    failed = state is not None and MEANINGS[state].status in ("failed", "cancelled")
    return {
        "line": line.number,
        "recipient_phone": line.payee.e164,
        "amount": str(line.amount),
        "description": line.description or None,
        "key": line.key,
        "status": MEANINGS[state].status if state else state_of(line, stopped=stopped).value,
        "transaction_id": str(line.transfer_id) if line.transfer_id else None,
        "reference_id": row.transfer_number,
        "error": say(reason_text(row.reason)) if failed and row.reason else line.refusal or None,
    }
