"""Indexes for the figures of a day: what was made, who joined, and which cases were opened and closed.

Safe online: four indexes, which the release before does not need. They hold up writers while they are made; on a large
table make them with CREATE INDEX CONCURRENTLY beforehand, under the same names; then they are left as they are.

Revision ID: 0016
Revises: 0015
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MADE = "ix_transfers_created_at"
INDEXES = (
    ("ix_accounts_created_at", "accounts", "created_at"),
    ("ix_cases_opened_at", "cases", "opened_at"),
    ("ix_cases_closed_at", "cases", "closed_at"),
)


def upgrade() -> None:
    # As tables.py says: one that finds a day, and that nothing can be sorted by.
    op.create_index(MADE, "transfers", ["created_at"], postgresql_using="brin", if_not_exists=True)
    for name, table, column in INDEXES:
        op.create_index(name, table, [column], if_not_exists=True)


def downgrade() -> None:
    op.drop_index(MADE, "transfers")
    for name, table, _column in INDEXES:
        op.drop_index(name, table)
