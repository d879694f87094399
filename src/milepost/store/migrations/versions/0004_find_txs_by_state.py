"""Find txs by their state: sending looks for unsent ones of earlier nonces, among all that were ever sent.

May run before or after the code that asks. It stays as it is; later shapes are later migrations.
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_index(op.f("ix_txs_state"), "txs", ["state"])
