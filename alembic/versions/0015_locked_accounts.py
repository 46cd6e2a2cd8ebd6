"""Since when an account has been locked by staff.

Safe online: a nullable column, which PostgreSQL adds without rewriting. The release before knows of no lock.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

from flash.adapters.sql.columns import Instant

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("locked_at", Instant, nullable=True))


def downgrade() -> None:
    op.drop_column("accounts", "locked_at")
