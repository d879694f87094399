"""Measures what a till waits for its credit while `milepost serve` and `milepost worker` run as processes.

The top rate is what the worker settles of a full queue; then tills sell at shares of it. `oracle.py` runs it.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from bench.oracle_programs import Program, ProgramFailed
from bench.oracle_stage import OracleStage
from bench.settled_times import credited_at, require_settled, seeing_blocks
from bench.till_load import send_all, send_at_rate
from milepost.demo.facts import percentile

SHARES = (10, 50, 80)
"""Of the top rate, in percent."""
CONNECTIONS = 16

_QUEUE = "queue"
_BATCH = 500
_SETTLED_WITHIN_S = 120


@dataclass(frozen=True, slots=True)
class LatencySizes:
    """Purchases of the full queue, and for how long each share is held. Units: seconds."""

    queue: int = 6_000
    seconds: float = 12.0
    shares: tuple[int, ...] = SHARES


@dataclass(frozen=True, slots=True)
class LatencyRow:
    """Units: purchases a second; seconds from when one was due at its till until its block was seen."""

    database: str
    share: int
    rate: float
    top_rate: float
    purchases: int
    p50_s: float
    p95_s: float
    p99_s: float


def fill_queue(stage: OracleStage, server: Program, sizes: LatencySizes) -> None:
    """Send the full queue, before the worker is started that has to settle it."""
    queue = stage.till(_QUEUE).batches(sizes.queue // _BATCH, size=_BATCH)
    send_all(server.port(), queue, connections=2, size=_BATCH)


def measure_latency(
    stage: OracleStage, server: Program, worker: Program, sizes: LatencySizes
) -> list[LatencyRow]:
    """A row a share; `fill_queue` was called before.

    Raises: ProgramFailed if a program ends, or does not settle all.
    """
    port, total, rows = server.port(), sizes.queue // _BATCH * _BATCH, []
    top_rate = _top_rate(stage, worker, total)
    for share in sizes.shares:
        rate = top_rate * share / 100
        count = max(int(rate * sizes.seconds), 1)
        total += count
        waited = _waited(stage, worker, port, f"at{share}", rate=rate, count=count, total=total)
        quantiles = (percentile(waited, percent) for percent in (50, 95, 99))
        rows.append(LatencyRow(stage.database, share, rate, top_rate, count, *quantiles))
    return rows


def _top_rate(stage: OracleStage, worker: Program, queue: int) -> float:
    """Purchases a second from the first report's block to the last's, without the first report's.

    Raises: ProgramFailed if there are not two reports.
    """
    with seeing_blocks(stage) as seen:
        require_settled(stage, queue, worker, within_s=_SETTLED_WITHIN_S)
    return rate_between(credited_at(stage, seen, _QUEUE))


def rate_between(credited: Mapping[str, float]) -> float:
    """Purchases a second between the first and the last instant; those of the first began before it."""
    by_instant = Counter(credited.values())
    first, last = min(by_instant), max(by_instant)
    if first == last:
        raise ProgramFailed("All was settled in one report: there is no rate; queue more purchases.")
    return (len(credited) - by_instant[first]) / (last - first)


def _waited(
    stage: OracleStage, worker: Program, port: int, till: str, *, rate: float, count: int, total: int
) -> list[float]:
    """Seconds that each purchase waited, counted from when it was due: a slow server delays none of it."""
    with seeing_blocks(stage) as seen:
        requests = stage.till(till).singles(count)
        began = send_at_rate(port, requests, connections=CONNECTIONS, rate=rate)
        require_settled(stage, total, worker, within_s=_SETTLED_WITHIN_S)
    credited = credited_at(stage, seen, till)
    return [credited[f"{till}-{number}"] - (began + number / rate) for number in range(count)]
