"""Wake-ups for work that the database already knows about."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


class WakeUps(Protocol):
    """What a use case may say: there is something to do."""

    def advance(self, transfer_id: UUID) -> None:
        """Have the transfer advanced soon. May be lost or doubled; the sweep covers both."""
        ...


@dataclass(frozen=True, slots=True)
class Chore:
    """What is done again and again beside the transfers: at once while there is some of it, otherwise after a while.

    Attributes:
        name: what the log calls it.
        do: does a little of it, and tells how much that was.
        every_s: seconds from one look to the next when there was nothing to do.
        threads: how many do it at once in each worker.
    """

    name: str
    do: Callable[[], int]
    every_s: float
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Work:
    """What a process that works does.

    Attributes:
        advance: one transfer, now.
        sweep: a few transfers that are due; tells how many those were.
        chores: everything else.
        end: what is left to say when the process ends as it should.
    """

    advance: Callable[[UUID], object]
    sweep: Callable[[], int]
    chores: Sequence[Chore] = ()
    end: Callable[[], None] = lambda: None


class Jobs(WakeUps, Protocol):
    """A queue of wake-ups. `advance` and `waiting` never raise and never wait long, whatever became of the queue."""

    def start(self, work: Work) -> None:
        """Begin to work in this process, if that is this queue's way; otherwise workers of their own do."""
        ...

    def waiting(self) -> int | None:
        """Return how many wake-ups wait to be taken; None when the queue does not answer."""
        ...

    def stop(self) -> None:
        """End what `start` began, after the steps under way."""
        ...
