"""What is remembered of people: their accounts and sign-ins, codes on their way, limits of the day, and the staff."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from flash.domain.account import Account, PhoneCode, Staff, Token
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn


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

    def by_token(self, digest: str, now: datetime) -> Account | None:
        """Return who holds the token, if it is neither expired nor revoked."""
        ...

    def set_password(self, account_id: UUID, password_hash: str) -> None:
        """Replace the password."""
        ...

    def add_token(self, token: Token) -> None:
        """Store a sign-in."""
        ...

    def revoke_token(self, digest: str, now: datetime) -> None:
        """End one sign-in, if there is such a one."""
        ...

    def revoke_all_tokens(self, account_id: UUID, now: datetime) -> None:
        """End all sign-ins of a person."""
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
    """Codes on their way to phones. One per number; each method is one atomic move."""

    def put(self, code: PhoneCode, *, unless_sent_after: datetime) -> bool:
        """Store a new code in place of an older one; False when one was sent after that instant."""
        ...

    def take_try(self, msisdn: Msisdn, now: datetime) -> PhoneCode | None:
        """Use up one try and return the code; None when there is none alive, unproved and with tries left."""
        ...

    def prove(self, code: PhoneCode, now: datetime, bound_to: str) -> bool:
        """Remember that this very code came back; False when it already did."""
        ...

    def use_proof(self, msisdn: Msisdn, *, proved_after: datetime, bound_to: str) -> bool:
        """Use up the proof of this number; False when there is none so fresh, from there."""
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
        """Return what is reserved of that day's limit."""
        ...

    def all_used(self) -> Iterator[tuple[UUID, date, int]]:
        """Yield account, day and minor units reserved, for the audit."""
        ...
