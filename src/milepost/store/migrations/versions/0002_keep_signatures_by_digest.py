"""Keep signatures by the digest they are over: a version of the reporter set names no Settlement.

Signatures that are there are dropped, since the tables do not say for which Settlement they were made; what
is not settled yet is signed anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.drop_table("report_signatures")
    op.create_table(
        "report_signatures",
        sa.Column("content_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("signer", sa.String(length=42), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=65), nullable=False),
        sa.ForeignKeyConstraint(
            ["content_hash"], ["reports.content_hash"], name=op.f("fk_report_signatures_content_hash")
        ),
        sa.PrimaryKeyConstraint("content_hash", "digest", "signer", name=op.f("pk_report_signatures")),
    )
