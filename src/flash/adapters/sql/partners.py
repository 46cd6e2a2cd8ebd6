"""Partners, their keys and payment links in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from flash.adapters.sql import mapping
from flash.adapters.sql.partner_tables import partner_keys, partners, payment_links
from flash.adapters.sql.people import SqlAccounts
from flash.adapters.sql.tables import transfers
from flash.domain.errors import Conflict, NotFound
from flash.domain.money import CURRENCIES, Money
from flash.domain.msisdn import Msisdn
from flash.domain.partner import Caller, Partner, PartnerKey, Scope
from flash.domain.payment_link import PaymentLink
from flash.domain.transfer import State


class SqlPartners:
    """See `ports.partners.Partners`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, partner: Partner) -> None:
        """See `ports.partners.Partners`."""
        values = {
            "id": partner.id,
            "name": partner.name,
            "account_id": partner.account_id,
            "created_at": partner.created_at,
        }
        try:
            self._session.execute(insert(partners), values)
        except IntegrityError as error:
            raise Conflict("There is a partner with this name.", field="name") from error

    def by_name(self, name: str) -> Partner:
        """See `ports.partners.Partners`."""
        row = self._session.execute(select(partners).where(partners.c.name == name)).one_or_none()
        if row is None:
            raise NotFound("There is no partner with this name.")
        return _partner(row)

    def get(self, partner_id: UUID) -> Partner:
        """See `ports.partners.Partners`."""
        return _partner(self._session.execute(select(partners).where(partners.c.id == partner_id)).one())

    def list(self) -> Sequence[Partner]:
        """See `ports.partners.Partners`."""
        return [_partner(row) for row in self._session.execute(select(partners).order_by(partners.c.name))]

    def add_key(self, key: PartnerKey) -> None:
        """See `ports.partners.Partners`."""
        values = {
            "id": key.id,
            "partner_id": key.partner_id,
            "label": key.label,
            "scopes": " ".join(sorted(key.scopes)),
            "digest": key.digest,
            "created_at": key.created_at,
            "revoked_at": key.revoked_at,
        }
        self._session.execute(insert(partner_keys), values)

    def keys(self, partner_id: UUID) -> Sequence[PartnerKey]:
        """See `ports.partners.Partners`."""
        theirs = select(partner_keys).where(partner_keys.c.partner_id == partner_id)
        statement = theirs.order_by(partner_keys.c.created_at, partner_keys.c.id)
        return [_key(row) for row in self._session.execute(statement)]

    def revoke(self, key_id: UUID, now: datetime) -> bool:
        """See `ports.partners.Partners`."""
        good = (partner_keys.c.id == key_id) & partner_keys.c.revoked_at.is_(None)
        statement = update(partner_keys).where(good).values(revoked_at=now).returning(partner_keys.c.id)
        return self._session.execute(statement).one_or_none() is not None

    def caller(self, digest: str) -> Caller | None:
        """See `ports.partners.Partners`."""
        good = (partner_keys.c.digest == digest) & partner_keys.c.revoked_at.is_(None)
        key = self._session.execute(select(partner_keys).where(good)).one_or_none()
        if key is None:
            return None
        partner = self.get(key.partner_id)
        account = SqlAccounts(self._session).by_id(partner.account_id)
        return Caller(partner, _key(key), account) if account else None


class SqlPaymentLinks:
    """See `ports.partners.PaymentLinks`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def take_turn(self, partner_id: UUID) -> None:
        """See `ports.partners.PaymentLinks`. SQLite has one writer at a time anyway."""
        self._session.execute(select(partners.c.id).where(partners.c.id == partner_id).with_for_update(key_share=True))

    def add(self, link: PaymentLink) -> None:
        """See `ports.partners.PaymentLinks`."""
        try:
            self._session.execute(insert(payment_links), _link_values(link))
        except IntegrityError as error:
            raise Conflict from error

    def twin(self, partner_id: UUID, key: str) -> PaymentLink | None:
        """See `ports.partners.PaymentLinks`."""
        return self._found((payment_links.c.partner_id == partner_id) & (payment_links.c.key == key))

    def get(self, partner_id: UUID, name: str) -> PaymentLink:
        """See `ports.partners.PaymentLinks`."""
        return self._one((payment_links.c.partner_id == partner_id) & _named(name))

    def by_secret(self, digest: str) -> PaymentLink:
        """See `ports.partners.PaymentLinks`."""
        return self._one(payment_links.c.secret_digest == digest)

    def hold(self, link_id: UUID) -> PaymentLink:
        """See `ports.partners.PaymentLinks`.

        The row is locked before its transfer is read: a statement that has to wait for the lock would join the
        transfers of the moment before.
        """
        this = payment_links.c.id == link_id
        self._session.execute(select(payment_links.c.id).where(this).with_for_update()).one()
        return self._one(this)

    def by_number(self, number: str) -> UUID | None:
        """See `ports.partners.PaymentLinks`."""
        statement = select(payment_links.c.id).where(payment_links.c.number == number)
        return self._session.execute(statement).scalar_one_or_none()

    def page(
        self, partner_id: UUID, *, limit: int, before: UUID | None = None, reference: str | None = None
    ) -> Sequence[PaymentLink]:
        """See `ports.partners.PaymentLinks`."""
        theirs = payment_links.c.partner_id == partner_id
        statement = _links().where(theirs)
        if reference is not None:
            statement = statement.where(payment_links.c.reference == mapping.storable(reference))
        if before is not None:
            last = (
                select(payment_links.c.created_at)
                .where(payment_links.c.id == before, payment_links.c.partner_id == partner_id)
                .scalar_subquery()
            )
            older = (payment_links.c.created_at < last) | (payment_links.c.id < before)
            statement = statement.where(payment_links.c.created_at <= last, older)
        statement = statement.order_by(payment_links.c.created_at.desc(), payment_links.c.id.desc()).limit(limit)
        return [_link(row) for row in self._session.execute(statement)]

    def pay(self, link: PaymentLink, transfer_id: UUID) -> None:
        """See `ports.partners.PaymentLinks`."""
        self._change(link, transfer_id=transfer_id)

    def cancel(self, link: PaymentLink) -> None:
        """See `ports.partners.PaymentLinks`."""
        self._change(link, cancelled_at=link.cancelled_at)

    def leave(self, account_id: UUID, now: datetime) -> None:
        """See `ports.partners.PaymentLinks`."""
        theirs = select(partners.c.id).where(partners.c.account_id == account_id)
        not_over = payment_links.c.partner_id.in_(theirs) & payment_links.c.cancelled_at.is_(None)
        self._session.execute(update(payment_links).where(not_over).values(cancelled_at=now))

    def _change(self, link: PaymentLink, **values: Any) -> None:
        self._session.execute(update(payment_links).where(payment_links.c.id == link.id).values(values))

    def _one(self, which: Any) -> PaymentLink:
        link = self._found(which)
        if link is None:
            raise NotFound
        return link

    def _found(self, which: Any) -> PaymentLink | None:
        row = self._session.execute(_links().where(which)).one_or_none()
        return _link(row) if row else None


def _links() -> Select[Any]:
    paying = transfers.c.id == payment_links.c.transfer_id
    return select(payment_links, transfers.c.state.label("transfer_state")).outerjoin(transfers, paying)


def _named(name: str) -> Any:
    try:
        return payment_links.c.id == UUID(name)
    except ValueError:
        return payment_links.c.number == name


def _partner(row: Any) -> Partner:
    return Partner(id=row.id, name=row.name, account_id=row.account_id, created_at=row.created_at)


def _key(row: Any) -> PartnerKey:
    return PartnerKey(
        id=row.id,
        partner_id=row.partner_id,
        label=row.label,
        scopes=frozenset(Scope(scope) for scope in row.scopes.split()),
        digest=row.digest,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )


def _link_values(link: PaymentLink) -> dict[str, Any]:
    return {
        "id": link.id,
        "number": link.number,
        "partner_id": link.partner_id,
        "payee": link.payee.e164,
        "currency": link.amount.currency.code,
        "amount_minor": link.amount.minor,
        "description": link.description,
        "reference": link.reference,
        "key": link.key,
        "fingerprint": link.fingerprint,
        "secret_digest": link.secret_digest,
        "created_at": link.created_at,
        "expires_at": link.expires_at,
        "cancelled_at": link.cancelled_at,
        "transfer_id": link.transfer_id,
    }


def _link(row: Row[Any]) -> PaymentLink:
    return PaymentLink(
        id=row.id,
        number=row.number,
        partner_id=row.partner_id,
        payee=Msisdn(row.payee),
        amount=Money(row.amount_minor, CURRENCIES[row.currency]),
        description=row.description,
        reference=row.reference,
        key=row.key,
        fingerprint=row.fingerprint,
        secret_digest=row.secret_digest,
        created_at=row.created_at,
        expires_at=row.expires_at,
        cancelled_at=row.cancelled_at,
        transfer_id=row.transfer_id,
        transfer_state=State(row.transfer_state) if row.transfer_state else None,
    )
