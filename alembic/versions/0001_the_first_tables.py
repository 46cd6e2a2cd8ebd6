"""The first tables.

Why it is safe while the previous release serves: there is none yet.

Revision ID: 0001
Revises: nothing
"""

import sqlalchemy as sa
from alembic import op

from flash.adapters.sql.tables import Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("msisdn", sa.String(length=16), nullable=False),
        sa.Column("full_name", sa.String(length=100), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("msisdn", name=op.f("uq_accounts_msisdn")),
    )
    op.create_table(
        "phone_codes",
        sa.Column("msisdn", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sent_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("tries_left", sa.Integer(), nullable=False),
        sa.Column("proved_at", Instant(), nullable=True),
        sa.Column("bound_to", sa.String(length=64), nullable=True),
        sa.CheckConstraint("tries_left >= 0", name=op.f("ck_phone_codes_tries_left")),
        sa.PrimaryKeyConstraint("msisdn", name=op.f("pk_phone_codes")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("full_name", sa.String(length=100), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
    )
    op.create_table(
        "day_limits",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("used_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("used_minor >= 0", name=op.f("ck_day_limits_used_minor")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_day_limits_account_id_accounts")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_day_limits")),
    )
    op.create_table(
        "tokens",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_tokens_account_id_accounts")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_tokens")),
    )
    with op.batch_alter_table("tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tokens_account_id"), ["account_id"], unique=False)

    op.create_table(
        "transfers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=False),
        sa.Column("payer", sa.String(length=16), nullable=False),
        sa.Column("payee", sa.String(length=16), nullable=False),
        sa.Column("payer_operator", sa.String(length=32), nullable=False),
        sa.Column("payee_operator", sa.String(length=32), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("limit_day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("cancel_wanted", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("step_count", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_transfers_amount_minor")),
        sa.CheckConstraint("fee_minor >= 0", name=op.f("ck_transfers_fee_minor")),
        sa.ForeignKeyConstraint(["payer_id"], ["accounts.id"], name=op.f("fk_transfers_payer_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
        sa.UniqueConstraint("number", name=op.f("uq_transfers_number")),
        sa.UniqueConstraint("payer_id", "key", name=op.f("uq_transfers_payer_id_key")),
    )
    with op.batch_alter_table("transfers", schema=None) as batch_op:
        batch_op.create_index(
            "ix_transfers_due_at", ["due_at"], unique=False, postgresql_where=sa.text("due_at IS NOT NULL")
        )
        batch_op.create_index("ix_transfers_payee_created_at", ["payee", "created_at"], unique=False)
        batch_op.create_index("ix_transfers_payer_id_created_at", ["payer_id", "created_at"], unique=False)
        batch_op.create_index(
            "ix_transfers_state_open",
            ["state"],
            unique=False,
            postgresql_where=sa.text("state NOT IN ('completed', 'failed', 'returned', 'cancelled')"),
            sqlite_where=sa.text("state NOT IN ('completed', 'failed', 'returned', 'cancelled')"),
        )

    op.create_table(
        "legs",
        sa.Column("reference", sa.Uuid(), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("operator", sa.String(length=32), nullable=False),
        sa.Column("party", sa.String(length=16), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("platform", sa.String(length=255), nullable=False),
        sa.Column("refunds", sa.Uuid(), nullable=True),
        sa.Column("refunds_operator_id", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("resend", sa.Boolean(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=True),
        sa.Column("submitted_at", Instant(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("operator_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("last_word", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["refunds"], ["legs.reference"], name=op.f("fk_legs_refunds_legs")),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name=op.f("fk_legs_transfer_id_transfers")),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_legs")),
        sa.UniqueConstraint("transfer_id", "position", name=op.f("uq_legs_transfer_id_position")),
    )
    with op.batch_alter_table("legs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_legs_refunds"), ["refunds"], unique=False)
        batch_op.create_index(
            "uq_legs_one_collection_settled",
            ["transfer_id"],
            unique=True,
            postgresql_where=sa.text("kind = 'collection' AND state = 'settled'"),
            sqlite_where=sa.text("kind = 'collection' AND state = 'settled'"),
        )
        batch_op.create_index(
            "uq_legs_one_open",
            ["transfer_id"],
            unique=True,
            postgresql_where=sa.text("state NOT IN ('settled', 'declined')"),
            sqlite_where=sa.text("state NOT IN ('settled', 'declined')"),
        )
        batch_op.create_index(
            "uq_legs_one_payment_settled",
            ["transfer_id"],
            unique=True,
            postgresql_where=sa.text("kind IN ('disbursement', 'refund') AND state = 'settled'"),
            sqlite_where=sa.text("kind IN ('disbursement', 'refund') AND state = 'settled'"),
        )

    op.create_table(
        "steps",
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("before", sa.String(length=32), nullable=True),
        sa.Column("after", sa.String(length=32), nullable=False),
        sa.Column("note", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name=op.f("fk_steps_transfer_id_transfers")),
        sa.PrimaryKeyConstraint("transfer_id", "number", name=op.f("pk_steps")),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["reference"], ["legs.reference"], name=op.f("fk_cases_reference_legs")),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name=op.f("fk_cases_transfer_id_transfers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cases_reference"), ["reference"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_transfer_id"), ["transfer_id"], unique=False)

    op.create_table(
        "evidence",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Uuid(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("meaning", sa.String(length=32), nullable=False),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("party", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["reference"], ["legs.reference"], name=op.f("fk_evidence_reference_legs")),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name=op.f("fk_evidence_transfer_id_transfers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evidence_reference"), ["reference"], unique=False)
        batch_op.create_index(batch_op.f("ix_evidence_transfer_id"), ["transfer_id"], unique=False)

    op.create_table(
        "postings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Uuid(), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["reference"], ["legs.reference"], name=op.f("fk_postings_reference_legs")),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name=op.f("fk_postings_transfer_id_transfers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postings")),
    )
    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_postings_reference"), ["reference"], unique=False)
        batch_op.create_index(batch_op.f("ix_postings_transfer_id"), ["transfer_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("postings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_postings_transfer_id"))
        batch_op.drop_index(batch_op.f("ix_postings_reference"))

    op.drop_table("postings")
    with op.batch_alter_table("evidence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_evidence_transfer_id"))
        batch_op.drop_index(batch_op.f("ix_evidence_reference"))

    op.drop_table("evidence")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cases_transfer_id"))
        batch_op.drop_index(batch_op.f("ix_cases_reference"))

    op.drop_table("cases")
    op.drop_table("steps")
    with op.batch_alter_table("legs", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_legs_one_payment_settled",
            postgresql_where=sa.text("kind IN ('disbursement', 'refund') AND state = 'settled'"),
            sqlite_where=sa.text("kind IN ('disbursement', 'refund') AND state = 'settled'"),
        )
        batch_op.drop_index(
            "uq_legs_one_open",
            postgresql_where=sa.text("state NOT IN ('settled', 'declined')"),
            sqlite_where=sa.text("state NOT IN ('settled', 'declined')"),
        )
        batch_op.drop_index(
            "uq_legs_one_collection_settled",
            postgresql_where=sa.text("kind = 'collection' AND state = 'settled'"),
            sqlite_where=sa.text("kind = 'collection' AND state = 'settled'"),
        )
        batch_op.drop_index(batch_op.f("ix_legs_refunds"))

    op.drop_table("legs")
    with op.batch_alter_table("transfers", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_transfers_state_open",
            postgresql_where=sa.text("state NOT IN ('completed', 'failed', 'returned', 'cancelled')"),
            sqlite_where=sa.text("state NOT IN ('completed', 'failed', 'returned', 'cancelled')"),
        )
        batch_op.drop_index("ix_transfers_payer_id_created_at")
        batch_op.drop_index("ix_transfers_payee_created_at")
        batch_op.drop_index("ix_transfers_due_at", postgresql_where=sa.text("due_at IS NOT NULL"))

    op.drop_table("transfers")
    with op.batch_alter_table("tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tokens_account_id"))

    op.drop_table("tokens")
    op.drop_table("day_limits")
    op.drop_table("staff")
    op.drop_table("phone_codes")
    op.drop_table("accounts")
