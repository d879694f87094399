"""Keep what a reporter signed, and what reporters disagreed about with both contents.

May run before or after the code that asks. It stays as it is; later shapes are later migrations.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_cuts()
    _create_disagreements()


def _create_cuts() -> None:
    op.create_table(
        "signed_cuts",
        sa.Column("content_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("report_bytes", sa.LargeBinary(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("content_hash", name=op.f("pk_signed_cuts")),
    )
    op.create_index(op.f("ix_signed_cuts_lane_sequence"), "signed_cuts", ["lane", "sequence"])
    op.create_table(
        "signed_cut_entries",
        sa.Column("content_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("purchase_id", _ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["content_hash"], ["signed_cuts.content_hash"], name=op.f("fk_signed_cut_entries_content_hash")
        ),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchases.purchase_id"], name=op.f("fk_signed_cut_entries_purchase_id")
        ),
        sa.PrimaryKeyConstraint("content_hash", "position", name=op.f("pk_signed_cut_entries")),
    )
    op.create_index(op.f("ix_signed_cut_entries_purchase_id"), "signed_cut_entries", ["purchase_id"])


def _create_disagreements() -> None:
    op.create_table(
        "disagreements",
        sa.Column("disagreement_id", _ROW_ID, nullable=False),
        sa.Column("reporter", sa.String(length=42), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("proposed_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("own_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("proposed", sa.LargeBinary(), nullable=False),
        sa.Column("own", sa.LargeBinary(), nullable=False),
        sa.Column("noticed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("disagreement_id", name=op.f("pk_disagreements")),
        sa.UniqueConstraint(
            "reporter",
            "proposed_hash",
            "own_hash",
            name=op.f("uq_disagreements_reporter_proposed_hash_own_hash"),
        ),
    )
