"""Sentences for people: an English pattern that names a translation, and what stands in its places."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from flash.domain.limits import LUSAKA

_PLACE = re.compile(r"\{([a-z]+)\}")


class Language(StrEnum):
    """A language that Flash speaks, by its tag (BCP 47)."""

    ENGLISH = "en"
    BEMBA = "bem"
    NYANJA = "ny"


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or a few.

    Attributes:
        pattern: in English, with places like `{amount}`.
        places: what stands in each of them; the same in every language, unless it is a text itself.
    """

    pattern: str
    places: "Mapping[str, str | Text]" = field(default_factory=dict)

    @property
    def english(self) -> str:
        """The text in English."""
        texts = {name: place if isinstance(place, str) else place.english for name, place in self.places.items()}
        return filled(self.pattern, texts)

    def with_places(self, **more: str) -> "Text":
        """Return the text with something else in some places."""
        return Text(self.pattern, {**self.places, **more})


def filled(pattern: str, places: Mapping[str, str]) -> str:
    """Return a pattern, of whatever language, with its places filled. What people wrote is never read as a place."""
    return _PLACE.sub(lambda place: places[place[1]], pattern)


def places_of(pattern: str) -> set[str]:
    """Return the names of the places that a pattern has."""
    return set(_PLACE.findall(pattern))


def moment(at: datetime) -> str:
    """Return an instant as people in Zambia write it, in any of the languages, like 25/11/2026 14:05."""
    return f"{at.astimezone(LUSAKA):%d/%m/%Y %H:%M}"
