"""Operators that call back: a token and a message per leg, the callbacks as they came, the payee's name.

Safe online: new columns have defaults, which PostgreSQL adds without rewriting the table, and the running release
neither reads nor writes them. The index of callback tokens is empty when it is made. That of closing times covers every
leg that paid, and nobody writes legs while it is made: on a large table make it beforehand, under the same name, with
CREATE INDEX CONCURRENTLY; then it is left as it is.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from flash.adapters.sql.tables import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CALLED = "callback_token <> ''"
PAID = "kind IN ('disbursement', 'refund') AND state = 'settled'"
KNOWN = "reference IS NOT NULL"


def upgrade() -> None:
    op.add_column("transfers", sa.Column("hinted", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("transfers", sa.Column("payee_name", sa.String(100), nullable=False, server_default=""))
    op.add_column("legs", sa.Column("message", sa.String(160), nullable=False, server_default=""))
    op.add_column("legs", sa.Column("callback_token", sa.String(64), nullable=False, server_default=""))
    op.create_index("uq_legs_callback_token", "legs", ["callback_token"], unique=True, **_where(CALLED))
    op.create_index("ix_legs_closed_at_paid", "legs", ["closed_at"], if_not_exists=True, **_where(PAID))
    op.create_table(
        "callbacks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("received_at", Instant, nullable=False),
        sa.Column("operator", sa.String(32), nullable=False),
        sa.Column("token", sa.String(128), nullable=False),
        sa.Column("reference", sa.Uuid, nullable=True),
        sa.Column("method", sa.String(8), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("headers", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_callbacks"),
        sa.ForeignKeyConstraint(["reference"], ["legs.reference"], name="fk_callbacks_reference_legs"),
    )
    op.create_index("ix_callbacks_token", "callbacks", ["token"])
    op.create_index("ix_callbacks_reference", "callbacks", ["reference"])
    op.create_index("ix_callbacks_operator_received_at", "callbacks", ["operator", "received_at"], **_where(KNOWN))


def downgrade() -> None:
    op.drop_table("callbacks")
    op.drop_index("ix_legs_closed_at_paid", "legs")
    op.drop_index("uq_legs_callback_token", "legs")
    for table, column in (
        ("legs", "callback_token"),
        ("legs", "message"),
        ("transfers", "payee_name"),
        ("transfers", "hinted"),
    ):
        op.drop_column(table, column)


def _where(condition: str) -> dict[str, sa.TextClause]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}
