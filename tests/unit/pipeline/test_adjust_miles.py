"""Proposing and approving adjustments, on the fakes.

given a member and miles that can be          then it is proposed once, with a keyed hash of its case
given miles, members, limits that cannot be   then nothing is sent
given a merge                                 then it is approved only when directory and reports are ready
"""

import pytest

from milepost.domain.adjustment import (
    NO_CASE,
    PROPOSAL_LIFE_S,
    AdjustmentKind,
    AdjustmentReason,
    AdjustmentState,
)
from milepost.pipeline.adjust_miles import (
    AdjustmentRefused,
    AdjustmentUnknown,
    MergeNotInDirectory,
    ProposedBefore,
    PurchasesUnderWay,
    Wish,
    all_adjustments,
    approve_adjustment,
    propose_adjustment,
    recent_adjustments,
    waiting_adjustments,
)
from milepost.pipeline.make_statement import MemberUnknown
from milepost.ports import AdjustmentProposal
from milepost.testing import ContractRefusal, FakeAdjustmentDesk
from tests.support.programme import MEMBERS, Oracle, submitted

CREDIT = AdjustmentKind.CREDIT


def desks(oracle: Oracle) -> tuple[FakeAdjustmentDesk, FakeAdjustmentDesk]:
    """Support's and the approver's."""
    return FakeAdjustmentDesk(oracle.chain, "support"), FakeAdjustmentDesk(oracle.chain, "approver")


def a_wish(kind: AdjustmentKind = CREDIT, miles: int = 500, case: str | None = None) -> Wish:
    return Wish(kind, miles, AdjustmentReason.GOODWILL, case)


def test_propose_adjustment__credit__waits_and_moves_nothing() -> None:
    oracle = Oracle()
    support, approver = desks(oracle)
    found = propose_adjustment(MEMBERS[1], a_wish(case="c 1"), directory=oracle.members, desk=support)
    assert (found.kind, found.member, found.miles, found.state) == (CREDIT, 2, 500, AdjustmentState.PROPOSED)
    assert (found.proposer, found.reason) == (support.acting, AdjustmentReason.GOODWILL)
    assert found.case_hash == oracle.members.case_hash_of(2, "c 1") != NO_CASE
    assert list(waiting_adjustments(support)) == [found]
    assert oracle.chain.ledger_credited() == 0
    applied = approve_adjustment(
        found.adjustment_id, directory=oracle.members, store=oracle.store, desk=approver
    )
    assert (applied.state, applied.decided_by) == (AdjustmentState.APPLIED, approver.acting)
    assert (oracle.chain.ledger_credited(), list(waiting_adjustments(support))) == (500, [])


@pytest.mark.parametrize("miles", [0, -1, 1 << 40])
def test_propose_adjustment__miles_that_cannot_be__are_refused(miles: int) -> None:
    oracle = Oracle()
    with pytest.raises(AdjustmentRefused, match="are no adjustment: name 1 to") as refused:
        propose_adjustment(MEMBERS[0], a_wish(miles=miles), directory=oracle.members, desk=desks(oracle)[0])
    assert refused.value.exit_code == 2


def test_propose_adjustment__more_than_a_day_allows__is_refused() -> None:
    oracle = Oracle()
    desk = FakeAdjustmentDesk(oracle.chain, "support", daily_limit=499)
    with pytest.raises(AdjustmentRefused, match="above the limit of a day, 499"):
        propose_adjustment(MEMBERS[0], a_wish(), directory=oracle.members, desk=desk)
    assert desk.count() == 0


def test_propose_adjustment__nobody__is_refused() -> None:
    oracle = Oracle()
    with pytest.raises(MemberUnknown):
        propose_adjustment("nobody", a_wish(), directory=oracle.members, desk=desks(oracle)[0])


def test_propose_adjustment__more_than_lives__is_refused_before_it_is_sent() -> None:
    oracle = Oracle()
    desk = desks(oracle)[0]
    with pytest.raises(ContractRefusal, match="LedgerMilesShort"):
        propose_adjustment(MEMBERS[0], a_wish(AdjustmentKind.DEBIT), directory=oracle.members, desk=desk)
    assert desk.count() == 0


def test_propose_adjustment__just_this_waits__is_refused_until_it_is_decided() -> None:
    oracle = Oracle()
    desk = desks(oracle)[0]
    first = propose_adjustment(MEMBERS[0], a_wish(), directory=oracle.members, desk=desk)
    with pytest.raises(ProposedBefore, match="Adjustment 1 proposes just this"):
        propose_adjustment(MEMBERS[0], a_wish(), directory=oracle.members, desk=desk)
    for other in (a_wish(case="c 2"), a_wish(miles=501)):
        propose_adjustment(MEMBERS[0], other, directory=oracle.members, desk=desk)
    desk.withdraw(first.adjustment_id)
    propose_adjustment(MEMBERS[0], a_wish(), directory=oracle.members, desk=desk)
    assert [found.adjustment_id for found in all_adjustments(desk)] == [4, 3, 2, 1]


def test_recent_adjustments__older_than_a_proposal_lives__are_left_out() -> None:
    oracle = Oracle()
    desk = desks(oracle)[0]
    old = propose_adjustment(MEMBERS[0], a_wish(), directory=oracle.members, desk=desk)
    oracle.chain.advance_to(old.proposed_at + PROPOSAL_LIFE_S + 1)
    new = propose_adjustment(MEMBERS[0], a_wish(), directory=oracle.members, desk=desk)
    assert list(recent_adjustments(desk)) == list(waiting_adjustments(desk)) == [new]


def test_approve_adjustment__own_or_decided_or_unknown__is_refused() -> None:
    oracle = Oracle()
    support, approver = desks(oracle)
    found = propose_adjustment(MEMBERS[0], a_wish(), directory=oracle.members, desk=support)
    parts = {"directory": oracle.members, "store": oracle.store}
    with pytest.raises(ContractRefusal, match="AdjustmentOwnProposal"):
        approve_adjustment(found.adjustment_id, desk=support, **parts)
    approve_adjustment(found.adjustment_id, desk=approver, **parts)
    with pytest.raises(ContractRefusal, match="AdjustmentNotProposed"):
        approve_adjustment(found.adjustment_id, desk=approver, **parts)
    with pytest.raises(AdjustmentUnknown, match="There is no adjustment 9"):
        approve_adjustment(9, desk=approver, **parts)
    assert oracle.chain.ledger_credited() == 500


def test_approve_adjustment__merge_the_directory_does_not_know__waits() -> None:
    """Else the closed account's numbers would go on leading to it."""
    oracle = Oracle()
    support, approver = desks(oracle)
    nonce = support.next_nonce()
    merge = AdjustmentProposal(AdjustmentKind.MERGE, member=1, into=2, reason=AdjustmentReason.SAME_PERSON)
    number = support.propose(merge, nonce=nonce)
    with pytest.raises(MergeNotInDirectory, match="milepost members merge"):
        approve_adjustment(number, directory=oracle.members, store=oracle.store, desk=approver)
    oracle.members.merge(1, 2)
    approve_adjustment(number, directory=oracle.members, store=oracle.store, desk=approver)
    assert oracle.chain.books.ledger.closed == {1}


def test_approve_adjustment__merge_with_purchases_under_way__waits() -> None:
    """A report that was sealed before the merge must settle before the account is closed."""
    oracle = Oracle()
    support, approver = desks(oracle)
    oracle.ingest(submitted("A-1"))
    sealed = oracle.signed()
    oracle.members.merge(1, 2)
    merge = AdjustmentProposal(AdjustmentKind.MERGE, member=1, into=2, reason=AdjustmentReason.SAME_PERSON)
    number = support.propose(merge, nonce=support.next_nonce())
    with pytest.raises(PurchasesUnderWay, match="Purchases of member 1 are sealed and not final, 1 in all"):
        approve_adjustment(number, directory=oracle.members, store=oracle.store, desk=approver)
    assert oracle.report(sealed.content_hash).state == "signed"
