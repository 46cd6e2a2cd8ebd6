"""Signs of life of the processes that work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What a process says of itself now and then.

    Attributes:
        process: its name, which no other has: machine and number.
        at: when it said so.
        swept_at: when it last looked for what is due, to the end; None when it never has.
    """

    process: str
    at: datetime
    swept_at: datetime | None


class Heartbeats(Protocol):
    """What the processes said last."""

    def beat(self, heartbeat: Heartbeat) -> None:
        """Keep this in the place of what the process said before."""
        ...

    def forget(self, process: str) -> None:
        """Forget a process that ended as it should."""
        ...

    def forget_before(self, at: datetime) -> int:
        """Forget those that have been silent since, and return how many."""
        ...

    def all(self) -> Sequence[Heartbeat]:
        """Return all, the latest first."""
        ...
