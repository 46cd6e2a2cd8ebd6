"""Time and chance: the two things that make a run differ from the one before."""

from datetime import datetime
from typing import Protocol
from uuid import UUID


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class Chance(Protocol):
    """Everything that must not be guessed or repeated."""

    def new_id(self) -> UUID:
        """Return a new UUIDv4, as operators demand for references (facts/momo_api.md A5)."""
        ...

    def token(self) -> str:
        """Return a random text of at least 256 bits, safe in headers and URLs."""
        ...
