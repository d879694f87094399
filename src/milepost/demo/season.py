"""Plays the month, a dining day at a time: till file, ingest, settle, receipts, each verified by contract.

`stage.py` sets up what it is played on and `tills.py` the files; `facts.py` sums up what comes out of here.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from milepost.chain.receipt_verifier import verify_receipt
from milepost.codec.receipt_file import write_receipt_text
from milepost.demo.stage import Stage
from milepost.demo.tills import TillFile
from milepost.domain.accrual import Judged
from milepost.domain.errors import MilepostError
from milepost.domain.purchase import DedupeKey
from milepost.domain.receipt import MemberReceipt
from milepost.feeds.files import read_feed
from milepost.pipeline.ingest_purchase import Answer, AnswerKind
from milepost.pipeline.reconcile import require_reconciled
from milepost.ports import SettledLog
from milepost.simulation.model import Model

OnBills = Callable[[str, int], None]
"""Hears which day is played, and how many more bills have a verified receipt."""


class ReceiptNotVerified(MilepostError):
    """The contract denies a receipt that was just issued. The operator looks for what differs."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class CreditedBill:
    """One settled purchase: its receipt, what the model says of it, and how long it took.

    Units: `till_to_credit_s` in real seconds, from the record's acceptance to its receipt being verified.
    """

    receipt: MemberReceipt
    judged: Judged
    till_to_credit_s: float


@dataclass(slots=True)
class Season:
    """What came of the till files, in order of settlement; `issued` counts receipts."""

    answers: list[Answer] = field(default_factory=list)
    bills: list[CreditedBill] = field(default_factory=list)
    reports: list[SettledLog] = field(default_factory=list)
    issued: int = 0


def play_season(
    till_files: Sequence[TillFile],
    stage: Stage,
    model: Model,
    *,
    receipts: Path,
    on_bills: OnBills = lambda *_: None,
) -> Season:
    """Settle the bills of each dining day on the morning after it, and put each receipt into `receipts`.

    Raises: ReceiptNotVerified, ModelDisagrees, ReconciliationError at the first day that goes wrong, and
        whatever the steps of the main path raise.
    """
    season = Season()
    receipts.mkdir(parents=True, exist_ok=True)
    for till_file in till_files:
        on_bills(till_file.day, 0)
        stage.chain.advance_to(till_file.settled_at)
        accepted_at = feed_till_file(till_file, stage, season)
        for report in stage.oracle.settle_all().reports:
            for bill in _credit(report, stage, season, model=model, accepted_at=accepted_at):
                path = receipts / f"{bill.receipt.purchase.sale_ref}.json"
                path.write_text(write_receipt_text(bill.receipt), encoding="utf-8")
                season.bills.append(bill)
        require_reconciled(stage.oracle.reconcile())
        on_bills(till_file.day, till_file.bills)
    return season


def feed_till_file(till_file: TillFile, stage: Stage, season: Season) -> dict[DedupeKey, float]:
    """Ingest a file; when each record was accepted, by a clock that only measures."""
    accepted_at = {}
    for answer in stage.oracle.ingest(read_feed(till_file.path, stage.oracle.partners.partners)):
        season.answers.append(answer)
        if answer.kind is AnswerKind.ACCEPTED and answer.key is not None:
            accepted_at[answer.key] = time.perf_counter()
    return accepted_at


def _credit(
    report: bytes, stage: Stage, season: Season, *, model: Model, accepted_at: dict[DedupeKey, float]
) -> list[CreditedBill]:
    """Issue the receipts of a final report, ask the contract of each, and compare all with the model."""
    receipts, took_s = [], []
    for receipt in stage.oracle.receipts([report]):
        season.issued += 1
        _require_verified(receipt, stage)
        took_s.append(time.perf_counter() - accepted_at[receipt.purchase.dedupe_key])
        receipts.append(receipt)
    with stage.oracle.store.unit_of_work() as work:
        log = work.receipts.log_of(report)
    assert log is not None, "its receipts were just issued from it"
    season.reports.append(log)
    judged = model.settle(log, now_s=stage.settlement.block(log.block_number).timestamp)
    return [CreditedBill(*one) for one in zip(receipts, judged, took_s, strict=True)]


def _require_verified(receipt: MemberReceipt, stage: Stage) -> None:
    deployment = stage.deployment
    book, chain_id = deployment.addresses.receipts, deployment.chain_id
    if not verify_receipt(receipt, stage.chain.node, receipts=book, chain_id=chain_id):
        raise ReceiptNotVerified(
            f"The contract denies the receipt of {receipt.purchase.sale_ref}, which was just issued."
        )
