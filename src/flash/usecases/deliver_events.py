"""Bring events to endpoints: in the order of each transfer, again and again, and each endpoint for itself."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flash.domain.event import signature
from flash.domain.webhook import GONE, TRIED_FOR, Delivery, Endpoint, Sent, next_try, rest
from flash.ports.clock import Chance, Clock
from flash.ports.store import Store, UnitOfWork
from flash.ports.webhooks import Attempt, Courier

log = logging.getLogger(__name__)

EVERY_S = 0.5
"""Seconds from one look for events to the next, when there are none."""
LEASE = timedelta(seconds=60)
"""For so long one taker has an endpoint to itself. A call takes less, so that the next taker finds nobody in it."""
TURN = timedelta(seconds=10)
"""After so long a taker leaves the endpoint to whoever comes next, so that no slow one has it for long."""

PURGE_EVERY_S = 600.0
PURGED_AT_ONCE = 1000

TYPE = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Postbox:
    """Brings events to endpoints. Any number may do so at once; each takes one endpoint at a time.

    Attributes:
        key: from which the secrets of endpoints are derived.
    """

    unit_of_work: UnitOfWork
    courier: Courier
    clock: Clock
    chance: Chance
    key: bytes

    def deliver(self) -> int:
        """Bring what is due at one endpoint, as long as it takes it.

        A process that dies after a call, and before its outcome is stored, leaves the event due: it is brought again
        under the same id.

        Returns:
            How many calls were made.
        """
        now = self.clock.now()
        with self.unit_of_work() as store:
            endpoint = store.webhooks.claim(now, until=now + LEASE)
        if endpoint is None:
            return 0
        calls, good, lease = 0, True, endpoint.busy_until
        while good and self.clock.now() < now + TURN:
            with self.unit_of_work() as store:
                delivery = store.webhooks.next_delivery(endpoint.id, self.clock.now())
            if delivery is None:
                break
            sent = self._brought(endpoint, delivery)
            calls, good = calls + 1, sent.good
            with self.unit_of_work() as store:
                endpoint = self._settled(endpoint, delivery, sent, store)
        with self.unit_of_work() as store:
            mine = store.webhooks.left(replace(endpoint, busy_until=self.clock.now()) if good else endpoint, lease)
        if mine and endpoint.disabled_why:
            log.error("events for endpoint %s are held back: %s", endpoint.name, endpoint.disabled_why)
        return calls

    def _brought(self, endpoint: Endpoint, delivery: Delivery) -> Sent:
        body, now = delivery.event.body.encode(), self.clock.now()
        headers = {
            **TYPE,
            "Flash-Event-Id": str(delivery.event.id),
            "Flash-Event-Sequence": str(delivery.event.sequence),
            "Flash-Signature": signature(body, endpoint.secrets(self.key, now), now),
        }
        return self.courier.bring(endpoint.url, headers, body)

    def _settled(self, endpoint: Endpoint, delivery: Delivery, sent: Sent, store: Store) -> Endpoint:
        """Store what became of a call, and return the endpoint as it is left by it."""
        now = self.clock.now()
        attempt = Attempt(endpoint.id, delivery.event.id, now, sent)
        if sent.good:
            store.webhooks.delivered(delivery, attempt)
            return replace(endpoint, failures=0, failing_since=None)
        failing_since = delivery.failing_since or now
        due_at = next_try(delivery, now, self._luck())
        store.webhooks.failed(replace(delivery, failing_since=failing_since, due_at=due_at), attempt)
        failures = endpoint.failures + 1
        endpoint = replace(endpoint, failing_since=endpoint.failing_since or now)
        why = _why_disabled(sent, min(failing_since, endpoint.failing_since or now), now)
        return replace(endpoint, failures=failures, disabled_why=why, busy_until=now + rest(failures, self._luck()))

    def _luck(self) -> float:
        """Return a number from 0 to 1, so that those who failed together do not come back together."""
        return (self.chance.new_id().int & 0xFFFF) / 0xFFFF

    def forget(self, keep: timedelta) -> int:
        """Forget attempts and finished deliveries that are older than to be kept."""
        with self.unit_of_work() as store:
            return store.webhooks.forget(self.clock.now() - keep, limit=PURGED_AT_ONCE)


def _why_disabled(sent: Sent, failing_since: datetime, now: datetime) -> str:
    if sent.status == GONE:
        return "it says that it wants no more events (410)"
    return "it has not taken an event for 24 hours" if now - failing_since >= TRIED_FOR else ""
