"""Builds what a store keeps: purchases, reports and their logs, results, applied adjustments."""

from dataclasses import replace

from milepost.domain.adjustment import Adjustment, AdjustmentKind, AdjustmentReason, AdjustmentState
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.receipt import Grant, Settled
from milepost.ports import (
    AppliedLog,
    PurchaseRecord,
    PurchaseState,
    ReportSection,
    ReportState,
    SettledLog,
    SettledPurchase,
    StoredReport,
    Work,
)
from tests.support.purchases import a_purchase

SENDER = "0x" + "5" * 40


def a_record(sale_ref: str = "A-1001", **changes: object) -> PurchaseRecord:
    return PurchaseRecord(a_purchase(sale_ref=sale_ref, **changes), b"m" * 32, b"c" * 32)


def a_report(sequence: int = 1, *, lane: int = 0, mark: bytes = b"r") -> StoredReport:
    return StoredReport(
        content_hash=mark * 32,
        lane=lane,
        sequence=sequence,
        report_bytes=mark * 100,
        sections=(ReportSection(1, 10 * sequence, 2), ReportSection(7, 1, 1)),
        state=ReportState.SEALED,
    )


def put_report(
    work: Work, report: StoredReport, *, sale_refs: tuple[str, ...] = ("1", "2", "3")
) -> list[int]:
    records = [a_record(sale_ref) for sale_ref in sale_refs]
    work.purchases.add(records, state=PurchaseState.ACCEPTED, received_at=5)
    known = work.purchases.known([record.key for record in records])
    ids = [known[record.key].purchase_id for record in records]
    work.reports.add(report, ids, [4, 4, 0][: len(ids)])
    return ids


def a_log(report: StoredReport) -> SettledLog:
    return SettledLog(
        report.lane, report.sequence, b"o" * 32, b"results", report.report_bytes, 3, b"b" * 32, b"t" * 32, 2
    )


def a_settled(report: StoredReport, ids: list[int]) -> list[SettledPurchase]:
    grant = Grant(3, Cut.BUDGET, 500, 300)
    credited = Settled(Outcome.CREDITED, 100, 1_234, (grant, replace(grant, promotion_id=4)))
    refused = Settled(Outcome.UNKNOWN_MEMBER, 0, 0)
    return [
        SettledPurchase(ids[0], report.content_hash, 0, 1, 10, 4, credited, sale_number=10),
        SettledPurchase(ids[1], report.content_hash, 1, 1, 11, 4, credited, sale_number=11),
        SettledPurchase(ids[2], report.content_hash, 2, 7, 1, 0, refused, sale_number=1),
    ]


def an_applied(number: int, kind: AdjustmentKind = AdjustmentKind.CREDIT, **changes: object) -> AppliedLog:
    """Applied in block 10 plus its number, 500 miles for member 4."""
    usual: dict[str, object] = {"member": 4, "into": 0, "miles": 500, "last_day": 0}
    adjustment = Adjustment(
        adjustment_id=number,
        kind=kind,
        state=AdjustmentState.APPLIED,
        reason=AdjustmentReason.PARTNER_ERROR,
        proposed_at=1_526_274_000,
        decided_at=1_526_274_060,
        proposer=SENDER,
        decided_by=SENDER,
        case_hash=b"k" * 32,
        **{**usual, **changes},  # type: ignore[arg-type]
    )
    return AppliedLog(adjustment, 10 + number, b"b" * 32, b"t" * 32, 3)
