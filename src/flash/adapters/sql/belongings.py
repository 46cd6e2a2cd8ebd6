"""Profiles, PINs, contacts and invites. What two at once must not pass is one statement or a constraint."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, case, delete, func, insert, literal, or_, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from flash.adapters.sql.belongings_tables import contacts, invites, pins, profiles
from flash.adapters.sql.columns import Instant
from flash.adapters.sql.people import hold_account, upsert
from flash.adapters.sql.people_tables import accounts
from flash.domain.contact import KNOWN_ALREADY, TOO_MANY, Contact
from flash.domain.errors import Conflict, NotFound
from flash.domain.invite import Invite
from flash.domain.msisdn import Msisdn
from flash.domain.pin import FREE_TRIES, LOCKS, Pin, locked_until
from flash.domain.profile import Profile
from flash.ports.belongings import InviteRow


class SqlProfiles:
    """What people tell about themselves, and how their phones shall behave."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, account_id: UUID) -> Profile:
        """See `ports.belongings.Profiles`."""
        row = self._session.execute(select(profiles).where(profiles.c.account_id == account_id)).one_or_none()
        return Profile(**row._asdict()) if row else Profile(account_id=account_id)

    def change(self, account_id: UUID, changes: Mapping[str, Any]) -> None:
        """See `ports.belongings.Profiles`."""
        values = {**asdict(Profile(account_id=account_id)), **changes}
        statement = upsert(self._session, profiles).values(values)
        self._session.execute(statement.on_conflict_do_update(index_elements=["account_id"], set_=dict(changes)))

    def remove(self, account_id: UUID) -> None:
        """See `ports.belongings.Profiles`."""
        self._session.execute(delete(profiles).where(profiles.c.account_id == account_id))


class SqlPins:
    """PINs."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, account_id: UUID) -> Pin | None:
        """See `ports.belongings.Pins`."""
        row = self._session.execute(select(pins).where(pins.c.account_id == account_id)).one_or_none()
        return Pin(**row._asdict()) if row else None

    def put(self, pin: Pin, *, instead_of: str | None) -> bool:
        """See `ports.belongings.Pins`."""
        values = asdict(pin)
        if instead_of is None:
            statement = upsert(self._session, pins).values(values).on_conflict_do_nothing()
        else:
            statement = update(pins).where(pins.c.account_id == pin.account_id, pins.c.hash == instead_of)
            statement = statement.values(values)
        return self._session.execute(statement.returning(pins.c.account_id)).one_or_none() is not None

    def take_try(self, account_id: UUID, now: datetime) -> Pin | None:
        """See `ports.belongings.Pins`. The domain's rule goes along as a table of its answers."""
        last = FREE_TRIES + len(LOCKS)
        locks = {tries: literal(locked_until(tries + 1, now), Instant) for tries in range(last)}
        statement = (
            update(pins)
            .where(pins.c.account_id == account_id, or_(pins.c.locked_until.is_(None), pins.c.locked_until <= now))
            .values(
                tries=pins.c.tries + 1,
                locked_until=case(locks, value=pins.c.tries, else_=literal(locked_until(last + 1, now), Instant)),
            )
            .returning(pins)
        )
        row = self._session.execute(statement).one_or_none()
        return Pin(**row._asdict()) if row else None

    def forget_tries(self, account_id: UUID) -> None:
        """See `ports.belongings.Pins`."""
        statement = update(pins).where(pins.c.account_id == account_id)
        self._session.execute(statement.values(tries=0, locked_until=None))

    def remove(self, account_id: UUID) -> None:
        """See `ports.belongings.Pins`."""
        self._session.execute(delete(pins).where(pins.c.account_id == account_id))


class SqlContacts:
    """Whom people pay often."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, contact: Contact, *, most: int) -> None:
        """See `ports.belongings.Contacts`. Whoever adds holds the person, so the count is true until the end."""
        hold_account(self._session, contact.account_id)
        theirs = select(func.count()).select_from(contacts).where(contacts.c.account_id == contact.account_id)
        known = theirs.where(contacts.c.msisdn == contact.msisdn.e164)
        if self._session.execute(known).scalar_one():
            raise Conflict(KNOWN_ALREADY, field="contact_phone")
        if self._session.execute(theirs).scalar_one() >= most:
            raise Conflict(TOO_MANY)
        self._session.execute(insert(contacts).values(_contact_values(contact)))

    def list(self, account_id: UUID, *, after: UUID | None, limit: int) -> Sequence[Contact]:
        """See `ports.belongings.Contacts`."""
        theirs = contacts.c.account_id == account_id
        statement = select(contacts).where(theirs)
        if after is not None:
            last = select(contacts.c.sort_key).where(theirs, contacts.c.id == after).scalar_subquery()
            statement = statement.where(tuple_(contacts.c.sort_key, contacts.c.id) > tuple_(last, literal(after)))
        statement = statement.order_by(contacts.c.sort_key, contacts.c.id).limit(limit)
        return [_contact(row) for row in self._session.execute(statement)]

    def by_msisdn(self, account_id: UUID, msisdn: Msisdn) -> Contact | None:
        """See `ports.belongings.Contacts`."""
        theirs = (contacts.c.account_id == account_id) & (contacts.c.msisdn == msisdn.e164)
        row = self._session.execute(select(contacts).where(theirs)).one_or_none()
        return _contact(row) if row else None

    def get(self, account_id: UUID, contact_id: UUID) -> Contact:
        """See `ports.belongings.Contacts`."""
        statement = select(contacts).where(contacts.c.id == contact_id, contacts.c.account_id == account_id)
        row = self._session.execute(statement.with_for_update()).one_or_none()
        if row is None:
            raise NotFound
        return _contact(row)

    def save(self, contact: Contact) -> None:
        """See `ports.belongings.Contacts`."""
        statement = update(contacts).where(contacts.c.id == contact.id).values(_contact_values(contact))
        try:
            self._session.execute(statement)
        except IntegrityError as error:
            raise Conflict(KNOWN_ALREADY, field="contact_phone") from error

    def remove(self, account_id: UUID, contact_id: UUID) -> bool:
        """See `ports.belongings.Contacts`."""
        statement = delete(contacts).where(contacts.c.id == contact_id, contacts.c.account_id == account_id)
        return self._session.execute(statement.returning(contacts.c.id)).one_or_none() is not None

    def remove_all(self, account_id: UUID) -> None:
        """See `ports.belongings.Contacts`."""
        self._session.execute(delete(contacts).where(contacts.c.account_id == account_id))


def _contact_values(contact: Contact) -> dict[str, Any]:
    return {
        "id": contact.id,
        "account_id": contact.account_id,
        "name": contact.name,
        "msisdn": contact.msisdn.e164,
        "is_favourite": contact.is_favourite,
        "sort_key": contact.sort_key,
        "created_at": contact.created_at,
    }


def _contact(row: Row[Any]) -> Contact:
    return Contact(
        id=row.id,
        account_id=row.account_id,
        name=row.name,
        msisdn=Msisdn(row.msisdn),
        is_favourite=row.is_favourite,
        created_at=row.created_at,
    )


class SqlInvites:
    """Invites."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, invite: Invite) -> bool:
        """See `ports.belongings.Invites`."""
        values = {**asdict(invite), "sent_to": invite.sent_to.e164 if invite.sent_to else None}
        statement = upsert(self._session, invites).values(values).on_conflict_do_nothing()
        return self._session.execute(statement.returning(invites.c.id)).one_or_none() is not None

    def of(self, account_id: UUID) -> Sequence[InviteRow]:
        """See `ports.belongings.Invites`."""
        statement = (
            select(invites, accounts.c.full_name, accounts.c.msisdn)
            .outerjoin(accounts, accounts.c.id == invites.c.joined_id)
            .where(invites.c.account_id == account_id)
            .order_by(invites.c.slot)
        )
        return [
            InviteRow(_invite(row), row.full_name or "", Msisdn(row.msisdn) if row.msisdn else None)
            for row in self._session.execute(statement)
        ]

    def by_code(self, code: str) -> Invite | None:
        """See `ports.belongings.Invites`."""
        row = self._session.execute(select(invites).where(invites.c.code == code)).one_or_none()
        return _invite(row) if row else None

    def share(self, invite_id: UUID, now: datetime, sent_to: Msisdn | None) -> bool:
        """See `ports.belongings.Invites`."""
        statement = update(invites).where(invites.c.id == invite_id, invites.c.shared_at.is_(None))
        statement = statement.values(shared_at=now, sent_to=sent_to.e164 if sent_to else None)
        return self._session.execute(statement.returning(invites.c.id)).one_or_none() is not None

    def join(self, code: str, account_id: UUID, now: datetime, *, shared_after: datetime) -> bool:
        """See `ports.belongings.Invites`."""
        good = or_(invites.c.shared_at.is_(None), invites.c.shared_at > shared_after)
        statement = (
            update(invites)
            .where(invites.c.code == code, invites.c.joined_at.is_(None), good)
            .values(joined_id=account_id, joined_at=now, shared_at=func.coalesce(invites.c.shared_at, now))
        )
        return self._session.execute(statement.returning(invites.c.id)).one_or_none() is not None

    def remove_all(self, account_id: UUID) -> None:
        """See `ports.belongings.Invites`."""
        self._session.execute(delete(invites).where(invites.c.account_id == account_id))
        self._session.execute(update(invites).where(invites.c.joined_id == account_id).values(joined_id=None))


def _invite(row: Row[Any]) -> Invite:
    return Invite(
        id=row.id,
        account_id=row.account_id,
        slot=row.slot,
        code=row.code,
        created_at=row.created_at,
        shared_at=row.shared_at,
        sent_to=Msisdn(row.sent_to) if row.sent_to else None,
        joined_id=row.joined_id,
        joined_at=row.joined_at,
    )
