"""Create the tables: purchases, reports, txs, settlements and the member directory.

Runs before the code that needs it. It stays as it is; later shapes are later migrations.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _create_chain_cursor()
    _create_members()
    _create_purchases()
    _create_reports()
    _create_conflicts()
    _create_nonces()
    _create_report_entries()
    _create_report_sections()
    _create_report_signatures()
    _create_settlements()
    _create_settled_purchases()
    _create_txs()


def _create_chain_cursor() -> None:
    op.create_table(
        "chain_cursor",
        sa.Column("cursor_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("timestamp", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("cursor_id", name=op.f("pk_chain_cursor")),
    )


def _create_members() -> None:
    op.create_table(
        "members",
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("member_key", sa.LargeBinary(length=32), nullable=True),
        sa.Column("number_ciphertext", sa.LargeBinary(), nullable=True),
        sa.Column("tier", sa.SmallInteger(), nullable=False),
        sa.Column("segments", sa.BigInteger(), nullable=False),
        sa.Column("enrolled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_members")),
        sa.UniqueConstraint("member_key", name=op.f("uq_members_member_key")),
    )


def _create_purchases() -> None:
    op.create_table(
        "purchases",
        sa.Column("purchase_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("partner", sa.String(length=128), nullable=False),
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.Column("sale_ref", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("original_sale_ref", sa.String(length=128), nullable=True),
        sa.Column("outlet", sa.String(length=128), nullable=False),
        sa.Column("terminal", sa.String(length=128), nullable=True),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("utc_offset_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("business_date", sa.String(length=10), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("service_minor", sa.BigInteger(), nullable=False),
        sa.Column("tip_minor", sa.BigInteger(), nullable=False),
        sa.Column("eligible_minor", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=True),
        sa.Column("party_size", sa.Integer(), nullable=True),
        sa.Column("member_key", sa.LargeBinary(length=32), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("purchase_id", name=op.f("pk_purchases")),
        sa.UniqueConstraint(
            "partner",
            "source",
            "sale_ref",
            "kind",
            "revision",
            name=op.f("uq_purchases_partner_source_sale_ref_kind_revision"),
        ),
    )
    op.create_index(op.f("ix_purchases_member_key"), "purchases", ["member_key"], unique=False)
    op.create_index(
        op.f("ix_purchases_state_partner_purchase_id"),
        "purchases",
        ["state", "partner", "purchase_id"],
        unique=False,
    )


def _create_reports() -> None:
    op.create_table(
        "reports",
        sa.Column("content_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("report_bytes", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("content_hash", name=op.f("pk_reports")),
    )
    op.create_index(op.f("ix_reports_state"), "reports", ["state"], unique=False)
    op.create_index(
        "uq_reports_lane_sequence",
        "reports",
        ["lane", "sequence"],
        unique=True,
        sqlite_where=sa.text("state != 'failed'"),
        postgresql_where=sa.text("state != 'failed'"),
    )


def _create_conflicts() -> None:
    op.create_table(
        "conflicts",
        sa.Column("conflict_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("partner", sa.String(length=128), nullable=False),
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.Column("sale_ref", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("original_sale_ref", sa.String(length=128), nullable=True),
        sa.Column("outlet", sa.String(length=128), nullable=False),
        sa.Column("terminal", sa.String(length=128), nullable=True),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("utc_offset_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("business_date", sa.String(length=10), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("service_minor", sa.BigInteger(), nullable=False),
        sa.Column("tip_minor", sa.BigInteger(), nullable=False),
        sa.Column("eligible_minor", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=True),
        sa.Column("party_size", sa.Integer(), nullable=True),
        sa.Column("member_key", sa.LargeBinary(length=32), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["first_id"], ["purchases.purchase_id"], name=op.f("fk_conflicts_first_id")),
        sa.PrimaryKeyConstraint("conflict_id", name=op.f("pk_conflicts")),
        sa.UniqueConstraint("first_id", "content_hash", name=op.f("uq_conflicts_first_id_content_hash")),
    )


def _create_nonces() -> None:
    op.create_table(
        "nonces",
        sa.Column("sender", sa.String(length=42), nullable=False),
        sa.Column("nonce", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("content_hash", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["content_hash"], ["reports.content_hash"], name=op.f("fk_nonces_content_hash")
        ),
        sa.PrimaryKeyConstraint("sender", "nonce", name=op.f("pk_nonces")),
    )


def _create_report_entries() -> None:
    op.create_table(
        "report_entries",
        sa.Column("content_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("purchase_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["content_hash"], ["reports.content_hash"], name=op.f("fk_report_entries_content_hash")
        ),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchases.purchase_id"], name=op.f("fk_report_entries_purchase_id")
        ),
        sa.PrimaryKeyConstraint("content_hash", "position", name=op.f("pk_report_entries")),
    )
    op.create_index(op.f("ix_report_entries_purchase_id"), "report_entries", ["purchase_id"], unique=False)


def _create_report_sections() -> None:
    op.create_table(
        "report_sections",
        sa.Column("content_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("partner_id", sa.Integer(), nullable=False),
        sa.Column("first_number", sa.BigInteger(), nullable=False),
        sa.Column("purchase_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["content_hash"], ["reports.content_hash"], name=op.f("fk_report_sections_content_hash")
        ),
        sa.PrimaryKeyConstraint("content_hash", "partner_id", name=op.f("pk_report_sections")),
    )
    op.create_index(
        op.f("ix_report_sections_partner_id_first_number"),
        "report_sections",
        ["partner_id", "first_number"],
        unique=False,
    )


def _create_report_signatures() -> None:
    op.create_table(
        "report_signatures",
        sa.Column("content_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("reporters_version", sa.Integer(), nullable=False),
        sa.Column("signer", sa.String(length=42), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=65), nullable=False),
        sa.ForeignKeyConstraint(
            ["content_hash"], ["reports.content_hash"], name=op.f("fk_report_signatures_content_hash")
        ),
        sa.PrimaryKeyConstraint(
            "content_hash", "reporters_version", "signer", name=op.f("pk_report_signatures")
        ),
    )


def _create_settlements() -> None:
    op.create_table(
        "settlements",
        sa.Column("content_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("results", sa.LargeBinary(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["content_hash"], ["reports.content_hash"], name=op.f("fk_settlements_content_hash")
        ),
        sa.PrimaryKeyConstraint("content_hash", name=op.f("pk_settlements")),
    )


def _create_settled_purchases() -> None:
    op.create_table(
        "settled_purchases",
        sa.Column("purchase_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("partner_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.SmallInteger(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("bonus", sa.BigInteger(), nullable=False),
        sa.Column("last_day", sa.Integer(), nullable=False),
        sa.Column("debt_offset", sa.BigInteger(), nullable=False),
        sa.Column("grants", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["content_hash"], ["settlements.content_hash"], name=op.f("fk_settled_purchases_content_hash")
        ),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchases.purchase_id"], name=op.f("fk_settled_purchases_purchase_id")
        ),
        sa.PrimaryKeyConstraint("purchase_id", name=op.f("pk_settled_purchases")),
        sa.UniqueConstraint(
            "content_hash", "position", name=op.f("uq_settled_purchases_content_hash_position")
        ),
        sa.UniqueConstraint("partner_id", "number", name=op.f("uq_settled_purchases_partner_id_number")),
    )
    op.create_index(op.f("ix_settled_purchases_member_id"), "settled_purchases", ["member_id"], unique=False)


def _create_txs() -> None:
    op.create_table(
        "txs",
        sa.Column("tx_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sender", sa.String(length=42), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=True),
        sa.Column("block_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("gas_used", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["content_hash"], ["reports.content_hash"], name=op.f("fk_txs_content_hash")),
        sa.ForeignKeyConstraint(
            ["sender", "nonce"], ["nonces.sender", "nonces.nonce"], name=op.f("fk_txs_sender_nonce")
        ),
        sa.PrimaryKeyConstraint("tx_id", name=op.f("pk_txs")),
        sa.UniqueConstraint("tx_hash", name=op.f("uq_txs_tx_hash")),
    )
    op.create_index(op.f("ix_txs_content_hash"), "txs", ["content_hash"], unique=False)
