"""Keeps every raw tx ever signed, with its nonce, from before it is sent.

Relaying writes them; what the chain says of them moves their states.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from milepost.ports import SignedTx, StoreBusy, StoredTx, TxFees, TxReceipt, TxState
from milepost.store.tables import nonces, txs


class SqlTxStore:
    """The port `TxStore` over one connection inside a unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def next_nonce(self, sender: str) -> int:
        last = self._connection.execute(
            select(func.max(nonces.c.nonce)).where(nonces.c.sender == sender)
        ).scalar()
        return 0 if last is None else int(last) + 1

    def add(self, signed: SignedTx, content_hash: bytes) -> None:
        carried = self._connection.execute(
            select(nonces.c.content_hash).where(
                nonces.c.sender == signed.sender, nonces.c.nonce == signed.nonce
            )
        ).scalar()
        if carried is None:
            self._connection.execute(
                insert(nonces).values(sender=signed.sender, nonce=signed.nonce, content_hash=content_hash)
            )
        elif carried != content_hash:
            raise StoreBusy(f"Nonce {signed.nonce} of {signed.sender} carries another report")
        self._connection.execute(
            insert(txs).values(
                tx_hash=signed.tx_hash,
                sender=signed.sender,
                nonce=signed.nonce,
                content_hash=content_hash,
                raw=signed.raw,
                most_fee=signed.fees and signed.fees.most,
                priority_fee=signed.fees and signed.fees.priority,
                fees_as_of=signed.fees and signed.fees.as_of,
                is_empty=signed.is_empty,
                state=TxState.SIGNED.value,
            )
        )

    def of_report(self, content_hash: bytes) -> list[StoredTx]:
        return self._all(txs.c.content_hash == content_hash)

    def in_states(self, *states: TxState) -> list[StoredTx]:
        return self._all(txs.c.state.in_([state.value for state in states]))

    def _all(self, condition: ColumnElement[bool]) -> list[StoredTx]:
        rows = self._connection.execute(
            select(txs).where(condition).order_by(txs.c.sender, txs.c.nonce, txs.c.tx_id)
        )
        return [
            StoredTx(
                signed=SignedTx(
                    row.sender, row.nonce, row.tx_hash, row.raw, _fees(row), is_empty=row.is_empty
                ),
                content_hash=row.content_hash,
                state=TxState(row.state),
                block_number=row.block_number,
                block_hash=row.block_hash,
                gas_used=row.gas_used,
            )
            for row in rows
        ]

    def move(
        self, tx_hash: bytes, *, source: TxState, target: TxState, mined: TxReceipt | None = None
    ) -> None:
        moved = self._connection.execute(
            update(txs)
            .where(txs.c.tx_hash == tx_hash, txs.c.state == source.value)
            .values(
                state=target.value,
                block_number=mined and mined.block_number,
                block_hash=mined and mined.block_hash,
                gas_used=mined and mined.gas_used,
            )
        ).rowcount
        if moved != 1:
            raise StoreBusy(
                f"The tx {tx_hash.hex()} is not {source} and cannot become {target}, as another process"
                " moved it"
            )

    def gas_used(self) -> int:
        return int(self._connection.execute(select(func.sum(txs.c.gas_used))).scalar() or 0)


def _fees(row: Row[Any]) -> TxFees | None:
    return None if row.most_fee is None else TxFees(row.most_fee, row.priority_fee, row.fees_as_of)
