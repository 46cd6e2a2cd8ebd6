"""Wake-ups for work that the database already knows about."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


class WakeUps(Protocol):
    """What a use case may say: there is something to do."""

    def advance(self, transfer_id: UUID) -> None:
        """Have the transfer advanced soon. May be lost or doubled; the sweep covers both."""
        ...


@dataclass(frozen=True, slots=True)
class Work:
    """What a process that works does.

    Attributes:
        advance: one transfer, now.
        sweep: a few transfers that are due; tells how many those were.
        chain: links new rows of evidence and journal; tells how many those were.
        expire: ends a few requests for money that nobody answered in time; tells how many those were.
        deliver: a few messages that are due; tells how many those were.
    """

    advance: Callable[[UUID], object]
    sweep: Callable[[], int]
    chain: Callable[[], int]
    expire: Callable[[], int]
    deliver: Callable[[], int]
    run_batches: Callable[[], int]


class Jobs(WakeUps, Protocol):
    """A queue of wake-ups. `advance` never raises and never waits long, whatever became of the queue."""

    def start(self, work: Work) -> None:
        """Begin to work in this process, if that is this queue's way; otherwise workers of their own do."""
        ...

    def stop(self) -> None:
        """End what `start` began, after the steps under way."""
        ...
