"""Browsers that want hints, and the hints that wait for them.

Safe online: two new tables, of which the release before knows nothing. What it ends of sign-ins ends here too, because
a subscription counts only while its sign-in does.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

from flash.adapters.sql.columns import Instant

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "push_subscriptions",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("sign_in", sa.String(64), nullable=False),
        sa.Column("endpoint", sa.String(2048), nullable=False),
        sa.Column("p256dh", sa.String(88), nullable=False),
        sa.Column("auth", sa.String(24), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("rests_until", Instant, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_push_subscriptions_account_id_accounts"),
        sa.ForeignKeyConstraint(["sign_in"], ["tokens.digest"], name="fk_push_subscriptions_sign_in_tokens"),
        sa.PrimaryKeyConstraint("id", name="pk_push_subscriptions"),
    )
    op.create_index("ix_push_subscriptions_account_id", "push_subscriptions", ["account_id"])
    op.create_index("ix_push_subscriptions_sign_in", "push_subscriptions", ["sign_in"])
    op.create_table(
        "push_hints",
        sa.Column("subscription_id", sa.String(64), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("title", sa.String(160), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("url", sa.String(100), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["push_subscriptions.id"],
            name="fk_push_hints_subscription_id_push_subscriptions",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscription_id", "message_id", name="pk_push_hints"),
    )
    op.create_index("ix_push_hints_created_at", "push_hints", ["created_at"])


def downgrade() -> None:
    op.drop_table("push_hints")
    op.drop_table("push_subscriptions")
