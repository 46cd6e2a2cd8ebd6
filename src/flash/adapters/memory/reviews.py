"""Cases and decisions in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from flash.domain.errors import Conflict, NotFound
from flash.domain.review import Decision, FiledCase, Standing
from flash.ports.reviews import DeskRow

if TYPE_CHECKING:
    from flash.adapters.memory.store import Tables


class MemoryReviews:
    """See `ports.reviews.Reviews`."""

    def __init__(self, tables: "Tables") -> None:
        self._tables = tables

    def desk(self, *, after: int, limit: int) -> Sequence[DeskRow]:
        rows = []
        for filed in self._tables.cases.values():
            if filed.closed_at is None and filed.id > after:
                one = self._tables.transfers[filed.transfer_id]
                waiting = self._open(filed.id)
                proposal_id = waiting.id if waiting else None
                rows.append(DeskRow(filed=filed, number=one.number, state=one.state, proposal_id=proposal_id))
        return rows[:limit]

    def case(self, case_id: int) -> FiledCase:
        if case_id not in self._tables.cases:
            raise NotFound
        return self._tables.cases[case_id]

    def open_cases(self, transfer_id: UUID) -> Sequence[FiledCase]:
        filed = self._tables.cases.values()
        return [one for one in filed if one.transfer_id == transfer_id and one.closed_at is None]

    def decisions(self, case_id: int) -> Sequence[Decision]:
        theirs = [one for one in self._tables.decisions.values() if one.case_id == case_id]
        return sorted(theirs, key=lambda one: (one.proposed_at, one.id))

    def decision(self, decision_id: UUID) -> Decision:
        if decision_id not in self._tables.decisions:
            raise NotFound
        return self._tables.decisions[decision_id]

    def propose(self, decision: Decision) -> None:
        if self._open(decision.case_id) is not None:
            raise Conflict("Another proposal about this case is open; approve or reject it first.")
        self._tables.decisions[decision.id] = decision

    def decide(self, decision_id: UUID, standing: Standing, by: UUID, at: datetime) -> bool:
        known = self._tables.decisions[decision_id]
        alone = standing is Standing.APPROVED and known.proposed_by == by
        if known.standing is not Standing.PROPOSED or alone:
            return False
        self._tables.decisions[decision_id] = replace(known, standing=standing, decided_by=by, decided_at=at)
        return True

    def close(self, case_id: int, at: datetime) -> bool:
        known = self._tables.cases[case_id]
        if known.closed_at is not None:
            return False
        self._tables.cases[case_id] = replace(known, closed_at=at)
        return True

    def _open(self, case_id: int) -> Decision | None:
        return next((one for one in self.decisions(case_id) if one.standing is Standing.PROPOSED), None)
