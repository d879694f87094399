"""Measures whether a worker keeps pace with a chain that makes a block a second, as chains in use do.

`settling_rows.py` asks how much it can do; this, whether the chain or the oracle sets the pace. `oracle.py`
runs both.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.latency_rows import rate_between
from bench.oracle_databases import Databases
from bench.oracle_programs import WORKER, running
from bench.oracle_stage import KEPT_STATES, OracleStage, oracle_stage
from bench.settled_times import credited_at, require_settled, seeing_blocks
from bench.settling_rows import AIM
from milepost.demo.history.bare import ReplayDiffers, SentTx, sent_txs
from milepost.feeds.files import read_feed_bytes
from milepost.local.anvil import AnvilChain, free_port, running_anvil
from milepost.pipeline.ingest_purchase import AnswerKind
from milepost.pipeline.seal_report import MOST_PURCHASES
from milepost.ports import ReportState
from scripts._compiling import ROOT

BLOCK_S = 1
"""Seconds from block to block."""

_TILL = "pace"
_SETTLED_WITHIN_S = 240
_LOOK_EVERY_S = 0.01


@dataclass(frozen=True, slots=True)
class PaceSizes:
    """Full reports that are queued, and purchases in each; the first one's time is not counted."""

    reports: int = 12
    purchases: int = MOST_PURCHASES


@dataclass(frozen=True, slots=True)
class PaceRow:
    """Purchases a second of one lane, ours and of the same txs sent bare, each awaited."""

    database: str
    purchases: int
    reports: int
    per_s: float
    bare_per_s: float

    @property
    def ratio(self) -> float:
        """Ours over the replay; AIM is the least that is aimed at."""
        return self.per_s / self.bare_per_s

    @property
    def is_met(self) -> bool:
        return self.ratio >= AIM


def measure_pace(found: Databases, folder: Path, sizes: PaceSizes, *, members: int) -> PaceRow:
    """Settle a full queue by a worker while blocks come by the clock, and replay its txs.

    Raises: ProgramFailed; ReplayDiffers.
    """
    queue = sizes.reports * sizes.purchases
    with oracle_stage(folder, found.new_url(), members=members) as stage:
        _fill(stage, queue)
        start_state = stage.anvil.request("anvil_dumpState")
        stage.anvil.request("evm_setIntervalMining", BLOCK_S)
        with running(WORKER, stage.settings, folder / "worker.txt") as worker, seeing_blocks(stage) as seen:
            require_settled(stage, queue, worker, within_s=_SETTLED_WITHIN_S)
        txs = _settled_by(stage)
        bare_s = _replayed(txs, stage, start_state)
        per_s = rate_between(credited_at(stage, seen, _TILL))
    return PaceRow(found.kind, queue, len(txs), per_s, (queue - sizes.purchases) / bare_s)


def _fill(stage: OracleStage, queue: int) -> None:
    oracle, till = stage.stage.oracle, stage.till(_TILL)
    records = read_feed_bytes(
        b"\n".join(map(till.record, range(queue))),
        oracle.partners.partners,
        source="bench",
        suffix=".ndjson",
    )
    assert all(answer.kind is AnswerKind.ACCEPTED for answer in oracle.ingest(records))


def _settled_by(stage: OracleStage) -> list[SentTx]:
    with stage.stage.oracle.store.unit_of_work() as work:
        final = sorted(work.reports.in_states(ReportState.FINAL), key=lambda report: report.sequence)
    return sent_txs([report.content_hash for report in final], stage.stage)


def _replayed(txs: list[SentTx], stage: OracleStage, start_state: Any) -> float:
    """Seconds from the first tx's block to the last's, each tx sent as soon as the one before is mined.

    Raises: ReplayDiffers.
    """
    mined_at = []
    with _paced_anvil(stage.folder, start_state) as fresh:
        for tx in txs:
            fresh.request("eth_sendRawTransaction", "0x" + tx.raw.hex())
            while (receipt := fresh.request("eth_getTransactionReceipt", "0x" + tx.tx_hash.hex())) is None:
                time.sleep(_LOOK_EVERY_S)
            mined_at.append(time.monotonic())
            if int(receipt["status"], 16) != 1:
                raise ReplayDiffers("A tx that settled a report failed when it was sent bare.")
    return mined_at[-1] - mined_at[0]


@contextmanager
def _paced_anvil(folder: Path, start_state: Any) -> Iterator[AnvilChain]:
    log = folder / "anvil-bare.log"
    with running_anvil(
        ROOT, port=free_port(), log=log, setting="make bench-oracle", keeps=KEPT_STATES
    ) as fresh:
        fresh.request("anvil_loadState", start_state)
        fresh.request("evm_setIntervalMining", BLOCK_S)
        yield fresh
