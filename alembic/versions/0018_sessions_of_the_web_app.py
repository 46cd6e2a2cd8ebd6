"""A sign-in says where its token is kept, and since when it is locked.

Safe online: two columns that PostgreSQL adds without rewriting. The release before writes sign-ins of programs. It
would also take a browser's token in the header, but no page knows it.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

from flash.adapters.sql.columns import Instant

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tokens", sa.Column("kind", sa.String(32), nullable=False, server_default="app"))
    op.add_column("tokens", sa.Column("locked_at", Instant(), nullable=True))


def downgrade() -> None:
    op.drop_column("tokens", "locked_at")
    op.drop_column("tokens", "kind")
