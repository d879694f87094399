"""Merging two numbers of one person, on the fakes, cut short at every step.

given two members
  when they are merged                       then both numbers lead to the second, proposed once
  when a run was cut short anywhere          then the next one goes on from there
  when purchases of the first are under way  then nothing is proposed until they are final
  when the proposal is closed or expires     then it is proposed anew, or undone
given a directory that was lost              then merging again finds what the chain has merged
"""

from dataclasses import replace

import pytest

from milepost.domain.adjustment import PROPOSAL_LIFE_S, AdjustmentState
from milepost.pipeline.adjust_miles import PurchasesUnderWay, approve_adjustment
from milepost.pipeline.make_statement import MemberUnknown, make_statement
from milepost.pipeline.merge_members import MergeRefused, Merging, merge_members, unmerge_members
from milepost.pipeline.read_settlements import read_settlements
from milepost.pipeline.reconcile import reconcile, require_reconciled
from milepost.ports import ChainUnavailable
from milepost.testing import ContractRefusal, FakeAdjustmentDesk, FakeMemberLedger, MemoryMemberDirectory
from tests.support.programme import MEMBERS, NOON_S, Oracle, book_of, submitted

LOST, KEPT, THIRD = MEMBERS


def merging(oracle: Oracle) -> Merging:
    return Merging(oracle.members, oracle.store, FakeAdjustmentDesk(oracle.chain, "support"))


def approve(oracle: Oracle, number: int) -> None:
    desk = FakeAdjustmentDesk(oracle.chain, "approver")
    approve_adjustment(number, directory=oracle.members, store=oracle.store, desk=desk)


def settled(oracle: Oracle, *bills: tuple[str, str]) -> None:
    oracle.ingest(*(submitted(sale_ref, member) for sale_ref, member in bills))
    oracle.relayed()
    read_settlements(oracle.store, chain=oracle.chain)


def balances(oracle: Oracle) -> list[int]:
    ledger = oracle.chain.books.ledger
    return [ledger.balance_at(member, oracle.chain.block_time()) for member in (1, 2, 3)]


def statement_of(oracle: Oracle, number: str) -> object:
    return make_statement(
        number,
        oracle.chain.block_time(),
        store=oracle.store,
        chain=oracle.chain,
        directory=oracle.members,
        ledger=FakeMemberLedger(oracle.chain.books.ledger),
        book=book_of(oracle),
    )


def test_merge_members__approved__joins_miles_and_numbers() -> None:
    oracle = Oracle()
    settled(oracle, ("A-1", LOST), ("A-2", KEPT))
    first, second, _ = balances(oracle)
    proposed = merge_members(LOST, KEPT, merging(oracle))
    assert (proposed.member, proposed.into, proposed.state) == (1, 2, AdjustmentState.PROPOSED)
    settled(oracle, ("A-3", LOST))
    between = balances(oracle)
    assert between[0] == first and between[1] > second
    approve(oracle, proposed.adjustment_id)
    read_settlements(oracle.store, chain=oracle.chain)
    settled(oracle, ("A-4", LOST), ("A-5", KEPT))
    assert balances(oracle)[0] == 0 and balances(oracle)[1] > sum(between)
    assert all(one.settled.outcome.is_credited for one in statement_of(oracle, LOST).purchases)
    found = statement_of(oracle, KEPT)
    assert (found.differences, found.accounts) == ((), (2, 1))
    assert [one.account for one in found.purchases] == [1, 2, 2, 2, 2]
    require_reconciled(reconcile(oracle.store, oracle.chain))


def test_merge_members__again_at_any_time__proposes_once() -> None:
    oracle = Oracle()
    first = merge_members(LOST, KEPT, merging(oracle))
    assert merge_members(LOST, KEPT, merging(oracle)) == first
    approve(oracle, first.adjustment_id)
    assert merge_members(LOST, KEPT, merging(oracle)).state is AdjustmentState.APPLIED
    oracle.chain.advance_to(oracle.chain.block_time() + PROPOSAL_LIFE_S + 1)
    read_settlements(oracle.store, chain=oracle.chain)
    # Too old to be looked for at the desk: the store knows it.
    assert merge_members(LOST, KEPT, merging(oracle)).adjustment_id == first.adjustment_id
    assert merging(oracle).desk.count() == 1


def test_merge_members__cut_short_before_it_is_proposed__goes_on() -> None:
    oracle = Oracle()
    oracle.members.merge(1, 2)
    assert merge_members(LOST, KEPT, merging(oracle)).adjustment_id == 1


def test_merge_members__node_goes_away__changes_nothing_it_cannot_finish() -> None:
    oracle = Oracle()
    oracle.chain.is_down = True
    with pytest.raises(ChainUnavailable):
        merge_members(LOST, KEPT, merging(oracle))
    oracle.chain.is_down = False
    assert oracle.members.heir_of(1) == 1


def test_merge_members__purchases_under_way__wait_and_earn() -> None:
    """They would settle as closed_account: nothing is proposed before they are final."""
    oracle = Oracle()
    oracle.ingest(submitted("A-1", LOST))
    oracle.relayed()
    with pytest.raises(PurchasesUnderWay, match="Purchases of member 1 are sealed and not final, 1 in all"):
        merge_members(LOST, KEPT, merging(oracle))
    assert merging(oracle).desk.count() == 0
    # From here on nothing is sealed for the first account.
    assert oracle.members.heir_of(1) == 2
    read_settlements(oracle.store, chain=oracle.chain)
    approve(oracle, merge_members(LOST, KEPT, merging(oracle)).adjustment_id)
    assert balances(oracle)[0] == 0 and balances(oracle)[1] == 447


@pytest.mark.parametrize("end", ["reject", "withdraw", "expire"])
def test_merge_members__proposal_ends__is_made_anew_or_undone(end: str) -> None:
    oracle = Oracle()
    settled(oracle, ("A-1", LOST))
    parts = merging(oracle)
    first = merge_members(LOST, KEPT, parts)
    with pytest.raises(MergeRefused, match="withdraw or reject it first"):
        unmerge_members(LOST, parts)
    if end == "expire":
        oracle.chain.advance_to(oracle.chain.block_time() + PROPOSAL_LIFE_S + 1)
    else:
        desk = parts.desk if end == "withdraw" else FakeAdjustmentDesk(oracle.chain, "approver")
        getattr(desk, end)(first.adjustment_id)
    again = merge_members(LOST, KEPT, parts)
    assert again.adjustment_id == 2
    parts.desk.withdraw(2)
    assert unmerge_members(LOST, parts) == 1
    assert (oracle.members.heir_of(1), balances(oracle)[0]) == (1, 447)
    assert statement_of(oracle, LOST).differences == ()
    with pytest.raises(MergeRefused, match="nothing to undo"):
        unmerge_members(LOST, parts)


def test_unmerge_members__applied__is_refused() -> None:
    oracle = Oracle()
    approve(oracle, merge_members(LOST, KEPT, merging(oracle)).adjustment_id)
    with pytest.raises(MergeRefused, match="for good"):
        unmerge_members(LOST, merging(oracle))
    with pytest.raises(MemberUnknown):
        unmerge_members("nobody", merging(oracle))


def test_merge_members__what_cannot_be__changes_nothing() -> None:
    oracle = Oracle()
    for numbers in ((LOST, LOST), ("nobody", KEPT), (LOST, "nobody")):
        with pytest.raises((MergeRefused, MemberUnknown)):
            merge_members(*numbers, merging(oracle))
    oracle.chain.books.ledger.closed.add(1)
    with pytest.raises(ContractRefusal, match="LedgerAccountClosed"):
        merge_members(LOST, KEPT, merging(oracle))
    assert (oracle.members.heir_of(1), merging(oracle).desk.count()) == (1, 0)


def test_merge_members__in_turn__waits_for_the_one_before() -> None:
    """Else the first account's miles would stay behind in what the second merge closes."""
    oracle = Oracle()
    settled(oracle, ("A-1", LOST), ("A-2", KEPT), ("A-3", THIRD))
    first = merge_members(LOST, KEPT, merging(oracle))
    with pytest.raises(MergeRefused, match="merge of member 1 into member 2 is not approved yet"):
        merge_members(KEPT, THIRD, merging(oracle))
    approve(oracle, first.adjustment_id)
    # Any number of the person will do.
    approve(oracle, merge_members(LOST, THIRD, merging(oracle)).adjustment_id)
    read_settlements(oracle.store, chain=oracle.chain)
    found = statement_of(oracle, LOST)
    assert (found.accounts, found.differences, found.balance) == ((3, 2, 1), (), sum(balances(oracle)))
    assert balances(oracle)[:2] == [0, 0]


def test_merge_members__directory_was_lost__finds_what_the_chain_has_merged() -> None:
    oracle = Oracle()
    settled(oracle, ("A-1", LOST))
    approve(oracle, merge_members(LOST, KEPT, merging(oracle)).adjustment_id)
    read_settlements(oracle.store, chain=oracle.chain)
    restored = replace(oracle, members=MemoryMemberDirectory(MEMBERS))
    # Before it is merged again the statement knows already where the miles are from.
    assert statement_of(restored, KEPT).accounts == (2, 1)
    with pytest.raises(MergeRefused, match="has merged member 1 into member 2"):
        merge_members(LOST, THIRD, merging(restored))
    assert merge_members(LOST, KEPT, merging(restored)).state is AdjustmentState.APPLIED
    assert restored.members.heir_of(1) == 2
    assert statement_of(restored, LOST).differences == ()


def test_make_statement__while_a_merge_waits__shows_both_accounts() -> None:
    oracle = Oracle()
    settled(oracle, ("A-1", LOST), ("A-2", KEPT))
    merge_members(LOST, KEPT, merging(oracle))
    found = statement_of(oracle, LOST)
    assert (found.accounts, found.balance, found.differences) == ((2, 1), 894, ())
    assert sorted({one.account for one in found.lots}) == [1, 2]
    assert found.at_s >= NOON_S
