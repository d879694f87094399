"""Keep partners' requests in a queue a partner, with the time by which they are judged and their size.

Runs before the code that needs it. What was kept before stands in a queue of its own, of no partner: the
reporters get it first. It stays as it is; later shapes are later migrations.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    _add_columns()
    _key_parts_by_their_body()
    _count_backlogs()
    _move_cursors()


def _add_columns() -> None:
    for column in (
        sa.Column("partner", sa.String(length=128), server_default="", nullable=False),
        sa.Column("added_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("judged_at", sa.BigInteger(), nullable=True),
        sa.Column("latest_at", sa.BigInteger(), nullable=True),
        sa.Column("unknown", sa.Integer(), nullable=True),
        sa.Column("body_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("size", sa.BigInteger(), server_default="0", nullable=False),
    ):
        op.add_column("feed_copies", column)
    op.create_index(op.f("ix_feed_copies_partner"), "feed_copies", ["partner", "copy_id"], unique=False)
    op.create_index(op.f("ix_feed_copies_body_id"), "feed_copies", ["body_id"], unique=False)
    op.execute(
        "UPDATE feed_copies SET body_id = copy_id, size = (SELECT coalesce(sum(length(content)), 0)"
        " FROM feed_copy_parts WHERE feed_copy_parts.copy_id = feed_copies.copy_id)"
    )


def _key_parts_by_their_body() -> None:
    op.execute("CREATE TABLE former_parts AS SELECT * FROM feed_copy_parts")
    op.drop_table("feed_copy_parts")
    op.create_table(
        "feed_copy_parts",
        sa.Column("body_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("body_id", "position", name=op.f("pk_feed_copy_parts")),
    )
    op.execute(
        "INSERT INTO feed_copy_parts (body_id, position, added_at, content)"
        " SELECT copy_id, position, 0, content FROM former_parts"
    )
    op.drop_table("former_parts")


def _count_backlogs() -> None:
    op.create_table(
        "feed_backlogs",
        sa.Column("partner", sa.String(length=128), nullable=False),
        sa.Column("copies", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner", name=op.f("pk_feed_backlogs")),
    )
    op.execute(
        "INSERT INTO feed_backlogs (partner, copies, size)"
        " SELECT partner, count(*), sum(size) FROM feed_copies GROUP BY partner"
    )


def _move_cursors() -> None:
    op.execute("CREATE TABLE former_cursors AS SELECT * FROM feed_cursors")
    op.drop_table("feed_cursors")
    op.create_table(
        "feed_cursors",
        sa.Column("reporter", sa.String(length=512), nullable=False),
        sa.Column("partner", sa.String(length=128), nullable=False),
        sa.Column("copy_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reporter", "partner", name=op.f("pk_feed_cursors")),
    )
    op.execute(
        "INSERT INTO feed_cursors (reporter, partner, copy_id)"
        " SELECT reporter, '', copy_id FROM former_cursors"
    )
    op.drop_table("former_cursors")
