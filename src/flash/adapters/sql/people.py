"""Accounts, tokens, staff, phone codes and day limits. What two at once must not pass is one statement."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, case, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from flash.adapters.sql.people_tables import accounts, day_limits, phone_codes, staff, tokens
from flash.domain.account import Account, PhoneCode, Staff, Token
from flash.domain.errors import Conflict
from flash.domain.money import Money
from flash.domain.msisdn import Msisdn


class SqlAccounts:
    """People, their sign-ins and the staff."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, account: Account) -> None:
        """See `ports.people.Accounts`."""
        try:
            self._session.execute(insert(accounts).values(_account_values(account)))
        except IntegrityError as error:
            raise Conflict("This phone number already has an account.", field="phone_number") from error

    def by_msisdn(self, msisdn: Msisdn) -> Account | None:
        """See `ports.people.Accounts`."""
        row = self._session.execute(select(accounts).where(accounts.c.msisdn == msisdn.e164)).one_or_none()
        return _account(row) if row else None

    def by_token(self, digest: str, now: datetime) -> Account | None:
        """See `ports.people.Accounts`."""
        alive = (tokens.c.digest == digest) & (tokens.c.expires_at > now) & tokens.c.revoked_at.is_(None)
        row = self._session.execute(select(accounts).join(tokens).where(alive)).one_or_none()
        return _account(row) if row else None

    def set_password(self, account_id: UUID, password_hash: str) -> None:
        """See `ports.people.Accounts`."""
        statement = update(accounts).where(accounts.c.id == account_id)
        self._session.execute(statement.values(password_hash=password_hash))

    def add_token(self, token: Token) -> None:
        """See `ports.people.Accounts`."""
        self._session.execute(
            insert(tokens).values(
                digest=token.digest,
                account_id=token.account_id,
                created_at=token.created_at,
                expires_at=token.expires_at,
            )
        )

    def revoke_token(self, digest: str, now: datetime) -> None:
        """See `ports.people.Accounts`."""
        self._revoke(tokens.c.digest == digest, now)

    def revoke_all_tokens(self, account_id: UUID, now: datetime) -> None:
        """See `ports.people.Accounts`."""
        self._revoke(tokens.c.account_id == account_id, now)

    def _revoke(self, which: Any, now: datetime) -> None:
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
    )


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
        """See `ports.people.PhoneCodes`."""
        values = {
            "digest": code.digest,
            "sent_at": code.sent_at,
            "expires_at": code.expires_at,
            "tries_left": code.tries_left,
            "proved_at": code.proved_at,
            "bound_to": code.bound_to,
        }
        statement = upsert(self._session, phone_codes).values(msisdn=code.msisdn.e164, **values)
        statement = statement.on_conflict_do_update(
            index_elements=["msisdn"], set_=values, where=phone_codes.c.sent_at <= unless_sent_after
        )
        return self._session.execute(statement.returning(phone_codes.c.msisdn)).one_or_none() is not None

    def take_try(self, msisdn: Msisdn, now: datetime) -> PhoneCode | None:
        """See `ports.people.PhoneCodes`."""
        statement = (
            update(phone_codes)
            .where(
                phone_codes.c.msisdn == msisdn.e164,
                phone_codes.c.expires_at > now,
                phone_codes.c.tries_left > 0,
                phone_codes.c.proved_at.is_(None),
            )
            .values(tries_left=phone_codes.c.tries_left - 1)
            .returning(phone_codes)
        )
        row = self._session.execute(statement).one_or_none()
        if row is None:
            return None
        return PhoneCode(
            msisdn=msisdn,
            digest=row.digest,
            sent_at=row.sent_at,
            expires_at=row.expires_at,
            tries_left=row.tries_left,
        )

    def prove(self, code: PhoneCode, now: datetime, bound_to: str) -> bool:
        """See `ports.people.PhoneCodes`."""
        statement = (
            update(phone_codes)
            .where(
                phone_codes.c.msisdn == code.msisdn.e164,
                phone_codes.c.digest == code.digest,
                phone_codes.c.proved_at.is_(None),
            )
            .values(proved_at=now, bound_to=bound_to)
            .returning(phone_codes.c.msisdn)
        )
        return self._session.execute(statement).one_or_none() is not None

    def use_proof(self, msisdn: Msisdn, *, proved_after: datetime, bound_to: str) -> bool:
        """See `ports.people.PhoneCodes`."""
        statement = (
            update(phone_codes)
            .where(
                phone_codes.c.msisdn == msisdn.e164,
                phone_codes.c.proved_at > proved_after,
                phone_codes.c.bound_to == bound_to,
            )
            .values(bound_to=None)
            .returning(phone_codes.c.msisdn)
        )
        return self._session.execute(statement).one_or_none() is not None


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
        statement = upsert(self._session, day_limits).values(account_id=account_id, day=day, used_minor=amount.minor)
        statement = statement.on_conflict_do_update(
            index_elements=["account_id"],
            set_={"day": case((a_new_day, day), else_=table.day), "used_minor": used_minor},
            where=used_minor <= limit.minor,
        )
        return self._session.execute(statement.returning(table.day)).scalar_one_or_none()

    def give_back(self, account_id: UUID, day: date, amount: Money) -> None:
        """See `ports.people.DayLimits`. What was reserved on a day gone by no longer counts anyway."""
        statement = update(day_limits).where(day_limits.c.account_id == account_id, day_limits.c.day == day)
        self._session.execute(statement.values(used_minor=day_limits.c.used_minor - amount.minor))

    def used(self, account_id: UUID, day: date) -> Money:
        """See `ports.people.DayLimits`."""
        statement = select(day_limits.c.used_minor).where(
            day_limits.c.account_id == account_id, day_limits.c.day == day
        )
        return Money(self._session.execute(statement).scalar_one_or_none() or 0)

    def all_used(self) -> Iterator[tuple[UUID, date, int]]:
        """See `ports.people.DayLimits`."""
        for row in self._session.execute(select(day_limits).order_by(day_limits.c.account_id)):
            yield row.account_id, row.day, row.used_minor


def upsert(session: Session, table: Any) -> Any:
    """Return an INSERT that knows ON CONFLICT."""
    return upsert_in(session.get_bind().dialect.name, table)


def upsert_in(dialect: str, table: Any) -> Any:
    """Return the same by the name of the dialect: the two databases spell it alike and SQLAlchemy apart."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
