"""Callbacks as they came: written once, never changed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, insert, select
from sqlalchemy.orm import Session

from flash.adapters.sql import mapping
from flash.adapters.sql.tables import callbacks
from flash.domain.callback import Callback


class SqlCallbacks:
    """What operators told us without being asked."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, callback: Callback, reference: UUID | None) -> None:
        """See `ports.store.Callbacks`."""
        self._session.execute(insert(callbacks).values(reference=reference, **mapping.callback_values(callback)))

    def last_at(self, operator: str) -> datetime | None:
        """See `ports.store.Callbacks`."""
        known = (callbacks.c.operator == operator) & callbacks.c.reference.is_not(None)
        last: datetime | None = self._session.scalar(select(func.max(callbacks.c.received_at)).where(known))
        return last

    def has_token(self, operator: str, token: str) -> bool:
        """See `ports.store.Callbacks`."""
        known = (callbacks.c.operator == operator) & (callbacks.c.token == mapping.storable(token))
        return bool(self._session.scalar(select(exists().where(known))))
