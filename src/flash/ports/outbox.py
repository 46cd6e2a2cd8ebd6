"""Messages that wait to leave."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from flash.domain.message import Message


class Outbox(Protocol):
    """Messages, stored with what they tell about."""

    def put(self, *messages: Message) -> None:
        """Store messages, except those whose ids are known."""
        ...

    def claim_due(self, now: datetime, *, until: datetime, limit: int) -> Sequence[Message]:
        """Take messages that are due, the longest due first, and put them off *until* then for everybody else.

        Each is given to one taker, and the attempt counts from then on, whatever becomes of the taker.
        """
        ...

    def settle(self, message: Message) -> None:
        """Store what became of an attempt, unless somebody has made another one since."""
        ...
