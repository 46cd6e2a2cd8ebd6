"""Where events go: what is remembered of endpoints and deliveries, and who brings an event there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from flash.domain.event import Event
from flash.domain.webhook import Delivery, Endpoint, Sent


@dataclass(frozen=True, slots=True)
class Standing:
    """An endpoint with what waits for it."""

    endpoint: Endpoint
    waiting: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call, as the log keeps it: never a body or a secret."""

    endpoint_id: UUID
    event_id: UUID
    at: datetime
    sent: Sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events are wanted again: one of them, all of a transfer, or all of a time; None does not matter."""

    event_id: UUID | None = None
    transfer_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


class Webhooks(Protocol):
    """Endpoints, and the queue of each. Events themselves are stored with the steps that they tell."""

    def add(self, endpoint: Endpoint) -> None:
        """Store a new endpoint.

        Raises:
            Conflict: the name is taken.
        """
        ...

    def by_name(self, name: str) -> Endpoint:
        """Return the endpoint with this name.

        Raises:
            NotFound: there is none.
        """
        ...

    def standings(self) -> Sequence[Standing]:
        """Return all endpoints by name, with what waits for each."""
        ...

    def hold(self, name: str) -> Endpoint:
        """Return the endpoint with this name, which nobody else changes until the unit of work ends.

        Raises:
            NotFound: there is none.
        """
        ...

    def put(self, endpoint: Endpoint) -> None:
        """Store what staff changed of a held endpoint; whoever delivers to it goes on until they look again."""
        ...

    def left(self, endpoint: Endpoint, lease: datetime) -> bool:
        """Store how a taker left an endpoint that it had until *lease*; what staff changed meanwhile stays.

        Returns:
            False when the taker was too slow and has nothing to say any more: somebody else may have the endpoint.
        """
        ...

    def claim(self, now: datetime, *, until: datetime) -> Endpoint | None:
        """Take an endpoint for which something is due, and keep it *until* then; None when there is none.

        Each is given to one taker, the one that was left alone for longest first.
        """
        ...

    def next_delivery(self, endpoint_id: UUID, now: datetime) -> Delivery | None:
        """Return what is due at an endpoint for longest; never an event before those of its transfer before it."""
        ...

    def delivered(self, delivery: Delivery, attempt: Attempt) -> None:
        """Note that the endpoint has the event."""
        ...

    def failed(self, delivery: Delivery, attempt: Attempt) -> None:
        """Note that it has not, and put off what of its transfer waits for the same endpoint."""
        ...

    def wake(self, endpoint_id: UUID, now: datetime) -> None:
        """Make all that waits for an endpoint due, as if it had never been tried."""
        ...

    def replay(
        self, endpoint: Endpoint, wanted: Wanted, now: datetime, *, after: UUID | None, limit: int
    ) -> Sequence[UUID]:
        """Put events into the queue again that the endpoint may hear of, whether it has them or not.

        Returns:
            Their ids, no more than *limit*, in the order in which they happened; go on after the last one.
        """
        ...

    def attempts(self, endpoint_id: UUID, *, limit: int) -> Sequence[Attempt]:
        """Return the latest calls, the last one first."""
        ...

    def events(self, wanted: Wanted, *, limit: int) -> Sequence[Event]:
        """Return events in the order in which they happened."""
        ...

    def forget(self, before: datetime, *, limit: int) -> int:
        """Forget attempts, and deliveries that were made, from before; tell how many, no more than *limit* of each."""
        ...


class Courier(Protocol):
    """Brings an event to an endpoint."""

    def bring(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        """Call once, and follow nobody anywhere. It returns within some seconds, and raises nothing."""
        ...
