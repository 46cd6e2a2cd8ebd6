"""The tables of what belongs to people: profiles, PINs, contacts and invites."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    Uuid,
)

from flash.adapters.sql.columns import MSISDN, Instant, metadata
from flash.adapters.sql.people_tables import accounts
from flash.domain.invite import CODE_LENGTH, INVITES_EACH

profiles = Table(
    "profiles",
    metadata,
    Column("account_id", ForeignKey(accounts.c.id), primary_key=True),
    Column("date_of_birth", Date),
    Column("address", String(200), nullable=False),
    Column("id_number", String(50), nullable=False),
    Column("biometrics_enabled", Boolean, nullable=False),
    Column("auto_lock_enabled", Boolean, nullable=False),
    Column("auto_lock_minutes", Integer, nullable=False),
)

pins = Table(
    "pins",
    metadata,
    Column("account_id", ForeignKey(accounts.c.id), primary_key=True),
    Column("hash", String(255), nullable=False),
    Column("key_version", Integer, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("locked_until", Instant),
)

SORTED = String(320).with_variant(String(320, collation="C"), "postgresql")
"""Compared by code points on both databases; casefold makes three characters of one at most."""

contacts = Table(
    "contacts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", ForeignKey(accounts.c.id), nullable=False),
    Column("name", String(100), nullable=False),
    Column("msisdn", MSISDN, nullable=False),
    Column("is_favourite", Boolean, nullable=False),
    Column("sort_key", SORTED, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("account_id", "msisdn"),
    Index("ix_contacts_account_id_sort_key_id", "account_id", "sort_key", "id"),
)

invites = Table(
    "invites",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", ForeignKey(accounts.c.id), nullable=False),
    Column("slot", Integer, nullable=False),
    Column("code", String(CODE_LENGTH), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("shared_at", Instant),
    Column("sent_to", MSISDN),
    Column("joined_id", ForeignKey(accounts.c.id)),
    Column("joined_at", Instant),
    UniqueConstraint("account_id", "slot"),
    UniqueConstraint("code"),
    UniqueConstraint("joined_id"),
    CheckConstraint(f"slot BETWEEN 1 AND {INVITES_EACH}", name="slot"),
)
