"""The page that checks a receipt: one answer, nothing loaded, nothing run."""

from typing import Any

from pyramid.response import Response

from flash.domain.errors import Refusal, TooSoon
from flash.domain.receipt import Standing
from flash.domain.seal import BrokenSeal
from flash.domain.text import Language, Text, moment
from flash.domain.words import Line
from flash.usecases.check_receipt import Checked, NoSuchPayment
from flash.web.api.page import BAD, GOOD, WAIT, a_page
from flash.web.language import Say

LOOKS = {Standing.PAID_OUT: GOOD, Standing.NOT_YET: WAIT}
"""How a standing looks; all others are bad, for there is no payment to rely on."""


def page_of(checked: Checked, shape: dict[str, Any], say: Say) -> Response:
    """Return what was found, as a page."""
    now = checked.now
    rows = [
        (Line.AMOUNT, now.amount.spoken),
        (Line.TO_NUMBER_ENDING, now.last_digits),
        (Line.TIME, moment(now.at)),
    ]
    return a_page(
        shape["language"],
        look=LOOKS.get(now.standing, BAD),
        title=shape["title"],
        text=shape["text"],
        rows=[(say(Text(label)), value) for label, value in rows],
        notes=shape["notes"],
        about=say(Text(Line.CHECK)),
    )


def page_of_refusal(refusal: Refusal, answer: Response, say: Say, language: Language) -> Response:
    """Return why nothing was found, as a page with the status and the headers of the answer that it replaces."""
    look, title, text = BAD, Line.FORGED_TITLE, refusal.text
    notes: list[str] = []
    if isinstance(refusal, BrokenSeal):
        text, notes = say(Text(Line.FORGED)), [say(Text(Line.FORGED_ADVICE))]
    elif isinstance(refusal, NoSuchPayment):
        text = say(Text(Line.NO_SUCH_PAYMENT))
    elif isinstance(refusal, TooSoon):
        look, title, text = WAIT, Line.CHECK, say(Text(Line.TOO_OFTEN))
    page = a_page(
        language,
        look=look,
        title=say(Text(title)),
        text=text,
        rows=[],
        notes=notes,
        about=say(Text(Line.CHECK)),
    )
    page.status_int = answer.status_int
    if "Retry-After" in answer.headers:
        page.headers["Retry-After"] = answer.headers["Retry-After"]
    return page
