"""Declares the tables: what the oracle keeps, as SQLAlchemy Core.

The migrations bring a database to this shape, and a test holds them equal; the stores beside use it.
Miles, amounts and chain numbers are integers; instants are unix seconds.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.sql.type_api import TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only in a column declared as plain INTEGER, which holds 64 bits there.
_ROW_ID: TypeEngine[int] = BigInteger().with_variant(Integer, "sqlite")
_HASH = LargeBinary(32)
_TEXT = String(128)


def _facts() -> list[Column[Any]]:
    """What a record says, in a column each; the member only as a keyed hash."""
    return [
        Column("partner", _TEXT, nullable=False),
        Column("source", _TEXT, nullable=False),
        Column("sale_ref", _TEXT, nullable=False),
        Column("kind", SmallInteger, nullable=False),
        Column("revision", Integer, nullable=False),
        Column("original_sale_ref", _TEXT),
        Column("outlet", _TEXT, nullable=False),
        Column("terminal", _TEXT),
        Column("occurred_at", BigInteger, nullable=False),
        Column("utc_offset_minutes", SmallInteger, nullable=False),
        Column("business_date", String(10)),
        Column("currency", String(3), nullable=False),
        Column("gross_minor", BigInteger, nullable=False),
        Column("tax_minor", BigInteger, nullable=False),
        Column("service_minor", BigInteger, nullable=False),
        Column("tip_minor", BigInteger, nullable=False),
        Column("eligible_minor", BigInteger, nullable=False),
        Column("channel", String(16)),
        Column("party_size", Integer),
        Column("member_key", _HASH),
        Column("content_hash", _HASH, nullable=False),
        Column("received_at", BigInteger, nullable=False),
    ]


purchases = Table(
    "purchases",
    metadata,
    Column("purchase_id", _ROW_ID, primary_key=True),
    *_facts(),
    Column("state", String(16), nullable=False),
    UniqueConstraint("partner", "source", "sale_ref", "kind", "revision"),
    Index(None, "state", "partner", "purchase_id"),
    Index(None, "member_key"),
    Index(None, "partner", "sale_ref"),
    Index(None, "partner", "original_sale_ref"),
)

conflicts = Table(
    "conflicts",
    metadata,
    Column("conflict_id", _ROW_ID, primary_key=True),
    Column("first_id", ForeignKey("purchases.purchase_id"), nullable=False),
    *_facts(),
    UniqueConstraint("first_id", "content_hash"),
)

reports = Table(
    "reports",
    metadata,
    Column("content_hash", _HASH, primary_key=True),
    Column("lane", Integer, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("report_bytes", LargeBinary, nullable=False),
    Column("state", String(16), nullable=False),
    Column("failure", Text),
    # A failed cut leaves its sequence to another one.
    Index(
        "uq_reports_lane_sequence",
        "lane",
        "sequence",
        unique=True,
        sqlite_where=text("state != 'failed'"),
        postgresql_where=text("state != 'failed'"),
    ),
    Index(None, "state"),
)

report_sections = Table(
    "report_sections",
    metadata,
    Column("content_hash", ForeignKey("reports.content_hash"), primary_key=True),
    Column("partner_id", Integer, primary_key=True),
    Column("first_number", BigInteger, nullable=False),
    Column("purchase_count", Integer, nullable=False),
    Index(None, "partner_id", "first_number"),
)

report_entries = Table(
    "report_entries",
    metadata,
    Column("content_hash", ForeignKey("reports.content_hash"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("purchase_id", ForeignKey("purchases.purchase_id"), nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Index(None, "purchase_id"),
)

report_signatures = Table(
    "report_signatures",
    metadata,
    Column("content_hash", ForeignKey("reports.content_hash"), primary_key=True),
    Column("digest", _HASH, primary_key=True),
    Column("signer", String(42), primary_key=True),
    Column("signature", LargeBinary(65), nullable=False),
)

# One row a nonce makes R3 hold: its report can be named once only, whatever is signed for it.
nonces = Table(
    "nonces",
    metadata,
    Column("sender", String(42), primary_key=True),
    Column("nonce", BigInteger, primary_key=True, autoincrement=False),
    Column("content_hash", ForeignKey("reports.content_hash"), nullable=False),
)

txs = Table(
    "txs",
    metadata,
    Column("tx_id", _ROW_ID, primary_key=True),
    Column("tx_hash", _HASH, nullable=False, unique=True),
    Column("sender", String(42), nullable=False),
    Column("nonce", BigInteger, nullable=False),
    Column("content_hash", ForeignKey("reports.content_hash"), nullable=False),
    Column("raw", LargeBinary, nullable=False),
    # Wei a unit of gas, and the time of the block they were taken from; none before there were bumps.
    Column("most_fee", BigInteger),
    Column("priority_fee", BigInteger),
    Column("fees_as_of", BigInteger),
    Column("is_empty", Boolean, nullable=False, server_default=false()),
    Column("state", String(16), nullable=False),
    Column("block_number", BigInteger),
    Column("block_hash", _HASH),
    Column("gas_used", BigInteger),
    ForeignKeyConstraint(["sender", "nonce"], ["nonces.sender", "nonces.nonce"]),
    Index(None, "content_hash"),
    Index(None, "state"),
)

settlements = Table(
    "settlements",
    metadata,
    Column("content_hash", ForeignKey("reports.content_hash"), primary_key=True),
    Column("root", _HASH, nullable=False),
    Column("results", LargeBinary, nullable=False),
    Column("block_number", BigInteger, nullable=False),
    Column("block_hash", _HASH, nullable=False),
    Column("tx_hash", _HASH, nullable=False),
    # 0 for what was settled before there were adjustments that could share a block.
    Column("log_index", Integer, server_default="0", nullable=False),
)

# A purchase number settles once: INV-2, kept here too.
# What was not proven is settled again, so a purchase may have several rows; the last one says what it got.
settled_purchases = Table(
    "settled_purchases",
    metadata,
    Column("content_hash", ForeignKey("settlements.content_hash"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("purchase_id", ForeignKey("purchases.purchase_id"), nullable=False),
    Column("partner_id", Integer, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("outcome", SmallInteger, nullable=False),
    Column("base", BigInteger, nullable=False),
    Column("bonus", BigInteger, nullable=False),
    Column("last_day", Integer, nullable=False),
    Column("debt_offset", BigInteger, nullable=False),
    Column("grants", Text, nullable=False),
    # Miles that it gave the member, and that it took back or that the member owes for it.
    Column("credited", BigInteger, nullable=False),
    Column("returned", BigInteger, nullable=False),
    # Of what was taken back: miles that came from lots, and that the member owes.
    Column("taken", BigInteger, nullable=False),
    Column("owed", BigInteger, nullable=False),
    Column("counted", Integer, nullable=False),
    Column("basis", Text, nullable=False),
    Column("amendment", Text),
    # Of the sale whose newest receipt this was; its own for a sale, none for what changed no sale.
    Column("sale_number", BigInteger),
    UniqueConstraint("partner_id", "number"),
    Index(None, "purchase_id"),
    Index(None, "member_id"),
    Index(None, "partner_id", "sale_number"),
)

# One row: the last final block whose logs are in the store.
chain_cursor = Table(
    "chain_cursor",
    metadata,
    Column("cursor_id", SmallInteger, primary_key=True, autoincrement=False),
    Column("block_number", BigInteger, nullable=False),
    Column("block_hash", _HASH, nullable=False),
    Column("timestamp", BigInteger, nullable=False),
)

# Who may do what, for a time; a row stays when its lease ends, so that its token never comes again.
# `expires_at` in unix milliseconds of the database's clock.
leases = Table(
    "leases",
    metadata,
    Column("name", _TEXT, primary_key=True),
    Column("holder", _TEXT, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

# Adjustments applied in final blocks, under the number the desk gave them.
adjustments = Table(
    "adjustments",
    metadata,
    Column("adjustment_id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", SmallInteger, nullable=False),
    Column("reason", SmallInteger, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("into_id", BigInteger, nullable=False),
    Column("miles", BigInteger, nullable=False),
    Column("last_day", Integer, nullable=False),
    Column("proposed_at", BigInteger, nullable=False),
    Column("decided_at", BigInteger, nullable=False),
    Column("proposer", String(42), nullable=False),
    Column("decided_by", String(42), nullable=False),
    Column("case_hash", _HASH, nullable=False),
    Column("block_number", BigInteger, nullable=False),
    Column("block_hash", _HASH, nullable=False),
    Column("tx_hash", _HASH, nullable=False),
    Column("log_index", Integer, nullable=False),
    Index(None, "member_id"),
    Index(None, "into_id"),
)

# A row an id that was given out: a forgotten member keeps it, and so the id stays used.
members = Table(
    "members",
    metadata,
    Column("member_id", BigInteger, primary_key=True, autoincrement=False),
    # The member whose account goes on, of one that was merged.
    Column("merged_into", BigInteger),
    Column("tier", SmallInteger, nullable=False),
    Column("segments", BigInteger, nullable=False),
    Column("enrolled_at", BigInteger),
    Index(None, "merged_into"),
)

# A membership number stands here as a keyed hash and encrypted, and nowhere else; forgetting deletes the row.
member_numbers = Table(
    "member_numbers",
    metadata,
    Column("member_key", _HASH, primary_key=True),
    Column("member_id", ForeignKey("members.member_id"), nullable=False),
    Column("number_ciphertext", LargeBinary, nullable=False),
    Index(None, "member_id"),
)

# Answers to requests with an Idempotency-Key, for a day or so.
stored_answers = Table(
    "stored_answers",
    metadata,
    Column("partner", _TEXT, primary_key=True),
    Column("idempotency_key", _TEXT, primary_key=True),
    Column("request_hash", _HASH, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("stored_at", BigInteger, nullable=False),
    Index(None, "stored_at"),
)

# A sequence may have several cuts until one of them has settled.
signed_cuts = Table(
    "signed_cuts",
    metadata,
    Column("content_hash", _HASH, primary_key=True),
    Column("lane", Integer, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("report_bytes", LargeBinary, nullable=False),
    Column("signed_at", BigInteger, nullable=False),
    Column("asked_by", String(42), nullable=False, server_default=""),
    Index(None, "lane", "sequence"),
)

signed_cut_entries = Table(
    "signed_cut_entries",
    metadata,
    Column("content_hash", ForeignKey("signed_cuts.content_hash"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("purchase_id", ForeignKey("purchases.purchase_id"), nullable=False),
    Index(None, "purchase_id"),
)

disagreements = Table(
    "disagreements",
    metadata,
    Column("disagreement_id", _ROW_ID, primary_key=True),
    Column("reporter", String(42), nullable=False),
    Column("lane", Integer, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("proposed_hash", _HASH, nullable=False),
    Column("own_hash", _HASH, nullable=False),
    Column("proposed", LargeBinary, nullable=False),
    Column("own", LargeBinary, nullable=False),
    Column("noticed_at", BigInteger, nullable=False),
    UniqueConstraint("reporter", "proposed_hash", "own_hash"),
)

# Partners' requests as they came, until every reporter has them; bodies in parts, as files may be large. A
# copy is there once its body is. `judged_at` and `latest_at` are the times by which its purchases are judged.
feed_copies = Table(
    "feed_copies",
    metadata,
    Column("copy_id", _ROW_ID, primary_key=True),
    Column("method", String(8), nullable=False),
    Column("target", LargeBinary, nullable=False),
    Column("headers", Text, nullable=False),
    Column("partner", _TEXT, nullable=False, server_default=""),
    Column("added_at", BigInteger, nullable=False, server_default="0"),
    Column("judged_at", BigInteger),
    Column("latest_at", BigInteger),
    Column("unknown", Integer),
    Column("body_id", BigInteger, nullable=False, server_default="0"),
    Column("size", BigInteger, nullable=False, server_default="0"),
    Index("ix_feed_copies_partner", "partner", "copy_id"),
    Index("ix_feed_copies_body_id", "body_id"),
    # Numbers are never used again: a reporter's cursor would pass over the new one.
    sqlite_autoincrement=True,
)

feed_copy_parts = Table(
    "feed_copy_parts",
    metadata,
    Column("body_id", BigInteger, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("added_at", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

# How much of each partner is kept, so that nobody fills the disk for all.
feed_backlogs = Table(
    "feed_backlogs",
    metadata,
    Column("partner", _TEXT, primary_key=True),
    Column("copies", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
)

feed_cursors = Table(
    "feed_cursors",
    metadata,
    Column("reporter", String(512), primary_key=True),
    Column("partner", _TEXT, primary_key=True),
    Column("copy_id", BigInteger, nullable=False),
)

# Where settlements are told to: those of one partner, or all where `partner` is null, for members' systems.
# The secrets that sign, with how long each does, stand here encrypted and nowhere else.
webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("endpoint_id", _ROW_ID, primary_key=True),
    Column("partner", _TEXT),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text),
    Column("secrets", LargeBinary, nullable=False),
)

# How each endpoint does, apart from what it wants: settling reads that, and sending is not to disturb it.
webhook_health = Table(
    "webhook_health",
    metadata,
    Column("endpoint_id", ForeignKey("webhook_endpoints.endpoint_id"), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("failing_since", BigInteger),
    Column("rests_until", BigInteger, nullable=False),
)

# The outbox: written with the settlement that it tells of, kept for some time after it was taken.
webhook_messages = Table(
    "webhook_messages",
    metadata,
    Column("message_id", _ROW_ID, primary_key=True),
    Column("endpoint_id", ForeignKey("webhook_endpoints.endpoint_id"), nullable=False),
    Column("event_id", String(40), nullable=False),
    Column("event", String(32), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    # Who sends it now, and until when nobody else may.
    Column("lease", String(32)),
    Column("lease_until", BigInteger, nullable=False),
    Column("done_at", BigInteger),
    UniqueConstraint("event_id", "endpoint_id"),
    Index(None, "endpoint_id", "state", "next_at"),
    Index(None, "state", "done_at"),
)

webhook_attempts = Table(
    "webhook_attempts",
    metadata,
    Column("attempt_id", _ROW_ID, primary_key=True),
    Column("message_id", ForeignKey("webhook_messages.message_id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("status", Integer),
    Column("problem", String(16)),
    Column("next_at", BigInteger),
    Index(None, "message_id"),
)
