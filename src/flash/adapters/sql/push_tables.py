"""The tables of browsers that want hints, and of the hints that wait for them."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text, Uuid

from flash.adapters.sql.columns import WORD, Instant, metadata
from flash.adapters.sql.people_tables import accounts, tokens
from flash.domain.push import LONGEST_ENDPOINT

push_subscriptions = Table(
    "push_subscriptions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("account_id", ForeignKey(accounts.c.id), nullable=False, index=True),
    Column("sign_in", ForeignKey(tokens.c.digest), nullable=False, index=True),
    Column("endpoint", String(LONGEST_ENDPOINT), nullable=False),
    Column("p256dh", String(88), nullable=False),
    Column("auth", String(24), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("rests_until", Instant),
)

push_hints = Table(
    "push_hints",
    metadata,
    Column("subscription_id", ForeignKey(push_subscriptions.c.id, ondelete="CASCADE"), primary_key=True),
    Column("message_id", Uuid, primary_key=True),
    Column("kind", WORD, nullable=False),
    Column("title", String(160), nullable=False),
    Column("body", Text, nullable=False),
    Column("url", String(100), nullable=False),
    Column("created_at", Instant, nullable=False, index=True),
    Column("expires_at", Instant, nullable=False),
)
"""What waits, and nothing else: whoever takes a hint takes it away."""
