"""INV-1, to the mile: what flowed in and out against what the ledger has."""

from collections import Counter
from dataclasses import replace

import pytest

from milepost.domain.conservation import (
    Flow,
    Flows,
    LedgerTotals,
    add_purchase,
    balance_differences,
    flow_differences,
    left_by,
    sum_differences,
)

FLOWS: Flows = Counter(
    {
        Flow.EARNED: 1_000,
        Flow.BY_HAND: 50,
        Flow.BOUGHT: 10,
        Flow.RECEIVED: 200,
        Flow.REVERSED: 30,
        Flow.REDEEMED: 300,
        Flow.GIVEN: 200,
        Flow.WRITTEN_OFF: 130,
    }
)
TOTALS = LedgerTotals(2, credited=1_060, reversed=30, redeemed=300, written_off=130)


def test_left_by__every_flow__is_what_came_less_what_went() -> None:
    assert left_by(FLOWS) == 600 == TOTALS.held


def test_sum_differences__refunds_left_owing__are_reversed_and_owed_and_in_no_lot() -> None:
    flows: Flows = Counter()
    add_purchase(flows, credited=100, paid=0, taken=0, owed=0)
    add_purchase(flows, credited=0, paid=0, taken=30, owed=50)
    add_purchase(flows, credited=40, paid=40, taken=0, owed=0)
    totals = LedgerTotals(1, credited=140, reversed=80, redeemed=0, written_off=0, owed=10)
    assert left_by(flows) == totals.held == 70
    assert list(sum_differences(totals, flows, held=70)) == []
    (found,) = sum_differences(replace(totals, owed=11), flows, held=71)
    assert found == "The ledger is owed 11 miles in all, and store and logs account for 10."


def test_left_by__extended__stays() -> None:
    assert left_by(Counter({Flow.EARNED: 7, Flow.EXTENDED: 5})) == 7


def test_flow_differences__lots_as_left__is_none() -> None:
    assert list(flow_differences(5, FLOWS, held=600)) == []


def test_flow_differences__one_mile_more__is_named_with_its_flows() -> None:
    (found,) = flow_differences(5, Counter({Flow.EARNED: 7}), held=8)
    assert found == "Account 5 holds 8 miles in lots, and its flows leave 7: 7 earned by purchases."
    (found,) = flow_differences(5, Counter(), held=8)
    assert found.endswith("leave 0: nothing.")


def test_balance_differences__balance_is_not_the_live_lots__is_named() -> None:
    assert list(balance_differences(5, live=400, balance=400)) == []
    (found,) = balance_differences(5, live=400, balance=399)
    assert found == "The balance of account 5 is 399 miles, and its live lots hold 400."


def test_sum_differences__all_as_it_flowed__is_none() -> None:
    assert list(sum_differences(TOTALS, FLOWS, held=600)) == []


def test_sum_differences__lots_hold_less__is_named() -> None:
    (found,) = sum_differences(TOTALS, FLOWS, held=599)
    assert found.startswith("All lots hold 599 miles, and the ledger's totals leave 600: 1060 credited,")


@pytest.mark.parametrize(
    ("flow", "words"),
    [
        (Flow.EARNED, "credited 1060 miles in all, and store and logs account for 1061"),
        (Flow.BOUGHT, "credited 1060"),
        (Flow.REVERSED, "took back 30 miles in all, and store and logs account for 31"),
        (Flow.REDEEMED, "redeemed 300"),
        (Flow.WRITTEN_OFF, "wrote off 130"),
    ],
)
def test_sum_differences__one_flow_more__is_named(flow: Flow, words: str) -> None:
    (found,) = sum_differences(TOTALS, FLOWS + Counter({flow: 1}), held=600)
    assert words in found
