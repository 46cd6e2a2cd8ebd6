"""Accounts, tokens, staff, phone codes and day limits in memory."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from flash.domain.account import Account, PhoneCode, Staff, Token
from flash.domain.errors import Conflict
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn

if TYPE_CHECKING:
    from flash.adapters.memory.store import Tables


class MemoryAccounts:
    """See `ports.people.Accounts`."""

    def __init__(self, tables: "Tables") -> None:
        self._tables = tables

    def add(self, account: Account) -> None:
        if self.by_msisdn(account.msisdn) is not None:
            raise Conflict("This phone number already has an account.", field="phone_number")
        self._tables.accounts[account.id] = account

    def by_msisdn(self, msisdn: Msisdn) -> Account | None:
        return next((account for account in self._tables.accounts.values() if account.msisdn == msisdn), None)

    def by_token(self, digest: str, now: datetime) -> Account | None:
        token, revoked_at = self._tables.tokens.get(digest, (None, None))
        if token is None or revoked_at is not None or token.expires_at <= now:
            return None
        return self._tables.accounts[token.account_id]

    def set_password(self, account_id: UUID, password_hash: str) -> None:
        account = self._tables.accounts[account_id]
        self._tables.accounts[account_id] = replace(account, password_hash=password_hash)

    def add_token(self, token: Token) -> None:
        self._tables.tokens[token.digest] = (token, None)

    def revoke_token(self, digest: str, now: datetime) -> None:
        token, revoked_at = self._tables.tokens.get(digest, (None, None))
        if token is not None:
            self._tables.tokens[digest] = (token, revoked_at or now)

    def revoke_all_tokens(self, account_id: UUID, now: datetime) -> None:
        for digest, (token, _) in list(self._tables.tokens.items()):
            if token.account_id == account_id:
                self.revoke_token(digest, now)

    def add_staff(self, staff: Staff) -> None:
        if any(member.email == staff.email for member in self._tables.staff.values()):
            raise Conflict("There is a member of staff with this email address.", field="email")
        self._tables.staff[staff.id] = staff

    def staff_by_email(self, email: str) -> Staff | None:
        return next((member for member in self._tables.staff.values() if member.email == email), None)

    def staff_member(self, staff_id: UUID) -> Staff:
        return self._tables.staff[staff_id]


class MemoryPhoneCodes:
    """See `ports.people.PhoneCodes`."""

    def __init__(self, tables: "Tables") -> None:
        self._codes = tables.phone_codes

    def put(self, code: PhoneCode, *, unless_sent_after: datetime) -> bool:
        known = self._codes.get(code.msisdn)
        if known is not None and known.sent_at > unless_sent_after:
            return False
        self._codes[code.msisdn] = code
        return True

    def take_try(self, msisdn: Msisdn, now: datetime) -> PhoneCode | None:
        code = self._codes.get(msisdn)
        if code is None or code.proved_at is not None or code.expires_at <= now or code.tries_left == 0:
            return None
        self._codes[msisdn] = replace(code, tries_left=code.tries_left - 1)
        return self._codes[msisdn]

    def prove(self, code: PhoneCode, now: datetime, bound_to: str) -> bool:
        known = self._codes[code.msisdn]
        if known.digest != code.digest or known.proved_at is not None:
            return False
        self._codes[code.msisdn] = replace(known, proved_at=now, bound_to=bound_to)
        return True

    def use_proof(self, msisdn: Msisdn, *, proved_after: datetime, bound_to: str) -> bool:
        code = self._codes.get(msisdn)
        if code is None or code.proved_at is None or code.proved_at <= proved_after or code.bound_to != bound_to:
            return False
        self._codes[msisdn] = replace(code, bound_to=None)
        return True


class MemoryDayLimits:
    """See `ports.people.DayLimits`."""

    def __init__(self, tables: "Tables") -> None:
        self._limits = tables.day_limits

    def reserve(self, account_id: UUID, day: date, amount: Money, limit: Money) -> date | None:
        begun, used = self._limits.get(account_id, (day, 0))
        begun, used = (day, 0) if begun < day else (begun, used)
        if amount.minor <= 0 or used + amount.minor > limit.minor:
            return None
        self._limits[account_id] = (begun, used + amount.minor)
        return begun

    def give_back(self, account_id: UUID, day: date, amount: Money) -> None:
        begun, used = self._limits[account_id]
        if begun == day:
            self._limits[account_id] = (begun, used - amount.minor)

    def used(self, account_id: UUID, day: date) -> Money:
        begun, used = self._limits.get(account_id, (day, 0))
        return Money(used if begun == day else 0)

    def all_used(self) -> Iterator[tuple[UUID, date, int]]:
        for account_id, (day, used) in sorted(self._limits.items()):
            yield account_id, day, used
