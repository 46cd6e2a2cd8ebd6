"""Invites: each person may bring a few others, by codes that nobody can guess."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from flash.domain.msisdn import Msisdn

INVITES_EACH = 5
CODE_LENGTH = 6
INVITE_LIFE = timedelta(days=30)
"""For so long a code is good after it was shared."""

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Upper case as the app types it; without 0, 1, I, L, O and U, so that a code read aloud is understood."""

ALL_SHARED = f"You have shared all of your {INVITES_EACH} invites."


class InviteState(StrEnum):
    """What became of an invite, as the mobile contract names it."""

    PENDING = "pending"
    JOINED = "joined"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """One of the invites that a person has.

    Attributes:
        slot: from 1 to `INVITES_EACH`; two invites of one person never have the same.
        shared_at: when the person gave the code to somebody; None while nobody has it.
        sent_to: the number that it was sent to, if it was sent by us.
        joined_at: when somebody made an account with it, which it is good for once.
    """

    id: UUID
    account_id: UUID
    slot: int
    code: str
    created_at: datetime
    shared_at: datetime | None = None
    sent_to: Msisdn | None = None
    joined_id: UUID | None = None
    joined_at: datetime | None = None

    def state(self, now: datetime) -> InviteState:
        """Return what became of it by now; what nobody has yet is pending too."""
        if self.joined_at is not None:
            return InviteState.JOINED
        return InviteState.EXPIRED if self.has_expired(now) else InviteState.PENDING

    def has_expired(self, now: datetime) -> bool:
        """Whether it was shared so long ago that it is of no use any more."""
        return self.shared_at is not None and self.shared_at <= now - INVITE_LIFE

    def is_good(self, now: datetime) -> bool:
        """Whether somebody may still join with it."""
        return self.state(now) is InviteState.PENDING


def code_from(bits: int) -> str:
    """Return a code made of so much chance; 29.4 bits are used, so two people seldom draw the same."""
    letters = []
    for _ in range(CODE_LENGTH):
        bits, place = divmod(bits, len(ALPHABET))
        letters.append(ALPHABET[place])
    return "".join(letters)


def read_code(text: str) -> str:
    """Return a code as it is stored, from whatever a person typed; what cannot be one is empty."""
    code = text.strip().upper()
    return code if len(code) == CODE_LENGTH and set(code) <= set(ALPHABET) else ""


def first_name(full_name: str) -> str:
    """Return as much of a name as somebody may see who invited its bearer."""
    return full_name.partition(" ")[0]
