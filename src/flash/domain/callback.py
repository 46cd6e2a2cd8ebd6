"""Callbacks: what an operator tells without being asked. Never evidence, only a reason to ask now."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A request as it came, kept before anybody looks inside.

    Attributes:
        operator: what the URL said; it may be none of ours.
        token: the end of the URL.
        source: the address that it came from, as far as that can be known.
        headers: as name and value, in the order they came in.
    """

    received_at: datetime
    operator: str
    token: str
    method: str
    source: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
