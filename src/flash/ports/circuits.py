"""Circuit breakers: what every process learns about operators, so that none asks for what will not be done."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from flash.domain.circuit import Circuit, Condition


class Circuits(Protocol):
    """The circuits of all operators, shared by all processes where they have something to share them through.

    Nothing here raises: when the shared memory is gone, every circuit counts as closed.
    """

    def heard(self, circuit: Circuit, *, good: bool, took: timedelta) -> None:
        """Learn from a call that was made.

        Args:
            circuit: what was called.
            good: whether the operator answered clearly, if only by a refusal.
            took: how long the call took.
        """
        ...

    def condition(self, circuit: Circuit) -> Condition:
        """Return how it is; it may be a second old."""
        ...

    def conditions(self) -> Mapping[Circuit, Condition] | None:
        """Return how every circuit is at this moment; None when that cannot be told."""
        ...

    def lets_through(self, circuit: Circuit) -> bool:
        """Return whether something new may be sent: always when closed, one at a time when it is being tried again."""
        ...
