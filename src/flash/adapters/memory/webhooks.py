"""Events, endpoints and the queue of each, in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from flash.domain.errors import Conflict, NotFound
from flash.domain.event import Event
from flash.domain.webhook import Delivery, Endpoint
from flash.ports.webhooks import Attempt, Standing, Wanted

if TYPE_CHECKING:
    from flash.adapters.memory.store import Tables

Place = tuple[UUID, UUID]
"""An endpoint and an event."""


def tell(tables: "Tables", new: Sequence[Event]) -> None:
    """Store the events of one transfer and put them into the queues."""
    for event in new:
        tables.events[event.id] = event
        for endpoint in tables.endpoints.values():
            if _may_hear(tables, endpoint, event):
                ahead = [
                    one.due_at
                    for (endpoint_id, _), one in tables.deliveries.items()
                    if (endpoint_id, one.event.transfer_id) == (endpoint.id, event.transfer_id)
                ]
                due_at = max([*ahead, event.at])
                delivery = Delivery(endpoint_id=endpoint.id, event=event, due_at=due_at)
                tables.deliveries[endpoint.id, event.id] = delivery


def _may_hear(tables: "Tables", endpoint: Endpoint, event: Event) -> bool:
    link = tables.payment_links[event.link_id] if event.link_id else None
    return endpoint.partner_id is None or (link is not None and link.partner_id == endpoint.partner_id)


class MemoryWebhooks:
    """See `ports.webhooks.Webhooks`."""

    def __init__(self, tables: "Tables") -> None:
        self._tables = tables
        self._endpoints = tables.endpoints
        self._queue = tables.deliveries

    def add(self, endpoint: Endpoint) -> None:
        if any(known.name == endpoint.name for known in self._endpoints.values()):
            raise Conflict("There is an endpoint with this name.", field="name")
        self._endpoints[endpoint.id] = endpoint

    def by_name(self, name: str) -> Endpoint:
        for endpoint in self._endpoints.values():
            if endpoint.name == name:
                return endpoint
        raise NotFound("There is no endpoint with this name.")

    def standings(self) -> Sequence[Standing]:
        found = []
        for endpoint in sorted(self._endpoints.values(), key=lambda one: one.name):
            waiting = self._waiting(endpoint.id)
            oldest = min((one.event.at for one in waiting), default=None)
            found.append(Standing(endpoint, len(waiting), oldest))
        return found

    def hold(self, name: str) -> Endpoint:
        return self.by_name(name)

    def put(self, endpoint: Endpoint) -> None:
        known = self._endpoints[endpoint.id]
        rests = known.disabled_why and not endpoint.disabled_why
        self._endpoints[endpoint.id] = endpoint if rests else replace(endpoint, busy_until=known.busy_until)

    def left(self, endpoint: Endpoint, lease: datetime) -> bool:
        known = self._endpoints[endpoint.id]
        if known.busy_until != lease:
            return False
        self._endpoints[endpoint.id] = replace(
            known,
            busy_until=endpoint.busy_until,
            failures=endpoint.failures,
            failing_since=endpoint.failing_since,
            disabled_why=endpoint.disabled_why or known.disabled_why,
        )
        return True

    def claim(self, now: datetime, *, until: datetime) -> Endpoint | None:
        free = [
            one
            for one in self._endpoints.values()
            if not one.disabled_why and one.busy_until <= now and any(d.due_at <= now for d in self._waiting(one.id))
        ]
        if not free:
            return None
        taken = replace(min(free, key=lambda one: one.busy_until), busy_until=until)
        self._endpoints[taken.id] = taken
        return taken

    def next_delivery(self, endpoint_id: UUID, now: datetime) -> Delivery | None:
        waiting = self._waiting(endpoint_id)
        first: dict[UUID, int] = {}
        for one in waiting:
            first[one.event.transfer_id] = min(first.get(one.event.transfer_id, 10**9), one.event.sequence)
        due = [one for one in waiting if one.due_at <= now and one.event.sequence == first[one.event.transfer_id]]
        if not due or self._endpoints[endpoint_id].disabled_why:
            return None
        return min(due, key=lambda one: (one.due_at, one.event.sequence))

    def delivered(self, delivery: Delivery, attempt: Attempt) -> None:
        place = (delivery.endpoint_id, delivery.event.id)
        known = self._queue.get(place)
        if known is not None and known.due_at == delivery.due_at:  # Otherwise somebody wants it again meanwhile.
            del self._queue[place]
            self._tables.delivered[place] = attempt.at
        self._log(attempt)

    def failed(self, delivery: Delivery, attempt: Attempt) -> None:
        for place, one in list(self._queue.items()):
            if (one.endpoint_id, one.event.transfer_id) == (delivery.endpoint_id, delivery.event.transfer_id):
                self._queue[place] = replace(one, due_at=delivery.due_at)
        place = (delivery.endpoint_id, delivery.event.id)
        if place in self._queue:
            counted = self._queue[place].attempts + 1
            self._queue[place] = replace(self._queue[place], attempts=counted, failing_since=delivery.failing_since)
        self._log(attempt)

    def wake(self, endpoint_id: UUID, now: datetime) -> None:
        for one in self._waiting(endpoint_id):
            self._queue[endpoint_id, one.event.id] = replace(one, due_at=now, attempts=0, failing_since=None)

    def replay(
        self, endpoint: Endpoint, wanted: Wanted, now: datetime, *, after: UUID | None, limit: int
    ) -> Sequence[UUID]:
        found = [
            one
            for one in sorted(self._tables.events.values(), key=_happened)
            if _is_wanted(one, wanted) and _may_hear(self._tables, endpoint, one)
        ]
        if after is not None:
            last = self._tables.events[after]
            found = [one for one in found if _happened(one) > _happened(last)]
        page, later = found[:limit], found[limit:]
        reached = {one.transfer_id: one.sequence for one in sorted(page, key=lambda one: one.sequence)}
        left_behind = [one for one in later if one.sequence < reached.get(one.transfer_id, 0)]
        for event in [*page, *left_behind]:
            self._tables.delivered.pop((endpoint.id, event.id), None)
            self._queue[endpoint.id, event.id] = Delivery(endpoint_id=endpoint.id, event=event, due_at=now)
        return [one.id for one in page]

    def attempts(self, endpoint_id: UUID, *, limit: int) -> Sequence[Attempt]:
        theirs = [one for one in self._tables.attempts.values() if one.endpoint_id == endpoint_id]
        return theirs[::-1][:limit]

    def events(self, wanted: Wanted, *, limit: int) -> Sequence[Event]:
        found = [one for one in self._tables.events.values() if _is_wanted(one, wanted)]
        return sorted(found, key=lambda one: (one.at, one.sequence, one.id))[:limit]

    def forget(self, before: datetime, *, limit: int) -> int:
        old = [number for number, one in self._tables.attempts.items() if one.at < before][:limit]
        made = [place for place, at in self._tables.delivered.items() if at < before][:limit]
        for number in old:
            del self._tables.attempts[number]
        for place in made:
            del self._tables.delivered[place]
        return len(old) + len(made)

    def _waiting(self, endpoint_id: UUID) -> list[Delivery]:
        return [one for one in self._queue.values() if one.endpoint_id == endpoint_id]

    def _log(self, attempt: Attempt) -> None:
        self._tables.attempts[max(self._tables.attempts, default=0) + 1] = attempt


def _happened(event: Event) -> tuple[datetime, UUID, int]:
    return event.at, event.transfer_id, event.sequence


def _is_wanted(event: Event, wanted: Wanted) -> bool:
    return (
        wanted.event_id in (None, event.id)
        and wanted.transfer_id in (None, event.transfer_id)
        and (wanted.since is None or event.at >= wanted.since)
        and (wanted.until is None or event.at < wanted.until)
    )
