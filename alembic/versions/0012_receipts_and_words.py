"""Receipts that were checked, and the language of people and of what they are told.

Safe online: a new table, and nullable columns, which PostgreSQL adds without rewriting. The release before writes none
of them: its messages are sent in English, and receipts are only checked by this one.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

from flash.adapters.sql.columns import Instant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("language", sa.String(32), nullable=True))
    op.add_column("messages", sa.Column("told", sa.Text(), nullable=True))
    op.create_table(
        "receipt_checks",
        sa.Column("transfer_id", sa.Uuid, nullable=False),
        sa.Column("first_at", Instant, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name="fk_receipt_checks_transfer_id_transfers"),
        sa.PrimaryKeyConstraint("transfer_id", name="pk_receipt_checks"),
    )


def downgrade() -> None:
    op.drop_table("receipt_checks")
    op.drop_column("messages", "told")
    op.drop_column("accounts", "language")
