"""Cases on the desk of the staff, and their decisions. What two at once must not pass is one statement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from flash.adapters.sql import mapping
from flash.adapters.sql.tables import cases, decisions, transfers
from flash.domain.errors import Conflict, NotFound
from flash.domain.review import Decision, FiledCase, Standing, Verdict
from flash.domain.transfer import State
from flash.ports.reviews import DeskRow


class SqlReviews:
    """Cases and decisions."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def desk(self, *, after: int, limit: int) -> Sequence[DeskRow]:
        """See `ports.reviews.Reviews`."""
        waiting = (decisions.c.case_id == cases.c.id) & (decisions.c.standing == Standing.PROPOSED)
        statement = (
            select(cases, transfers.c.number, transfers.c.state, decisions.c.id.label("proposal_id"))
            .join(transfers, transfers.c.id == cases.c.transfer_id)
            .outerjoin(decisions, waiting)
            .where(cases.c.closed_at.is_(None), cases.c.id > after)
            .order_by(cases.c.id)
            .limit(limit)
        )
        return [
            DeskRow(filed=_filed(row), number=row.number, state=State(row.state), proposal_id=row.proposal_id)
            for row in self._session.execute(statement)
        ]

    def case(self, case_id: int) -> FiledCase:
        """See `ports.reviews.Reviews`."""
        row = self._session.execute(select(cases).where(cases.c.id == case_id)).one_or_none()
        if row is None:
            raise NotFound
        return _filed(row)

    def open_cases(self, transfer_id: UUID) -> Sequence[FiledCase]:
        """See `ports.reviews.Reviews`."""
        theirs = select(cases).where(cases.c.transfer_id == transfer_id, cases.c.closed_at.is_(None))
        return [_filed(row) for row in self._session.execute(theirs.order_by(cases.c.id))]

    def decisions(self, case_id: int) -> Sequence[Decision]:
        """See `ports.reviews.Reviews`."""
        statement = select(decisions).where(decisions.c.case_id == case_id)
        rows = self._session.execute(statement.order_by(decisions.c.proposed_at, decisions.c.id))
        return [_decision(row) for row in rows]

    def decision(self, decision_id: UUID) -> Decision:
        """See `ports.reviews.Reviews`."""
        row = self._session.execute(select(decisions).where(decisions.c.id == decision_id)).one_or_none()
        if row is None:
            raise NotFound
        return _decision(row)

    def propose(self, decision: Decision) -> None:
        """See `ports.reviews.Reviews`. A unique index lets one of two proposals at once through."""
        try:
            self._session.execute(insert(decisions).values(_values(decision)))
        except IntegrityError as error:
            raise Conflict("Another proposal about this case is open; approve or reject it first.") from error

    def decide(self, decision_id: UUID, standing: Standing, by: UUID, at: datetime) -> bool:
        """See `ports.reviews.Reviews`."""
        statement = update(decisions).where(decisions.c.id == decision_id, decisions.c.standing == Standing.PROPOSED)
        if standing is Standing.APPROVED:
            statement = statement.where(decisions.c.proposed_by != by)
        statement = statement.values(standing=standing, decided_by=by, decided_at=at)
        return self._session.execute(statement.returning(decisions.c.id)).one_or_none() is not None

    def close(self, case_id: int, at: datetime) -> bool:
        """See `ports.reviews.Reviews`."""
        statement = update(cases).where(cases.c.id == case_id, cases.c.closed_at.is_(None)).values(closed_at=at)
        return self._session.execute(statement.returning(cases.c.id)).one_or_none() is not None


def _filed(row: Row[Any]) -> FiledCase:
    return FiledCase(id=row.id, transfer_id=row.transfer_id, case=mapping.case_from(row), closed_at=row.closed_at)


def _values(decision: Decision) -> dict[str, Any]:
    return {
        "id": decision.id,
        "case_id": decision.case_id,
        "reference": decision.reference,
        "verdict": decision.verdict,
        "reason": decision.reason,
        "evidence": decision.evidence,
        "operator_id": decision.operator_id,
        "proposed_by": decision.proposed_by,
        "proposed_at": decision.proposed_at,
        "standing": decision.standing,
        "decided_by": decision.decided_by,
        "decided_at": decision.decided_at,
    }


def _decision(row: Row[Any]) -> Decision:
    return Decision(
        id=row.id,
        case_id=row.case_id,
        reference=row.reference,
        verdict=Verdict(row.verdict),
        reason=row.reason,
        evidence=row.evidence,
        operator_id=row.operator_id,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        standing=Standing(row.standing),
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )
