"""Keep the fees of every tx, and when they were made: what replaces it must pay more.

Runs before the code that needs it. It stays as it is; later shapes are later migrations.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    for name in ("most_fee", "priority_fee", "fees_as_of"):
        op.add_column("txs", sa.Column(name, sa.BigInteger(), nullable=True))
