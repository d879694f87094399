"""What a fault of the chain did to those who wait for their miles, as a table.

`bft_stage.py` notes a row after each fault; `make test-bft` prints all of them and keeps them in a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.bft_stage import BftCase
    from tests.support.bft_till import Sales, Trade

_HEAD = """\
| fault | s | blocks | before: s to settle | during | after | drained, s | tasks stuck |
|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Span:
    """A fault: when it began and ended, in seconds of the machine's own count, and the blocks made in it."""

    began: float
    ended: float
    blocks: int


@dataclass(frozen=True, slots=True)
class Figures:
    """One fault.

    Units: seconds from a till's file until it is settled for good, median and worst, of files written before,
        during and after the fault; `drained_in_s` from the end of the fault until all sold before it was
        settled; `stuck` counts what the worker said of tasks that failed.
    """

    fault: str
    span: Span
    before: tuple[float, float]
    during: tuple[float, float]
    after: tuple[float, float]
    drained_in_s: float
    stuck: int

    @property
    def row(self) -> str:
        spans = " | ".join(f"{one:.1f} / {most:.1f}" for one, most in (self.before, self.during, self.after))
        lasted = self.span.ended - self.span.began
        return (
            f"| {self.fault} | {lasted:.1f} | {self.span.blocks} | {spans} | {self.drained_in_s:.1f}"
            f" | {self.stuck} |\n"
        )


def figures_of(fault: str, trade: Trade, span: Span, sold: list[Sales]) -> Figures:
    """The figures of one fault once all that was sold is settled."""
    settled = [(one, one.settled_at) for one in sold if one.settled_at is not None]
    assert len(settled) == len(sold), "all is settled"
    late = [at for one, at in settled if one.written_at < span.ended]
    return Figures(
        fault,
        span,
        before=_middle_and_most([one for one in sold if one.written_at < span.began]),
        during=_middle_and_most([one for one in sold if span.began <= one.written_at < span.ended]),
        after=_middle_and_most([one for one in sold if one.written_at >= span.ended]),
        drained_in_s=max(late) - span.ended,
        stuck=len(trade.said("task_stuck")),
    )


def write_figures(case: BftCase, file: Path) -> None:
    """Write the table of every fault that was noted."""
    newest = case.web3.eth.get_block("latest")
    first = case.web3.eth.get_block(1)
    lasted = newest["timestamp"] - case.web3.eth.get_block(2)["timestamp"]
    text = (
        f"{len(case.till.files)} files of sales, {len(case.till.files) * 4} purchases;"
        f" {newest['number'] - first['number']} blocks in {lasted} s;"
        f" the validators made blocks {case.network.started_in_s:.1f} s after they were started.\n\n"
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text + _HEAD + "".join(one.row for one in case.figures), encoding="utf-8")


def _middle_and_most(files: list[Sales]) -> tuple[float, float]:
    took = [sales.took_s for sales in files] or [0.0]
    return median(took), max(took)
