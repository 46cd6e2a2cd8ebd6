"""The outbox of messages, and whose payment a payer's phone may show.

Safe online: two new tables, which the running release does not know, and a column with a constant default. The index on
transfers holds up writers while it is made; on a large table make it with CREATE INDEX CONCURRENTLY beforehand, under
the same name, after adding the column; then it is left as it is.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

from flash.adapters.sql.columns import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

IN_LINE = "state = 'recorded' AND in_line"
DUE = "due_at IS NOT NULL"


def upgrade() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("msisdn", sa.String(16), nullable=False),
        sa.Column("text", sa.String(160), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("due_at", Instant, nullable=True),
        sa.Column("standing", sa.String(32), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
    )
    op.create_index("ix_messages_msisdn", "messages", ["msisdn"])
    op.create_index("ix_messages_due_at", "messages", ["due_at"], **_where(DUE))
    op.create_table(
        "prompts",
        sa.Column("payer", sa.String(16), nullable=False),
        sa.Column("transfer_id", sa.Uuid, nullable=False),
        sa.Column("until", Instant, nullable=False),
        sa.PrimaryKeyConstraint("payer", name="pk_prompts"),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name="fk_prompts_transfer_id_transfers"),
    )
    op.create_index("ix_prompts_transfer_id", "prompts", ["transfer_id"])
    op.add_column("transfers", sa.Column("in_line", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("ix_transfers_in_line", "transfers", ["payer", "created_at"], if_not_exists=True, **_where(IN_LINE))


def downgrade() -> None:
    op.drop_index("ix_transfers_in_line", "transfers")
    op.drop_column("transfers", "in_line")
    op.drop_table("prompts")
    op.drop_table("messages")


def _where(condition: str) -> dict[str, sa.TextClause]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}
