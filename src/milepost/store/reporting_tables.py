"""Declares the tables of reporters: what one signed, and what reporters disagreed about.

They belong to the shape that `tables` declares; `journal` uses them.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from milepost.store.tables import metadata

_ROW_ID = BigInteger().with_variant(Integer, "sqlite")
_HASH = LargeBinary(32)

# A sequence may have several cuts until one of them has settled.
signed_cuts = Table(
    "signed_cuts",
    metadata,
    Column("content_hash", _HASH, primary_key=True),
    Column("lane", Integer, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("report_bytes", LargeBinary, nullable=False),
    Column("signed_at", BigInteger, nullable=False),
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
