"""The tables of requests for money."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)

from flash.adapters.sql.columns import MSISDN, WORD, Instant, metadata

payment_requests = Table(
    "payment_requests",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", String(24), nullable=False),
    Column("requester_id", ForeignKey("accounts.id"), nullable=False),
    Column("requester", MSISDN, nullable=False),
    Column("payer", MSISDN, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("description", String(500), nullable=False),
    Column("key", String(255)),
    Column("fingerprint", String(64), nullable=False),
    Column("state", WORD, nullable=False),
    Column("transfer_id", Uuid),
    Column("decline_reason", String(200), nullable=False),
    Column("hidden", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    UniqueConstraint("number"),
    UniqueConstraint("requester_id", "key"),
    CheckConstraint("amount_minor > 0", name="amount_minor"),
    CheckConstraint("(state = 'approved') = (transfer_id IS NOT NULL)", name="transfer_id"),
    Index("ix_payment_requests_requester_id_created_at", "requester_id", "created_at", "id"),
    Index("ix_payment_requests_payer_created_at", "payer", "hidden", "created_at", "id"),
)
"""The transfer is no foreign key: transfers refer to requests, and in a circle neither could be deleted."""

Index(
    "ix_payment_requests_expires_at_pending",
    payment_requests.c.expires_at,
    postgresql_where=text("state = 'pending'"),
    sqlite_where=text("state = 'pending'"),
)

blocks = Table(
    "blocks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("msisdn", MSISDN, nullable=False),
    Column("known_id", ForeignKey("accounts.id"), index=True),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("account_id", "msisdn"),
    Index("ix_blocks_account_id_created_at", "account_id", "created_at", "id"),
)
"""The account behind the number is noted only when it had made itself known: a block tells nobody who has a number."""
