"""Accounts, tokens, staff, phone codes and day limits in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from flash.adapters.memory.push import MemoryPushSubscriptions
from flash.domain.account import Account, Freed, PhoneCode, Staff, Token, TokenKind, WebSession
from flash.domain.errors import Conflict
from flash.domain.facts import PersonJoined
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.domain.staff_action import StaffAction
from flash.domain.text import Language
from flash.ports.meter import UNMETERED, Meter

if TYPE_CHECKING:
    from flash.adapters.memory.store import Tables


class MemoryAccounts:
    """See `ports.people.Accounts`."""

    def __init__(self, tables: "Tables", meter: Meter = UNMETERED) -> None:
        self._meter = meter
        self._tables = tables

    def add(self, account: Account) -> None:
        if self.by_msisdn(account.msisdn) is not None:
            raise Conflict("This phone number already has an account.", field="phone_number")
        self._tables.accounts[account.id] = account
        self._meter.note(PersonJoined())

    def by_msisdn(self, msisdn: Msisdn) -> Account | None:
        return next((account for account in self._tables.accounts.values() if account.msisdn == msisdn), None)

    def by_id(self, account_id: UUID) -> Account | None:
        account = self._tables.accounts[account_id]
        return account if account.password_hash else None

    def by_token(self, digest: str, now: datetime, *, stays: bool = False) -> Account | None:  # noqa: ARG002 - all do
        found = self._held(digest, now, TokenKind.APP)
        return found[0] if found else None

    def web_session(self, digest: str, now: datetime, *, stays: bool = False) -> WebSession | None:  # noqa: ARG002
        found = self._held(digest, now, TokenKind.WEB)
        return WebSession(account=found[0], token=found[1]) if found else None

    def lock_token(self, digest: str, at: datetime | None) -> None:
        token, revoked_at = self._tables.tokens.get(digest, (None, None))
        if token is not None:
            self._tables.tokens[digest] = (replace(token, locked_at=at), revoked_at)

    def _held(self, digest: str, now: datetime, kind: TokenKind) -> tuple[Account, Token] | None:
        token, revoked_at = self._tables.tokens.get(digest, (None, None))
        if token is None or revoked_at is not None or token.expires_at <= now or token.kind is not kind:
            return None
        account = self._tables.accounts[token.account_id]
        return (account, token) if account.password_hash else None

    def set_password(self, account_id: UUID, password_hash: str) -> None:
        account = self._tables.accounts[account_id]
        self._tables.accounts[account_id] = replace(account, password_hash=password_hash)

    def keeps_password(self, account: Account) -> bool:
        return self._tables.accounts[account.id].password_hash == account.password_hash

    def set_details(self, account_id: UUID, *, full_name: str | None = None, email: str | None = None) -> None:
        account = self._tables.accounts[account_id]
        full_name = account.full_name if full_name is None else full_name
        email = account.email if email is None else email
        self._tables.accounts[account_id] = replace(account, full_name=full_name, email=email)

    def set_language(self, account_id: UUID, language: Language | None) -> None:
        self._tables.accounts[account_id] = replace(self._tables.accounts[account_id], language=language)

    def set_tier(self, account_id: UUID, tier: int, *, instead_of: int) -> bool:
        account = self._tables.accounts[account_id]
        if account.tier != instead_of:
            return False
        self._tables.accounts[account_id] = replace(account, tier=tier)
        return True

    def set_locked(self, account_id: UUID, at: datetime | None) -> bool:
        account = self._tables.accounts[account_id]
        if (account.locked_at is None) == (at is None):
            return False
        self._tables.accounts[account_id] = replace(account, locked_at=at)
        return True

    def add_token(self, token: Token) -> None:
        self._tables.tokens[token.digest] = (token, None)

    def revoke_token(self, digest: str, now: datetime) -> None:
        token, revoked_at = self._tables.tokens.get(digest, (None, None))
        if token is not None:
            self._tables.tokens[digest] = (token, revoked_at or now)
            MemoryPushSubscriptions(self._tables).end(digest)

    def tokens(self, account_id: UUID, now: datetime, *, limit: int) -> Sequence[Token]:
        alive = [
            token
            for token, revoked_at in self._tables.tokens.values()
            if token.account_id == account_id and revoked_at is None and token.expires_at > now
        ]
        return sorted(alive, key=lambda one: (-one.created_at.timestamp(), one.digest))[:limit]

    def revoke_all_tokens(self, account_id: UUID, now: datetime, *, but: str | None = None) -> None:
        for digest, (token, _) in list(self._tables.tokens.items()):
            if token.account_id == account_id and digest != but:
                self.revoke_token(digest, now)

    def hold(self, account_id: UUID) -> None:
        pass  # Units of work wait for each other anyway.

    def freed(self, digest: str) -> Freed | None:
        return self._tables.freed_numbers.get(digest)

    def close(self, account_id: UUID, digest: str, freed: Freed) -> None:
        self._tables.freed_numbers[digest] = freed
        number = Msisdn(f"-{account_id.hex[:15]}")
        account = replace(self._tables.accounts[account_id], msisdn=number, full_name="", email="", password_hash="")
        self._tables.accounts[account_id] = replace(account, language=None)
        for known, (token, revoked_at) in list(self._tables.tokens.items()):
            if token.account_id == account_id:
                self._tables.tokens[known] = (replace(token, device=""), revoked_at)

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
        place = (code.msisdn, code.asked_from)
        known = self._codes.get(place)
        if known is not None and known.sent_at > unless_sent_after:
            return False
        self._codes[place] = code
        return True

    def take_try(self, msisdn: Msisdn, asked_from: str, now: datetime) -> PhoneCode | None:
        code = self._codes.get((msisdn, asked_from))
        if code is None or code.proved_at is not None or code.expires_at <= now or code.tries_left == 0:
            return None
        return self._kept(replace(code, tries_left=code.tries_left - 1))

    def prove(self, code: PhoneCode, now: datetime, invite_code: str = "") -> bool:
        known = self._codes[code.msisdn, code.asked_from]
        if known.digest != code.digest or known.proved_at is not None:
            return False
        self._kept(replace(known, proved_at=now, invite_code=invite_code))
        return True

    def use_proof(self, msisdn: Msisdn, asked_from: str, now: datetime, *, proved_after: datetime) -> PhoneCode | None:
        code = self._codes.get((msisdn, asked_from))
        if code is None or code.proved_at is None or code.proved_at <= proved_after or code.used_at is not None:
            return None
        return self._kept(replace(code, used_at=now))

    def remove_all(self, msisdn: Msisdn) -> None:
        for place in [place for place in self._codes if place[0] == msisdn]:
            del self._codes[place]

    def _kept(self, code: PhoneCode) -> PhoneCode:
        self._codes[code.msisdn, code.asked_from] = code
        return code


class MemoryStaffActions:
    """See `ports.people.StaffActions`."""

    def __init__(self, tables: "Tables") -> None:
        self._actions = tables.staff_actions

    def add(self, action: StaffAction) -> None:
        number = len(self._actions) + 1
        self._actions[number] = replace(action, number=number)

    def log(self, *, before: int | None, limit: int) -> Sequence[StaffAction]:
        latest_first = sorted(self._actions.values(), key=lambda one: -one.number)
        return [one for one in latest_first if before is None or one.number < before][:limit]


class MemoryDayLimits:
    """See `ports.people.DayLimits`."""

    def __init__(self, tables: "Tables") -> None:
        self._limits = tables.day_limits
        self._carried = tables.carried_limits

    def reserve(self, account_id: UUID, day: date, amount: Money, limit: Money) -> date | None:
        begun, used = self._limits.get(account_id, (day, 0))
        begun, used = (day, 0) if begun < day else (begun, used)
        carried = self._carried.get((account_id, begun), 0)
        if amount.minor <= 0 or used + carried + amount.minor > limit.minor:
            return None
        self._limits[account_id] = (begun, used + amount.minor)
        return begun

    def give_back(self, account_id: UUID, day: date, amount: Money) -> None:
        begun, used = self._limits[account_id]
        if begun == day:
            self._limits[account_id] = (begun, used - amount.minor)

    def used(self, account_id: UUID, day: date) -> Money:
        begun, used = self._limits.get(account_id, (day, 0))
        return Money((used if begun == day else 0) + self._carried.get((account_id, day), 0))

    def carry(self, account_id: UUID, day: date, used: Money) -> None:
        self._carried[account_id, day] = used.minor

    def all_used(self) -> Iterator[tuple[UUID, date, int]]:
        for account_id, (day, used) in sorted(self._limits.items()):
            yield account_id, day, used
