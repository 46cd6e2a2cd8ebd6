"""The language of an answer: the person's own, else what their device asks for, else English."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flash.domain.account import Account
from flash.domain.text import Language, Text

Say = Callable[..., str]
"""Takes texts and returns them in the language of an answer."""


def language_for(request: Any, account: Account | None = None) -> Language:
    """Return the language to answer in."""
    if account is not None and account.language is not None:
        return account.language
    wanted = request.accept_language.lookup([language.value for language in Language], default=Language.ENGLISH)
    return Language(wanted.lower())


def speaking(request: Any, account: Account | None = None) -> Say:
    """Return what says texts in the language of this answer, and tell in its headers which one that is."""
    language = language_for(request, account)
    told_in(request.response, language)
    return say_in(request, language)


def say_in(request: Any, language: Language) -> Say:
    """Return what says texts in this language."""
    return partial(_said, request.services.words, language)


def told_in(response: Any, language: Language) -> None:
    """Say of an answer in which language it is, and that the device's wish may have decided that."""
    response.headers["Content-Language"] = language.value
    response.vary = (*(response.vary or ()), "Accept-Language")


def _said(words: Any, language: Language, *texts: Text) -> str:
    said: str = words.say(language, *texts)
    return said
