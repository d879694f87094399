"""Mark txs that settle nothing and use up a nonce.

Runs before the code that needs it. It stays as it is; later shapes are later migrations.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("txs", sa.Column("is_empty", sa.Boolean(), server_default=sa.false(), nullable=False))
