"""Passwords, hashed slowly on purpose."""

from typing import Protocol


class Passwords(Protocol):
    """A slow, salted hash."""

    def hash(self, password: str) -> str:
        """Return the hash to be stored, with its salt and parameters."""
        ...

    def matches(self, stored: str | None, password: str) -> bool:
        """Whether the password made *stored*. Without one the same time goes by and the answer is no."""
        ...
