"""The tables of the money path. Every constraint has a name, every foreign key and every list's sort key an index."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    false,
    text,
)

from flash.adapters.sql.columns import MSISDN, WORD, Instant, metadata
from flash.adapters.sql.partner_tables import payment_links
from flash.adapters.sql.people_tables import accounts, staff
from flash.adapters.sql.request_tables import payment_requests

transfers = Table(
    "transfers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("number", String(24), nullable=False),
    Column("payer_id", ForeignKey(accounts.c.id), nullable=False),
    Column("payer", MSISDN, nullable=False),
    Column("payee", MSISDN, nullable=False),
    Column("payer_operator", WORD, nullable=False),
    Column("payee_operator", WORD, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("fee_minor", BigInteger, nullable=False),
    Column("description", String(500), nullable=False),
    Column("key", String(255)),
    Column("fingerprint", String(64), nullable=False),
    Column("limit_day", Date, nullable=False),
    Column("state", WORD, nullable=False),
    Column("cancel_wanted", Boolean, nullable=False),
    Column("reason", WORD),
    Column("step_count", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("hinted", Boolean, nullable=False, server_default=false()),
    Column("payee_name", String(100), nullable=False, server_default=""),
    Column("request_id", ForeignKey(payment_requests.c.id)),
    Column("link_id", ForeignKey(payment_links.c.id)),
    Column("in_line", Boolean, nullable=False, server_default=false()),
    Column("traceparent", String(55)),
    Column("version", Integer, nullable=False),
    UniqueConstraint("number"),
    UniqueConstraint("payer_id", "key"),
    CheckConstraint("amount_minor > 0", name="amount_minor"),
    CheckConstraint("fee_minor >= 0", name="fee_minor"),
    Index("ix_transfers_payer_id_created_at", "payer_id", "created_at"),
    Index("ix_transfers_payee_created_at", "payee", "created_at"),
    # It finds a day. Nothing can be sorted by it, so that nobody's list is ever read along everybody's payments.
    Index("ix_transfers_created_at", "created_at", postgresql_using="brin"),
)
for name, columns, states in (
    ("ix_transfers_payee_completed", (transfers.c.payee, transfers.c.created_at), "state = 'completed'"),
    (
        "ix_transfers_payer_id_ended",
        (transfers.c.payer_id, transfers.c.updated_at),
        "state IN ('completed', 'returned')",
    ),
    ("ix_transfers_payee_ended", (transfers.c.payee, transfers.c.updated_at), "state IN ('completed', 'returned')"),
):
    Index(name, *columns, postgresql_where=text(states), sqlite_where=text(states))
Index("ix_transfers_due_at", transfers.c.due_at, postgresql_where=transfers.c.due_at.is_not(None))
Index(
    "ix_transfers_request_id",
    transfers.c.request_id,
    postgresql_where=transfers.c.request_id.is_not(None),
    sqlite_where=transfers.c.request_id.is_not(None),
)
Index(
    "uq_transfers_one_pays_a_request",
    transfers.c.request_id,
    unique=True,
    postgresql_where=text("state NOT IN ('failed', 'returned', 'cancelled')"),
    sqlite_where=text("state NOT IN ('failed', 'returned', 'cancelled')"),
)
Index(
    "ix_transfers_link_id",
    transfers.c.link_id,
    postgresql_where=transfers.c.link_id.is_not(None),
    sqlite_where=transfers.c.link_id.is_not(None),
)
Index(
    "uq_transfers_one_pays_a_link",
    transfers.c.link_id,
    unique=True,
    postgresql_where=text("state NOT IN ('failed', 'returned', 'cancelled')"),
    sqlite_where=text("state NOT IN ('failed', 'returned', 'cancelled')"),
)
Index(
    "ix_transfers_state_open",
    transfers.c.state,
    postgresql_where=text("state NOT IN ('completed', 'failed', 'returned', 'cancelled')"),
    sqlite_where=text("state NOT IN ('completed', 'failed', 'returned', 'cancelled')"),
)

Index(
    "ix_transfers_in_line",
    transfers.c.payer,
    transfers.c.created_at,
    postgresql_where=text("state = 'recorded' AND in_line"),
    sqlite_where=text("state = 'recorded' AND in_line"),
)

prompts = Table(
    "prompts",
    metadata,
    Column("payer", MSISDN, primary_key=True),
    Column("transfer_id", ForeignKey("transfers.id"), nullable=False, index=True),
    Column("until", Instant, nullable=False),
)
"""Whose payment a payer's phone may show at the moment: never more than one."""

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("process", String(128), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("swept_at", Instant),
)

receipt_checks = Table(
    "receipt_checks",
    metadata,
    Column("transfer_id", ForeignKey("transfers.id"), primary_key=True),
    Column("first_at", Instant, nullable=False),
    Column("count", BigInteger, nullable=False),
)
"""How often somebody was told that a payment was paid out, and when first: one row for each payment, whoever asks."""

legs = Table(
    "legs",
    metadata,
    Column("reference", Uuid, primary_key=True),
    Column("transfer_id", ForeignKey("transfers.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("kind", WORD, nullable=False),
    Column("operator", WORD, nullable=False),
    Column("party", MSISDN, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("state", WORD, nullable=False),
    Column("message", String(160), nullable=False, server_default=""),
    Column("platform", String(255), nullable=False),
    Column("callback_token", String(64), nullable=False, server_default=""),
    Column("refunds", ForeignKey("legs.reference"), index=True),
    Column("refunds_operator_id", Text),
    Column("attempts", Integer, nullable=False),
    Column("resend", Boolean, nullable=False),
    Column("looks", Integer, nullable=False),
    Column("opened_at", Instant),
    Column("submitted_at", Instant),
    Column("closed_at", Instant),
    Column("operator_id", Text),
    Column("reason", WORD),
    Column("last_word", Text, nullable=False),
    UniqueConstraint("transfer_id", "position"),
)
for name, condition in (
    ("uq_legs_one_open", "state NOT IN ('settled', 'declined')"),
    ("uq_legs_one_collection_settled", "kind = 'collection' AND state = 'settled'"),
    ("uq_legs_one_payment_settled", "kind IN ('disbursement', 'refund') AND state = 'settled'"),
):
    Index(name, legs.c.transfer_id, unique=True, postgresql_where=text(condition), sqlite_where=text(condition))

Index(
    "uq_legs_callback_token",
    legs.c.callback_token,
    unique=True,
    postgresql_where=text("callback_token <> ''"),
    sqlite_where=text("callback_token <> ''"),
)
# Hashed, because an operator's id may be longer than an ordinary index takes, and no answer may fail to be stored.
Index(
    "ix_legs_operator_id",
    legs.c.operator_id,
    postgresql_using="hash",
    postgresql_where=legs.c.operator_id.is_not(None),
    sqlite_where=legs.c.operator_id.is_not(None),
)
Index(
    "ix_legs_operator_closed_at",
    legs.c.operator,
    legs.c.closed_at,
    postgresql_where=text("state = 'settled'"),
    sqlite_where=text("state = 'settled'"),
)
Index(
    "ix_legs_closed_at_paid",
    legs.c.closed_at,
    postgresql_where=text("kind IN ('disbursement', 'refund') AND state = 'settled'"),
    sqlite_where=text("kind IN ('disbursement', 'refund') AND state = 'settled'"),
)

steps = Table(
    "steps",
    metadata,
    Column("transfer_id", ForeignKey("transfers.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("before", WORD),
    Column("after", WORD, nullable=False),
    Column("note", String(64), nullable=False),
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("transfer_id", ForeignKey("transfers.id"), nullable=False, index=True),
    Column("reference", ForeignKey("legs.reference"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("source", WORD, nullable=False),
    Column("meaning", WORD, nullable=False),
    Column("http_status", Integer),
    Column("body", Text, nullable=False),
    Column("currency", String(3)),
    Column("amount_minor", BigInteger),
    Column("party", MSISDN),
)

postings = Table(
    "postings",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("transfer_id", ForeignKey("transfers.id"), nullable=False, index=True),
    Column("reference", ForeignKey("legs.reference"), nullable=False, index=True),
    Column("account", String(64), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("transfer_id", ForeignKey("transfers.id"), nullable=False, index=True),
    Column("reference", ForeignKey("legs.reference"), nullable=False, index=True),
    Column("cause", WORD, nullable=False),
    Column("detail", Text, nullable=False),
    Column("opened_at", Instant, nullable=False, index=True),
    Column("closed_at", Instant, index=True),
)
Index(
    "ix_cases_open", cases.c.id, postgresql_where=cases.c.closed_at.is_(None), sqlite_where=cases.c.closed_at.is_(None)
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("reference", ForeignKey("legs.reference"), index=True),
    Column("verdict", WORD, nullable=False),
    Column("reason", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("operator_id", String(64), nullable=False),
    Column("proposed_by", ForeignKey(staff.c.id), nullable=False, index=True),
    Column("proposed_at", Instant, nullable=False),
    Column("standing", WORD, nullable=False),
    Column("decided_by", ForeignKey(staff.c.id), index=True),
    Column("decided_at", Instant),
    CheckConstraint("standing <> 'approved' OR decided_by <> proposed_by", name="two_people"),
    CheckConstraint("(standing = 'proposed') = (decided_by IS NULL)", name="decided_by"),
)
Index(
    "uq_decisions_one_proposed",
    decisions.c.case_id,
    unique=True,
    postgresql_where=text("standing = 'proposed'"),
    sqlite_where=text("standing = 'proposed'"),
)

chain_links = Table(
    "chain_links",
    metadata,
    Column("table_name", WORD, primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("row_id", BigInteger, nullable=False),
    Column("transfer_id", Uuid, nullable=False),
    Column("digest", String(64), nullable=False),
    UniqueConstraint("table_name", "row_id"),
)
"""No foreign keys: a link stays when its row is gone, which is how that is noticed."""

callbacks = Table(
    "callbacks",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("received_at", Instant, nullable=False),
    Column("operator", WORD, nullable=False),
    Column("token", String(128), nullable=False, index=True),
    Column("reference", ForeignKey("legs.reference"), index=True),
    Column("method", String(8), nullable=False),
    Column("source", String(64), nullable=False),
    Column("headers", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
Index(
    "ix_callbacks_operator_received_at",
    callbacks.c.operator,
    callbacks.c.received_at,
    postgresql_where=callbacks.c.reference.is_not(None),
    sqlite_where=callbacks.c.reference.is_not(None),
)

differences = Table(
    "differences",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("operator", WORD, nullable=False),
    Column("cls", WORD, nullable=False),
    Column("reference", Uuid, index=True),
    Column("transfer_id", ForeignKey("transfers.id"), index=True),
    Column("line", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("age_s", BigInteger, nullable=False),
    Column("found_at", Instant, nullable=False),
    Column("closed_at", Instant),
    UniqueConstraint("digest"),
)
"""Where a statement and our legs do not agree. What closed itself has closed_at; the reference need not be ours."""

day_closes = Table(
    "day_closes",
    metadata,
    Column("day", Date, primary_key=True),
    Column("closed_at", Instant, nullable=False),
    Column("contents", Text, nullable=False),
    Column("signature", String(64), nullable=False),
)

# By these a day is closed. The rows come in the order of their time, so a few bytes per page of them are enough.
for table in (postings, evidence):
    Index(f"ix_{table.name}_at", table.c.at, postgresql_using="brin")
ENDED = text("after IN ('completed', 'failed', 'returned', 'cancelled')")
Index("ix_steps_at_ended", steps.c.at, postgresql_where=ENDED, sqlite_where=ENDED)
