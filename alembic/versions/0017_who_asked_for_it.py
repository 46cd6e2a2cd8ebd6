"""A transfer names the request that ordered it, so that whoever advances it can say so.

Safe online: a nullable column, which PostgreSQL adds without rewriting. The release before writes none, and its
transfers belong to no request.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("transfers", sa.Column("traceparent", sa.String(55), nullable=True))


def downgrade() -> None:
    op.drop_column("transfers", "traceparent")
