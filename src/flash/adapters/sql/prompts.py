"""Whose payment a payer's phone may show: one row a phone, taken and given back together with its transfer."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, select, tuple_, update
from sqlalchemy.orm import Session

from flash.adapters.sql.people import upsert
from flash.adapters.sql.tables import prompts, transfers
from flash.domain.transfer import State, Transfer


class Prompts:
    """The part of `ports.store.Transfers` that is about the phones of payers."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def may_ask(self, transfer: Transfer, now: datetime) -> bool:
        """See `ports.store.Transfers`."""
        anothers = (prompts.c.payer == transfer.payer.e164) & (prompts.c.transfer_id != transfer.id)
        shown = select(prompts.c.payer).where(anothers, prompts.c.until > now)
        earlier = tuple_(transfers.c.created_at, transfers.c.id) < (transfer.created_at, transfer.id)
        waits = select(transfers.c.payer).where(_in_line(transfer), earlier)
        return self._session.execute(shown.union_all(waits).limit(1)).first() is None

    def take(self, transfer: Transfer, now: datetime, until: datetime) -> bool:
        """See `ports.store.Transfers`."""
        values = {"transfer_id": transfer.id, "until": until}
        statement = upsert(self._session, prompts).values(payer=transfer.payer.e164, **values)
        statement = statement.on_conflict_do_update(
            index_elements=["payer"],
            set_=values,
            where=(prompts.c.until <= now) | (prompts.c.transfer_id == transfer.id),
        )
        return self._session.execute(statement.returning(prompts.c.payer)).one_or_none() is not None

    def free(self, transfer: Transfer) -> None:
        """Give the phone back, and make the payment due that waits for it longest.

        Only if the transfer is still as it was read: whoever cancels it may have been passed by who asks for it, and
        goes on in the same unit of work. Of those that wait, one that somebody is changing now is passed over, and so
        is one from before: two that end at once would wait for each other.
        """
        unchanged = exists().where(transfers.c.id == transfer.id, transfers.c.version == transfer.version)
        self._session.execute(delete(prompts).where(prompts.c.transfer_id == transfer.id, unchanged))
        later = tuple_(transfers.c.created_at, transfers.c.id) > (transfer.created_at, transfer.id)
        next_one = (
            select(transfers.c.id)
            .where(_in_line(transfer), transfers.c.due_at > transfer.updated_at, later)
            .order_by(transfers.c.created_at, transfers.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
            .cte("next_one")
        )
        statement = update(transfers).where(transfers.c.id.in_(select(next_one.c.id)))
        self._session.execute(statement.values(due_at=transfer.updated_at, version=transfers.c.version + 1))


def _in_line(transfer: Transfer) -> Any:
    return (
        (transfers.c.payer == transfer.payer.e164)
        & (transfers.c.state == State.RECORDED)
        & transfers.c.in_line.is_(True)
        & (transfers.c.id != transfer.id)
    )
