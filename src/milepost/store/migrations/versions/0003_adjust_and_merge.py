"""Keep adjustments, several numbers a member, merged members, and the place of a settlement in its block.

Runs before the code that needs it. It stays as it is; later shapes are later migrations.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _create_adjustments()
    op.add_column("settlements", sa.Column("log_index", sa.Integer(), server_default="0", nullable=False))
    _part_numbers_from_members()
    # The blocks read so far may hold adjustments, which nobody looked for: they are read once more.
    op.execute("DELETE FROM chain_cursor")


def _create_adjustments() -> None:
    op.create_table(
        "adjustments",
        sa.Column("adjustment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.SmallInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("into_id", sa.BigInteger(), nullable=False),
        sa.Column("miles", sa.BigInteger(), nullable=False),
        sa.Column("last_day", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("proposer", sa.String(length=42), nullable=False),
        sa.Column("decided_by", sa.String(length=42), nullable=False),
        sa.Column("case_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("adjustment_id", name=op.f("pk_adjustments")),
    )
    for column in ("member_id", "into_id"):
        op.create_index(op.f(f"ix_adjustments_{column}"), "adjustments", [column], unique=False)


def _part_numbers_from_members() -> None:
    # SQLite takes no column away that is unique, and PostgreSQL no second key of one name: all is moved.
    op.execute("CREATE TABLE former_members AS SELECT * FROM members")
    op.drop_table("members")
    op.create_table(
        "members",
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("merged_into", sa.BigInteger(), nullable=True),
        sa.Column("tier", sa.SmallInteger(), nullable=False),
        sa.Column("segments", sa.BigInteger(), nullable=False),
        sa.Column("enrolled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_members")),
    )
    op.create_index(op.f("ix_members_merged_into"), "members", ["merged_into"], unique=False)
    op.create_table(
        "member_numbers",
        sa.Column("member_key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("number_ciphertext", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.member_id"], name=op.f("fk_member_numbers_member_id")
        ),
        sa.PrimaryKeyConstraint("member_key", name=op.f("pk_member_numbers")),
    )
    op.create_index(op.f("ix_member_numbers_member_id"), "member_numbers", ["member_id"], unique=False)
    op.execute(
        "INSERT INTO members (member_id, tier, segments, enrolled_at)"
        " SELECT member_id, tier, segments, enrolled_at FROM former_members"
    )
    op.execute(
        "INSERT INTO member_numbers (member_key, member_id, number_ciphertext)"
        " SELECT member_key, member_id, number_ciphertext FROM former_members WHERE member_key IS NOT NULL"
    )
    op.drop_table("former_members")
