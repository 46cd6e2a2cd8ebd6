"""The tables of lists of payments."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)

from flash.adapters.sql.columns import MSISDN, Instant, metadata

batches = Table(
    "batches",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False),
    Column("key", String(255), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("line_count", Integer, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("total_minor", BigInteger, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("stopped_at", Instant),
    UniqueConstraint("account_id", "key"),
    CheckConstraint("stopped_at IS NULL OR due_at IS NULL", name="stopped_at"),
    Index("ix_batches_account_id_created_at", "account_id", "created_at", "id"),
)
Index(
    "ix_batches_due_at",
    batches.c.due_at,
    postgresql_where=batches.c.due_at.is_not(None),
    sqlite_where=batches.c.due_at.is_not(None),
)

batch_lines = Table(
    "batch_lines",
    metadata,
    Column("batch_id", ForeignKey("batches.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("payee", MSISDN, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("description", String(500), nullable=False),
    Column("key", String(255), nullable=False),
    Column("transfer_id", ForeignKey("transfers.id"), index=True),
    Column("refusal", String(200), nullable=False),
    UniqueConstraint("batch_id", "key"),
    CheckConstraint("transfer_id IS NULL OR refusal = ''", name="refusal"),
)
"""The lines of a batch. They are made in their order, so the next one is the first of which nothing has become."""

Index(
    "ix_batch_lines_open",
    batch_lines.c.batch_id,
    batch_lines.c.number,
    postgresql_where=text("transfer_id IS NULL AND refusal = ''"),
    sqlite_where=text("transfer_id IS NULL AND refusal = ''"),
)
