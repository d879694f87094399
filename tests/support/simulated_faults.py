"""One life of the oracle under faults, all of it drawn from one seed: files, database, faults, kills, reorgs.

Runs follow each other while requests are lost, spoilt and delayed, and end by themselves or are killed; then
all faults stop, one more run must end it, and R1 to R6 hold. Half of the lives are those of a worker, which
`milepost feed` feeds, the others of `milepost settle`. `tests/faults/test_simulation.py` lives a few known
ones, `tests/soak` random ones.
"""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any

from tests.support.chain_modes import dialect, empty_logs, stale_head
from tests.support.command_process import CommandProcess
from tests.support.databases import KINDS
from tests.support.fault_modes import (
    Mode,
    delay,
    drop_after,
    drop_before,
    duplicate,
    garbage,
    half_json,
    status,
    truncated,
    wrong_id,
)
from tests.support.fault_plan import FaultPlan
from tests.support.fault_proxy import SEND, Call, Fate
from tests.support.fault_stage import DRAINS_WITHIN_S, FaultCase, wait_until
from tests.support.node_words import Dialect
from tests.support.relay_promises import require_promises

SEED_BYTES = 32
_MODES: dict[str, Mode] = {
    "drop_before": drop_before,
    "drop_after": drop_after,
    "delay": delay(0.05),
    "429": status(429, retry_after_s=1),
    "503": status(503),
    "garbage": garbage,
    "half_json": half_json,
    "truncated": truncated,
    "wrong_id": wrong_id,
    "duplicate": duplicate,
    "stale_head": stale_head(1),
    "empty_logs": empty_logs,
}
_MOST_RATE = 0.02
_MOST_RUNS = 4
_MOST_BILLS = 12
_MOST_FILES = 3
_REQUESTS_A_RUN = 150
# A run that faults hold up for longer is killed, as an impatient operator would.
_PATIENCE_S = 8
# A worker never ends by itself: it has as long as a run takes that settles two reports, and some more.
_WORKER_PATIENCE_S = 5
_WORKER = {"worker_lease_s": 2, "worker_poll_s": 0.1}
_PARTNERS = (("harbour-grill", ("pier", "boathouse")), ("noon-kitchen", ("market-street", "station")))


@dataclass(frozen=True, slots=True)
class Life:
    """What a seed draws before anything is done."""

    seed: bytes
    database: str
    has_reorgs: bool
    mines_itself: bool
    files: tuple[str, ...]
    has_refunds: bool
    rates: dict[str, float]
    dialect: Dialect
    runs: int
    by_worker: bool

    @classmethod
    def drawn(cls, seed: bytes) -> "Life":
        chance = Random(seed)
        return cls(
            seed=seed,
            database=chance.choice(KINDS),
            has_reorgs=chance.random() < 0.5,
            mines_itself=chance.random() < 0.5,
            files=tuple(_rows(chance, place) for place in range(chance.randint(1, _MOST_FILES))),
            has_refunds=chance.random() < 0.5,
            rates={name: chance.random() * _MOST_RATE for name in _MODES if chance.random() < 0.4},
            dialect=chance.choice(list(Dialect)),
            runs=chance.randint(1, _MOST_RUNS),
            # Drawn apart: all else of a seed stays as it was.
            by_worker=Random(seed + b"worker").random() < 0.5,
        )

    def shown(self) -> dict[str, Any]:
        """What is written down of it beside its seed."""
        return {
            "database": self.database,
            "reorgs": self.has_reorgs,
            "bills": sum(rows.count("\n") for rows in self.files),
            "runs": self.runs,
            "by": "worker" if self.by_worker else "settle",
            "faults": sorted(self.rates),
            "words": self.dialect.value,
        }


def live(life: Life, case: FaultCase) -> None:
    """Live it on a case of its own. Raises: AssertionError, by what must hold."""
    chance = Random(life.seed[::-1])
    # Where every block is final at once none may be replaced.
    settings = {"finality": "finalized" if life.has_reorgs else "instant"}
    for place, rows in enumerate(life.files):
        case.add_feed(f"life-{place}.csv", rows)
    if life.has_refunds:
        case.add_refunds()
    case.rpc("evm_setAutomine", life.mines_itself)
    case.proxy.plan = _plan(life)
    for run in range(life.runs):
        # Files come one after the other.
        come = case.feeds[: max(1, len(case.feeds) * (run + 1) // life.runs)]
        with case.mining(0.2):
            for process in _runs(life, case, come, settings):
                _kill_perhaps(process, case, chance)
                _wait_or_kill(process, _WORKER_PATIENCE_S if life.by_worker else _PATIENCE_S)
                assert "Traceback" not in process.printed, process.printed
                assert "task_crashed" not in process.printed, process.printed
        _disturb(case, chance, has_reorgs=life.has_reorgs)
    case.proxy.stop_faults()
    with case.mining(0.2):
        if life.by_worker:
            _settle_by_worker(case, settings)
        case.settle_to_the_end(**settings)
    require_promises(case)


def _runs(
    life: Life, case: FaultCase, come: list[Path], settings: dict[str, str]
) -> Iterator[CommandProcess]:
    """What is run over the files that have come, each when the one before has ended."""
    if life.by_worker:
        yield case.start("feed", *come, **settings)
        yield case.start("worker", **_WORKER, **settings)
    else:
        yield case.start("settle", *come, "--receipts", case.receipts, **settings)


def _settle_by_worker(case: FaultCase, settings: dict[str, str]) -> None:
    """Let a worker that nothing disturbs settle all that came, in the time that R6 states, and end it."""
    # A bill that came with another amount is refused, as by settle.
    assert case.run("feed", *case.feeds, **settings) in (0, 1), case.printed[-1]
    left = "SELECT count(*) FROM purchases WHERE state <> 'settled_final'"
    worker = case.start("worker", **_WORKER, **settings)

    def has_settled() -> bool:
        # All may have been settled before: until it has begun, a signal ends it as it ends any program.
        return "worker_started" in worker.printed and case.sql(left) == [(0,)]

    try:
        wait_until(has_settled, what=f"the worker settles: {left}", within_s=DRAINS_WITHIN_S)
        os.kill(worker.pid, signal.SIGTERM)
        assert worker.wait() == 0 and "task_crashed" not in worker.printed, worker.printed
    finally:
        worker.kill()


def _plan(life: Life) -> FaultPlan:
    plan = FaultPlan(life.seed)
    plan.add(dialect(life.dialect), SEND)
    for name, rate in life.rates.items():
        # Asked twice, most things are answered twice; sent twice, a tx is known.
        plan.add(_MODES[name], *([SEND] if name == "duplicate" else []), probability=rate)
    return plan


def _rows(chance: Random, file: int) -> str:
    """Bills of some members and of nobody; a few come again, in this file or another."""
    rows = []
    for _ in range(chance.randint(1, _MOST_BILLS)):
        partner, outlets = chance.choice(_PARTNERS)
        number = chance.randint(1, 400)
        # Of a number all is the same, whichever file it stands in.
        bill = Random(f"{partner}-{number}")
        at = f"2018-05-{bill.randint(10, 28)}T{bill.randint(11, 21)}:{bill.randint(0, 59):02}:00-04:00"
        rows.append(
            f"till,{partner},L-{number},{bill.choice(outlets)},{at},USD,{bill.randint(1, 90_000)},0,"
            f"{bill.choice(('M0001', 'M0002', 'M0003', 'M9999'))}\n"
        )
    return "".join([*rows, *chance.sample(rows, chance.randint(0, 1))])


def _kill_perhaps(process: CommandProcess, case: FaultCase, chance: Random) -> None:
    """Kill a run at a request, before the node gets it or some milliseconds after its answer; or do not."""
    place = case.proxy.requests + chance.randint(1, _REQUESTS_A_RUN)
    is_killed, is_before, after_s = chance.random() < 0.7, chance.random() < 0.5, chance.random() * 0.03

    def before(call: Call) -> Fate:
        if is_killed and is_before and call.place == place:
            process.kill()
            return Fate.LOST_BEFORE
        return Fate.PASSES

    def after(call: Call) -> None:
        if is_killed and not is_before and call.place == place:
            sleep(after_s)
            process.kill()

    case.proxy.before, case.proxy.after = before, after


def _wait_or_kill(process: CommandProcess, patience_s: float) -> None:
    until = monotonic() + patience_s
    while process.is_running and monotonic() < until:
        sleep(0.02)
    process.kill()
    process.wait()


def _disturb(case: FaultCase, chance: Random, *, has_reorgs: bool) -> None:
    """Between two runs: nothing, a lost pool, or a reorg of blocks that are not final."""
    act = chance.choice(("nothing", "pool", "reorg"))
    if act == "pool":
        case.rpc("anvil_dropAllTransactions")
    elif act == "reorg" and has_reorgs:
        case.reorg(chance.randint(1, 3))
