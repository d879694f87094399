"""What is owed at a block: lots by the ledger, funders by the store, and every mile accounted for."""

from collections import Counter
from dataclasses import replace

import pytest

from milepost.domain.adjustment import AdjustmentKind, AdjustmentReason
from milepost.domain.calendar import void_at
from milepost.domain.conservation import Flow
from milepost.domain.liability import Shares
from milepost.domain.purchase import PurchaseKind
from milepost.pipeline import state_liability as module
from milepost.pipeline.read_settlements import read_settlements
from milepost.pipeline.reconcile import ReconciliationError
from milepost.pipeline.state_liability import BlockUnread, LiabilityStatement, batches, state_liability
from milepost.ports import AdjustmentProposal, ChainUnavailable, CreditedPurchase
from milepost.testing import FakeAdjustmentDesk, FakeLedgerBook
from tests.support.ledgers import a_lot
from tests.support.programme import MEMBERS, Oracle, submitted, three_bills

PUTIEN, TAMARIND = 1, 2
ANNA, BEN = 1, 2


def _settled() -> Oracle:
    """Anna has 149 and 298 of Putien and 149 of Tamarind, all in one lot; Ben has 447 of Putien."""
    oracle = Oracle()
    oracle.ingest(*three_bills(), submitted("B-2", MEMBERS[0], partner="tamarind"))
    oracle.relayed()
    return _read(oracle)


def _read(oracle: Oracle) -> Oracle:
    read_settlements(oracle.store, chain=oracle.chain)
    return oracle


def _adjust(
    oracle: Oracle, kind: AdjustmentKind, miles: int = 0, *, member: int = ANNA, into: int = 0
) -> None:
    desk = FakeAdjustmentDesk(oracle.chain, "support")
    proposal = AdjustmentProposal(kind, member, AdjustmentReason.MISSING_PURCHASE, miles=miles, into=into)
    FakeAdjustmentDesk(oracle.chain, "approver").approve(desk.propose(proposal, nonce=desk.next_nonce()))


def _book(oracle: Oracle) -> FakeLedgerBook:
    return FakeLedgerBook(oracle.chain.books.ledger, oracle.chain.block, oracle.chain.final_block)


def _stated(oracle: Oracle, at: int | None = None, book: FakeLedgerBook | None = None) -> LiabilityStatement:
    return state_liability(at, store=oracle.store, ledger=book or _book(oracle))


def _funders(found: LiabilityStatement) -> dict[int | None, int]:
    return {funder: shares.live for funder, shares in found.liability.funders.items()}


def test_state_liability__purchases_settled__are_by_month_and_funder() -> None:
    found = _stated(_settled())
    ledger_lot = found.liability.by_month()
    assert ledger_lot == {(2021, 5): 149 + 298 + 149 + 102 + 447}
    assert _funders(found) == {PUTIEN: 894, TAMARIND: 251}
    assert found.liability.total == Shares(live=1_145) and found.totals.credited == 1_145
    assert found.differences.sentences == []


def test_state_liability__some_taken_back__leaves_the_newest_purchases() -> None:
    oracle = _settled()
    _adjust(oracle, AdjustmentKind.CREDIT, 20)
    _adjust(oracle, AdjustmentKind.DEBIT, 500)
    found = _stated(_read(oracle))
    # Of Anna's 718 miles 218 are left: all that came after the purchase at Putien but 53 of Tamarind's.
    assert _funders(found) == {PUTIEN: 447, TAMARIND: 198, None: 20}
    assert (found.totals.reversed, found.differences.count) == (500, 0)


def test_state_liability__refunded__leaves_what_its_partner_still_funds() -> None:
    oracle = Oracle()
    oracle.ingest(*three_bills(), submitted("B-2", MEMBERS[0], partner="tamarind"))
    oracle.relayed()
    _read(oracle)
    oracle.ingest(submitted("A-1001", None, kind=PurchaseKind.VOID))
    oracle.relayed()
    found = _stated(_read(oracle))
    # Anna's 149 and 298 at Putien are gone; Ben's stay, and all of Tamarind's.
    assert _funders(found) == {PUTIEN: 447, TAMARIND: 251}
    assert (found.totals.reversed, found.differences.sentences) == (447, [])


def test_funded__debt_paid_and_refunds__are_no_funding() -> None:
    def flowed(place: int, **changes: int) -> CreditedPurchase:
        usual = {"miles": 100, "last_day": 9, "occurred_at_s": 1, "sale_number": place}
        return CreditedPurchase((place, 0, 0), 1, 1, **{**usual, **changes})  # type: ignore[arg-type]

    first, second = flowed(1), flowed(2, debt_offset=30)
    raised = flowed(3, sale_number=1, miles=50)
    back = flowed(4, sale_number=1, miles=0, returned=70)
    found = module._funded([first, second, raised, back])
    assert found == [(first, 80), (second, 70)]


def test_state_liability__at_an_earlier_block__knows_no_later_purchase_or_adjustment() -> None:
    oracle = _settled()
    before = oracle.chain.final_block().number
    _adjust(oracle, AdjustmentKind.CREDIT, 20)
    _read(oracle)
    found = _stated(oracle, at=before)
    # The fake tells what is held now, and so 20 miles more than the store knows of at that block.
    assert found.block.number == before
    assert _funders(found)[None] == 20
    assert "Account 1 holds 718 miles in lots, and its flows leave 698" in found.differences.sentences[0]
    assert "The ledger credited 1165 miles in all, and store and logs account for 1145." in (
        found.differences.sentences
    )


def test_state_liability__accounts_merged__keep_their_funders() -> None:
    oracle = _settled()
    _adjust(oracle, AdjustmentKind.MERGE, member=BEN, into=ANNA)
    book = _book(_read(oracle))
    book.heirs[BEN] = ANNA
    book.flows = {BEN: Counter({Flow.GIVEN: 447}), ANNA: Counter({Flow.RECEIVED: 447})}
    found = _stated(oracle, book=book)
    assert _funders(found) == {PUTIEN: 894, TAMARIND: 251}
    assert found.differences.count == 0


def test_state_liability__after_the_last_day__has_lapsed() -> None:
    oracle = _settled()
    oracle.chain.advance_to(void_at(oracle.chain.books.ledger.lots_of(ANNA)[0].last_day, 480))
    oracle.chain.mine()
    found = _stated(_read(oracle))
    assert found.liability.total == Shares(lapsed=1_145) and found.liability.by_month() == {}
    oracle.chain.books.ledger.write_off(ANNA, today=found.liability.day)
    found = _stated(oracle)
    assert (found.liability.total, found.totals.written_off) == (Shares(lapsed=447), 698)
    assert found.differences.count == 0


def test_state_liability__chain_further__knows_the_head_and_what_was_read() -> None:
    oracle = _settled()
    read = oracle.chain.final_block()
    oracle.chain.mine()
    found = _stated(oracle)
    assert (found.block, found.read) == (read, read)
    assert found.head.number == read.number + 1


def test_state_liability__tier_written__counts_there() -> None:
    oracle = _settled()
    oracle.chain.books.ledger.account(BEN).tier = 2
    assert _stated(oracle).liability.tiers == {0: Shares(698), 2: Shares(447)}


def test_state_liability__a_mile_from_nowhere__is_named_in_sum_and_by_account() -> None:
    oracle = _settled()
    oracle.chain.books.ledger.account(BEN).add(a_lot(11_000), 1)
    found = _stated(oracle)
    assert _funders(found)[None] == 1
    assert found.differences.sentences == [
        "Account 2 holds 448 miles in lots, and its flows leave 447: 447 earned by purchases.",
        "All lots hold 1146 miles, and the ledger's totals leave 1145: 1145 credited, 0 taken back, 0"
        " redeemed, 0 written off.",
    ]


def test_state_liability__many_differences__keeps_the_first_and_counts_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_DIFFERENCES", 1)
    oracle = _settled()
    oracle.chain.books.ledger.account(BEN).add(a_lot(11_000), 1)
    found = _stated(oracle)
    assert (found.differences.count, len(found.differences.sentences)) == (2, 1)


def test_state_liability__nothing_read_or_a_later_block__is_refused() -> None:
    with pytest.raises(BlockUnread, match="has read none"):
        _stated(Oracle())
    oracle = _settled()
    head = oracle.chain.final_block().number
    with pytest.raises(BlockUnread, match=f"up to block {head}:") as refused:
        _stated(oracle, at=head + 1)
    assert refused.value.exit_code == 2


def test_state_liability__store_of_another_chain__is_refused() -> None:
    oracle = _settled()
    block = oracle.chain.block
    book = replace(_book(oracle), block=lambda number: replace(block(number), block_hash=b"x" * 32))
    with pytest.raises(ReconciliationError, match="name the node of that chain"):
        _stated(oracle, book=book)


def test_state_liability__block_replaced_meanwhile__is_not_stated() -> None:
    oracle = _settled()
    first = oracle.chain.final_block()
    answers = iter([first, replace(first, block_hash=b"x" * 32)])
    book = replace(_book(oracle), block=lambda number: next(answers))
    with pytest.raises(ChainUnavailable, match="was replaced"):
        _stated(oracle, book=book)


def test_batches__families__stay_together_and_batches_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ACCOUNTS_AT_ONCE", 3)
    # 2 went into 5, and 5 into 1.
    found = list(batches(8, {2: 5, 5: 1}))
    assert found == [[[1, 2, 5]], [[3], [4], [6]], [[7], [8]]]
    assert list(batches(0, {})) == []
