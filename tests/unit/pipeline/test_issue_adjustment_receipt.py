"""The receipt of an adjustment: issued from final blocks only, and for nobody who was forgotten."""

import pytest

from milepost.domain.adjustment import AdjustmentKind, AdjustmentReason, AdjustmentReceipt
from milepost.pipeline.issue_adjustment_receipt import (
    AdjustedMemberForgotten,
    AdjustmentNotFinal,
    issue_adjustment_receipt,
)
from milepost.ports import AdjustmentProposal
from milepost.testing import FakeAdjustmentDesk
from tests.support.programme import MEMBERS, Oracle


def adjusted() -> Oracle:
    """Adjustment 1 credits the first member."""
    oracle = Oracle()
    desk = FakeAdjustmentDesk(oracle.chain, "support")
    proposal = AdjustmentProposal(AdjustmentKind.CREDIT, 1, AdjustmentReason.GOODWILL, miles=500)
    FakeAdjustmentDesk(oracle.chain, "approver").approve(desk.propose(proposal, nonce=desk.next_nonce()))
    return oracle


def issued(oracle: Oracle, number: int = 1) -> AdjustmentReceipt:
    return issue_adjustment_receipt(number, store=oracle.store, chain=oracle.chain, directory=oracle.members)


def test_issue_adjustment_receipt__final__names_desk_and_chain() -> None:
    oracle = adjusted()
    receipt = issued(oracle)
    assert (receipt.chain_id, receipt.desk) == (oracle.chain.chain_id, oracle.chain.desk)
    assert receipt.adjustment == oracle.chain.facts.adjustments[1]
    # It was read into the store, where it is found when the node is gone.
    oracle.chain.is_down = True
    assert issued(oracle) == receipt


def test_issue_adjustment_receipt__not_final_or_unknown__answers_no() -> None:
    oracle = adjusted()
    oracle.chain.finality = 1
    with pytest.raises(AdjustmentNotFinal, match="No final block holds adjustment 1") as refused:
        issued(oracle)
    assert refused.value.exit_code == 1
    oracle.chain.mine()
    assert issued(oracle).adjustment.adjustment_id == 1
    with pytest.raises(AdjustmentNotFinal):
        issued(oracle, 2)


def test_issue_adjustment_receipt__member_was_forgotten__answers_no() -> None:
    oracle = adjusted()
    oracle.members.forget(MEMBERS[0])
    with pytest.raises(AdjustedMemberForgotten, match="not issued again") as refused:
        issued(oracle)
    assert refused.value.exit_code == 1 and MEMBERS[0] not in str(refused.value)
