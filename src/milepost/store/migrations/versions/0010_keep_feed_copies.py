"""Keep partners' requests as they came, until every reporter has them.

May run before or after the code that asks. It stays as it is; later shapes are later migrations.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "feed_copies",
        sa.Column("copy_id", _ROW_ID, nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("target", sa.LargeBinary(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("copy_id", name=op.f("pk_feed_copies")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "feed_copy_parts",
        sa.Column("copy_id", _ROW_ID, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["copy_id"], ["feed_copies.copy_id"], name=op.f("fk_feed_copy_parts_copy_id")
        ),
        sa.PrimaryKeyConstraint("copy_id", "position", name=op.f("pk_feed_copy_parts")),
    )
    op.create_table(
        "feed_cursors",
        sa.Column("reporter", sa.String(length=512), nullable=False),
        sa.Column("copy_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("reporter", name=op.f("pk_feed_cursors")),
    )
