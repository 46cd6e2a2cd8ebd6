"""Bring messages to the gateway: count the attempt, hand it over with no transaction open, store the answer."""

import logging
from dataclasses import dataclass

from flash.domain.message import LEASE, Delivery, Message, readable
from flash.ports.clock import Clock
from flash.ports.messenger import Messenger
from flash.ports.store import UnitOfWork
from flash.usecases.mistakes import without_values

log = logging.getLogger(__name__)

EVERY_S = 0.5
"""Seconds from one look into an empty outbox to the next: somebody is waiting for a code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Postman:
    """Brings messages to the gateway. Any number may do so at once; each takes one message at a time.

    Attributes:
        key: of the one-time codes, which are not in the stored text.
    """

    unit_of_work: UnitOfWork
    messenger: Messenger
    clock: Clock
    key: bytes

    def deliver(self, most: int = 1) -> int:
        """Deliver messages that are due.

        A process that dies after handing one over, and before that is stored, leaves it due: it is handed over again
        under the same id.

        Returns:
            How many were taken; no more than *most*.
        """
        for taken in range(most):
            now = self.clock.now()
            with self.unit_of_work() as store:
                claimed = store.outbox.claim_due(now, until=now + LEASE, limit=1)
            if not claimed:
                return taken
            after = self._handed_over(claimed[0])
            with self.unit_of_work() as store:
                store.outbox.settle(after)
        return most

    def _handed_over(self, message: Message) -> Message:
        if message.expires_at <= self.clock.now():
            log.warning("message %s (%s) was not sent in time", message.id, message.kind)
            return message.lapsed()
        try:
            delivery = self.messenger.send(message.id, message.to, readable(message, self.key))
        except Exception as error:  # noqa: BLE001 - told here, and tried again
            log.error("the messenger broke on message %s\n%s", message.id, without_values(error))
            delivery = Delivery.UNCLEAR
        if delivery is Delivery.REFUSED:
            log.warning("message %s (%s) was refused", message.id, message.kind)
        return message.after(delivery, self.clock.now())
