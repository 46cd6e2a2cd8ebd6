"""Accounts, tokens, staff, phone codes and day limits. What two at once must not pass is one statement."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, case, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from flash.adapters.sql.people_tables import (
    accounts,
    day_limits,
    freed_numbers,
    phone_codes,
    staff,
    staff_actions,
    tokens,
)
from flash.adapters.sql.push_tables import push_subscriptions
from flash.domain.account import Account, Freed, PhoneCode, Staff, Token, TokenKind, WebSession
from flash.domain.errors import Conflict
from flash.domain.facts import PersonJoined
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn
from flash.domain.staff_action import StaffAction
from flash.domain.text import Language
from flash.ports.meter import UNMETERED, Meter

FORGOTTEN_AFTER = timedelta(hours=1)
"""A code is of no use long before, nor is its proof, and nobody has to wait for another one."""


class SqlAccounts:
    """People, their sign-ins and the staff."""

    def __init__(self, session: Session, meter: Meter = UNMETERED) -> None:
        self._session = session
        self._meter = meter

    def add(self, account: Account) -> None:
        """See `ports.people.Accounts`."""
        try:
            self._session.execute(insert(accounts).values(_account_values(account)))
        except IntegrityError as error:
            raise Conflict("This phone number already has an account.", field="phone_number") from error
        self._meter.note(PersonJoined())

    def by_msisdn(self, msisdn: Msisdn) -> Account | None:
        """See `ports.people.Accounts`."""
        row = self._session.execute(select(accounts).where(accounts.c.msisdn == msisdn.e164)).one_or_none()
        return _account(row) if row else None

    def by_id(self, account_id: UUID) -> Account | None:
        """See `ports.people.Accounts`."""
        is_open = (accounts.c.id == account_id) & (accounts.c.password_hash != "")
        held = select(accounts).where(is_open).with_for_update(read=True, key_share=True)
        row = self._session.execute(held).one_or_none()
        return _account(row) if row else None

    def by_token(self, digest: str, now: datetime, *, stays: bool = False) -> Account | None:
        """See `ports.people.Accounts`. Closing an account needs a lock of its row that this one does not allow."""
        row = self._session.execute(_held(select(accounts), digest, now, TokenKind.APP, stays)).one_or_none()
        return _account(row) if row else None

    def web_session(self, digest: str, now: datetime, *, stays: bool = False) -> WebSession | None:
        """See `ports.people.Accounts`."""
        both = select(accounts, *(column.label(f"token_{column.name}") for column in tokens.c))
        row = self._session.execute(_held(both, digest, now, TokenKind.WEB, stays)).one_or_none()
        return WebSession(account=_account(row), token=_token(row, "token_")) if row else None

    def lock_token(self, digest: str, at: datetime | None) -> None:
        """See `ports.people.Accounts`."""
        self._session.execute(update(tokens).where(tokens.c.digest == digest).values(locked_at=at))

    def set_password(self, account_id: UUID, password_hash: str) -> None:
        """See `ports.people.Accounts`."""
        statement = update(accounts).where(accounts.c.id == account_id)
        self._session.execute(statement.values(password_hash=password_hash))

    def keeps_password(self, account: Account) -> bool:
        """See `ports.people.Accounts`."""
        same = (accounts.c.id == account.id) & (accounts.c.password_hash == account.password_hash)
        held = select(accounts.c.id).where(same).with_for_update(key_share=True)
        return self._session.execute(held).one_or_none() is not None

    def set_details(self, account_id: UUID, *, full_name: str | None = None, email: str | None = None) -> None:
        """See `ports.people.Accounts`."""
        changes = {name: text for name, text in (("full_name", full_name), ("email", email)) if text is not None}
        if changes:
            self._session.execute(update(accounts).where(accounts.c.id == account_id).values(changes))

    def set_language(self, account_id: UUID, language: Language | None) -> None:
        """See `ports.people.Accounts`."""
        self._session.execute(update(accounts).where(accounts.c.id == account_id).values(language=language))

    def set_tier(self, account_id: UUID, tier: int, *, instead_of: int) -> bool:
        """See `ports.people.Accounts`."""
        statement = update(accounts).where(accounts.c.id == account_id, accounts.c.tier == instead_of)
        return self._session.execute(statement.values(tier=tier).returning(accounts.c.id)).one_or_none() is not None

    def set_locked(self, account_id: UUID, at: datetime | None) -> bool:
        """See `ports.people.Accounts`."""
        as_it_was = accounts.c.locked_at.is_not(None) if at is None else accounts.c.locked_at.is_(None)
        statement = update(accounts).where(accounts.c.id == account_id, as_it_was)
        return self._session.execute(statement.values(locked_at=at).returning(accounts.c.id)).one_or_none() is not None

    def add_token(self, token: Token) -> None:
        """See `ports.people.Accounts`."""
        self._session.execute(insert(tokens).values(asdict(token)))

    def tokens(self, account_id: UUID, now: datetime, *, limit: int) -> Sequence[Token]:
        """See `ports.people.Accounts`."""
        alive = (tokens.c.account_id == account_id) & (tokens.c.expires_at > now) & tokens.c.revoked_at.is_(None)
        statement = select(tokens).where(alive).order_by(tokens.c.created_at.desc(), tokens.c.digest).limit(limit)
        return [_token(row) for row in self._session.execute(statement)]

    def revoke_token(self, digest: str, now: datetime) -> None:
        """See `ports.people.Accounts`."""
        self._revoke(tokens.c.digest == digest, now)

    def revoke_all_tokens(self, account_id: UUID, now: datetime, *, but: str | None = None) -> None:
        """See `ports.people.Accounts`."""
        self._revoke((tokens.c.account_id == account_id) & (tokens.c.digest != (but or "")), now)

    def hold(self, account_id: UUID) -> None:
        """See `ports.people.Accounts`. A payment needs a lock of its payer's row, which this one does not allow."""
        self._session.execute(select(accounts.c.id).where(accounts.c.id == account_id).with_for_update())

    def freed(self, digest: str) -> Freed | None:
        """See `ports.people.Accounts`."""
        row = self._session.execute(select(freed_numbers).where(freed_numbers.c.digest == digest)).one_or_none()
        return Freed(row.freed_at, row.day, Money(row.used_minor)) if row else None

    def close(self, account_id: UUID, digest: str, freed: Freed) -> None:
        """See `ports.people.Accounts`."""
        values = {"freed_at": freed.at, "day": freed.day, "used_minor": freed.used.minor}
        statement = upsert(self._session, freed_numbers).values(digest=digest, **values)
        self._session.execute(statement.on_conflict_do_update(index_elements=["digest"], set_=values))
        nothing = {"msisdn": f"-{account_id.hex[:15]}", "full_name": "", "email": "", "password_hash": ""}
        statement = update(accounts).where(accounts.c.id == account_id).values({**nothing, "language": None})
        self._session.execute(statement)
        self._session.execute(update(tokens).where(tokens.c.account_id == account_id).values(device=""))

    def _revoke(self, which: Any, now: datetime) -> None:
        """End sign-ins, and with them what is pushed to their browsers."""
        ends = push_subscriptions.c.sign_in.in_(select(tokens.c.digest).where(which))
        self._session.execute(delete(push_subscriptions).where(ends))
        statement = update(tokens).where(which, tokens.c.revoked_at.is_(None))
        self._session.execute(statement.values(revoked_at=now))

    def add_staff(self, member: Staff) -> None:
        """See `ports.people.Accounts`."""
        try:
            self._session.execute(
                insert(staff).values(
                    id=member.id,
                    email=member.email,
                    full_name=member.full_name,
                    role=member.role,
                    password_hash=member.password_hash,
                    created_at=member.created_at,
                )
            )
        except IntegrityError as error:
            raise Conflict("There is a member of staff with this email address.", field="email") from error

    def staff_by_email(self, email: str) -> Staff | None:
        """See `ports.people.Accounts`."""
        row = self._session.execute(select(staff).where(staff.c.email == email)).one_or_none()
        return _member(row) if row else None

    def staff_member(self, staff_id: UUID) -> Staff:
        """See `ports.people.Accounts`."""
        return _member(self._session.execute(select(staff).where(staff.c.id == staff_id)).one())


def _account_values(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "msisdn": account.msisdn.e164,
        "full_name": account.full_name,
        "email": account.email,
        "tier": account.tier,
        "password_hash": account.password_hash,
        "created_at": account.created_at,
        "history_from": account.history_from,
        "language": account.language,
        "locked_at": account.locked_at,
    }


def _account(row: Row[Any]) -> Account:
    return Account(
        id=row.id,
        msisdn=Msisdn(row.msisdn),
        full_name=row.full_name,
        email=row.email,
        tier=row.tier,
        password_hash=row.password_hash,
        created_at=row.created_at,
        history_from=row.history_from,
        language=Language(row.language) if row.language else None,
        locked_at=row.locked_at,
    )


def _held(what: Select[Any], digest: str, now: datetime, kind: TokenKind, stays: bool) -> Select[Any]:
    """Return *what* of a sign-in that is good, and of whose it is."""
    alive = (tokens.c.digest == digest) & (tokens.c.expires_at > now) & tokens.c.revoked_at.is_(None)
    is_open = accounts.c.password_hash != ""  # A sign-in may have been under way while its account was closed.
    held = what.select_from(accounts).join(tokens).where(alive, is_open, tokens.c.kind == kind)
    return held.with_for_update(read=True, key_share=True, of=accounts) if stays else held


def _token(row: Row[Any], prefix: str = "") -> Token:
    values = {one.name: getattr(row, prefix + one.name) for one in fields(Token)}
    return Token(**{**values, "kind": TokenKind(values["kind"])})


def _member(row: Row[Any]) -> Staff:
    return Staff(
        id=row.id,
        email=row.email,
        full_name=row.full_name,
        role=row.role,
        password_hash=row.password_hash,
        created_at=row.created_at,
    )


class SqlPhoneCodes:
    """Codes on their way to phones."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, code: PhoneCode, *, unless_sent_after: datetime) -> bool:
        """See `ports.people.PhoneCodes`. On the way, what is of no use any more is forgotten."""
        old = (phone_codes.c.msisdn == code.msisdn.e164) & (phone_codes.c.sent_at < code.sent_at - FORGOTTEN_AFTER)
        self._session.execute(delete(phone_codes).where(old))
        values = {
            "digest": code.digest,
            "sent_at": code.sent_at,
            "expires_at": code.expires_at,
            "tries_left": code.tries_left,
            "proved_at": code.proved_at,
            "used_at": code.used_at,
            "invite_code": code.invite_code,
        }
        statement = upsert(self._session, phone_codes).values(
            msisdn=code.msisdn.e164, asked_from=code.asked_from, **values
        )
        statement = statement.on_conflict_do_update(
            index_elements=["msisdn", "asked_from"], set_=values, where=phone_codes.c.sent_at <= unless_sent_after
        )
        return self._session.execute(statement.returning(phone_codes.c.msisdn)).one_or_none() is not None

    def take_try(self, msisdn: Msisdn, asked_from: str, now: datetime) -> PhoneCode | None:
        """See `ports.people.PhoneCodes`."""
        alive = (
            phone_codes.c.expires_at > now,
            phone_codes.c.tries_left > 0,
            phone_codes.c.proved_at.is_(None),
        )
        return self._changed(msisdn, asked_from, *alive, tries_left=phone_codes.c.tries_left - 1)

    def prove(self, code: PhoneCode, now: datetime, invite_code: str = "") -> bool:
        """See `ports.people.PhoneCodes`."""
        same = (phone_codes.c.digest == code.digest, phone_codes.c.proved_at.is_(None))
        changes = {"proved_at": now, "invite_code": invite_code}
        return self._changed(code.msisdn, code.asked_from, *same, **changes) is not None

    def use_proof(self, msisdn: Msisdn, asked_from: str, now: datetime, *, proved_after: datetime) -> PhoneCode | None:
        """See `ports.people.PhoneCodes`."""
        fresh = (phone_codes.c.proved_at > proved_after, phone_codes.c.used_at.is_(None))
        return self._changed(msisdn, asked_from, *fresh, used_at=now)

    def remove_all(self, msisdn: Msisdn) -> None:
        """See `ports.people.PhoneCodes`."""
        self._session.execute(delete(phone_codes).where(phone_codes.c.msisdn == msisdn.e164))

    def _changed(self, msisdn: Msisdn, asked_from: str, *conditions: Any, **changes: Any) -> PhoneCode | None:
        """Change the code if it meets the conditions, and return it."""
        this = (phone_codes.c.msisdn == msisdn.e164, phone_codes.c.asked_from == asked_from)
        statement = update(phone_codes).where(*this, *conditions).values(changes).returning(phone_codes)
        row = self._session.execute(statement).one_or_none()
        return PhoneCode(**{**row._asdict(), "msisdn": msisdn}) if row else None


class SqlStaffActions:
    """What members of staff did."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, action: StaffAction) -> None:
        """See `ports.people.StaffActions`."""
        values = asdict(action)
        del values["number"]
        self._session.execute(insert(staff_actions).values(values))

    def log(self, *, before: int | None, limit: int) -> Sequence[StaffAction]:
        """See `ports.people.StaffActions`."""
        statement = select(staff_actions).order_by(staff_actions.c.id.desc()).limit(limit)
        if before is not None:
            statement = statement.where(staff_actions.c.id < before)
        return [_action(row) for row in self._session.execute(statement)]


def _action(row: Row[Any]) -> StaffAction:
    values = row._asdict()
    return StaffAction(number=values.pop("id"), **values)


class SqlDayLimits:
    """What each person reserved of the day's limit."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def reserve(self, account_id: UUID, day: date, amount: Money, limit: Money) -> date | None:
        """See `ports.people.DayLimits`.

        PostgreSQL locks the row even when the condition refuses the update, so the next order of this person waits
        for the end of this transaction in either case.
        """
        if not 0 < amount.minor <= limit.minor:
            return None  # The first row of a person is inserted without the condition.
        table = day_limits.c
        a_new_day = table.day < day
        used_minor = case((a_new_day, amount.minor), else_=table.used_minor + amount.minor)
        carried_minor = case((a_new_day, 0), else_=table.carried_minor)
        statement = upsert(self._session, day_limits).values(account_id=account_id, day=day, used_minor=amount.minor)
        statement = statement.on_conflict_do_update(
            index_elements=["account_id"],
            set_={
                "day": case((a_new_day, day), else_=table.day),
                "used_minor": used_minor,
                "carried_minor": carried_minor,
            },
            where=used_minor + carried_minor <= limit.minor,
        )
        return self._session.execute(statement.returning(table.day)).scalar_one_or_none()

    def give_back(self, account_id: UUID, day: date, amount: Money) -> None:
        """See `ports.people.DayLimits`. What was reserved on a day gone by no longer counts anyway."""
        statement = update(day_limits).where(day_limits.c.account_id == account_id, day_limits.c.day == day)
        self._session.execute(statement.values(used_minor=day_limits.c.used_minor - amount.minor))

    def used(self, account_id: UUID, day: date) -> Money:
        """See `ports.people.DayLimits`."""
        statement = select(day_limits.c.used_minor + day_limits.c.carried_minor).where(
            day_limits.c.account_id == account_id, day_limits.c.day == day
        )
        return Money(self._session.execute(statement).scalar_one_or_none() or 0)

    def carry(self, account_id: UUID, day: date, used: Money) -> None:
        """See `ports.people.DayLimits`."""
        values = {"account_id": account_id, "day": day, "used_minor": 0, "carried_minor": used.minor}
        self._session.execute(insert(day_limits).values(values))

    def all_used(self) -> Iterator[tuple[UUID, date, int]]:
        """See `ports.people.DayLimits`."""
        for row in self._session.execute(select(day_limits).order_by(day_limits.c.account_id)):
            yield row.account_id, row.day, row.used_minor


def hold_account(session: Session, account_id: UUID) -> None:
    """Make whoever else wants to hold this account wait for the end of the transaction; reading goes on."""
    session.execute(select(accounts.c.id).where(accounts.c.id == account_id).with_for_update(key_share=True))


def upsert(session: Session, table: Any) -> Any:
    """Return an INSERT that knows ON CONFLICT."""
    return upsert_in(session.get_bind().dialect.name, table)


def upsert_in(dialect: str, table: Any) -> Any:
    """Return the same by the name of the dialect: the two databases spell it alike and SQLAlchemy apart."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
