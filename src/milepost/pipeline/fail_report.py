"""Gives up a report that the chain will not take, and frees its purchases for another cut.

Before it a tx reverted, or another cut of the sequence settled; after it sealing starts again from there.
"""

from milepost.fail_point import FailPoint, reach
from milepost.pipeline.states import move_purchases, move_report
from milepost.ports import PurchaseState, ReportState, StoredReport, Work

SETTLED_OTHERWISE = "another cut of its sequence was settled"
"""The reason of a report that lost to one with other purchases, or in another order."""

_CAN_FAIL = (ReportState.SEALED, ReportState.SIGNED, ReportState.RELAYING)


def fail_report(work: Work, report: StoredReport, reason: str) -> None:
    """Fail a report with its reason, and with it the later ones of its lane.

    Shape: later reports of the lane carry sequences and purchase numbers that go on from this one, which the
        contract would refuse. All their purchases are accepted again.
    Raises: StateMoveForbidden for a report that is applied or final.
    """
    _fail_one(work, report, reason)
    for later in work.reports.in_states(*_CAN_FAIL):
        if later.lane == report.lane and later.sequence > report.sequence:
            _fail_one(work, later, f"report {report.sequence} before it failed")


def _fail_one(work: Work, report: StoredReport, reason: str) -> None:
    move_report(work, report, ReportState.FAILED, failure=reason)
    reach(FailPoint.FAIL_BEFORE_COMMIT)
    move_purchases(
        work,
        work.reports.purchase_ids(report.content_hash),
        source=PurchaseState.REPORTED,
        target=PurchaseState.ACCEPTED,
    )
