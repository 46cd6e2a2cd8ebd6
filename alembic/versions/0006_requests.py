"""Requests for money, and blocks.

Safe online: two new tables, which the running release does not know, and a column of transfers that it leaves empty.
The new indexes on transfers cover only rows that pay a request, so making them is one quick look through the table; on
a large one make them with CREATE INDEX CONCURRENTLY beforehand, after the column, under the same names.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

from flash.adapters.sql.columns import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

PAYS = "request_id IS NOT NULL"
ALIVE = "state NOT IN ('failed', 'returned', 'cancelled')"


def upgrade() -> None:
    op.create_table(
        "payment_requests",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("requester_id", sa.Uuid, nullable=False),
        sa.Column("requester", sa.String(16), nullable=False),
        sa.Column("payer", sa.String(16), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("description", sa.String(500), nullable=False),
        sa.Column("key", sa.String(255), nullable=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("transfer_id", sa.Uuid, nullable=True),
        sa.Column("decline_reason", sa.String(200), nullable=False),
        sa.Column("hidden", sa.Boolean, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_payment_requests"),
        sa.UniqueConstraint("number", name="uq_payment_requests_number"),
        sa.UniqueConstraint("requester_id", "key", name="uq_payment_requests_requester_id_key"),
        sa.ForeignKeyConstraint(["requester_id"], ["accounts.id"], name="fk_payment_requests_requester_id_accounts"),
        sa.CheckConstraint("amount_minor > 0", name="ck_payment_requests_amount_minor"),
        sa.CheckConstraint("(state = 'approved') = (transfer_id IS NOT NULL)", name="ck_payment_requests_transfer_id"),
    )
    op.create_index(
        "ix_payment_requests_requester_id_created_at", "payment_requests", ["requester_id", "created_at", "id"]
    )
    op.create_index("ix_payment_requests_payer_created_at", "payment_requests", ["payer", "hidden", "created_at", "id"])
    op.create_index(
        "ix_payment_requests_expires_at_pending", "payment_requests", ["expires_at"], **_where("state = 'pending'")
    )
    op.create_table(
        "blocks",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("msisdn", sa.String(16), nullable=False),
        sa.Column("known_id", sa.Uuid, nullable=True),
        sa.Column("created_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_blocks"),
        sa.UniqueConstraint("account_id", "msisdn", name="uq_blocks_account_id_msisdn"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_blocks_account_id_accounts"),
        sa.ForeignKeyConstraint(["known_id"], ["accounts.id"], name="fk_blocks_known_id_accounts"),
    )
    op.create_index("ix_blocks_account_id_created_at", "blocks", ["account_id", "created_at", "id"])
    op.create_index("ix_blocks_known_id", "blocks", ["known_id"])
    refers = sa.ForeignKey("payment_requests.id", name="fk_transfers_request_id_payment_requests")
    # SQLite takes the two in one statement or not at all; PostgreSQL only apart gives the constraint its name.
    at_once = op.get_bind().dialect.name == "sqlite"
    op.add_column("transfers", sa.Column("request_id", sa.Uuid, refers, nullable=True), inline_references=at_once)
    op.create_index("ix_transfers_request_id", "transfers", ["request_id"], if_not_exists=True, **_where(PAYS))
    op.create_index(
        "uq_transfers_one_pays_a_request",
        "transfers",
        ["request_id"],
        unique=True,
        if_not_exists=True,
        **_where(ALIVE),
    )


def downgrade() -> None:
    op.drop_index("uq_transfers_one_pays_a_request", "transfers")
    op.drop_index("ix_transfers_request_id", "transfers")
    op.drop_column("transfers", "request_id")
    op.drop_table("blocks")
    op.drop_table("payment_requests")


def _where(condition: str) -> dict[str, sa.TextClause]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}
