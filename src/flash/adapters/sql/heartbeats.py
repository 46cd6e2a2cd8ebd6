"""Signs of life, in SQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from flash.adapters.sql.people import upsert
from flash.adapters.sql.tables import heartbeats
from flash.ports.heartbeats import Heartbeat


class SqlHeartbeats:
    """See `ports.heartbeats.Heartbeats`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def beat(self, heartbeat: Heartbeat) -> None:
        """See `ports.heartbeats.Heartbeats`."""
        values = {"at": heartbeat.at, "swept_at": heartbeat.swept_at}
        statement = upsert(self._session, heartbeats).values(process=heartbeat.process, **values)
        self._session.execute(statement.on_conflict_do_update(index_elements=["process"], set_=values))

    def forget(self, process: str) -> None:
        """See `ports.heartbeats.Heartbeats`."""
        self._session.execute(delete(heartbeats).where(heartbeats.c.process == process))

    def forget_before(self, at: datetime) -> int:
        """See `ports.heartbeats.Heartbeats`."""
        silent = delete(heartbeats).where(heartbeats.c.at < at).returning(heartbeats.c.process)
        return len(self._session.execute(silent).all())

    def all(self) -> Sequence[Heartbeat]:
        """See `ports.heartbeats.Heartbeats`."""
        rows = self._session.execute(select(heartbeats).order_by(heartbeats.c.at.desc()))
        return [Heartbeat(row.process, row.at, row.swept_at) for row in rows]
