"""A number whose owner left keeps what is used of that day's limit.

Safe online: a nullable column and columns with defaults, which PostgreSQL adds without rewriting. The release before
writes none of them, and a number that it frees begins the day anew, as it always did there.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("freed_numbers", sa.Column("day", sa.Date(), nullable=True))
    op.add_column("freed_numbers", sa.Column("used_minor", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("day_limits", sa.Column("carried_minor", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("day_limits", "carried_minor")
    op.drop_column("freed_numbers", "used_minor")
    op.drop_column("freed_numbers", "day")
