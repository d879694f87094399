"""Keep answers to requests that carry an Idempotency-Key.

Runs before the code that needs it. It stays as it is; later shapes are later migrations.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "stored_answers",
        sa.Column("partner", sa.String(length=128), nullable=False),
        sa.Column("idempotency_key", sa.String(length=128), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partner", "idempotency_key", name=op.f("pk_stored_answers")),
    )
    op.create_index(op.f("ix_stored_answers_stored_at"), "stored_answers", ["stored_at"])
