"""A statement: lots by the ledger, purchases by the store, and whether both say the same."""

from dataclasses import replace

import pytest

from milepost.domain.adjustment import AdjustmentKind, AdjustmentReason
from milepost.domain.calendar import void_at
from milepost.domain.purchase import PurchaseKind
from milepost.pipeline.make_statement import MemberUnknown, Statement, make_statement
from milepost.pipeline.read_settlements import read_settlements
from milepost.ports import AdjustmentProposal
from milepost.testing import FakeAdjustmentDesk, FakeMemberLedger
from tests.support.ledgers import a_lot
from tests.support.programme import (
    MEMBERS,
    NOON_S,
    Oracle,
    book_of,
    submitted,
    three_bills,
)


def _settled() -> Oracle:
    oracle = Oracle()
    oracle.ingest(*three_bills(), submitted("A-1003"))
    oracle.relayed()
    read_settlements(oracle.store, chain=oracle.chain)
    return oracle


def _statement(oracle: Oracle, number: str = MEMBERS[0], at_s: int = NOON_S) -> Statement:
    ledger = FakeMemberLedger(oracle.chain.books.ledger)
    return _made(oracle, number, at_s, ledger)


def _made(oracle: Oracle, number: str, at_s: int, ledger: FakeMemberLedger) -> Statement:
    return make_statement(
        number,
        at_s,
        store=oracle.store,
        chain=oracle.chain,
        directory=oracle.members,
        ledger=ledger,
        book=book_of(oracle),
    )


def test_make_statement__two_bills__are_listed_with_their_lot() -> None:
    found = _statement(_settled())
    assert [one.purchase.sale_ref for one in found.purchases] == ["A-1001", "A-1003"]
    # 596.00 at a mile for 4.00 is 149; three times that, at most 400 more in all.
    assert [(one.settled.base, one.settled.bonus) for one in found.purchases] == [(149, 298), (149, 102)]
    assert found.balance == found.earned == 698
    assert [(one.lot.miles, one.is_live) for one in found.lots] == [(698, True)]
    assert found.differences == () and found.pending_reports == 0


def test_make_statement__refunded__shows_what_is_left_and_still_agrees() -> None:
    oracle = Oracle()
    oracle.ingest(*three_bills())
    oracle.relayed()
    read_settlements(oracle.store, chain=oracle.chain)
    refund = submitted(
        "R-1", None, kind=PurchaseKind.REFUND, original_sale_ref="A-1001", eligible_minor=9_600
    )
    oracle.ingest(refund)
    oracle.relayed()
    read_settlements(oracle.store, chain=oracle.chain)
    found = _statement(oracle)
    assert [one.is_newest for one in found.purchases] == [False, True]
    assert (found.earned, found.returned, found.debt, found.balance) == (447, 72, 0, 375)
    assert found.differences == ()
    oracle.chain.books.ledger.account(found.member_id).debt = 75
    owing = _statement(oracle)
    assert (owing.balance, owing.debt, owing.differences) == (300, 75, ())


def test_make_statement__after_the_last_day__has_nothing_live_and_still_agrees() -> None:
    oracle = _settled()
    last_day = _statement(oracle).lots[0].lot.last_day
    first_without = void_at(last_day, 480)
    assert _statement(oracle, at_s=first_without - 1).balance == 698
    found = _statement(oracle, at_s=first_without)
    assert (found.balance, found.lots[0].is_live, found.differences) == (0, False, ())
    assert found.earned == 698


def test_make_statement__chain_holds_more__says_where() -> None:
    oracle = _settled()
    found = _statement(oracle)
    oracle.chain.books.ledger.credit(found.member_id, a_lot(found.lots[0].lot.own_day), 1)
    differences = _statement(oracle).differences
    assert len(differences) == 1
    assert "holds 699 miles on chain, and its purchases and adjustments leave 698" in differences[0]


def test_make_statement__balance_is_not_the_lots__says_so() -> None:
    oracle = _settled()
    ledger = FakeMemberLedger(oracle.chain.books.ledger)
    ledger.balance_at = lambda member_id, instant_s: 5  # type: ignore[method-assign]
    found = _made(oracle, MEMBERS[0], NOON_S, ledger)
    assert "balance on chain is 5 miles, and the live lots hold 698" in found.differences[0]


def test_make_statement__member_without_purchases__is_empty() -> None:
    found = _statement(_settled(), MEMBERS[2])
    assert (found.balance, found.lots, found.purchases, found.differences) == (0, (), (), ())


def test_make_statement__nobodys_number__is_refused() -> None:
    with pytest.raises(MemberUnknown, match="“nobody” is no member's number") as unknown:
        _statement(_settled(), "nobody")
    assert unknown.value.exit_code == 1


def test_statement__earned__is_base_and_bonus_of_all() -> None:
    found = _statement(_settled())
    assert replace(found, purchases=found.purchases[:1]).earned == 447


def _adjust(oracle: Oracle, kind: AdjustmentKind, miles: int) -> None:
    desk = FakeAdjustmentDesk(oracle.chain, "support")
    proposal = AdjustmentProposal(kind, 1, AdjustmentReason.MISSING_PURCHASE, miles=miles)
    FakeAdjustmentDesk(oracle.chain, "approver").approve(desk.propose(proposal, nonce=desk.next_nonce()))


def test_make_statement__adjusted__explains_the_lots_and_says_what_is_final() -> None:
    oracle = _settled()
    _adjust(oracle, AdjustmentKind.DEBIT, 600)
    read_settlements(oracle.store, chain=oracle.chain)
    oracle.chain.finality = 9
    _adjust(oracle, AdjustmentKind.CREDIT, 50)
    found = _statement(oracle)
    assert (found.balance, found.earned, found.differences) == (148, 698, ())
    assert [(one.adjustment.miles, one.is_final) for one in found.adjustments] == [(600, True), (50, False)]
    # Once it is final nothing else changes.
    oracle.chain.finality = 0
    read_settlements(oracle.store, chain=oracle.chain)
    again = _statement(oracle)
    assert [one.is_final for one in again.adjustments] == [True, True]
    assert (again.lots, again.differences) == (found.lots, ())


def test_make_statement__debit_long_after_lots_lapsed__still_agrees() -> None:
    """The ledger writes lapsed lots off when it debits; an earlier instant asks for them in vain."""
    oracle = _settled()
    last_day = _statement(oracle).lots[0].lot.last_day
    oracle.chain.advance_to(void_at(last_day, 480))
    _adjust(oracle, AdjustmentKind.CREDIT, 50)
    _adjust(oracle, AdjustmentKind.DEBIT, 20)
    read_settlements(oracle.store, chain=oracle.chain)
    found = _statement(oracle, at_s=oracle.chain.block_time())
    assert (found.balance, found.differences) == (30, ())
    assert [one.lot.miles for one in found.lots] == [30]
    assert _statement(oracle, at_s=NOON_S).differences == ()


def test_make_statement__others_adjustments__are_not_shown() -> None:
    oracle = _settled()
    _adjust(oracle, AdjustmentKind.CREDIT, 50)
    assert _statement(oracle, MEMBERS[1]).adjustments == ()


def test_make_statement__forgotten__explains_nobody() -> None:
    oracle = _settled()
    oracle.members.forget(MEMBERS[0])
    with pytest.raises(MemberUnknown):
        _statement(oracle)
