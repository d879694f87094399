"""Reconciling: chain totals and numbers against the store's, equal or not."""

import pytest

from milepost.domain.adjustment import AdjustmentKind, AdjustmentReason
from milepost.domain.quantities import Miles
from milepost.pipeline.read_settlements import read_settlements
from milepost.pipeline.reconcile import NumberDifference, ReconciliationError, reconcile, require_reconciled
from milepost.ports import AdjustmentProposal
from milepost.testing import FakeAdjustmentDesk
from tests.support.programme import Oracle, submitted, three_bills


def _settled() -> Oracle:
    oracle = Oracle()
    oracle.ingest(*three_bills())
    oracle.relayed()
    read_settlements(oracle.store, chain=oracle.chain)
    return oracle


def _settled_more(*, also_credited: int = 0) -> Oracle:
    """One report is read, with so many miles too many on chain, and another is settled and not read."""
    oracle = _settled()
    oracle.chain.books.ledger.credited = Miles(oracle.chain.books.ledger.credited + also_credited)
    oracle.ingest(submitted("later"))
    oracle.relayed()
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


def test_reconcile__applied_and_nothing_read_yet__is_not_conclusive() -> None:
    oracle = Oracle()
    oracle.ingest(*three_bills())
    oracle.relayed()
    found = reconcile(oracle.store, oracle.chain)
    assert (found.difference, found.pending_reports, found.conclusive) == (894, 1, False)
    assert found.numbers == (NumberDifference(1, 2, 0), NumberDifference(2, 1, 0))
    require_reconciled(found)


def test_reconcile__settled_since_it_was_read__compares_as_of_the_block_read() -> None:
    """Finding: a worker that settled all the time told its operator every minute that miles were missing."""
    oracle = _settled_more()
    found = reconcile(oracle.store, oracle.chain)
    assert (found.chain, found.store, found.numbers) == (894, 894, ())
    assert (found.pending_reports, found.conclusive) == (1, True)


def test_reconcile__settled_since_and_the_chain_credited_more_before__differs() -> None:
    oracle = _settled_more(also_credited=5)
    with pytest.raises(ReconciliationError, match="chain credited 899 miles, the store 894: difference 5, 1"):
        require_reconciled(reconcile(oracle.store, oracle.chain))


def test_reconcile__node_forgot_that_state__is_not_conclusive_until_nothing_is_under_way() -> None:
    oracle = _settled_more(also_credited=5)
    oracle.chain.keeps_states = False
    found = reconcile(oracle.store, oracle.chain)
    assert (found.difference > 5, found.conclusive) == (True, False)
    require_reconciled(found)
    read_settlements(oracle.store, chain=oracle.chain)
    oracle.chain.mine()
    with pytest.raises(ReconciliationError, match="difference 5, 0 reports pending"):
        require_reconciled(reconcile(oracle.store, oracle.chain))


def test_reconcile__chain_credited_more__differs() -> None:
    oracle = _settled()
    oracle.chain.books.ledger.credited = Miles(oracle.chain.books.ledger.credited + 5)
    with pytest.raises(ReconciliationError, match="chain credited 899 miles, the store 894"):
        require_reconciled(reconcile(oracle.store, oracle.chain))


def test_reconcile__miles_bought__are_known_from_the_shop() -> None:
    oracle = _settled()
    oracle.chain.books.ledger.buy(
        1, Miles(5), today=oracle.chain.books.ledger.day_of(oracle.chain.block_time())
    )
    assert reconcile(oracle.store, oracle.chain).difference == 5
    oracle.chain.bought = Miles(5)
    require_reconciled(reconcile(oracle.store, oracle.chain))


def _adjust(oracle: Oracle, kind: AdjustmentKind, miles: int) -> None:
    desk = FakeAdjustmentDesk(oracle.chain, "support")
    proposal = AdjustmentProposal(kind, 2, AdjustmentReason.PARTNER_ERROR, miles=miles)
    FakeAdjustmentDesk(oracle.chain, "approver").approve(desk.propose(proposal, nonce=desk.next_nonce()))


def test_reconcile__adjusted_and_read__counts_both_ways() -> None:
    oracle = _settled()
    _adjust(oracle, AdjustmentKind.CREDIT, 70)
    _adjust(oracle, AdjustmentKind.DEBIT, 30)
    read_settlements(oracle.store, chain=oracle.chain)
    found = reconcile(oracle.store, oracle.chain)
    assert (found.chain, found.store, found.chain_reversed, found.store_reversed) == (964, 964, 30, 30)
    require_reconciled(found)


def test_reconcile__adjusted_and_not_final__counts_what_the_desk_names() -> None:
    oracle = _settled()
    oracle.chain.finality, oracle.chain.keeps_states = 9, False
    _adjust(oracle, AdjustmentKind.CREDIT, 70)
    _adjust(oracle, AdjustmentKind.DEBIT, 30)
    read_settlements(oracle.store, chain=oracle.chain)
    found = reconcile(oracle.store, oracle.chain)
    assert (found.chain, found.store, found.store_reversed) == (964, 964, 30)
    require_reconciled(found)


def test_reconcile__chain_took_back_more__differs() -> None:
    oracle = _settled()
    oracle.chain.books.ledger.reversed = Miles(5)
    with pytest.raises(ReconciliationError, match="took back 5 miles, the store 0"):
        require_reconciled(reconcile(oracle.store, oracle.chain))
