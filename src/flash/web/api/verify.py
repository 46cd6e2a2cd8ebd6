"""Where anybody checks a receipt, and the keys for whoever would rather not ask us."""

import base64
from typing import Any

from pyramid.response import Response
from pyramid.view import view_config

from flash.domain.errors import Refusal
from flash.domain.receipt import Receipt
from flash.domain.seal import PublicKey
from flash.domain.text import Language, Text, moment
from flash.domain.words import STANDINGS, TITLES, Line
from flash.ports.throttle import Rule
from flash.usecases.check_receipt import Checked, check_receipt
from flash.web.admission import address, admit
from flash.web.api.shapes import instant
from flash.web.api.verify_page import page_of, page_of_refusal
from flash.web.errors import refused
from flash.web.language import Say, language_for, say_in, told_in

JSON, HTML = "application/json", "text/html"

OPEN = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
"""Any page may read what anybody may know."""


@view_config(route_name="verify", request_method="GET", openapi=True)
def verify(request: Any) -> Response:
    """Tell whether a receipt is genuine, and how its payment stands now: as data, or as a page for a browser."""
    wanted = request.openapi_validated.parameters
    language = Language(wanted["language"]) if "language" in wanted else language_for(request)
    say, wants_page = say_in(request, language), _wants_page(request)
    try:
        admit(request, Rule.VERIFY_RECEIPT, address(request))
        parts = {"store": request.store, "seals": request.services.seals, "clock": request.services.clock}
        checked = check_receipt(wanted["code"], **parts, counts=request.method != "HEAD")
    except Refusal as refusal:
        response = refused(refusal, request)
        if wants_page:
            response = page_of_refusal(refusal, response, say, language)
    else:
        shape = {**checked_shape(checked, say), "language": language}
        response = page_of(checked, shape, say) if wants_page else Response(json_body=shape)
    told_in(response, language)
    response.vary = (*response.vary, "Accept")
    response.headers["X-Robots-Tag"] = "noindex"
    if not wants_page:
        response.headers.update(OPEN)
    return response


@view_config(route_name="seal_keys", request_method="GET", openapi=True)
def seal_keys(request: Any) -> Response:
    """Publish the keys, for checking without asking us. Whoever keeps them for an hour has missed nothing."""
    response = Response(json_body={"keys": [_jwk(key) for key in request.services.seals.published()]})
    response.headers.update({**OPEN, "Cache-Control": "public, max-age=3600"})
    return response


def checked_shape(checked: Checked, say: Say) -> dict[str, Any]:
    """Return what whoever checks a receipt is told."""
    now, checks = checked.now, checked.checks
    return {
        "genuine": True,
        "sealed": checked.issued is not None,
        "standing": now.standing,
        "title": say(Text(TITLES[now.standing])),
        "text": say(Text(STANDINGS[now.standing])),
        "notes": [say(text) for text in _notes(checked)],
        "amount": str(now.amount),
        "currency": now.amount.currency.code,
        "last_three_digits": now.last_digits,
        "at": instant(now.at),
        "issued": _issued(checked.issued) if checked.changed and checked.issued else None,
        "checked_before": checks.before if checks else None,
        "first_checked_at": instant(checks.first_at) if checks else None,
    }


def _notes(checked: Checked) -> list[Text]:
    found = []
    if checked.checks is not None:
        found.append(_check_note(checked.checks.before, moment(checked.checks.first_at)))
    if checked.changed:
        found.append(Text(Line.CHANGED))
    if checked.issued is None:
        found.append(Text(Line.NO_SEAL))
    return found


def _check_note(before: int, first: str) -> Text:
    if before == 0:
        return Text(Line.FIRST_CHECK)
    if before == 1:
        return Text(Line.CHECKED_ONCE, {"time": first})
    return Text(Line.CHECKED_OFTEN, {"count": str(before), "time": first})


def _issued(receipt: Receipt) -> dict[str, str]:
    return {"standing": receipt.standing, "at": instant(receipt.at)}


def _wants_page(request: Any) -> bool:
    offers = request.accept.acceptable_offers([JSON, HTML])
    return bool(offers) and offers[0][0] == HTML


def _jwk(key: PublicKey) -> dict[str, Any]:
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "use": "sig",
        "kid": str(key.number),
        "x": base64.urlsafe_b64encode(key.raw).decode().rstrip("="),
        "number": key.number,
        "in_use": key.in_use,
    }
