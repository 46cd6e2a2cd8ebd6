"""The tables of events, of where they go, and of what became of each there."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, Uuid

from flash.adapters.sql.columns import Instant, metadata

events = Table(
    "events",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("transfer_id", ForeignKey("transfers.id"), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("link_id", ForeignKey("payment_links.id")),
    Column("body", Text, nullable=False),
    UniqueConstraint("transfer_id", "sequence"),
    Index("ix_events_at", "at", "transfer_id", "sequence"),
)
"""Written with the step that they tell, and never changed."""

Index(
    "ix_events_link_id",
    events.c.link_id,
    postgresql_where=events.c.link_id.is_not(None),
    sqlite_where=events.c.link_id.is_not(None),
)

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", String(60), nullable=False),
    Column("url", String(500), nullable=False),
    Column("partner_id", ForeignKey("partners.id"), index=True),
    Column("created_at", Instant, nullable=False),
    Column("busy_until", Instant, nullable=False),
    Column("secret_version", Integer, nullable=False),
    Column("previous_until", Instant),
    Column("disabled_why", String(100), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("failing_since", Instant),
    UniqueConstraint("name"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("endpoint_id", ForeignKey("webhook_endpoints.id"), primary_key=True),
    Column("event_id", ForeignKey("events.id"), primary_key=True),
    Column("transfer_id", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("due_at", Instant),
    Column("attempts", Integer, nullable=False),
    Column("failing_since", Instant),
    Column("delivered_at", Instant),
    Index("ix_deliveries_event_id", "event_id"),
)
"""The queue of each endpoint. What has no time at which it is due is there already. The transfer and its sequence are
the event's, and stand here too so that the order of a queue is read from one index."""

Index(
    "ix_deliveries_due",
    deliveries.c.endpoint_id,
    deliveries.c.due_at,
    deliveries.c.sequence,
    postgresql_where=deliveries.c.due_at.is_not(None),
    sqlite_where=deliveries.c.due_at.is_not(None),
)
Index(
    "ix_deliveries_waiting",
    deliveries.c.endpoint_id,
    deliveries.c.transfer_id,
    deliveries.c.sequence,
    postgresql_where=deliveries.c.due_at.is_not(None),
    sqlite_where=deliveries.c.due_at.is_not(None),
)
Index(
    "ix_deliveries_delivered_at",
    deliveries.c.delivered_at,
    postgresql_where=deliveries.c.delivered_at.is_not(None),
    sqlite_where=deliveries.c.delivered_at.is_not(None),
)

delivery_attempts = Table(
    "delivery_attempts",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("endpoint_id", ForeignKey("webhook_endpoints.id"), nullable=False),
    Column("event_id", ForeignKey("events.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False, index=True),
    Column("status", Integer),
    Column("word", String(64), nullable=False),
    Column("took_ms", Integer, nullable=False),
    Index("ix_delivery_attempts_endpoint_id", "endpoint_id", "id"),
)
"""Every call, without what was said in it."""
