"""Words from gettext catalogues, read as they are written: no step has to compile them."""

from collections.abc import Mapping
from pathlib import Path

from babel.messages.pofile import read_po

from flash.domain.text import Language, Text, filled

FOLDER = Path(__file__).parents[1] / "words"


class Catalogues:
    """Says texts by what the catalogues say for their patterns."""

    def __init__(self, translations: Mapping[Language, Mapping[str, str]]) -> None:
        self._translations = translations

    def say(self, language: Language, *texts: Text) -> str:
        """See `ports.words.Words`."""
        return " ".join(self._said(language, text) for text in texts)

    def _said(self, language: Language, text: Text) -> str:
        pattern = self._translations.get(language, {}).get(text.pattern, text.pattern)
        said = {name: self._place(language, place) for name, place in text.places.items()}
        return filled(pattern, said)

    def _place(self, language: Language, place: str | Text) -> str:
        return place if isinstance(place, str) else self._said(language, place)


def translations_of(language: Language, folder: Path = FOLDER) -> dict[str, str]:
    """Return what the catalogue of a language says for each pattern. Drafts (`fuzzy`) count: they are marked there."""
    path = folder / language / "LC_MESSAGES" / "flash.po"
    with path.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    return {str(message.id): str(message.string) for message in catalogue if message.id and message.string}


def from_package() -> Catalogues:
    """Return the words that Flash comes with."""
    others = [language for language in Language if language is not Language.ENGLISH]
    return Catalogues({language: translations_of(language) for language in others})
