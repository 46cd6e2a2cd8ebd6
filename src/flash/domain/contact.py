"""Contacts: whom a person pays often."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flash.domain.account import LONGEST_NAME, clean_text
from flash.domain.errors import BadInput
from flash.domain.msisdn import Msisdn

MOST_CONTACTS = 1000

TOO_MANY = f"You can keep at most {MOST_CONTACTS} contacts."
KNOWN_ALREADY = "You have a contact with this number already."
OWN_NUMBER = "This is your own number."


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One entry of a person's list."""

    id: UUID
    account_id: UUID
    name: str
    msisdn: Msisdn
    is_favourite: bool
    created_at: datetime

    @property
    def sort_key(self) -> str:
        """What the list is sorted by: favourites first, then by name, whatever its case."""
        return f"{0 if self.is_favourite else 1}{self.name.casefold()}"


def contact_name(text: str) -> str:
    """Return the name as it is stored.

    Raises:
        BadInput: there is none, it is too long, or it is no text.
    """
    name = clean_text(text, LONGEST_NAME, field="contact_name")
    if not name:
        raise BadInput("Please enter a name.", field="contact_name")
    return name
