"""The tables about people and staff."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from flash.adapters.sql.columns import MSISDN, WORD, Instant, metadata

accounts = Table(
    "accounts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("msisdn", MSISDN, nullable=False),
    Column("full_name", String(100), nullable=False),
    Column("email", String(254), nullable=False),
    Column("tier", Integer, nullable=False),
    Column("password_hash", String(255), nullable=False),
    Column("created_at", Instant, nullable=False, index=True),
    Column("history_from", Instant),
    Column("language", WORD),
    Column("locked_at", Instant),
    UniqueConstraint("msisdn"),
)

freed_numbers = Table(
    "freed_numbers",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("freed_at", Instant, nullable=False),
    Column("day", Date),
    Column("used_minor", BigInteger, nullable=False, server_default="0"),
)
"""Numbers whose owners left, as keyed digests: whoever has one next does not see what it received before, and has no
more of that day's limit than was left."""

tokens = Table(
    "tokens",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("account_id", ForeignKey("accounts.id"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("device", String(200), nullable=False, server_default=""),
    Column("kind", WORD, nullable=False, server_default="app"),
    Column("locked_at", Instant),
)

phone_codes = Table(
    "phone_codes",
    metadata,
    Column("msisdn", MSISDN, primary_key=True),
    Column("asked_from", String(64), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("sent_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("tries_left", Integer, nullable=False),
    Column("proved_at", Instant),
    Column("used_at", Instant),
    Column("invite_code", String(6), nullable=False),
    CheckConstraint("tries_left >= 0", name="tries_left"),
)

staff = Table(
    "staff",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("email", String(254), nullable=False),
    Column("full_name", String(100), nullable=False),
    Column("role", WORD, nullable=False),
    Column("password_hash", String(255), nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("email"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", WORD, nullable=False),
    Column("msisdn", MSISDN, nullable=False, index=True),
    Column("text", String(160), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("standing", WORD, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("told", Text),
)
Index(
    "ix_messages_due_at",
    messages.c.due_at,
    postgresql_where=messages.c.due_at.is_not(None),
    sqlite_where=messages.c.due_at.is_not(None),
)

staff_actions = Table(
    "staff_actions",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("staff_id", ForeignKey("staff.id"), index=True),
    Column("at", Instant, nullable=False),
    Column("action", WORD, nullable=False),
    Column("subject", String(254), nullable=False),
    Column("before", String(100), nullable=False),
    Column("after", String(100), nullable=False),
    Column("reason", String(500), nullable=False),
)
"""Who changed what. Nothing is ever changed or deleted here; without a member of staff it was done at the shell."""

day_limits = Table(
    "day_limits",
    metadata,
    Column("account_id", ForeignKey("accounts.id"), primary_key=True),
    Column("day", Date, nullable=False),
    Column("used_minor", BigInteger, nullable=False),
    Column("carried_minor", BigInteger, nullable=False, server_default="0"),
    CheckConstraint("used_minor >= 0", name="used_minor"),
)
"""One row a person, for the latest day only: it is also what two orders of one person wait for.

What was carried over was used on that day by an earlier account of the same number."""
