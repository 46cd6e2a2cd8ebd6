"""Events, where they go, and what became of each there.

Safe online: tables of their own, which the running release knows nothing of. What happens before it is replaced has no
events: they are written with the steps that they tell, from then on.

Revision ID: 0011
Revises: 0010
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from flash.adapters.sql.columns import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("transfer_id", sa.Uuid, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("link_id", sa.Uuid, nullable=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.UniqueConstraint("transfer_id", "sequence", name="uq_events_transfer_id_sequence"),
        sa.ForeignKeyConstraint(["transfer_id"], ["transfers.id"], name="fk_events_transfer_id_transfers"),
        sa.ForeignKeyConstraint(["link_id"], ["payment_links.id"], name="fk_events_link_id_payment_links"),
    )
    op.create_index("ix_events_at", "events", ["at", "transfer_id", "sequence"])
    op.create_index("ix_events_link_id", "events", ["link_id"], **_where("link_id IS NOT NULL"))
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("partner_id", sa.Uuid, nullable=True),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("busy_until", Instant, nullable=False),
        sa.Column("secret_version", sa.Integer, nullable=False),
        sa.Column("previous_until", Instant, nullable=True),
        sa.Column("disabled_why", sa.String(100), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failing_since", Instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_endpoints"),
        sa.UniqueConstraint("name", name="uq_webhook_endpoints_name"),
        sa.ForeignKeyConstraint(["partner_id"], ["partners.id"], name="fk_webhook_endpoints_partner_id_partners"),
    )
    op.create_index("ix_webhook_endpoints_partner_id", "webhook_endpoints", ["partner_id"])
    op.create_table(
        "deliveries",
        sa.Column("endpoint_id", sa.Uuid, nullable=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("transfer_id", sa.Uuid, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("due_at", Instant, nullable=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("failing_since", Instant, nullable=True),
        sa.Column("delivered_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("endpoint_id", "event_id", name="pk_deliveries"),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoints.id"], name="fk_deliveries_endpoint_id_webhook_endpoints"
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_deliveries_event_id_events"),
    )
    waiting = _where("due_at IS NOT NULL")
    op.create_index("ix_deliveries_event_id", "deliveries", ["event_id"])
    op.create_index("ix_deliveries_due", "deliveries", ["endpoint_id", "due_at", "sequence"], **waiting)
    op.create_index("ix_deliveries_waiting", "deliveries", ["endpoint_id", "transfer_id", "sequence"], **waiting)
    op.create_index("ix_deliveries_delivered_at", "deliveries", ["delivered_at"], **_where("delivered_at IS NOT NULL"))
    op.create_table(
        "delivery_attempts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("endpoint_id", sa.Uuid, nullable=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("status", sa.Integer, nullable=True),
        sa.Column("word", sa.String(64), nullable=False),
        sa.Column("took_ms", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_delivery_attempts"),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["webhook_endpoints.id"], name="fk_delivery_attempts_endpoint_id_webhook_endpoints"
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_delivery_attempts_event_id_events"),
    )
    op.create_index("ix_delivery_attempts_event_id", "delivery_attempts", ["event_id"])
    op.create_index("ix_delivery_attempts_at", "delivery_attempts", ["at"])
    op.create_index("ix_delivery_attempts_endpoint_id", "delivery_attempts", ["endpoint_id", "id"])


def downgrade() -> None:
    for table in ("delivery_attempts", "deliveries", "webhook_endpoints", "events"):
        op.drop_table(table)


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}
