"""Say who asked for a signed cut, so that each proposer has so many of a sequence and no more.

Runs before the code that needs it. Cuts of before count for nobody. It stays as it is; later shapes are later
migrations.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column(
        "signed_cuts", sa.Column("asked_by", sa.String(length=42), server_default="", nullable=False)
    )
