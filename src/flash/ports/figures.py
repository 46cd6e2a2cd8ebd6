"""Figures about everything that is stored: how things stand, and what a day came to."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from flash.domain import message
from flash.domain.day_report import Begun, Ended, Moved
from flash.domain.money import Money
from flash.domain.standing import Waiting
from flash.domain.transfer import State


class Figures(Protocol):
    """Sums over all people, each from an index. A stretch of time is from *start*, and before *end*."""

    def due(self, now: datetime) -> Waiting:
        """Return the transfers that should have been looked at by *now*."""
        ...

    def open_transfers(self) -> Mapping[State, tuple[int, Money]]:
        """Return how many transfers have not ended, and how much they are about, by state."""
        ...

    def waiting_messages(self) -> Mapping[message.Kind, Waiting]:
        """Return the messages that have not left yet, by kind."""
        ...

    def open_cases(self) -> Waiting:
        """Return the cases that nobody closed."""
        ...

    def begun(self, start: datetime, end: datetime) -> Begun:
        """Return the transfers that were made."""
        ...

    def ended(self, start: datetime, end: datetime) -> Iterator[Ended]:
        """Yield the transfers that ended."""
        ...

    def moved(self, start: datetime, end: datetime) -> Sequence[Moved]:
        """Return what the legs that settled moved, by operator and kind."""
        ...

    def joined(self, start: datetime, end: datetime) -> int:
        """Return how many accounts were made, those that were closed since among them."""
        ...

    def cases(self, start: datetime, end: datetime) -> tuple[int, int]:
        """Return how many cases were opened, and how many were closed."""
        ...
