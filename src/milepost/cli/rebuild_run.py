"""Rebuilds a store from files of purchases, then takes in what of them was never settled.

`milepost store rebuild` opens the oracle and shows what is gathered here.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from rich.progress import Progress

from milepost.domain.errors import MilepostError
from milepost.domain.purchase import SubmittedPurchase
from milepost.pipeline.ingest_purchase import Answer, AnswerKind
from milepost.pipeline.rebuild_store import MissingPurchases, RebuiltStore
from milepost.pipeline.reconcile import Reconciliation, ReconciliationError, require_reconciled
from milepost.ports import Rejection, StoredReport
from milepost.worker import Oracle, Step

ReadFeed = Callable[[Path], Iterator[SubmittedPurchase | Rejection]]

_REFUSED = (AnswerKind.CONFLICT, AnswerKind.REJECTED)


class PurchasesMissing(ReconciliationError):
    """The chain settled purchases that no file holds. The operator gives the files they came by."""

    def __init__(self, missing: Sequence[MissingPurchases]) -> None:
        count = sum(len(one.numbers) for one in missing)
        super().__init__(
            f"{count} settled {'purchase is' if count == 1 else 'purchases are'} neither in the store nor in"
            " these files: give the files they came by as well, under the names they had, for a row without a"
            " source is known by its file's. Nothing is sealed, and nothing can settle twice, until then."
        )


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not taken, and why."""

    file: Path
    answer: Answer


@dataclass(slots=True)
class RebuildRun:
    """What a run did until it was done, or stopped by an error; everything in it is stored."""

    rebuilt: RebuiltStore | None = None
    reports: list[StoredReport] = field(default_factory=list)
    answers: Counter[AnswerKind] = field(default_factory=Counter)
    refused: list[RefusedRow] = field(default_factory=list)
    reconciliation: Reconciliation | None = None
    stopped: MilepostError | None = None


def run_rebuild(oracle: Oracle, files: Sequence[Path], read_feed: ReadFeed, *, bar: Progress) -> RebuildRun:
    """Rebuild the store; when it lacks nothing any more, ingest the files and reconcile.

    Shape: each file is read twice: for what was settled, then for the rest. `stopped` holds the error that
        ended the run, if one did; the reports that were linked until then are stored and listed.
    """
    run = RebuildRun()
    try:
        _rebuild(oracle, files, read_feed, run=run, bar=bar)
        _ingest(oracle, files, read_feed, run=run, bar=bar)
        run.reconciliation = oracle.reconcile()
        require_reconciled(run.reconciliation)
    except MilepostError as error:
        run.stopped = error
    return run


def _rebuild(
    oracle: Oracle, files: Sequence[Path], read_feed: ReadFeed, *, run: RebuildRun, bar: Progress
) -> None:
    task = bar.add_task("looking for settled purchases", total=None)

    def on_step(step: Step, report: StoredReport) -> None:
        run.reports.append(report)
        bar.update(task, description=f"report {report.sequence} of lane {report.lane} is {step}")

    unread: list[RefusedRow] = []
    feed = chain.from_iterable(_readable(file, read_feed(file), unread) for file in files)
    run.rebuilt = oracle.rebuild(feed, on_step=on_step)
    bar.update(task, total=1, completed=1)
    if run.rebuilt.missing:
        # A row that cannot be read may be one that is missing.
        run.refused = unread
        raise PurchasesMissing(run.rebuilt.missing)


def _readable(
    file: Path, records: Iterator[SubmittedPurchase | Rejection], unread: list[RefusedRow]
) -> Iterator[SubmittedPurchase]:
    for record in records:
        if isinstance(record, SubmittedPurchase):
            yield record
        else:
            answer = Answer(AnswerKind.REJECTED, line=record.line, code=record.code, sentence=record.sentence)
            unread.append(RefusedRow(file, answer))


def _ingest(
    oracle: Oracle, files: Sequence[Path], read_feed: ReadFeed, *, run: RebuildRun, bar: Progress
) -> None:
    for file in files:
        task = bar.add_task(f"reading {file.name}", total=None)
        for answer in oracle.ingest(read_feed(file)):
            run.answers[answer.kind] += 1
            if answer.kind in _REFUSED:
                run.refused.append(RefusedRow(file, answer))
            bar.advance(task)
        bar.update(task, total=1, completed=1)
