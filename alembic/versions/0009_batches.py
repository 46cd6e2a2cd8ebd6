"""Lists of payments.

Safe online: two tables of their own, which the release before knows nothing of.

Revision ID: 0009
Revises: 0008
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from flash.adapters.sql.columns import Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("line_count", sa.Integer, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("total_minor", sa.BigInteger, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("due_at", Instant, nullable=True),
        sa.Column("stopped_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
        sa.UniqueConstraint("account_id", "key", name="uq_batches_account_id_key"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_batches_account_id_accounts"),
        sa.CheckConstraint("stopped_at IS NULL OR due_at IS NULL", name="ck_batches_stopped_at"),
    )
    op.create_index("ix_batches_account_id_created_at", "batches", ["account_id", "created_at", "id"])
    op.create_index("ix_batches_due_at", "batches", ["due_at"], **_where("due_at IS NOT NULL"))
    op.create_table(
        "batch_lines",
        sa.Column("batch_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("payee", sa.String(16), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("description", sa.String(500), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("transfer_id", sa.Uuid, nullable=True),
        sa.Column("refusal", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "number", name="pk_batch_lines"),
        sa.UniqueConstraint("batch_id", "key", name="uq_batch_lines_batch_id_key"),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="fk_batch_lines_batch_id_batches"),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name="fk_batch_lines_transfer_id_transfers"),
        sa.CheckConstraint("transfer_id IS NULL OR refusal = ''", name="ck_batch_lines_refusal"),
    )
    op.create_index("ix_batch_lines_transfer_id", "batch_lines", ["transfer_id"])
    op.create_index(
        "ix_batch_lines_open", "batch_lines", ["batch_id", "number"], **_where("transfer_id IS NULL AND refusal = ''")
    )


def downgrade() -> None:
    op.drop_table("batch_lines")
    op.drop_table("batches")


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}
