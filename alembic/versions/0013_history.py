"""Indexes for histories: what reached a payee, and what ended when.

Safe online: three indexes, which the release before does not need. They hold up writers while they are made; on a large
table make them with CREATE INDEX CONCURRENTLY beforehand, under the same names; then they are left as they are.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_transfers_payee_completed", ["payee", "created_at"], "state = 'completed'"),
    ("ix_transfers_payer_id_ended", ["payer_id", "updated_at"], "state IN ('completed', 'returned')"),
    ("ix_transfers_payee_ended", ["payee", "updated_at"], "state IN ('completed', 'returned')"),
)


def upgrade() -> None:
    for name, columns, states in INDEXES:
        where = {"postgresql_where": sa.text(states), "sqlite_where": sa.text(states)}
        op.create_index(name, "transfers", columns, if_not_exists=True, **where)


def downgrade() -> None:
    for name, _columns, _states in INDEXES:
        op.drop_index(name, "transfers")
