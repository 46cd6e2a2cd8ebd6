"""What a person tells about themselves and how their phone shall behave, beyond what an account needs."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flash.domain.account import LONGEST_EMAIL, LONGEST_NAME, clean_text, email_address
from flash.domain.errors import BadInput

LONGEST_ADDRESS = 200
LONGEST_ID_NUMBER = 50
FIRST_BIRTHDAY = date(1900, 1, 1)
LONGEST_LOCK_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is kept beside an account.

    Attributes:
        auto_lock_minutes: after so long without a touch the app locks itself, if it does.
    """

    account_id: UUID
    date_of_birth: date | None = None
    address: str = ""
    id_number: str = ""
    biometrics_enabled: bool = False
    auto_lock_enabled: bool = True
    auto_lock_minutes: int = 5


def new_name(text: str) -> str:
    """Return a full name as it is stored.

    Raises:
        BadInput: there is none, it is too long, or it is no text.
    """
    name = clean_text(text, LONGEST_NAME, field="full_name")
    if not name:
        raise BadInput("Please enter your name.", field="full_name")
    return name


def new_email(text: str | None) -> str:
    """Return an email address as it is stored; empty for none.

    Raises:
        BadInput: it is none.
    """
    cleaned = clean_text(text or "", LONGEST_EMAIL, field="email")
    return email_address(cleaned) if cleaned else ""


def new_birthday(text: str | None, today: date) -> date | None:
    """Return a date of birth; None for none.

    Raises:
        BadInput: it is no date, or nobody alive was born then.
    """
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise BadInput("Please enter a date like 1990-12-31.", field="date_of_birth") from error
    if not FIRST_BIRTHDAY <= day <= today:
        raise BadInput("This date of birth cannot be right.", field="date_of_birth")
    return day
