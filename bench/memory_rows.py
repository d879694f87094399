"""Measures whether `milepost serve` and `milepost worker` grow with the purchases that they handle.

Serve takes all of them in batches; the worker settles them, or as many as the time allows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import linear_regression

from bench.oracle_programs import Program, ProgramFailed
from bench.oracle_stage import OracleStage
from bench.settled_times import settled_and_waiting, wait_until_settled
from bench.till_load import send_all
from milepost.demo.history.meters import Memory

_LOOKS = 50
_CONNECTIONS = 2
_SLOWEST_PER_S = 20
"""Purchases a second: a worker that settles fewer is not waited for."""


@dataclass(frozen=True, slots=True)
class MemorySizes:
    """Purchases, and for how long the worker is watched; None until all are settled. Units: seconds."""

    purchases: int = 100_000
    worker_s: float | None = 60.0
    batch: int = 1_000


@dataclass(frozen=True, slots=True)
class MemoryRow:
    """Resident memory of a process. Units: MiB; the slope in KiB a thousand purchases, after a warm tenth."""

    database: str
    program: str
    purchases: int
    start_mib: float
    end_mib: float
    peak_mib: float
    slope: float


def measure_memory(
    stage: OracleStage, server: Program, worker: Program, sizes: MemorySizes
) -> list[MemoryRow]:
    """A row for serve and one for the worker, which settles meanwhile and afterwards.

    Raises: ProgramFailed if the worker ends, or settles nothing.
    """
    served, worked = _Looks(server.process_id), _Looks(worker.process_id)
    settled_before, _ = settled_and_waiting(stage)

    def look(settled: int) -> None:
        if settled > settled_before:
            worked.look(settled - settled_before)

    served.look(0)
    for taken in _sending(stage, server, sizes):
        served.look(taken)
        look(settled_and_waiting(stage)[0])
    within_s = sizes.worker_s or served.counts[-1] / _SLOWEST_PER_S
    due = settled_before + served.counts[-1]
    wait_until_settled(stage, due, worker, within_s=within_s, on_look=look)
    if not worked.counts:
        raise ProgramFailed("The worker settled nothing in the time that it was given: give it more.")
    return [_row(stage.database, "serve", served), _row(stage.database, "worker", worked)]


def slope_of(counts: Sequence[int], looks: Sequence[int]) -> float:
    """KiB a thousand purchases by least squares over all looks but the first tenth of the purchases.

    Units: `looks` in bytes. 0 where there are fewer than two.
    """
    warm = counts[0] + (counts[-1] - counts[0]) / 10
    kept = [(count, look) for count, look in zip(counts, looks, strict=True) if count >= warm]
    if len({count for count, _ in kept}) < 2:
        return 0.0
    return linear_regression(*zip(*kept, strict=True)).slope * 1_000 / 1_024


class _Looks:
    """Looks at the memory of a process, each after another number of purchases."""

    def __init__(self, process_id: int) -> None:
        self.memory, self.counts = Memory(process_id), list[int]()

    def look(self, count: int) -> None:
        if not self.counts or count > self.counts[-1]:
            self.memory.look()
            self.counts.append(count)


def _sending(stage: OracleStage, server: Program, sizes: MemorySizes) -> Iterator[int]:
    """Send all in some fifty parts; how many are accepted after each."""
    till, batches = stage.till("memory"), max(sizes.purchases // sizes.batch, 1)
    at_once = max(batches // _LOOKS, 1)
    for first in range(0, batches, at_once):
        count = min(at_once, batches - first)
        requests = till.batches(count, size=sizes.batch, first=first * sizes.batch)
        send_all(server.port(), requests, connections=_CONNECTIONS, size=sizes.batch)
        yield (first + count) * sizes.batch


def _row(kind: str, program: str, found: _Looks) -> MemoryRow:
    counts, looks = found.counts, found.memory.looks
    start, end, peak = (value / 2**20 for value in (looks[0], looks[-1], max(looks)))
    return MemoryRow(kind, program, counts[-1], start, end, peak, slope_of(counts, looks))
