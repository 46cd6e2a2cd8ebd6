"""QR codes: what the app's scanner understands, as data and as pictures."""

import json
from typing import Any

import segno
from pyramid.view import view_config

from flash.domain.account import Account, clean_text
from flash.domain.errors import BadAmount
from flash.domain.money import Money, parse_money
from flash.domain.msisdn import Msisdn
from flash.domain.request import PaymentRequest

LONGEST_MESSAGE = 200
"""With a longer one a code is too fine for a phone's camera."""
LONGEST_NAME = 40
PIXELS = 6
"""Of each module, in the picture."""


@view_config(route_name="generate_qr", request_method="POST", openapi=True, renderer="json")
def generate_qr(request: Any) -> dict[str, Any]:
    """Return the code by which the caller is paid."""
    body = request.openapi_validated.body
    amount = None if body.get("amount") is None else parse_money(body["amount"])
    if amount is not None and amount <= Money(0):
        raise BadAmount(field="amount")
    message = clean_text(body.get("message") or "", LONGEST_MESSAGE, field="message")
    payload = payment_code(request.account, amount, message)
    return {"qr_code_data": payload, "qr_code": png(payload), "qr_svg": svg(payload)}


def code_of_request(request: PaymentRequest, requester: Account) -> dict[str, Any]:
    """Return the code by which a request is paid, and a picture of it: whoever scans it sends what it asks for."""
    payload = payment_code(requester, request.amount, request.note)
    return {"qr_code_data": payload, "qr_code": png(payload)}


def payment_code(payee: Account, amount: Money | None, message: str) -> dict[str, str]:
    """Return what a code says by which this account is paid."""
    return payment_payload(payee.msisdn, payee.full_name, amount, message)


def payment_payload(payee: Msisdn, name: str, amount: Money | None, message: str) -> dict[str, str]:
    """Return what a code says (mobile_rest.md section 1.4); amounts are text there."""
    payload = {
        "type": "flash_payment",
        "phone": payee.e164,
        "name": name[:LONGEST_NAME].rstrip() or payee.e164,
    }
    if amount is not None:
        payload["amount"] = str(amount)
    if message:
        payload["message"] = message
    return payload


def png(payload: dict[str, str]) -> str:
    """Return a code as the data URI of a PNG."""
    return str(_code(payload).png_data_uri(scale=PIXELS))


def svg(payload: dict[str, str]) -> str:
    """Return a code as SVG."""
    return str(_code(payload).svg_inline(scale=PIXELS, light="white"))


def link_svg(url: str) -> str:
    """Return a link as a code in SVG, for any phone's camera."""
    return str(segno.make_qr(url, error="m").svg_inline(scale=PIXELS, light="white"))


def _code(payload: dict[str, str]) -> segno.QRCode:
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return segno.make_qr(text, error="m", encoding="utf-8")
