"""Reconciling: chain totals and numbers against the store's, equal or not."""

import pytest

from milepost.domain.quantities import Miles
from milepost.pipeline.read_settlements import read_settlements
from milepost.pipeline.reconcile import NumberDifference, ReconciliationError, reconcile, require_reconciled
from tests.support.programme import Oracle, three_bills


def _settled() -> Oracle:
    oracle = Oracle()
    oracle.ingest(*three_bills())
    oracle.relayed()
    read_settlements(oracle.store, chain=oracle.chain)
    return oracle


def test_reconcile__all_read__is_equal() -> None:
    oracle = _settled()
    found = reconcile(oracle.store, oracle.chain)
    assert (found.chain, found.store, found.difference, found.pending_reports) == (894, 894, 0, 0)
    assert found.is_equal
    require_reconciled(found)


def test_reconcile__nothing_settled__is_equal() -> None:
    oracle = Oracle()
    oracle.ingest(*three_bills())
    oracle.sealed()
    assert reconcile(oracle.store, oracle.chain).is_equal


def test_reconcile__applied_and_not_read__differs_and_says_pending() -> None:
    oracle = Oracle()
    oracle.ingest(*three_bills())
    oracle.relayed()
    found = reconcile(oracle.store, oracle.chain)
    assert (found.difference, found.pending_reports) == (894, 1)
    assert found.numbers == (NumberDifference(1, 2, 0), NumberDifference(2, 1, 0))
    with pytest.raises(ReconciliationError, match="difference 894, 1 reports pending"):
        require_reconciled(found)


def test_reconcile__chain_credited_more__differs() -> None:
    oracle = _settled()
    oracle.chain.books.ledger.credited = Miles(oracle.chain.books.ledger.credited + 5)
    with pytest.raises(ReconciliationError, match="chain credited 899 miles, the store 894"):
        require_reconciled(reconcile(oracle.store, oracle.chain))
