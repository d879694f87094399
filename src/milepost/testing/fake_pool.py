"""Raw txs of the chain in memory, and the pool of its node: which tx it keeps of a nonce, and by what fees.

`fake_chain.py` mines from it. A tx here is its nonce, its fees, the signatures and the report, in bytes.
"""

from dataclasses import dataclass, field

from milepost.ports import TxAlreadyKnown, TxFees, TxFeeTooLow, TxNonceTooLow, TxNotReplaced

FREE = TxFees(0, 0, 0)
_WORD = 8
_HEAD = 3 * _WORD
# A node asks a replacement for so many percent in both fields.
_RISE_PERCENT = 110


def raw_tx(nonce: int, report_bytes: bytes, signatures: bytes, *, fees: TxFees = FREE) -> bytes:
    """The bytes of a tx: nonce, both fees, how long the signatures are, they, and the report."""
    words = b"".join(word.to_bytes(_WORD, "big") for word in (nonce, fees.most, fees.priority or 0))
    return words + len(signatures).to_bytes(4, "big") + signatures + report_bytes


def nonce_of(raw: bytes) -> int:
    return int.from_bytes(raw[:_WORD], "big")


def carried_by(raw: bytes) -> tuple[bytes, bytes]:
    """The report and the signatures of a tx."""
    size = int.from_bytes(raw[_HEAD : _HEAD + 4], "big")
    rest = raw[_HEAD + 4 :]
    return rest[size:], rest[:size]


def repriced(raw: bytes, fees: TxFees) -> bytes:
    """The same tx for other fees."""
    report_bytes, signatures = carried_by(raw)
    return raw_tx(nonce_of(raw), report_bytes, signatures, fees=fees)


@dataclass
class FakePool:
    """What a node keeps until it is mined.

    Shape: `base_fee` is what a block asks for; a tx that pays less waits, or is refused by a node that
        `refuses_cheap`. Without `replaces` the node calls another tx of a nonce too low.
    """

    base_fee: int = 0
    refuses_cheap: bool = False
    replaces: bool = True
    txs: dict[int, bytes] = field(default_factory=dict)

    def add(self, raw: bytes) -> None:
        """Keep a tx. Raises: TxAlreadyKnown, TxFeeTooLow, TxNotReplaced, TxNonceTooLow."""
        nonce = nonce_of(raw)
        present = self.txs.get(nonce)
        if present == raw:
            raise TxAlreadyKnown("already known")
        if self.refuses_cheap and _fees_of(raw)[0] < self.base_fee:
            raise TxFeeTooLow("max fee per gas less than block base fee")
        if present is not None and not self.replaces:
            raise TxNonceTooLow(f"invalid nonce; got {nonce}, expected {nonce + 1}")
        if present and any(
            new * 100 < old * _RISE_PERCENT or new <= old
            for new, old in zip(_fees_of(raw), _fees_of(present), strict=True)
        ):
            raise TxNotReplaced("replacement transaction underpriced")
        self.txs[nonce] = raw

    def use(self, nonce: int) -> None:
        """Put something else of the address in a nonce's place."""
        self.txs[nonce] = b""

    def next_nonce(self, mined_nonce: int) -> int:
        """The first nonce that is neither mined nor kept."""
        while mined_nonce in self.txs:
            mined_nonce += 1
        return mined_nonce

    def take(self, nonce: int) -> bytes | None:
        """The tx of a nonce if a block takes it now, which then leaves the pool; empty for something else."""
        raw = self.txs.get(nonce)
        if raw is None or (raw and _fees_of(raw)[0] < self.base_fee):
            return None
        return self.txs.pop(nonce)


def _fees_of(raw: bytes) -> tuple[int, int]:
    return (
        int.from_bytes(raw[_WORD : 2 * _WORD], "big"),
        int.from_bytes(raw[2 * _WORD : _HEAD], "big"),
    )
