"""Cases on the desk of the staff, and what they decide about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from flash.domain.review import Decision, FiledCase, Standing
from flash.domain.transfer import State


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskRow:
    """An open case in the list of them.

    Attributes:
        proposal_id: what waits for another person's approval; None when nothing does.
    """

    filed: FiledCase
    number: str
    state: State
    proposal_id: UUID | None


class Reviews(Protocol):
    """Cases and decisions. A case has one open proposal at most."""

    def desk(self, *, after: int, limit: int) -> Sequence[DeskRow]:
        """Return a page of the open cases, the oldest first, after the one with this id."""
        ...

    def case(self, case_id: int) -> FiledCase:
        """Return a case.

        Raises:
            NotFound: there is none.
        """
        ...

    def open_cases(self, transfer_id: UUID) -> Sequence[FiledCase]:
        """Return the open cases about a transfer, the oldest first."""
        ...

    def decisions(self, case_id: int) -> Sequence[Decision]:
        """Return what was ever proposed about a case, the oldest first."""
        ...

    def decision(self, decision_id: UUID) -> Decision:
        """Return a decision.

        Raises:
            NotFound: there is none.
        """
        ...

    def propose(self, decision: Decision) -> None:
        """Store a proposal.

        Raises:
            Conflict: another one about this case is open.
        """
        ...

    def decide(self, decision_id: UUID, standing: Standing, by: UUID, at: datetime) -> bool:
        """End a proposal in one atomic statement; False when it is not open any more.

        An approval by the person who proposed is refused here too, whatever was checked before.
        """
        ...

    def close(self, case_id: int, at: datetime) -> bool:
        """Close a case; False when it is closed already."""
        ...
