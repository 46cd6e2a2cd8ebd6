"""Signs of life of the processes that work.

Safe online: a new table, of which the release before knows nothing.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

from flash.adapters.sql.columns import Instant

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "heartbeats",
        sa.Column("process", sa.String(128), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("swept_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("process", name="pk_heartbeats"),
    )


def downgrade() -> None:
    op.drop_table("heartbeats")
