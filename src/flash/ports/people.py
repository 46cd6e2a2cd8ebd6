"""What is remembered of people: their accounts and sign-ins, codes on their way, limits of the day, and the staff."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from flash.domain.account import Account, Freed, PhoneCode, Staff, Token, WebSession
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.domain.staff_action import StaffAction
from flash.domain.text import Language


class Accounts(Protocol):
    """People, their sign-ins and the staff."""

    def add(self, account: Account) -> None:
        """Store a new account.

        Raises:
            Conflict: the number has one already.
        """
        ...

    def by_msisdn(self, msisdn: Msisdn) -> Account | None:
        """Return who has this number; None when nobody does."""
        ...

    def by_id(self, account_id: UUID) -> Account | None:
        """Return the account, which is not closed before the unit of work ends; None when it was closed."""
        ...

    def by_token(self, digest: str, now: datetime, *, stays: bool = False) -> Account | None:
        """Return who holds the token, if it is a program's, and neither expired nor revoked.

        Whoever *stays* is not closed before the unit of work ends.
        """
        ...

    def web_session(self, digest: str, now: datetime, *, stays: bool = False) -> WebSession | None:
        """Return the sign-in with this token likewise, if it is a browser's; locked or not."""
        ...

    def lock_token(self, digest: str, at: datetime | None) -> None:
        """Lock one sign-in since then, or unlock it, if there is such a one."""
        ...

    def set_password(self, account_id: UUID, password_hash: str) -> None:
        """Replace the password."""
        ...

    def keeps_password(self, account: Account) -> bool:
        """Whether the password is still the account's; if so, nobody replaces it before the unit of work ends."""
        ...

    def set_details(self, account_id: UUID, *, full_name: str | None = None, email: str | None = None) -> None:
        """Replace the name, the email address or both; what is None stays."""
        ...

    def set_language(self, account_id: UUID, language: Language | None) -> None:
        """Speak to the person in this language from now on; None leaves it to their phone."""
        ...

    def set_tier(self, account_id: UUID, tier: int, *, instead_of: int) -> bool:
        """Put the person into another tier; False when they are not in the one named any more."""
        ...

    def set_locked(self, account_id: UUID, at: datetime | None) -> bool:
        """Lock the account since then, or unlock it; False when it is so already."""
        ...

    def add_token(self, token: Token) -> None:
        """Store a sign-in."""
        ...

    def tokens(self, account_id: UUID, now: datetime, *, limit: int) -> Sequence[Token]:
        """Return the sign-ins that are neither expired nor revoked, the newest first."""
        ...

    def revoke_token(self, digest: str, now: datetime) -> None:
        """End one sign-in, if there is such a one."""
        ...

    def revoke_all_tokens(self, account_id: UUID, now: datetime, *, but: str | None = None) -> None:
        """End all sign-ins of a person, except the one with the digest *but*."""
        ...

    def hold(self, account_id: UUID) -> None:
        """Make whoever wants to hold the same person, or to store a payment of theirs, wait for the end of this."""
        ...

    def freed(self, digest: str) -> Freed | None:
        """Return what is known of the number with this digest from when it was last freed; None when it never was."""
        ...

    def close(self, account_id: UUID, digest: str, freed: Freed) -> None:
        """Leave nothing of an account but its id and its dates; its number is free again, and known by its digest."""
        ...

    def add_staff(self, staff: Staff) -> None:
        """Store a new member of staff.

        Raises:
            Conflict: the email address is taken.
        """
        ...

    def staff_by_email(self, email: str) -> Staff | None:
        """Return who has this email address, spelt as `domain.account.email_address` does; None when nobody has."""
        ...

    def staff_member(self, staff_id: UUID) -> Staff:
        """Return the member of staff, who must exist."""
        ...


class PhoneCodes(Protocol):
    """Codes on their way to phones. One per number and place it was asked from; each method is one atomic move."""

    def put(self, code: PhoneCode, *, unless_sent_after: datetime) -> bool:
        """Store a new code in place of an older one; False when one was sent after that instant."""
        ...

    def take_try(self, msisdn: Msisdn, asked_from: str, now: datetime) -> PhoneCode | None:
        """Use up one try and return the code; None when there is none alive, unproved and with tries left."""
        ...

    def prove(self, code: PhoneCode, now: datetime, invite_code: str = "") -> bool:
        """Remember that this very code came back, and the invite that came along; False when it already did."""
        ...

    def use_proof(self, msisdn: Msisdn, asked_from: str, now: datetime, *, proved_after: datetime) -> PhoneCode | None:
        """Use up the proof of this number and return it; None when there is none so fresh, from there."""
        ...

    def remove_all(self, msisdn: Msisdn) -> None:
        """Forget all codes of a number."""
        ...


class StaffActions(Protocol):
    """What members of staff did."""

    def add(self, action: StaffAction) -> None:
        """Store one more."""
        ...

    def log(self, *, before: int | None, limit: int) -> Sequence[StaffAction]:
        """Return what was done before the entry with that number, the latest first."""
        ...


class DayLimits(Protocol):
    """What each person reserved of the day's limit."""

    def reserve(self, account_id: UUID, day: date, amount: Money, limit: Money) -> date | None:
        """Reserve part of the limit in one atomic statement.

        Until the unit of work ends, nobody else can reserve for the same person.

        Returns:
            The day it counts for, which is never earlier than a day already begun; None when it does not fit, or is
            no amount at all.
        """
        ...

    def give_back(self, account_id: UUID, day: date, amount: Money) -> None:
        """Return a reservation that came to nothing."""
        ...

    def used(self, account_id: UUID, day: date) -> Money:
        """Return what is reserved of that day's limit, or was carried over."""
        ...

    def carry(self, account_id: UUID, day: date, used: Money) -> None:
        """Count against a new account what its number used on that day before."""
        ...

    def all_used(self) -> Iterator[tuple[UUID, date, int]]:
        """Yield account, day and minor units reserved, for the audit; without what was carried over."""
        ...
