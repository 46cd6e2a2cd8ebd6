"""What the customer's app says, it says in every language: its own texts, and what the service answers in English."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from factories import WORDS
from flash.domain import errors
from flash.domain.pin import FREE_TRIES, LOCKS, too_many_tries, wrong_pin
from flash.domain.text import Language, Text
from flash.web.api import DOCUMENT
from flash.web.api.leave import KEPT
from flash.web.app.files import STATIC

SOURCE = STATIC.parents[2]
SCRIPTS = [path for path in sorted(STATIC.rglob("*.js")) if path.parent.name not in ("vendor", "words")]
LANGUAGES = [Language.BEMBA, Language.NYANJA]
PLACE = r"\{\w+\}"
TEXT = r'"((?:[^"\\]|\\.)*)"'
NOT_FOR_CUSTOMERS = re.compile(r"batch|close_day|desk|figures|partner|payment_links|review|staff|webhook")
"""Modules whose refusals only staff and partners read."""
PLACES = ("domain/*.py", "usecases/*.py", "web/**/*.py", "adapters/sql/belongings.py")
MODULES = [path for place in PLACES for path in SOURCE.glob(place) if not NOT_FOR_CUSTOMERS.match(path.stem)]


def catalogue(language):
    """Return the app's catalogue of a language."""
    text = (STATIC / "words" / f"{language.value}.js").read_text()
    return json.loads(re.search(r"export default (\{.*\});", text, re.DOTALL)[1])


CATALOGUES = {language: catalogue(language) for language in LANGUAGES}
NOW = datetime(2026, 11, 2, tzinfo=UTC)
each_language = pytest.mark.parametrize("language", LANGUAGES)


# --- What the app says itself


def said_by_name(code):
    """Return the names by which a script says texts that stand elsewhere in it: `label: "Home"` is said as `label`."""
    return set(re.findall(r"\bsay\(\s*([a-z]\w*)[,)]", code))


def texts(script):
    """Return the texts that a script says."""
    code = script.read_text()
    said = re.findall(rf"\b(?:say|leave)\(\s*{TEXT}", code)
    for name in said_by_name(code):
        said += re.findall(rf"\b{name}: {TEXT}", code)
    return {json.loads(f'"{text}"') for text in said} - {""}


SAID = set().union(*map(texts, SCRIPTS))


def test_every_text_is_a_literal():
    for script in SCRIPTS:
        code = script.read_text()
        calls = re.findall(r"\bsay\(\s*([^\s\"][^,)]*)", code)
        assert set(calls) == said_by_name(code), script.name
        for name in calls:
            assert re.search(rf"\b{name}: {TEXT}", code), f"{script.name}: {name}"


@each_language
def test_every_text_has_its_words_in_every_language(language):
    assert set() == SAID - set(CATALOGUES[language])


@each_language
def test_the_words_keep_the_places_for_values_and_are_sorted(language):
    words = CATALOGUES[language]
    assert list(words) == sorted(words)
    for text, translation in words.items():
        assert sorted(re.findall(PLACE, text)) == sorted(re.findall(PLACE, translation)), text
        assert translation.strip() == translation != "", text


def test_both_languages_know_the_same_texts():
    assert set(CATALOGUES[Language.BEMBA]) == set(CATALOGUES[Language.NYANJA])


# --- What the service says in English


def form(text, place=PLACE):
    """Return what a text with places fits."""
    return "(.+?)".join(map(re.escape, re.split(place, text)))


def knows(words, sentence):
    """Whether the app finds this sentence; see `repeat` of words/say.js."""
    patterns = [text for text in words if "{" in text and text.endswith(".")]
    return sentence in words or any(re.fullmatch(form(text), sentence) for text in patterns)


def called(document):
    """Yield the operations that the scripts name the paths of."""
    found = [path for script in SCRIPTS for path in re.findall(r'["`](/[a-z][^"`?]*)', script.read_text())]
    named = {re.sub(r"\$\{.*?\}", "{}", path) for path in found}
    for path, item in document["paths"].items():
        mine = re.sub(r"\{.*?\}", "{}", path.removeprefix("/api"))
        # A path that goes on elsewhere in the script stands for all below it.
        if any(mine == one or (one[-1] != "/" and mine.startswith(f"{one}/")) for one in named):
            yield item.get("parameters", [])
            for operation in item.values():
                if isinstance(operation, dict):
                    yield [operation.get("parameters", []), operation.get("requestBody", {})]


def messages(part, document) -> Iterator[str]:
    """Yield each `x-message` in a part of the document."""
    if isinstance(part, list):
        for one in part:
            yield from messages(one, document)
    elif isinstance(part, dict):
        if isinstance(part.get("x-message"), str):
            yield part["x-message"]
        if isinstance(part.get("$ref"), str):
            found = document
            for name in part["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            yield from messages(found, document)
        yield from messages(list(part.values()), document)


def test_what_the_document_says_of_wrong_input_is_known_in_every_language():
    document = yaml.load(DOCUMENT.read_text(), yaml.CSafeLoader)
    told = set(messages(list(called(document)), document))
    assert {"Please choose a password.", "Please enter an amount like 25 or 25.50."} < told
    assert "Please send a list of payments." not in told
    for language, words in CATALOGUES.items():
        assert {one for one in told if not knows(words, one)} == set(), language


KINDS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.Refusal)}


def refusals(path: Path) -> Iterator[str]:
    """Yield what a module says when it refuses, as forms: the texts of its classes, and those that it raises with."""
    module = None
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Assign(targets=[ast.Name("text")], value=ast.Constant(str(text))) if node.col_offset == 4:
                yield re.escape(text)
            case ast.AnnAssign(target=ast.Name("text"), value=ast.Constant(str(text))):
                yield re.escape(text)
            case ast.Call(func=ast.Name(kind) | ast.Attribute(attr=kind), args=[said, *_]) if kind in {
                *KINDS,
                "__init__",
            }:
                module = module or import_module(".".join(("flash", *path.relative_to(SOURCE).with_suffix("").parts)))
                yield from forms(said, module)


def forms(said, module):
    """Return the forms of what is said: a text, one with values, a constant, or one of a table."""
    match said:
        case ast.Constant(str(text)):
            return [re.escape(text)]
        case ast.JoinedStr(parts):
            return ["".join(re.escape(one.value) if isinstance(one, ast.Constant) else ".+" for one in parts)]
        case ast.Name(name) | ast.Subscript(ast.Name(name)):
            found = getattr(module, name, None)
            told = found.values() if isinstance(found, Mapping) else [found]
            return [re.escape(text) for text in told if isinstance(text, str)]
    return []


def raised():
    """Return the forms of all refusals that a customer may read."""
    return {one for path in MODULES for one in refusals(path)} - {""}


def plain(refusal):
    """Return the text that a form without values fits."""
    return re.sub(r"\\(.)", r"\1", refusal)


def fits(words, refusal):
    """Whether some text fits what is raised, with its values or with none."""
    return any(re.fullmatch(refusal, text) for text in words) or knows(words, plain(refusal))


@each_language
def test_every_refusal_that_a_customer_may_read_is_known(language):
    told = raised()
    assert re.escape("We have just sent you a code. Please wait a moment.") in told
    assert {one for one in told if not fits(CATALOGUES[language], one)} == set()


def test_there_are_no_words_for_what_nobody_says():
    document = yaml.load(DOCUMENT.read_text(), yaml.CSafeLoader)
    told = {*messages(list(called(document)), document), *KEPT}
    known_refusals = raised()
    for text in set(CATALOGUES[Language.BEMBA]) - SAID:
        assert any(fits([text], one) for one in known_refusals) or any(knows([text], one) for one in told), text


@each_language
def test_a_refusal_is_known_with_one_minute_and_with_many(language):
    told = [wrong_pin(tries, field="pin").text for tries in range(1, FREE_TRIES + len(LOCKS))]
    told += [too_many_tries(NOW + wait, NOW).text for wait in LOCKS]
    told += [errors.OutOfService("MTN", wait=wait).text for wait in LOCKS]
    told += [f"That was too often. Please try again in {wait}." for wait in ("1 minute", "2 minutes")]
    assert [one for one in (*told, *KEPT) if not knows(CATALOGUES[language], one)] == []


@each_language
def test_the_app_speaks_as_messages_and_receipts_do(language):
    spoken = {text: WORDS.say(language, Text(text)) for text in CATALOGUES[language] if "{" not in text}
    both = {text: said for text, said in spoken.items() if said != text}
    assert {"Receipt", "Amount", "Fee", "This is paid already."} <= set(both)
    assert {text: CATALOGUES[language][text] for text in both} == both
