"""Messages that wait to leave, in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from flash.domain.facts import MessageEnded
from flash.domain.message import Message, Standing
from flash.domain.msisdn import Msisdn
from flash.ports.meter import UNMETERED, Meter

if TYPE_CHECKING:
    from flash.adapters.memory.store import Tables


class MemoryOutbox:
    """See `ports.outbox.Outbox`."""

    def __init__(self, tables: "Tables", meter: Meter = UNMETERED) -> None:
        self._meter = meter
        self._messages = tables.messages

    def put(self, *messages: Message) -> None:
        for message in messages:
            self._messages.setdefault(message.id, message)

    def claim_due(self, now: datetime, *, until: datetime, limit: int) -> Sequence[Message]:
        due = [one for one in self._messages.values() if one.due_at is not None and one.due_at <= now]
        taken = sorted(due, key=lambda one: one.due_at or now)[:limit]
        claimed = [replace(one, due_at=until, attempts=one.attempts + 1) for one in taken]
        self._messages.update({one.id: one for one in claimed})
        return claimed

    def settle(self, message: Message) -> None:
        known = self._messages.get(message.id)
        if known is not None and known.attempts == message.attempts:
            self._messages[message.id] = message
            if message.standing is not Standing.WAITING:
                self._meter.note(MessageEnded(message.kind, message.standing))

    def remove_all(self, to: Msisdn) -> None:
        for message in [one for one in self._messages.values() if one.to == to]:
            del self._messages[message.id]
