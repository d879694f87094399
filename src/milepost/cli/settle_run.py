"""Runs the oracle over files of purchases, and gathers what became of every record.

`milepost settle` opens the oracle and shows what is gathered here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from rich.progress import Progress

from milepost.codec.receipt_file import write_receipt_text
from milepost.codec.report_bytes import decode_report
from milepost.codec.results import decode_results
from milepost.domain.errors import MilepostError
from milepost.domain.outcome import Outcome
from milepost.domain.purchase import DedupeKey, SubmittedPurchase
from milepost.domain.quantities import PartnerCode, PurchaseNumber
from milepost.domain.receipt import MemberReceipt
from milepost.fail_point import FailPoint, reach
from milepost.pipeline.ingest_purchase import Answer, AnswerKind
from milepost.pipeline.reconcile import Reconciliation, require_reconciled
from milepost.ports import (
    PurchaseState,
    Rejection,
    SettledLog,
    SettledPurchase,
    Store,
    StoredPurchase,
    StoredReport,
)
from milepost.ports.states import WAITING
from milepost.worker import Oracle, SettledReports, Step

Feeds = Mapping[Path, Iterable[SubmittedPurchase | Rejection]]


class ReceiptsNotWritten(MilepostError):
    """The receipts are issued and their files cannot be written. The operator names another folder."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file, its answer, and what its purchase got once it is settled."""

    file: Path
    answer: Answer
    settled: SettledPurchase | None = None


@dataclass(frozen=True, slots=True)
class SettledReport:
    """A report that became final in this run, and the log by which the chain says so."""

    report: StoredReport
    log: SettledLog


@dataclass(slots=True)
class SettleRun:
    """What a run did until it was done, or stopped by an error; everything in it is stored.

    Shape: `waiting` lie ahead of the chain's time, the soonest first; `unmatched` change a sale that has not
        come; `too_old` were accepted in time and settled when they no longer were.
    """

    records: list[Record] = field(default_factory=list)
    settled: SettledReports = field(default_factory=lambda: SettledReports((), 0))
    reports: list[SettledReport] = field(default_factory=list)
    receipts: int = 0
    folder: Path | None = None
    waiting: list[StoredPurchase] = field(default_factory=list)
    unmatched: list[StoredPurchase] = field(default_factory=list)
    too_old: list[DedupeKey] = field(default_factory=list)
    reconciliation: Reconciliation | None = None
    stopped: MilepostError | None = None

    @property
    def refused(self) -> list[Record]:
        return [record for record in self.records if record.answer.kind in _REFUSED]

    @property
    def is_reconciled(self) -> bool:
        return self.reconciliation is not None and self.reconciliation.is_equal


_REFUSED = (AnswerKind.CONFLICT, AnswerKind.REJECTED)


def run_settle(oracle: Oracle, feeds: Feeds, *, receipts: Path | None, bar: Progress) -> SettleRun:
    """Ingest the feeds in order, settle all that is accepted, reconcile and issue receipts.

    Shape: `stopped` holds the error that ended the run, if one did; the records that were answered until then
        are stored and listed. With a folder, a file is written for each receipt, also for those that a run
        cut short left unwritten.
    """
    run = SettleRun(folder=receipts)
    try:
        # First of all: a store older than the chain takes nothing in that the chain may have settled.
        read = oracle.read()
        run.settled = SettledReports(read.reports, read.purchases)
        _ingest(oracle, feeds, run, bar)
        _settle(oracle, run, bar)
        run.waiting, run.unmatched = oracle.waiting(), oracle.unmatched()
        run.reconciliation = oracle.reconcile()
        _issue(oracle, run, bar)
        require_reconciled(run.reconciliation)
    except MilepostError as error:
        run.stopped = error
    run.reports = _reports(oracle.store, run.settled)
    run.too_old = _too_old(oracle.store, run.reports)
    run.records = _with_results(oracle.store, run.records)
    return run


def _ingest(oracle: Oracle, feeds: Feeds, run: SettleRun, bar: Progress) -> None:
    for file, records in feeds.items():
        task = bar.add_task(f"reading {file.name}", total=None)
        for count, answer in enumerate(oracle.ingest(records), 1):
            run.records.append(Record(file, answer))
            bar.update(task, completed=count, description=f"reading {file.name}: {count}")
        bar.update(task, total=1, completed=1)


def _settle(oracle: Oracle, run: SettleRun, bar: Progress) -> None:
    with oracle.store.unit_of_work() as work:
        states = work.purchases.count_by_state()
    # A purchase is done when its report took every step.
    steps = len(Step)
    task = bar.add_task("settling", total=steps * sum(states.get(state, 0) for state in WAITING))

    def on_step(step: Step, report: StoredReport) -> None:
        count = sum(section.count for section in report.sections)
        bar.update(task, advance=count, description=f"report {report.sequence} {step}")

    settled = oracle.settle_all(on_step=on_step)
    run.settled = SettledReports(
        run.settled.reports + settled.reports, run.settled.purchases + settled.purchases
    )
    bar.update(task, completed=steps * run.settled.purchases, total=steps * run.settled.purchases)


def _issue(oracle: Oracle, run: SettleRun, bar: Progress) -> None:
    unwritten = {} if run.folder is None else _unwritten(oracle.store, run, run.folder)
    task = bar.add_task("issuing receipts", total=run.settled.purchases + len(unwritten))
    earlier = (
        receipt
        for receipt in oracle.receipts(dict.fromkeys(unwritten.values()))
        if receipt.purchase.dedupe_key in unwritten
    )
    for receipt in chain(oracle.receipts(run.settled.reports), earlier):
        if run.folder is not None:
            _write(receipt, run.folder)
        run.receipts += 1
        bar.advance(task)


def _unwritten(store: Store, run: SettleRun, folder: Path) -> dict[DedupeKey, bytes]:
    """Purchases that an earlier run settled and that have no receipt in the folder, with their reports."""
    keys = [record.answer.key for record in run.records if record.answer.kind is AnswerKind.DUPLICATE]
    with store.unit_of_work() as work:
        stored = work.purchases.by_keys([key for key in keys if key is not None])
        settled = {key: work.receipts.of_purchase(one.purchase_id) for key, one in stored.items()}
    return {
        key: one.content_hash
        for key, one in settled.items()
        if one is not None
        and one.content_hash not in run.settled.reports
        and not _receipt_path(folder, key.partner, one.number).exists()
    }


def _receipt_path(folder: Path, partner: PartnerCode, number: PurchaseNumber) -> Path:
    # Named by the purchase's number on chain: a sale reference may hold what no file name can.
    return folder / f"{partner}-{number}.json"


def _write(receipt: MemberReceipt, folder: Path) -> None:
    path = _receipt_path(folder, receipt.purchase.partner, receipt.number)
    unfinished = path.with_suffix(".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Whoever finds the file finds all of it, also when this process ends in the middle.
        unfinished.write_text(write_receipt_text(receipt), encoding="utf-8")
        reach(FailPoint.RECEIPT_BEFORE_RENAME)
        unfinished.replace(path)
        reach(FailPoint.RECEIPT_WRITTEN)
    except OSError as error:
        raise ReceiptsNotWritten(
            f"Receipts cannot be written to {folder} ({error.strerror}): all is settled, so show each by"
            " milepost receipt show, or name a folder that can be written to next time."
        ) from None


def _reports(store: Store, settled: SettledReports) -> list[SettledReport]:
    found = []
    with store.unit_of_work() as work:
        for content_hash in settled.reports:
            report, log = work.reports.get(content_hash), work.receipts.log_of(content_hash)
            assert report is not None and log is not None, "settling has just stored both"
            found.append(SettledReport(report, log))
    return found


def _too_old(store: Store, reports: Sequence[SettledReport]) -> list[DedupeKey]:
    found = []
    with store.unit_of_work() as work:
        for one in reports:
            outcomes = [
                result.outcome
                for result in decode_results(one.log.results, decode_report(one.log.report_bytes))
            ]
            if Outcome.TOO_OLD not in outcomes:
                continue
            ids = work.reports.purchase_ids(one.report.content_hash)
            stored = work.purchases.by_ids(ids)
            found += [
                stored[purchase_id].purchase.dedupe_key
                for purchase_id, outcome in zip(ids, outcomes, strict=True)
                if outcome is Outcome.TOO_OLD
            ]
    return found


def _with_results(store: Store, records: list[Record]) -> list[Record]:
    """The records with what their purchases got; a duplicate shows what its first sending got."""
    keys = [
        record.answer.key
        for record in records
        if record.answer.key is not None and record.answer.kind not in _REFUSED
    ]
    with store.unit_of_work() as work:
        stored: Mapping[DedupeKey, StoredPurchase] = work.purchases.by_keys(keys)
        results = {
            key: work.receipts.of_purchase(purchase.purchase_id)
            for key, purchase in stored.items()
            if purchase.state is PurchaseState.SETTLED_FINAL
        }
    return [
        Record(
            record.file, record.answer, None if record.answer.key is None else results.get(record.answer.key)
        )
        if record.answer.kind not in _REFUSED
        else record
        for record in records
    ]
