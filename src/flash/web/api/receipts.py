"""The receipt of a payment, for its two people: as data, and as a page to be shown or printed."""

from dataclasses import dataclass, replace
from typing import Any

from pyramid.view import view_config

from flash.domain.receipt import STANDING_OF, Facts, Receipt, packed, receipt_of
from flash.domain.seal import code_of
from flash.domain.story import state_text
from flash.domain.text import Text
from flash.domain.transfer import MEANINGS
from flash.domain.words import STANDINGS, TITLES
from flash.ports.history import HistoryRow
from flash.web.api.receipt_pdf import Sheet, drawn
from flash.web.api.shapes import instant
from flash.web.language import Say, language_for, speaking

JSON, PDF = "application/json", "application/pdf"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A receipt with its code, and where anybody can check it."""

    receipt: Receipt
    code: str
    verify_url: str


@view_config(route_name="receipt", request_method="GET", openapi=True, renderer="json")
def show_receipt(request: Any) -> Any:
    """Show the receipt of a payment, by its id or number."""
    wanted, services = request.openapi_validated.parameters, request.services
    row = request.store.transfers.history_row(request.account, wanted["id"])
    transfer = request.store.transfers.get(row.id)
    # It may have moved between the two: all of a receipt is of one moment.
    row = replace(row, state=transfer.state, updated_at=transfer.updated_at)
    say = speaking(request, request.account)
    request.response.vary = (*request.response.vary, "Accept")
    sealed = _sealed(row, request)
    text = say(state_text(transfer, services.clock.now(), services.patience, sent=row.sent))
    if sealed.receipt.standing is not STANDING_OF[row.state]:  # In doubt, which the words of its state do not say.
        text = say(Text(STANDINGS[sealed.receipt.standing]))
    if not _wants_pdf(request, wanted.get("format")):
        return {**_shape(row, sealed, say), "text": text, "language": language_for(request, request.account)}
    request.response.content_type = PDF
    request.response.headers["Content-Disposition"] = f'inline; filename="{row.number}.pdf"'
    request.response.body = drawn(Sheet(row, sealed.receipt, sealed.code, sealed.verify_url, text), say)
    return request.response


def _sealed(row: HistoryRow, request: Any) -> Sealed:
    facts = Facts(
        number=row.number,
        amount=row.amount,
        payee=row.payee,
        state=row.state,
        created_at=row.created_at,
        updated_at=row.updated_at,
        in_doubt=bool(request.store.reviews.open_cases(row.id)),
    )
    receipt = receipt_of(facts)
    code = code_of(request.services.seals.seal(packed(receipt)))
    return Sealed(receipt, code, f"{request.services.terms.public_url}/verify/{code}")


def _wants_pdf(request: Any, named: str | None) -> bool:
    if named is not None:
        return named == "pdf"
    offers = request.accept.acceptable_offers([JSON, PDF])
    return bool(offers) and offers[0][0] == PDF


def _shape(row: HistoryRow, sealed: Sealed, say: Say) -> dict[str, Any]:
    meaning = MEANINGS[row.state]
    return {
        "transaction_id": str(row.id),
        "reference_id": row.number,
        "type": "sent" if row.sent else "received",
        "status": meaning.status,
        "standing": sealed.receipt.standing,
        "title": say(Text(TITLES[sealed.receipt.standing])),
        "amount": str(row.amount),
        "fee": str(row.fee) if row.sent else None,
        "total": str(row.amount + row.fee) if row.sent else None,
        "currency": row.amount.currency.code,
        "sender": row.payer_name or row.payer.e164,
        "sender_phone": row.payer.e164,
        "recipient": row.payee_name or row.payee.e164,
        "recipient_phone": row.payee.e164,
        "description": row.description or None,
        "created_at": instant(row.created_at),
        "ended_at": instant(row.updated_at) if meaning.final else None,
        "code": sealed.code,
        "verify_url": sealed.verify_url,
    }
