"""The tables of partners, their keys, and what they ask to be paid."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    UniqueConstraint,
    Uuid,
)

from flash.adapters.sql.columns import MSISDN, Instant, metadata

partners = Table(
    "partners",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", String(60), nullable=False),
    Column("account_id", ForeignKey("accounts.id"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("name"),
)

partner_keys = Table(
    "partner_keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("partner_id", ForeignKey("partners.id"), nullable=False, index=True),
    Column("label", String(60), nullable=False),
    Column("scopes", String(200), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    UniqueConstraint("digest"),
)

payment_links = Table(
    "payment_links",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", String(24), nullable=False),
    Column("partner_id", ForeignKey("partners.id"), nullable=False),
    Column("payee", MSISDN, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("description", String(200), nullable=False),
    Column("reference", String(100), nullable=False),
    Column("key", String(255)),
    Column("fingerprint", String(64), nullable=False),
    Column("secret_digest", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("cancelled_at", Instant),
    Column("transfer_id", Uuid),
    UniqueConstraint("number"),
    UniqueConstraint("secret_digest"),
    UniqueConstraint("partner_id", "key"),
    CheckConstraint("amount_minor > 0", name="amount_minor"),
    Index("ix_payment_links_partner_id_created_at", "partner_id", "created_at", "id"),
    Index("ix_payment_links_partner_id_reference", "partner_id", "reference", "created_at", "id"),
)
"""The transfer is no foreign key: transfers refer to links, and in a circle neither could be deleted.

That a link is paid once is a unique index of `transfers`."""
