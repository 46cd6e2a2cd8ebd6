"""The desk of a member of staff who looks after partners: who they are, what they work with, and the log of it."""

from dataclasses import dataclass

from flash.domain.account import Staff
from flash.domain.errors import NotAllowed
from flash.domain.staff_action import StaffAction
from flash.ports.clock import Chance, Clock
from flash.ports.store import Store

ROLES = frozenset({"admin"})
"""Who looks after partners and webhooks."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What a member of staff works with."""

    member: Staff
    store: Store
    clock: Clock
    chance: Chance

    def check_role(self) -> None:
        """Refuse a member who does not look after partners.

        Raises:
            NotAllowed: the member's role is another one.
        """
        if self.member.role not in ROLES:
            raise NotAllowed(f"The role {self.member.role} may not look after partners.")

    def note(self, action: str, subject: str, after: str) -> None:
        """Write down what was done."""
        self.store.staff_actions.add(
            StaffAction(staff_id=self.member.id, at=self.clock.now(), action=action, subject=subject, after=after)
        )
