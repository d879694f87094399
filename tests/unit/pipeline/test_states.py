"""The three tables of states."""

import pytest

from milepost.pipeline.states import (
    PURCHASE_MOVES,
    REPORT_MOVES,
    TX_MOVES,
    StateMoveForbidden,
    require_move,
)
from milepost.ports import PurchaseState, ReportState, TxState


@pytest.mark.parametrize(
    ("moves", "states"), [(PURCHASE_MOVES, PurchaseState), (REPORT_MOVES, ReportState), (TX_MOVES, TxState)]
)
def test_moves__every_state__has_its_row(moves: dict[object, object], states: object) -> None:
    assert list(moves) and set(moves) == set(states)


def test_moves__final__nothing_follows() -> None:
    final = (
        PURCHASE_MOVES[PurchaseState.SETTLED_FINAL],
        REPORT_MOVES[ReportState.FINAL],
        TX_MOVES[TxState.FINAL],
    )
    assert final == (frozenset(),) * 3


def test_require_move__not_in_the_table__is_forbidden() -> None:
    with pytest.raises(StateMoveForbidden, match="What is conflicted cannot become accepted"):
        require_move(PURCHASE_MOVES, PurchaseState.CONFLICTED, PurchaseState.ACCEPTED)
