"""Messages that wait to leave, in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from flash.domain.message import Message

if TYPE_CHECKING:
    from flash.adapters.memory.store import Tables


class MemoryOutbox:
    """See `ports.outbox.Outbox`."""

    def __init__(self, tables: "Tables") -> None:
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
        if self._messages[message.id].attempts == message.attempts:
            self._messages[message.id] = message
