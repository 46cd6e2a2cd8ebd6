"""What belongs to a person: their profile, their PIN, their contacts and their invites."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from flash.domain.contact import Contact
from flash.domain.invite import Invite
from flash.domain.msisdn import Msisdn
from flash.domain.pin import Pin
from flash.domain.profile import Profile


class Profiles(Protocol):
    """What people tell about themselves, and how their phones shall behave."""

    def get(self, account_id: UUID) -> Profile:
        """Return the profile; whoever told nothing has one with the defaults."""
        ...

    def change(self, account_id: UUID, changes: Mapping[str, Any]) -> None:
        """Replace the named fields in one atomic statement, and no other."""
        ...

    def remove(self, account_id: UUID) -> None:
        """Forget it."""
        ...


class Pins(Protocol):
    """PINs. One per person; each method is one atomic move."""

    def get(self, account_id: UUID) -> Pin | None:
        """Return the PIN; None when the person has none."""
        ...

    def put(self, pin: Pin, *, instead_of: str | None) -> bool:
        """Store a PIN in place of the one with this hash, or of none; False when that is not what is there."""
        ...

    def take_try(self, account_id: UUID, now: datetime) -> Pin | None:
        """Count one try, lock as `domain.pin.locked_until` says, and return the PIN.

        None when there is none, or when it is locked; then nothing is counted.
        """
        ...

    def forget_tries(self, account_id: UUID) -> None:
        """Count from the beginning, and unlock: it was right."""
        ...

    def remove(self, account_id: UUID) -> None:
        """Forget it."""
        ...


class Contacts(Protocol):
    """Whom people pay often."""

    def add(self, contact: Contact, *, most: int) -> None:
        """Store a new contact. Until the unit of work ends, nobody else can add one for the same person.

        Raises:
            Conflict: the person has this number in the list, or *most* contacts.
        """
        ...

    def list(self, account_id: UUID, *, after: UUID | None, limit: int) -> Sequence[Contact]:
        """Return the contacts that come after this one, favourites first and then by name."""
        ...

    def by_msisdn(self, account_id: UUID, msisdn: Msisdn) -> Contact | None:
        """Return the person's contact with this number; None when there is none."""
        ...

    def get(self, account_id: UUID, contact_id: UUID) -> Contact:
        """Return one of the person's contacts, which nobody else changes until the unit of work ends.

        Raises:
            NotFound: it is not there, or not theirs.
        """
        ...

    def save(self, contact: Contact) -> None:
        """Store a contact that was changed.

        Raises:
            Conflict: the person has this number in the list already.
        """
        ...

    def remove(self, account_id: UUID, contact_id: UUID) -> bool:
        """Forget one of the person's contacts; False when it is not there, or not theirs."""
        ...

    def remove_all(self, account_id: UUID) -> None:
        """Forget all contacts of a person."""
        ...


@dataclass(frozen=True, slots=True)
class InviteRow:
    """An invite, and who joined with it.

    Attributes:
        name: the full name of who joined; empty when nobody did, or when they have left.
        msisdn: their number.
    """

    invite: Invite
    name: str = ""
    msisdn: Msisdn | None = None


class Invites(Protocol):
    """Invites. What two at once must not do is prevented by constraints."""

    def add(self, invite: Invite) -> bool:
        """Store a new invite; False when its slot or its code is taken."""
        ...

    def of(self, account_id: UUID) -> Sequence[InviteRow]:
        """Return the person's invites by their slots."""
        ...

    def by_code(self, code: str) -> Invite | None:
        """Return the invite with this code."""
        ...

    def share(self, invite_id: UUID, now: datetime, sent_to: Msisdn | None) -> bool:
        """Remember that the code was given to somebody; False when it already was."""
        ...

    def join(self, code: str, account_id: UUID, now: datetime, *, shared_after: datetime) -> bool:
        """Remember who joined with the code; False when somebody did, it was shared before then, or there is none."""
        ...

    def remove_all(self, account_id: UUID) -> None:
        """Forget the person's invites, and that they joined with somebody's."""
        ...
