"""The page that checks a receipt: one answer, nothing loaded, nothing run."""

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from pyramid.response import Response

from flash.domain.errors import Refusal, TooSoon
from flash.domain.receipt import Standing
from flash.domain.seal import BrokenSeal
from flash.domain.text import Language, Text, moment
from flash.domain.words import Line
from flash.usecases.check_receipt import Checked, NoSuchPayment
from flash.web.language import Say

PAGES = Path(__file__).parents[1] / "pages"
PAGE = Template((PAGES / "verify.html").read_text())
STYLE = (PAGES / "verify.css").read_text()
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

GOOD, WAIT, BAD = "good", "wait", "bad"
LOOKS = {Standing.PAID_OUT: GOOD, Standing.NOT_YET: WAIT}
"""How a standing looks; all others are bad, for there is no payment to rely on."""

NAMES = {Language.ENGLISH: "English", Language.BEMBA: "Icibemba", Language.NYANJA: "Chinyanja"}


def page_of(checked: Checked, shape: dict[str, Any], say: Say) -> Response:
    """Return what was found, as a page."""
    now = checked.now
    rows = [
        (Line.AMOUNT, now.amount.spoken),
        (Line.TO_NUMBER_ENDING, now.last_digits),
        (Line.TIME, moment(now.at)),
    ]
    return _page(
        shape["language"],
        look=LOOKS.get(now.standing, BAD),
        title=shape["title"],
        text=shape["text"],
        rows="".join(f"<dt>{escape(say(Text(label)))}</dt><dd>{escape(value)}</dd>" for label, value in rows),
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
    page = _page(
        language,
        look=look,
        title=say(Text(title)),
        text=text,
        rows="",
        notes=notes,
        about=say(Text(Line.CHECK)),
    )
    page.status_int = answer.status_int
    if "Retry-After" in answer.headers:
        page.headers["Retry-After"] = answer.headers["Retry-After"]
    return page


def _page(language: Language, *, look: str, rows: str, notes: Iterable[str], **texts: str) -> Response:
    body = PAGE.substitute(
        {name: escape(text) for name, text in texts.items()},
        language=language.value,
        style=STYLE,
        look=look,
        rows=rows,
        notes="".join(f"<p>{escape(note)}</p>" for note in notes),
        languages=" ".join(_link(one, here=one is language) for one in NAMES),
    )
    response = Response(body, content_type="text/html", charset="UTF-8")
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _link(language: Language, *, here: bool) -> str:
    current = ' aria-current="true"' if here else ""
    return f'<a href="?language={language}" lang="{language}" hreflang="{language}"{current}>{NAMES[language]}</a>'
