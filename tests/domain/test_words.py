"""Every text is there in every language, fits into one SMS, and says what people need without codes or blame."""

import re
from collections.abc import Mapping

import pytest

from flash.adapters.catalogues import FOLDER, Catalogues, translations_of
from flash.domain.message import GSM_7, LONGEST_TEXT
from flash.domain.outcome import Reason
from flash.domain.receipt import STANDING_OF, Standing
from flash.domain.text import Language, Text, filled, places_of
from flash.domain.transfer import MEANINGS, State
from flash.domain.words import NOTES, REASONS, STANDINGS, STATES, STEPS, TITLES, News, every_pattern

OTHERS = [Language.BEMBA, Language.NYANJA]
BY_LANGUAGE = {language: translations_of(language) for language in OTHERS}
ENGLISH = {pattern: pattern for pattern in every_pattern()}

LONGEST = {
    "amount": "K9,999,999,999.99",
    "total": "K9,999,999,999.99",
    "time": "25/11/2026 14:05",
    "count": "1000000",
    "payer": "+260960000001",
    "payee": "+260970000002",
    "requester": "+260960000001",
    "url": "https://flash.example",
    "ref": "A number of 20 signs",
    "note": f" ({'x' * 60})",
}
PAYABLE = {"amount": "K100,000.00", "total": "K100,000.00"}
"""The most that the profile lets anybody pay at all; a message with a long reason has room for no more."""


def flaws(translations: Mapping[str, str]) -> list[str]:
    """Return what is wrong with a catalogue, each with the pattern that it is about."""
    found = [f"nobody says: {pattern}" for pattern in translations if pattern not in ENGLISH]
    reason = max((translations.get(text, "") for text in REASONS.values()), key=len)
    for pattern in ENGLISH:
        said = translations.get(pattern, "")
        if not said.strip():
            found.append(f"missing: {pattern}")
        elif places_of(said) != places_of(pattern) or set("{}") & set(re.sub(r"\{[a-z]+\}", "", said)):
            found.append(f"other places: {pattern}")
        else:
            places = LONGEST | (PAYABLE if pattern == News.FAILED else {}) | {"reason": reason}
            found += [f"{what}: {pattern}" for what in _flaws_of(filled(said, places))]
    return found


def _flaws_of(text: str) -> list[str]:
    wrong = {
        "too long": len(text) > LONGEST_TEXT,
        "characters that phones lack": not set(text) <= GSM_7,
        "a code word": "_" in text or bool(re.search(r"\b[45][0-9]{2}\b|\berror\b", text, re.I)),
        "blame": bool(re.search(r"\byour (fault|mistake)\b|\byou should have\b", text, re.I)),
    }
    return [name for name, is_wrong in wrong.items() if is_wrong]


def test_english_is_fit_for_every_phone() -> None:
    assert flaws(ENGLISH) == []


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_there_in_every_language_and_fits(language: Language) -> None:
    assert flaws(BY_LANGUAGE[language]) == []


@pytest.mark.parametrize(
    ("pattern", "said", "what"),
    [
        (STATES[State.COLLECTING], "", "missing"),
        (STATES[State.COLLECTING], "Suminisheni {total}.", "other places"),
        (STATES[State.COLLECTING], "Suminisheni {total} pa {time} {", "other places"),
        (STATES[State.COMPLETED], "{amount} " + "x" * 150, "too long"),
        (STEPS[State.RETURNED], "Indalama shabwelēla.", "characters that phones lack"),
        (REASONS[Reason.OTHER], "order_refused", "a code word"),
        (REASONS[Reason.OTHER], "Error 500", "a code word"),
        (REASONS[Reason.PAYER_REFUSED], "That was your mistake.", "blame"),
    ],
)
def test_a_catalogue_that_is_broken_is_found_out(pattern: str, said: str, what: str) -> None:
    assert flaws({**BY_LANGUAGE[Language.BEMBA], pattern: said}) == [f"{what}: {pattern}"]


def test_a_translation_of_what_nobody_says_any_more_is_found_out() -> None:
    assert flaws({**ENGLISH, "Once upon a time.": "Kale."}) == ["nobody says: Once upon a time."]


def test_every_state_step_reason_and_standing_has_its_text() -> None:
    assert set(STATES) == set(STEPS) == set(MEANINGS) == set(STANDING_OF) == set(State)
    assert set(REASONS) == set(Reason)
    assert set(TITLES) == set(STANDINGS) == set(Standing)
    sentences = [*STATES.values(), *STEPS.values(), *NOTES.values(), *REASONS.values(), *STANDINGS.values()]
    assert all(text.endswith(".") for text in sentences)


def test_too_little_money_is_never_called_a_system_error() -> None:
    assert "money in the wallet" in REASONS[Reason.NOT_ENOUGH_FUNDS]


@pytest.mark.parametrize("language", Language)
def test_nothing_but_paid_out_reads_as_paid_out(language: Language) -> None:
    """Neither its words nor its title are part of those of any other standing."""
    words = Catalogues(BY_LANGUAGE)
    for told in (TITLES, STANDINGS):
        paid = words.say(language, Text(told[Standing.PAID_OUT])).casefold().rstrip(".")
        others = [words.say(language, Text(told[one])).casefold() for one in Standing if one is not Standing.PAID_OUT]
        assert [text for text in others if paid in text] == []


def test_drafts_are_marked_as_drafts() -> None:
    for language in OTHERS:
        text = (FOLDER / language / "LC_MESSAGES" / "flash.po").read_text()
        marked = text.count("#, fuzzy\n")
        assert marked == text.count("# Draft for a native speaker.\n")
        assert 0 < marked <= len(ENGLISH)


def test_a_text_without_a_translation_is_said_in_english() -> None:
    text = Text(STATES[State.COMPLETED], {"amount": "K25.00"})
    assert Catalogues({}).say(Language.NYANJA, text, text) == f"{text.english} {text.english}"


def test_what_people_write_is_never_read_as_a_place() -> None:
    text = Text("{one} {two}", {"one": "{two} {0} %s", "two": "x"})
    assert text.english == "{two} {0} %s x"
