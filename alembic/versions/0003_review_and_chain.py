"""Decisions of two people about cases, and the chain over evidence and journal.

Safe online: a column that may be empty and tables of their own; the running release reads and writes neither. Cases
that are there stay open, which they are. The new release links the rows that are there in the background, oldest first;
until it has caught up, `flash audit` says which row has no link yet.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

from flash.adapters.sql.tables import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OPEN = "closed_at IS NULL"
PROPOSED = "standing = 'proposed'"


def upgrade() -> None:
    op.add_column("cases", sa.Column("closed_at", Instant, nullable=True))
    op.create_index("ix_cases_open", "cases", ["id"], **_where(OPEN))
    op.create_table(
        "decisions",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("reference", sa.Uuid, nullable=True),
        sa.Column("verdict", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("operator_id", sa.String(64), nullable=False),
        sa.Column("proposed_by", sa.Uuid, nullable=False),
        sa.Column("proposed_at", Instant, nullable=False),
        sa.Column("standing", sa.String(32), nullable=False),
        sa.Column("decided_by", sa.Uuid, nullable=True),
        sa.Column("decided_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_decisions_case_id_cases"),
        sa.ForeignKeyConstraint(["reference"], ["legs.reference"], name="fk_decisions_reference_legs"),
        sa.ForeignKeyConstraint(["proposed_by"], ["staff.id"], name="fk_decisions_proposed_by_staff"),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name="fk_decisions_decided_by_staff"),
        sa.CheckConstraint("standing <> 'approved' OR decided_by <> proposed_by", name=op.f("ck_decisions_two_people")),
        sa.CheckConstraint("(standing = 'proposed') = (decided_by IS NULL)", name=op.f("ck_decisions_decided_by")),
    )
    for column in ("case_id", "reference", "proposed_by", "decided_by"):
        op.create_index(f"ix_decisions_{column}", "decisions", [column])
    op.create_index("uq_decisions_one_proposed", "decisions", ["case_id"], unique=True, **_where(PROPOSED))
    op.create_table(
        "chain_links",
        sa.Column("table_name", sa.String(32), nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("row_id", sa.BigInteger, nullable=False),
        sa.Column("transfer_id", sa.Uuid, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("table_name", "position", name="pk_chain_links"),
        sa.UniqueConstraint("table_name", "row_id", name="uq_chain_links_table_name_row_id"),
    )


def downgrade() -> None:
    op.drop_table("chain_links")
    op.drop_table("decisions")
    op.drop_index("ix_cases_open", "cases")
    op.drop_column("cases", "closed_at")


def _where(condition: str) -> dict[str, sa.TextClause]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}
