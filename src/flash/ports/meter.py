"""What is counted and measured, for whoever watches Flash."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from flash.domain.facts import Fact
from flash.domain.standing import Standing


class Meter(Protocol):
    """Hears what happened. It never raises, and takes microseconds."""

    def note(self, *facts: Fact) -> None:
        """Count what happened."""
        ...


class Unmetered:
    """A meter for where nobody watches."""

    def note(self, *facts: Fact) -> None:
        """See `Meter`."""


UNMETERED = Unmetered()


@dataclass(frozen=True, slots=True)
class Page:
    """What a monitoring system is shown, and of which type it is."""

    content_type: str
    body: bytes


class ShownMeter(Meter, Protocol):
    """A meter that can be read, with all that was counted in any process of this machine."""

    def page(self, standing: Standing) -> Page:
        """Return what was counted, and how things stand, for a monitoring system."""
        ...


class Presence(Protocol):
    """How many people there are. Nobody can be picked out of it, and it never waits."""

    def seen(self, person: UUID) -> None:
        """Note that somebody is there."""
        ...

    def count(self) -> int | None:
        """Return how many different people there were in the last five minutes; None when that cannot be told."""
        ...
