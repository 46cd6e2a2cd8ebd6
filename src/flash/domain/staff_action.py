"""What a member of staff did, so that nobody changes anything without a trace."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffAction:
    """One change.

    Attributes:
        staff_id: who made it; None for whoever has the shell, where nobody is asked who they are.
        action: a stable word.
        subject: what was changed: an id or an email address, never a phone number.
        number: its place in the log; 0 before it is stored.
    """

    staff_id: UUID | None
    at: datetime
    action: str
    subject: str
    before: str = ""
    after: str = ""
    reason: str = ""
    number: int = 0
