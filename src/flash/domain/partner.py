"""Partners: shops and systems that are paid through Flash, and the keys with which their programs call."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from flash.domain.account import Account
from flash.domain.errors import NotAllowed, NotSignedIn

KEY_PREFIX = "fk_"
"""Begins every key, so that whoever finds one in a log or a repository knows what it is."""
LONGEST_NAME = 60
LONGEST_LABEL = 60


class Scope(StrEnum):
    """What a key may be used for."""

    READ = "requests:read"
    WRITE = "requests:write"


class KeyNeeded(NotSignedIn):
    """A partner's call without a key, or with one that is unknown or revoked."""

    code = "key_needed"
    text = "Please send a key that is good, as Authorization: Bearer."


class ScopeMissing(NotAllowed):
    """The key is good, and not for this."""

    code = "scope_missing"

    def __init__(self, scope: Scope) -> None:
        super().__init__(f"This key may not be used for {scope.value}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """Who is paid.

    Attributes:
        name: what payers read; unique.
        account_id: into whose wallet the payments go.
    """

    id: UUID
    name: str
    account_id: UUID
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerKey:
    """One key of a partner; only its digest is stored.

    Attributes:
        label: what it is for, like the till it is in.
    """

    id: UUID
    partner_id: UUID
    label: str
    scopes: frozenset[Scope]
    digest: str
    created_at: datetime
    revoked_at: datetime | None = None

    def check(self, scope: Scope) -> None:
        """Refuse what the key is not for.

        Raises:
            ScopeMissing: the key lacks the scope.
        """
        if scope not in self.scopes:
            raise ScopeMissing(scope)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose program is calling, with which key."""

    partner: Partner
    key: PartnerKey
    account: Account


def key_digest(text: str) -> str:
    """Digest a key for storage. Keys are random and long, so a plain SHA-256 is enough."""
    return hashlib.sha256(text.encode()).hexdigest()
