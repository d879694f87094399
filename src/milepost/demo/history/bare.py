"""Replays the settlements' signed raw txs, bare, at a fresh node with the same start state.

`play.py` had the oracle make, send and read them; what the node alone takes for them is measured here.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from milepost.demo.history.meters import cpu_s
from milepost.demo.stage import Stage
from milepost.domain.errors import ChainError
from milepost.domain.quantities import Miles
from milepost.local.anvil import AnvilChain

_SUCCEEDED = 1


class ReplayDiffers(ChainError):
    """A bare tx did not do what it did before. Whoever changed the code finds out why."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class SentTx:
    """A tx as the oracle sent it. Units: the unix second of its block, and gas."""

    raw: bytes
    tx_hash: bytes
    mined_at: int
    gas_used: int


@dataclass(frozen=True, slots=True)
class Bare:
    """What the node took for all txs. Units: real seconds, and of CPU; miles credited at the end."""

    seconds: float
    cpu_s: float
    txs: int
    gas: int
    credited: Miles


def sent_txs(reports: Sequence[bytes], stage: Stage) -> list[SentTx]:
    """The txs that settled these reports, in that order, from the store, and their blocks' time."""
    sent = []
    for content_hash in reports:
        with stage.oracle.store.unit_of_work() as work:
            tx = work.txs.of_report(content_hash)[-1]
        assert tx.block_number is not None and tx.gas_used is not None, "its report is final"
        mined_at = stage.settlement.block(tx.block_number).timestamp
        sent.append(SentTx(tx.signed.raw, tx.signed.tx_hash, mined_at, tx.gas_used))
    return sent


def replay_bare(
    txs: Sequence[SentTx],
    fresh: AnvilChain,
    *,
    credited: Callable[[], Miles],
    on_tx: Callable[[], None] = lambda: None,
) -> Bare:
    """Send one tx after the other, each at the second of its first block, and wait until it is mined.

    Shape: `fresh` holds the state that the first of them met. Only three requests a tx are measured: the
        clock's, the tx, its receipt.
    Raises: ReplayDiffers if a tx fails or uses other gas than before.
    """
    gas, seconds, cpu_before_s = 0, 0.0, cpu_s(fresh.process_id)
    for tx in txs:
        started = time.perf_counter()
        fresh.request("evm_setNextBlockTimestamp", tx.mined_at)
        fresh.request("eth_sendRawTransaction", "0x" + tx.raw.hex())
        receipt = _receipt(fresh, "0x" + tx.tx_hash.hex())
        seconds += time.perf_counter() - started
        status, used = int(receipt["status"], 16), int(receipt["gasUsed"], 16)
        if status != _SUCCEEDED or used != tx.gas_used:
            raise ReplayDiffers(
                f"The tx 0x{tx.tx_hash.hex()} used {tx.gas_used} gas, and replayed {used} with status"
                f" {status}: the start state is not the same."
            )
        gas += used
        on_tx()
    return Bare(seconds, cpu_s(fresh.process_id) - cpu_before_s, len(txs), gas, credited())


def _receipt(fresh: AnvilChain, tx_hash: str) -> Any:
    """anvil gives none in the first moments; asked again at once, as nothing else is to be done."""
    while (receipt := fresh.request("eth_getTransactionReceipt", tx_hash)) is None:
        continue
    return receipt
