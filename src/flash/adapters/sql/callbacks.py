"""Callbacks as they came: written once, never changed."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, insert, select
from sqlalchemy.orm import Session

from flash.adapters.sql.mapping import storable
from flash.adapters.sql.tables import callbacks
from flash.domain.callback import Callback


class SqlCallbacks:
    """What operators told us without being asked."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, callback: Callback, reference: UUID | None) -> None:
        """See `ports.store.Callbacks`."""
        self._session.execute(
            insert(callbacks).values(
                received_at=callback.received_at,
                operator=_fitting(callback.operator, callbacks.c.operator),
                token=_fitting(callback.token, callbacks.c.token),
                reference=reference,
                method=callback.method,
                source=_fitting(callback.source, callbacks.c.source),
                headers=json.dumps(callback.headers),
                body=callback.body,
            )
        )

    def last_at(self, operator: str) -> datetime | None:
        """See `ports.store.Callbacks`."""
        known = (callbacks.c.operator == operator) & callbacks.c.reference.is_not(None)
        last: datetime | None = self._session.scalar(select(func.max(callbacks.c.received_at)).where(known))
        return last

    def has_token(self, operator: str, token: str) -> bool:
        """See `ports.store.Callbacks`."""
        known = (callbacks.c.operator == operator) & (callbacks.c.token == token)
        return bool(self._session.scalar(select(exists().where(known))))


def _fitting(text: str, column: Any) -> str:
    """Return as much of a text as its column takes."""
    return str(storable(text))[: column.type.length]
