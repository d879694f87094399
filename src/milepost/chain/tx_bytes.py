"""Writes a tx as the bytes that are signed and as the bytes that a node takes, and reads the latter again.

`settle_tx.py` makes the fields; what keeps the key signs the first. Source: EIP-155, EIP-1559.
"""

from dataclasses import dataclass
from typing import Any

import rlp
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from hexbytes import HexBytes

from milepost.ports.chain import TxFees

_DYNAMIC_FEE = b"\x02"
_NO_ACCESS: list[Any] = []
_PLAIN_V = 27
# EIP-155: v is 35 or 36 and twice the chain.
_CHAIN_V = 35


@dataclass(frozen=True, slots=True)
class UnsignedTx:
    """A call of a contract that nobody signed yet. Units: gas in gas, value in wei."""

    chain_id: int
    nonce: int
    gas: int
    to: bytes
    data: bytes
    fees: TxFees
    value: int = 0

    def message(self) -> bytes:
        """What is hashed and signed."""
        if self.fees.priority is None:
            return rlp_of([*self._priced(), self.chain_id, 0, 0])
        return _DYNAMIC_FEE + rlp_of(self._dynamic())

    def signed(self, signature: bytes) -> bytes:
        """What a node takes; a signature is r, s, v with v 27 or 28."""
        r, s = (int.from_bytes(part, "big") for part in (signature[:32], signature[32:64]))
        parity = signature[64] - _PLAIN_V
        if self.fees.priority is None:
            return rlp_of([*self._priced(), self.chain_id * 2 + _CHAIN_V + parity, r, s])
        return _DYNAMIC_FEE + rlp_of([*self._dynamic(), parity, r, s])

    def _dynamic(self) -> list[Any]:
        priority, most = self.fees.priority, self.fees.most
        called = [self.to, self.value, self.data, _NO_ACCESS]
        return [self.chain_id, self.nonce, priority, most, self.gas, *called]

    def _priced(self) -> list[Any]:
        return [self.nonce, self.fees.most, self.gas, self.to, self.value, self.data]


def read_tx(raw: bytes, fees: TxFees) -> UnsignedTx:
    """The tx of raw bytes of ours, with other fees and without its signature."""
    if raw[:1] == _DYNAMIC_FEE:
        found = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
        return UnsignedTx(
            chain_id=found["chainId"],
            nonce=found["nonce"],
            gas=found["gas"],
            to=bytes(found["to"]),
            data=bytes(found["data"]),
            fees=fees,
            value=found["value"],
        )
    nonce, _price, gas, to, value, data, v, _r, _s = rlp.decode(raw)
    return UnsignedTx(
        chain_id=(int.from_bytes(v, "big") - _CHAIN_V) // 2,
        nonce=int.from_bytes(nonce, "big"),
        gas=int.from_bytes(gas, "big"),
        to=to,
        data=data,
        fees=fees,
        value=int.from_bytes(value, "big"),
    )


def rlp_of(fields: list[Any]) -> bytes:
    """Source: the Yellow Paper, appendix B; numbers big-endian without leading zeros."""
    return bytes(rlp.encode(fields))
