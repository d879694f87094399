"""Says what may follow what for purchases, reports and txs, and moves them; nothing else does.

Every step of the main path moves states through here, inside its unit of work.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import TypeVar

from milepost.domain.errors import StoreError
from milepost.ports import (
    PurchaseState,
    ReportState,
    StoredReport,
    StoredTx,
    TxReceipt,
    TxState,
    Work,
)

_S = TypeVar("_S", bound=StrEnum)

PURCHASE_MOVES: Mapping[PurchaseState, frozenset[PurchaseState]] = {
    PurchaseState.RECEIVED: frozenset(
        {PurchaseState.ACCEPTED, PurchaseState.REJECTED, PurchaseState.CONFLICTED}
    ),
    # A record that was refused or contradicts a stored one is never applied.
    PurchaseState.REJECTED: frozenset(),
    PurchaseState.CONFLICTED: frozenset(),
    PurchaseState.ACCEPTED: frozenset({PurchaseState.REPORTED}),
    # Back to accepted when its report failed: another cut takes it.
    PurchaseState.REPORTED: frozenset({PurchaseState.SETTLED_PENDING, PurchaseState.ACCEPTED}),
    # Back to reported when a reorg took the block; back to accepted when the chain found it not proven.
    PurchaseState.SETTLED_PENDING: frozenset(
        {PurchaseState.SETTLED_FINAL, PurchaseState.REPORTED, PurchaseState.ACCEPTED}
    ),
    PurchaseState.SETTLED_FINAL: frozenset(),
}

REPORT_MOVES: Mapping[ReportState, frozenset[ReportState]] = {
    ReportState.OPEN: frozenset({ReportState.SEALED}),
    ReportState.SEALED: frozenset({ReportState.SIGNED, ReportState.FAILED}),
    # Back to sealed when the reporter set changed and its signatures no longer count.
    ReportState.SIGNED: frozenset({ReportState.RELAYING, ReportState.SEALED, ReportState.FAILED}),
    ReportState.RELAYING: frozenset({ReportState.APPLIED, ReportState.SEALED, ReportState.FAILED}),
    # Back to relaying when a reorg took the block.
    ReportState.APPLIED: frozenset({ReportState.FINAL, ReportState.RELAYING}),
    ReportState.FINAL: frozenset(),
    # The same cut sealed again, or settled after all by somebody who kept its signatures.
    ReportState.FAILED: frozenset({ReportState.SEALED}),
}

TX_MOVES: Mapping[TxState, frozenset[TxState]] = {
    TxState.SIGNED: frozenset(
        {
            TxState.ACCEPTED,
            TxState.MINED,
            TxState.REVERTED,
            TxState.DISPLACED,
            TxState.SUPERSEDED,
            TxState.CANCELLED,
        }
    ),
    TxState.ACCEPTED: frozenset(
        {TxState.MINED, TxState.REVERTED, TxState.DISPLACED, TxState.SUPERSEDED, TxState.CANCELLED}
    ),
    # Back to accepted when a reorg took the block: the same bytes go out again.
    TxState.MINED: frozenset({TxState.CONFIRMED, TxState.FINAL, TxState.ACCEPTED}),
    TxState.CONFIRMED: frozenset({TxState.FINAL, TxState.ACCEPTED}),
    TxState.FINAL: frozenset(),
    TxState.REVERTED: frozenset({TxState.ACCEPTED}),
    # A reorg may still bring in an attempt that another one had displaced, or free its nonce.
    TxState.DISPLACED: frozenset({TxState.ACCEPTED, TxState.MINED, TxState.REVERTED, TxState.CANCELLED}),
    # Another attempt of the same nonce was mined; a reorg may bring this one in, or free the nonce.
    TxState.SUPERSEDED: frozenset({TxState.ACCEPTED, TxState.MINED, TxState.REVERTED, TxState.CANCELLED}),
    # An empty one that was mined; a reorg may free its nonce.
    TxState.CANCELLED: frozenset({TxState.ACCEPTED}),
}

# The way of a report that nothing goes wrong with.
_REPORT_PATH = (
    ReportState.SEALED,
    ReportState.SIGNED,
    ReportState.RELAYING,
    ReportState.APPLIED,
    ReportState.FINAL,
)
_PURCHASE_PATH = (PurchaseState.REPORTED, PurchaseState.SETTLED_PENDING, PurchaseState.SETTLED_FINAL)


class StateMoveForbidden(StoreError):
    """A move that no table allows: the store contradicts what was seen. The operator reports it."""

    def __init__(self, source: StrEnum, target: StrEnum) -> None:
        super().__init__(f"What is {source} cannot become {target}: the store contradicts the chain.")


def require_move(moves: Mapping[_S, frozenset[_S]], source: _S, target: _S) -> None:
    """Raises: StateMoveForbidden if the table has no such move."""
    if target not in moves[source]:
        raise StateMoveForbidden(source, target)


def move_purchases(
    work: Work, purchase_ids: Sequence[int], *, source: PurchaseState, target: PurchaseState
) -> None:
    """Raises: StateMoveForbidden; StoreError if one of them is not in `source`."""
    require_move(PURCHASE_MOVES, source, target)
    work.purchases.move(purchase_ids, source=source, target=target)


def advance_purchases(
    work: Work, purchase_ids: Sequence[int], *, source: PurchaseState, target: PurchaseState
) -> None:
    """Move purchases along the path from reported to settled, every state on the way included."""
    path = _PURCHASE_PATH[_PURCHASE_PATH.index(source) : _PURCHASE_PATH.index(target) + 1]
    for before, after in pairwise(path):
        move_purchases(work, purchase_ids, source=before, target=after)


def move_report(work: Work, report: StoredReport, target: ReportState, *, failure: str | None = None) -> None:
    """Raises: StateMoveForbidden; StoreError if another process moved it meanwhile."""
    require_move(REPORT_MOVES, report.state, target)
    work.reports.move(report.content_hash, source=report.state, target=target, failure=failure)


def advance_report(work: Work, report: StoredReport, target: ReportState) -> None:
    """Move a report along the path from sealed to final, every state on the way included."""
    path = _REPORT_PATH[_REPORT_PATH.index(report.state) : _REPORT_PATH.index(target) + 1]
    for before, after in pairwise(path):
        require_move(REPORT_MOVES, before, after)
        work.reports.move(report.content_hash, source=before, target=after)


def move_tx(work: Work, tx: StoredTx, target: TxState, *, mined: TxReceipt | None = None) -> None:
    """Raises: StateMoveForbidden; StoreError if another process moved it meanwhile."""
    require_move(TX_MOVES, tx.state, target)
    work.txs.move(tx.signed.tx_hash, source=tx.state, target=target, mined=mined)
