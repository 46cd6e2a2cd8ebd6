"""Who says a text in a person's language."""

from typing import Protocol

from flash.domain.text import Language, Text


class Words(Protocol):
    """Translates what `domain.words` and the news say."""

    def say(self, language: Language, *texts: Text) -> str:
        """Return these texts in this language, one after the other; in English where a translation is missing."""
        ...
