"""What those who check receipts are told, in SQL."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from flash.adapters.sql.people import upsert
from flash.adapters.sql.tables import cases, receipt_checks, transfers
from flash.domain.money import CURRENCIES, Money
from flash.domain.msisdn import Msisdn
from flash.domain.receipt import Facts
from flash.domain.transfer import State
from flash.ports.receipts import Checks


class SqlReceipts:
    """Payments as receipts tell of them, and who asked before."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def facts(self, number: str) -> tuple[UUID, Facts] | None:
        """See `ports.receipts.Receipts`."""
        in_doubt = exists().where(cases.c.transfer_id == transfers.c.id, cases.c.closed_at.is_(None))
        statement = select(transfers, in_doubt.label("in_doubt")).where(transfers.c.number == number)
        row = self._session.execute(statement).one_or_none()
        if row is None:
            return None
        return row.id, Facts(
            number=row.number,
            amount=Money(row.amount_minor, CURRENCIES[row.currency]),
            payee=Msisdn(row.payee),
            state=State(row.state),
            created_at=row.created_at,
            updated_at=row.updated_at,
            in_doubt=bool(row.in_doubt),
        )

    def count_check(self, transfer_id: UUID, now: datetime) -> Checks:
        """See `ports.receipts.Receipts`."""
        statement = (
            upsert(self._session, receipt_checks)
            .values(transfer_id=transfer_id, first_at=now, count=1)
            .on_conflict_do_update(index_elements=["transfer_id"], set_={"count": receipt_checks.c.count + 1})
            .returning(receipt_checks.c.count, receipt_checks.c.first_at)
        )
        count, first_at = self._session.execute(statement).one()
        return Checks(before=count - 1, first_at=first_at)
