"""Keeps the adjustments that were applied in final blocks.

Reading settlements writes it; statements, reconciliation and the merging of members read it.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select

from milepost.domain.adjustment import Adjustment, AdjustmentKind, AdjustmentReason, AdjustmentState
from milepost.domain.quantities import AdjustmentId, DayNumber, MemberId, Miles
from milepost.ports import AdjustedTotals, AppliedLog
from milepost.store.tables import adjustments


class SqlAdjustmentStore:
    """The port `AdjustmentStore` over one connection inside a unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, log: AppliedLog) -> None:
        self._connection.execute(insert(adjustments).values(_row_of(log)))

    def get(self, adjustment_id: AdjustmentId) -> AppliedLog | None:
        row = self._connection.execute(
            select(adjustments).where(adjustments.c.adjustment_id == adjustment_id)
        ).first()
        return None if row is None else _log(row)

    def of_members(self, member_ids: Sequence[MemberId]) -> list[AppliedLog]:
        rows = self._connection.execute(
            select(adjustments)
            .where(or_(adjustments.c.member_id.in_(member_ids), adjustments.c.into_id.in_(member_ids)))
            .order_by(adjustments.c.block_number, adjustments.c.log_index)
        )
        return [_log(row) for row in rows]

    def totals(self) -> AdjustedTotals:
        rows = self._connection.execute(
            select(adjustments.c.kind, func.sum(adjustments.c.miles)).group_by(adjustments.c.kind)
        )
        sums = {AdjustmentKind(kind): Miles(int(miles)) for kind, miles in rows}
        nothing = Miles(0)
        return AdjustedTotals(
            sums.get(AdjustmentKind.CREDIT, nothing), sums.get(AdjustmentKind.DEBIT, nothing)
        )


def _row_of(log: AppliedLog) -> dict[str, object]:
    adjustment = log.adjustment
    return {
        "adjustment_id": adjustment.adjustment_id,
        "kind": int(adjustment.kind),
        "reason": int(adjustment.reason),
        "member_id": adjustment.member,
        "into_id": adjustment.into,
        "miles": adjustment.miles,
        "last_day": adjustment.last_day,
        "proposed_at": adjustment.proposed_at,
        "decided_at": adjustment.decided_at,
        "proposer": adjustment.proposer,
        "decided_by": adjustment.decided_by,
        "case_hash": adjustment.case_hash,
        "block_number": log.block_number,
        "block_hash": log.block_hash,
        "tx_hash": log.tx_hash,
        "log_index": log.log_index,
    }


def _log(row: Row[*tuple[Any, ...]]) -> AppliedLog:
    adjustment = Adjustment(
        adjustment_id=AdjustmentId(row.adjustment_id),
        kind=AdjustmentKind(row.kind),
        # Nothing else is kept here, and an applied adjustment stays one.
        state=AdjustmentState.APPLIED,
        reason=AdjustmentReason(row.reason),
        member=MemberId(row.member_id),
        into=MemberId(row.into_id),
        miles=Miles(row.miles),
        last_day=DayNumber(row.last_day),
        proposed_at=row.proposed_at,
        decided_at=row.decided_at,
        proposer=row.proposer,
        decided_by=row.decided_by,
        case_hash=row.case_hash,
    )
    return AppliedLog(adjustment, row.block_number, row.block_hash, row.tx_hash, row.log_index)
