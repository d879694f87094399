"""Keep what amendments did: several settlements a purchase, and the newest receipt of each sale.

Runs before the code that needs it. It stays as it is; later shapes are later migrations.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_KEPT = (
    "content_hash, position, purchase_id, partner_id, number, member_id, outcome, base, bonus, last_day,"
    " debt_offset, grants"
)
_UNPROVEN = 14


def upgrade() -> None:
    op.create_index(op.f("ix_purchases_partner_sale_ref"), "purchases", ["partner", "sale_ref"])
    op.create_index(
        op.f("ix_purchases_partner_original_sale_ref"), "purchases", ["partner", "original_sale_ref"]
    )
    # SQLite changes no primary key: all is moved.
    op.execute("CREATE TABLE former_settled AS SELECT * FROM settled_purchases")
    op.drop_table("settled_purchases")
    _create_settled_purchases()
    # All that was settled so far are sales, and what was no sale was not proven.
    op.execute(
        f"INSERT INTO settled_purchases ({_KEPT},"
        " credited, returned, taken, owed, counted, basis, sale_number)"
        f" SELECT {_KEPT}, base + bonus, 0, 0, 0, 0, '[0, 0, 0]',"
        f" CASE WHEN outcome = {_UNPROVEN} THEN NULL ELSE number END FROM former_settled"
    )
    op.drop_table("former_settled")


def _create_settled_purchases() -> None:
    op.create_table(
        "settled_purchases",
        sa.Column("content_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("purchase_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("partner_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.SmallInteger(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("bonus", sa.BigInteger(), nullable=False),
        sa.Column("last_day", sa.Integer(), nullable=False),
        sa.Column("debt_offset", sa.BigInteger(), nullable=False),
        sa.Column("grants", sa.Text(), nullable=False),
        sa.Column("credited", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("amendment", sa.Text(), nullable=True),
        sa.Column("sale_number", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["content_hash"],
            ["settlements.content_hash"],
            name=op.f("fk_settled_purchases_content_hash"),
        ),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchases.purchase_id"], name=op.f("fk_settled_purchases_purchase_id")
        ),
        sa.PrimaryKeyConstraint("content_hash", "position", name=op.f("pk_settled_purchases")),
        sa.UniqueConstraint("partner_id", "number", name=op.f("uq_settled_purchases_partner_id_number")),
    )
    for columns in (["purchase_id"], ["member_id"], ["partner_id", "sale_number"]):
        name = op.f(f"ix_settled_purchases_{'_'.join(columns)}")
        op.create_index(name, "settled_purchases", columns)
