"""Reconciliation and day-close: the differences that statements show, and the days that were closed.

Safe online: two new tables, which the running release does not know. The new indexes on legs, steps, postings and
evidence hold up writers while they are made; on large tables make them with CREATE INDEX CONCURRENTLY beforehand, under
the same names; then they are left as they are.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from flash.adapters.sql.tables import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KNOWN = "operator_id IS NOT NULL"
SETTLED = "state = 'settled'"
ENDED = "after IN ('completed', 'failed', 'returned', 'cancelled')"


def upgrade() -> None:
    op.create_table(
        "differences",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("operator", sa.String(32), nullable=False),
        sa.Column("cls", sa.String(32), nullable=False),
        sa.Column("reference", sa.Uuid, nullable=True),
        sa.Column("transfer_id", sa.Uuid, nullable=True),
        sa.Column("line", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("age_s", sa.BigInteger, nullable=False),
        sa.Column("found_at", Instant, nullable=False),
        sa.Column("closed_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_differences"),
        sa.UniqueConstraint("digest", name="uq_differences_digest"),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name="fk_differences_transfer_id_transfers"),
    )
    op.create_index("ix_differences_reference", "differences", ["reference"])
    op.create_index("ix_differences_transfer_id", "differences", ["transfer_id"])
    op.create_table(
        "day_closes",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("closed_at", Instant, nullable=False),
        sa.Column("contents", sa.Text, nullable=False),
        sa.Column("signature", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_day_closes"),
    )
    op.create_index(
        "ix_legs_operator_id", "legs", ["operator_id"], if_not_exists=True, postgresql_using="hash", **_where(KNOWN)
    )
    op.create_index(
        "ix_legs_operator_closed_at", "legs", ["operator", "closed_at"], if_not_exists=True, **_where(SETTLED)
    )
    op.create_index("ix_postings_at", "postings", ["at"], if_not_exists=True, postgresql_using="brin")
    op.create_index("ix_evidence_at", "evidence", ["at"], if_not_exists=True, postgresql_using="brin")
    op.create_index("ix_steps_at_ended", "steps", ["at"], if_not_exists=True, **_where(ENDED))


def downgrade() -> None:
    op.drop_index("ix_steps_at_ended", "steps")
    op.drop_index("ix_evidence_at", "evidence")
    op.drop_index("ix_postings_at", "postings")
    op.drop_index("ix_legs_operator_closed_at", "legs")
    op.drop_index("ix_legs_operator_id", "legs")
    op.drop_table("day_closes")
    op.drop_table("differences")


def _where(condition: str) -> dict[str, sa.TextClause]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}
