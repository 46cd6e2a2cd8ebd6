"""Partners, their keys, and payment links.

Safe online: tables of their own, and a column of transfers that the running release leaves empty. The new indexes on
transfers cover only rows that pay a link; on a large table make them with CREATE INDEX CONCURRENTLY beforehand, after
the column, under the same names.

Revision ID: 0010
Revises: 0009
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from flash.adapters.sql.columns import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

PAYS = "state NOT IN ('failed', 'returned', 'cancelled')"


def upgrade() -> None:
    op.create_table(
        "partners",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_partners"),
        sa.UniqueConstraint("name", name="uq_partners_name"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_partners_account_id_accounts"),
    )
    op.create_index("ix_partners_account_id", "partners", ["account_id"])
    op.create_table(
        "partner_keys",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("partner_id", sa.Uuid, nullable=False),
        sa.Column("label", sa.String(60), nullable=False),
        sa.Column("scopes", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("revoked_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_partner_keys"),
        sa.UniqueConstraint("digest", name="uq_partner_keys_digest"),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name="fk_partner_keys_partner_id_partners"),
    )
    op.create_index("ix_partner_keys_partner_id", "partner_keys", ["partner_id"])
    op.create_table(
        "payment_links",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("number", sa.String(24), nullable=False),
        sa.Column("partner_id", sa.Uuid, nullable=False),
        sa.Column("payee", sa.String(16), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger, nullable=False),
        sa.Column("description", sa.String(200), nullable=False),
        sa.Column("reference", sa.String(100), nullable=False),
        sa.Column("key", sa.String(255), nullable=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("secret_digest", sa.String(64), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("cancelled_at", Instant, nullable=True),
        sa.Column("transfer_id", sa.Uuid, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_payment_links"),
        sa.UniqueConstraint("number", name="uq_payment_links_number"),
        sa.UniqueConstraint("secret_digest", name="uq_payment_links_secret_digest"),
        sa.UniqueConstraint("partner_id", "key", name="uq_payment_links_partner_id_key"),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name="fk_payment_links_partner_id_partners"),
        sa.CheckConstraint("amount_minor > 0", name="ck_payment_links_amount_minor"),
    )
    op.create_index("ix_payment_links_partner_id_created_at", "payment_links", ["partner_id", "created_at", "id"])
    op.create_index(
        "ix_payment_links_partner_id_reference", "payment_links", ["partner_id", "reference", "created_at", "id"]
    )
    refers = sa.ForeignKey("payment_links.id", name="fk_transfers_link_id_payment_links")
    # SQLite takes the two in one statement or not at all; PostgreSQL only apart gives the constraint its name.
    at_once = op.get_bind().dialect.name == "sqlite"
    op.add_column("transfers", sa.Column("link_id", sa.Uuid, refers, nullable=True), inline_references=at_once)
    there = {"if_not_exists": True}
    op.create_index("ix_transfers_link_id", "transfers", ["link_id"], **there, **_where("link_id IS NOT NULL"))
    op.create_index("uq_transfers_one_pays_a_link", "transfers", ["link_id"], unique=True, **there, **_where(PAYS))


def downgrade() -> None:
    op.drop_index("uq_transfers_one_pays_a_link", "transfers")
    op.drop_index("ix_transfers_link_id", "transfers")
    op.drop_column("transfers", "link_id")
    op.drop_table("payment_links")
    op.drop_table("partner_keys")
    op.drop_table("partners")


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}
