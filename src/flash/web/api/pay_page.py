"""The page behind a payment link: what is asked for, and the code by which the app pays it."""

from typing import Any

from pyramid.response import Response
from pyramid.view import view_config

from flash.domain.errors import NotFound, Refusal, TooSoon
from flash.domain.payment_link import CLOSED_TEXTS, LinkState
from flash.domain.text import Language, Text, moment
from flash.domain.words import Line
from flash.ports.throttle import Rule
from flash.usecases.payment_links import seen_by
from flash.web.admission import address, admit
from flash.web.api.page import BAD, GOOD, WAIT, a_page
from flash.web.api.qr import payment_payload, svg
from flash.web.errors import refused
from flash.web.language import Say, language_for, say_in, told_in

LOOKS = {LinkState.OPEN: WAIT, LinkState.PROCESSING: WAIT, LinkState.PAID: GOOD}
"""How a link looks; all others are over."""


@view_config(route_name="pay_page", request_method="GET")
def pay_page(request: Any) -> Response:
    """Show what a payment link asks for."""
    language = _language(request)
    say = say_in(request, language)
    try:
        admit(request, Rule.PAY_ADDRESS, address(request))
        page = _page(request, language, say)
    except (NotFound, TooSoon) as refusal:
        page = _refusal(refusal, request, language, say)
    told_in(page, language)
    page.headers["X-Robots-Tag"] = "noindex"
    return page


def _page(request: Any, language: Language, say: Say) -> Response:
    link, name = seen_by(request.matchdict["secret"], store=request.store)
    state = link.state_at(request.services.clock.now())
    payable = state is LinkState.OPEN
    rows = [(Line.TO, name), (Line.AMOUNT, link.amount.spoken), (Line.MESSAGE, link.description)]
    rows += [(Line.REFERENCE, link.number), (Line.TIME, moment(link.created_at))]
    return a_page(
        language,
        look=LOOKS.get(state, BAD),
        title=f"{link.amount.spoken}: {name}",
        text=say(Text(Line.TO_PAY if payable else CLOSED_TEXTS[state])),
        rows=[(say(Text(label)), text) for label, text in rows if text],
        picture=svg(payment_payload(link.payee, name, link.amount, link.note)) if payable else "",
        notes=[say(Text(Line.PAY_ONCE))] if payable else [],
        about=say(Text(Line.LINK)),
    )


def _refusal(refusal: Refusal, request: Any, language: Language, say: Say) -> Response:
    answer = refused(refusal, request)
    text = say(Text(Line.TOO_OFTEN if isinstance(refusal, TooSoon) else Line.NO_SUCH_LINK))
    page = a_page(language, look=BAD, title=say(Text(Line.LINK)), text=text, rows=[], notes=[], about="")
    page.status_int = answer.status_int
    if "Retry-After" in answer.headers:
        page.headers["Retry-After"] = answer.headers["Retry-After"]
    return page


def _language(request: Any) -> Language:
    wanted = request.GET.get("language")
    return Language(wanted) if wanted in set(Language) else language_for(request)
