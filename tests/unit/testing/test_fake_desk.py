"""The adjustment desk in memory keeps what the contract promises, and its records go with a reorg."""

import pytest

from milepost.domain.adjustment import PROPOSAL_LIFE_S, AdjustmentKind, AdjustmentReason, AdjustmentState
from milepost.ports import AdjustmentProposal, TxNonceTooLow
from milepost.testing import ContractRefusal, FakeAdjustmentDesk
from tests.support.programme import Oracle

CREDIT, DEBIT, MERGE = AdjustmentKind


def a_proposal(kind: AdjustmentKind = CREDIT, **changes: int) -> AdjustmentProposal:
    usual = {"member": 1, "miles": 0 if kind is MERGE else 500, "into": 2 if kind is MERGE else 0}
    return AdjustmentProposal(kind, reason=AdjustmentReason.GOODWILL, **{**usual, **changes})


def desks() -> tuple[Oracle, FakeAdjustmentDesk, FakeAdjustmentDesk]:
    oracle = Oracle()
    return oracle, FakeAdjustmentDesk(oracle.chain, "support"), FakeAdjustmentDesk(oracle.chain, "approver")


def proposed(desk: FakeAdjustmentDesk, proposal: AdjustmentProposal) -> int:
    return desk.propose(proposal, nonce=desk.next_nonce())


def applied(support: FakeAdjustmentDesk, approver: FakeAdjustmentDesk, proposal: AdjustmentProposal) -> int:
    number = proposed(support, proposal)
    approver.approve(number)
    return number


def test_approve__each_kind__changes_the_ledger_and_leaves_a_log() -> None:
    oracle, support, approver = desks()
    numbers = [
        applied(support, approver, proposal)
        for proposal in (a_proposal(), a_proposal(DEBIT, miles=100), a_proposal(MERGE))
    ]
    ledger = oracle.chain.books.ledger
    assert (ledger.credited, ledger.reversed, ledger.closed) == (500, 100, {1})
    assert ledger.balance_at(2, support.now()) == 400
    logs = oracle.chain.applied_since(0)
    assert [log.adjustment.adjustment_id for log in logs] == numbers
    assert [log.adjustment.miles for log in logs] == [500, 100, 400]
    assert logs[0].adjustment.last_day == ledger.last_day_of(logs[0].adjustment.decided_at)
    assert oracle.chain.settled_logs(1, oracle.chain.final_block().number) == logs
    assert oracle.chain.applied_since(logs[0].block_number) == logs[1:]


@pytest.mark.parametrize(
    ("proposal", "error"),
    [
        (a_proposal(miles=0), "AdjustmentInvalid"),
        (a_proposal(into=2), "AdjustmentInvalid"),
        (a_proposal(MERGE, miles=1), "AdjustmentInvalid"),
        (a_proposal(MERGE, into=0), "AdjustmentInvalid"),
    ],
)
def test_propose__parts_that_contradict__are_refused(proposal: AdjustmentProposal, error: str) -> None:
    _, support, _ = desks()
    with pytest.raises(ContractRefusal, match=error):
        proposed(support, proposal)
    assert support.count() == 0


@pytest.mark.parametrize(
    ("proposal", "error"),
    [
        (a_proposal(member=9), "LedgerMemberUnknown"),
        (a_proposal(DEBIT), "LedgerMilesShort"),
        (a_proposal(MERGE, into=9), "LedgerMemberUnknown"),
        (a_proposal(MERGE, into=1), "LedgerIntoItself"),
    ],
)
def test_require_possible__what_the_ledger_would_refuse__is_named(
    proposal: AdjustmentProposal, error: str
) -> None:
    with pytest.raises(ContractRefusal, match=error):
        desks()[1].require_possible(proposal)


def test_decide__by_the_wrong_one_or_too_late__is_refused_and_moves_nothing() -> None:
    oracle, support, approver = desks()
    number = proposed(support, a_proposal())
    for act, error in (
        (lambda: support.approve(number), "AdjustmentOwnProposal"),
        (lambda: approver.withdraw(number), "AdjustmentNotOwnProposal"),
        (lambda: approver.approve(7), "AdjustmentNotProposed"),
    ):
        with pytest.raises(ContractRefusal, match=error):
            act()
    oracle.chain.advance_to(support.now() + PROPOSAL_LIFE_S)
    with pytest.raises(ContractRefusal, match="AdjustmentExpired"):
        approver.approve(number)
    approver.reject(number)
    assert approver.adjustment(number).state is AdjustmentState.REJECTED
    assert oracle.chain.ledger_credited() == 0


def test_approve__daily_limit__holds_for_a_day_of_the_programme() -> None:
    oracle = Oracle()
    support = FakeAdjustmentDesk(oracle.chain, "support", daily_limit=600)
    approver = FakeAdjustmentDesk(oracle.chain, "approver", daily_limit=600)
    applied(support, approver, a_proposal())
    number = proposed(support, a_proposal(DEBIT, miles=101))
    with pytest.raises(ContractRefusal, match="AdjustmentDailyLimit"):
        approver.approve(number)
    oracle.chain.advance_to(support.now() + 86_400)
    approver.approve(number)
    assert oracle.chain.settled_sums([]).reversed == 101


def test_propose__with_a_nonce_that_was_used__is_refused() -> None:
    _, support, _ = desks()
    nonce = support.next_nonce()
    support.propose(a_proposal(), nonce=nonce)
    with pytest.raises(TxNonceTooLow):
        support.propose(a_proposal(), nonce=nonce)


def test_reorg__takes_back_what_was_applied() -> None:
    oracle, support, approver = desks()
    number = applied(support, approver, a_proposal())
    oracle.chain.reorg(1)
    assert approver.adjustment(number).state is AdjustmentState.PROPOSED
    assert (oracle.chain.ledger_credited(), oracle.chain.applied_since(0)) == (0, [])
