"""Profiles, PINs, contacts, invites, what staff did; devices of sign-ins; codes by where they were asked for.

Safe online but for one thing: codes on their way to phones live for five minutes, so their table is made anew and not
converted. Whoever is signing up at this moment asks for another code, and the running release cannot send any until it
is replaced. The rest are tables of their own, and a column with a default, which PostgreSQL adds without rewriting.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

from flash.adapters.sql.columns import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SORTED = sa.String(320).with_variant(sa.String(320, collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("tokens", sa.Column("device", sa.String(200), nullable=False, server_default=""))
    _make_phone_codes(
        sa.Column("asked_from", sa.String(64), nullable=False),
        sa.Column("used_at", Instant, nullable=True),
        sa.Column("invite_code", sa.String(6), nullable=False),
        sa.PrimaryKeyConstraint("msisdn", "asked_from", name="pk_phone_codes"),
    )
    op.add_column("accounts", sa.Column("history_from", Instant, nullable=True))
    op.create_table(
        "freed_numbers",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("freed_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_freed_numbers"),
    )
    op.create_table(
        "staff_actions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("staff_id", sa.Uuid, nullable=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(254), nullable=False),
        sa.Column("before", sa.String(100), nullable=False),
        sa.Column("after", sa.String(100), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_staff_actions"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_staff_actions_staff_id_staff"),
    )
    op.create_index("ix_staff_actions_staff_id", "staff_actions", ["staff_id"])
    _make_belongings()


def _make_phone_codes(*columns: sa.schema.SchemaItem) -> None:
    op.drop_table("phone_codes")
    op.create_table(
        "phone_codes",
        sa.Column("msisdn", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("sent_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("tries_left", sa.Integer, nullable=False),
        sa.Column("proved_at", Instant, nullable=True),
        *columns,
        sa.CheckConstraint("tries_left >= 0", name=op.f("ck_phone_codes_tries_left")),
    )


def _make_belongings() -> None:
    op.create_table(
        "profiles",
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("date_of_birth", sa.Date, nullable=True),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("id_number", sa.String(50), nullable=False),
        sa.Column("biometrics_enabled", sa.Boolean, nullable=False),
        sa.Column("auto_lock_enabled", sa.Boolean, nullable=False),
        sa.Column("auto_lock_minutes", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_profiles"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_profiles_account_id_accounts"),
    )
    op.create_table(
        "pins",
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("hash", sa.String(255), nullable=False),
        sa.Column("key_version", sa.Integer, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("locked_until", Instant, nullable=True),
        sa.PrimaryKeyConstraint("account_id", name="pk_pins"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_pins_account_id_accounts"),
    )
    op.create_table(
        "contacts",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("msisdn", sa.String(16), nullable=False),
        sa.Column("is_favourite", sa.Boolean, nullable=False),
        sa.Column("sort_key", SORTED, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_contacts_account_id_accounts"),
        sa.UniqueConstraint("account_id", "msisdn", name="uq_contacts_account_id_msisdn"),
    )
    op.create_index("ix_contacts_account_id_sort_key_id", "contacts", ["account_id", "sort_key", "id"])
    op.create_table(
        "invites",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("account_id", sa.Uuid, nullable=False),
        sa.Column("slot", sa.Integer, nullable=False),
        sa.Column("code", sa.String(6), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("shared_at", Instant, nullable=True),
        sa.Column("sent_to", sa.String(16), nullable=True),
        sa.Column("joined_id", sa.Uuid, nullable=True),
        sa.Column("joined_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_invites"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_invites_account_id_accounts"),
        sa.ForeignKeyConstraint(["joined_id"], ["accounts.id"], name="fk_invites_joined_id_accounts"),
        sa.UniqueConstraint("account_id", "slot", name="uq_invites_account_id_slot"),
        sa.UniqueConstraint("code", name="uq_invites_code"),
        sa.UniqueConstraint("joined_id", name="uq_invites_joined_id"),
        sa.CheckConstraint("slot BETWEEN 1 AND 5", name=op.f("ck_invites_slot")),
    )


def downgrade() -> None:
    for table in ("invites", "contacts", "pins", "profiles", "staff_actions", "freed_numbers"):
        op.drop_table(table)
    _make_phone_codes(
        sa.Column("bound_to", sa.String(64), nullable=True),
        sa.PrimaryKeyConstraint("msisdn", name="pk_phone_codes"),
    )
    op.drop_column("accounts", "history_from")
    op.drop_column("tokens", "device")
