"""Pages that anybody may open: one answer each, nothing loaded, nothing run."""

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from pathlib import Path
from string import Template

from pyramid.response import Response

from flash.domain.text import Language

PAGES = Path(__file__).parents[1] / "pages"
PAGE = Template((PAGES / "page.html").read_text())
STYLE = (PAGES / "page.css").read_text()
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

GOOD, WAIT, BAD = "good", "wait", "bad"
"""How a page looks: one may rely on it, not yet, or not."""

NAMES = {Language.ENGLISH: "English", Language.BEMBA: "Icibemba", Language.NYANJA: "Chinyanja"}


def a_page(
    language: Language,
    *,
    look: str,
    rows: Iterable[tuple[str, str]],
    notes: Iterable[str],
    picture: str = "",
    **texts: str,
) -> Response:
    """Return a page.

    Args:
        language: of its texts.
        look: one of those above.
        rows: what is told, by name.
        notes: sentences below.
        picture: SVG, which is not escaped.
        texts: what it is about, its title and its text.
    """
    body = PAGE.substitute(
        {name: escape(text) for name, text in texts.items()},
        language=language.value,
        style=STYLE,
        look=look,
        rows="".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows),
        picture=picture,
        notes="".join(f"<p>{escape(note)}</p>" for note in notes),
        languages=" ".join(_link(one, here=one is language) for one in NAMES),
    )
    response = Response(body, content_type="text/html", charset="UTF-8")
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _link(language: Language, *, here: bool) -> str:
    current = ' aria-current="true"' if here else ""
    return f'<a href="?language={language}" lang="{language}" hreflang="{language}"{current}>{NAMES[language]}</a>'
