"""Messages that wait to leave, in SQL."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, update
from sqlalchemy.orm import Session

from flash.adapters.sql.people import upsert
from flash.adapters.sql.people_tables import messages
from flash.domain.facts import MessageEnded
from flash.domain.message import Kind, Message, Standing
from flash.domain.msisdn import Msisdn
from flash.domain.text import Text
from flash.ports.meter import UNMETERED, Meter


class SqlOutbox:
    """Messages, stored with what they tell about."""

    def __init__(self, session: Session, meter: Meter = UNMETERED) -> None:
        self._session = session
        self._meter = meter

    def put(self, *new: Message) -> None:
        """See `ports.outbox.Outbox`."""
        rows = [_values(message) for message in new]
        self._session.execute(upsert(self._session, messages).values(rows).on_conflict_do_nothing())

    def claim_due(self, now: datetime, *, until: datetime, limit: int) -> Sequence[Message]:
        """See `ports.outbox.Outbox`."""
        batch = (
            select(messages.c.id)
            .where(messages.c.due_at <= now)
            .order_by(messages.c.due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("batch")
        )
        statement = update(messages).where(messages.c.id.in_(select(batch.c.id)))
        statement = statement.values(due_at=until, attempts=messages.c.attempts + 1)
        return [_message(row) for row in self._session.execute(statement.returning(messages))]

    def settle(self, message: Message) -> None:
        """See `ports.outbox.Outbox`."""
        mine = (messages.c.id == message.id) & (messages.c.attempts == message.attempts)
        became = {"standing": message.standing, "due_at": message.due_at, "text": message.text}
        became["told"] = _written(message.told) if message.told else None
        settled = self._session.execute(update(messages).where(mine).values(became).returning(messages.c.id))
        if settled.one_or_none() is not None and message.standing is not Standing.WAITING:
            self._meter.note(MessageEnded(message.kind, message.standing))

    def remove_all(self, to: Msisdn) -> None:
        """See `ports.outbox.Outbox`."""
        self._session.execute(delete(messages).where(messages.c.msisdn == to.e164))


def _values(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "kind": message.kind,
        "msisdn": message.to.e164,
        "text": message.text,
        "created_at": message.created_at,
        "expires_at": message.expires_at,
        "due_at": message.due_at,
        "standing": message.standing,
        "attempts": message.attempts,
        "told": _written(message.told) if message.told else None,
    }


def _message(row: Row[Any]) -> Message:
    return Message(
        id=row.id,
        kind=Kind(row.kind),
        to=Msisdn(row.msisdn),
        text=row.text,
        created_at=row.created_at,
        expires_at=row.expires_at,
        due_at=row.due_at,
        standing=Standing(row.standing),
        attempts=row.attempts,
        told=_read(json.loads(row.told)) if row.told else None,
    )


def _written(text: Text) -> str:
    """Return a text as JSON; what stands in its places may be texts too."""
    return json.dumps(text, default=lambda one: {"pattern": str(one.pattern), "places": dict(one.places)})


def _read(written: dict[str, Any]) -> Text:
    places = {name: _read(place) if isinstance(place, dict) else place for name, place in written["places"].items()}
    return Text(written["pattern"], places)
