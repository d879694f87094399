"""The adjustment desk on anvil: acting, reading records and logs, and verifying a receipt.

given two people with their roles       then one proposes, the other decides, and the record says so
given no role, no money, no key         then nothing is sent, and the error says which address
given what the ledger would refuse      then it is known before anything is proposed
given a receipt                         then one question after the chain's id says whether it is true
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from milepost.chain.access_errors import AccessManagedUnauthorized
from milepost.chain.adjustment_desk import DeskKeyMissing, DeskReader, NodeAdjustmentDesk, adjustment_of
from milepost.chain.adjustment_verifier import AdjustmentVerifier
from milepost.chain.deploy import deploy_programme
from milepost.chain.deployment_plan import DeploymentPlan
from milepost.chain.deployment_run import Web3Executor
from milepost.chain.ledger_errors import (
    AdjustmentDailyLimit,
    AdjustmentInvalid,
    AdjustmentNotOwnProposal,
    AdjustmentOwnProposal,
    LedgerAccountClosed,
    LedgerMemberUnknown,
    LedgerMilesShort,
)
from milepost.chain.member_ledger import NodeMemberLedger
from milepost.chain.node import Finality, FinalityKind, Node
from milepost.chain.receipt_verifier import ReceiptNamesAnotherChain
from milepost.chain.roles import Role
from milepost.chain.settlement_chain import NodeSettlementChain
from milepost.domain.adjustment import (
    Adjustment,
    AdjustmentKind,
    AdjustmentReason,
    AdjustmentReceipt,
    AdjustmentState,
)
from milepost.domain.errors import ChainError
from milepost.ports import AdjustmentProposal, TxUnderfunded
from tests.support.anvil import anvil
from tests.support.deployments import (
    APPROVER,
    ENROLLER,
    START,
    STRANGER,
    SUPPORT,
    DeployedChain,
    a_plan,
    account_named,
    deployed_chain,
    fund,
)

CREDIT, DEBIT, MERGE = AdjustmentKind


POOR = account_named("support without gas money")


def _plan() -> DeploymentPlan:
    """One person may propose, another may propose and approve."""
    usual = a_plan()
    support = (SUPPORT.address, APPROVER.address, POOR.address)
    return replace(usual, holders={**usual.holders, Role.SUPPORT: support, Role.APPROVE: (APPROVER.address,)})


def _with_members(chain: DeployedChain) -> DeployedChain:
    """Nine of them."""
    fund(chain.web3, SUPPORT.address, APPROVER.address, ENROLLER.address)
    NodeMemberLedger(_node(chain), chain.deployment, enroller=ENROLLER).enrol_up_to(9)
    return chain


@pytest.fixture(scope="module")
def _on_anvil() -> Iterator[DeployedChain]:
    with anvil(starts_at=START) as node:
        deployer = node.web3.eth.accounts[0]
        deployment = deploy_programme(
            _plan(), Web3Executor(node.web3, deployer), web3=node.web3, node=node.name
        )
        yield _with_members(DeployedChain(node.web3, _plan(), deployment, deployer))


@pytest.fixture
def chain(_on_anvil: DeployedChain) -> Iterator[DeployedChain]:
    """What a test does to it is undone."""
    ask: Any = _on_anvil.web3.provider.make_request
    snapshot = ask("evm_snapshot", [])["result"]
    yield _on_anvil
    ask("evm_revert", [snapshot])


def _node(chain: DeployedChain) -> Node:
    return Node(chain.web3, "anvil")


def desk_of(chain: DeployedChain, account: Any = SUPPORT) -> NodeAdjustmentDesk:
    return NodeAdjustmentDesk(_node(chain), chain.deployment, account=account)


def a_proposal(kind: AdjustmentKind = CREDIT, **changes: Any) -> AdjustmentProposal:
    usual = {"member": 1, "miles": 0 if kind is MERGE else 500, "into": 2 if kind is MERGE else 0}
    return AdjustmentProposal(kind, reason=AdjustmentReason.PARTNER_ERROR, **{**usual, **changes})


def proposed(chain: DeployedChain, proposal: AdjustmentProposal) -> int:
    desk = desk_of(chain)
    return desk.propose(proposal, nonce=desk.next_nonce())


def applied(chain: DeployedChain, proposal: AdjustmentProposal) -> Adjustment:
    number = proposed(chain, proposal)
    desk = desk_of(chain, APPROVER)
    desk.approve(number)
    found = desk.adjustment(number)
    assert found is not None
    return found


def test_approve__each_kind__is_recorded_and_logged_in_order(chain: DeployedChain) -> None:
    before = chain.web3.eth.block_number
    ledger = NodeMemberLedger(_node(chain), chain.deployment)
    case = bytes(range(32))
    credit = applied(chain, a_proposal(case_hash=case))
    assert (credit.state, credit.kind, credit.miles) == (AdjustmentState.APPLIED, CREDIT, 500)
    assert (credit.proposer, credit.decided_by) == (SUPPORT.address, APPROVER.address)
    assert (credit.reason, credit.case_hash) == (AdjustmentReason.PARTNER_ERROR, case)
    assert credit.last_day == ledger.lots_of(1)[0].last_day
    debit, merge = applied(chain, a_proposal(DEBIT, miles=120)), applied(chain, a_proposal(MERGE))
    assert (merge.member, merge.into, merge.miles, merge.last_day) == (1, 2, 380, 0)
    assert [lot.miles for lot in ledger.lots_of(2)] == [380]
    logs = DeskReader(_node(chain), chain.deployment).applied_since(before)
    assert [log.adjustment for log in logs] == [credit, debit, merge]
    settlement = NodeSettlementChain(_node(chain), chain.deployment, finality=Finality(FinalityKind.INSTANT))
    assert settlement.settled_logs(before + 1, chain.web3.eth.block_number) == logs
    assert settlement.applied_since(logs[1].block_number) == logs[2:]
    assert settlement.applied_since(chain.web3.eth.block_number) == []
    assert (settlement.ledger_credited(), settlement.settled_sums([]).reversed) == (500, 120)


def test_adjustment__number_never_given__is_none(chain: DeployedChain) -> None:
    desk = desk_of(chain, None)
    assert (desk.adjustment(1), desk.count(), desk.daily_limit()) == (None, 0, 100_000)
    assert desk.now() == chain.web3.eth.get_block("latest")["timestamp"]


def test_reject_and_withdraw__end_a_proposal(chain: DeployedChain) -> None:
    numbers = [proposed(chain, a_proposal()) for _ in range(2)]
    approver = desk_of(chain, APPROVER)
    approver.reject(numbers[0])
    with pytest.raises(AdjustmentNotOwnProposal):
        approver.withdraw(numbers[1])
    desk_of(chain).withdraw(numbers[1])
    found = [approver.adjustment(number) for number in numbers]
    assert [one.state for one in found if one] == [AdjustmentState.REJECTED, AdjustmentState.WITHDRAWN]


def test_approve__own_proposal_or_above_the_limit__is_refused(chain: DeployedChain) -> None:
    approver = desk_of(chain, APPROVER)
    own = approver.propose(a_proposal(), nonce=approver.next_nonce())
    with pytest.raises(AdjustmentOwnProposal) as refused:
        approver.approve(own)
    assert refused.value.exit_code == 4
    applied(chain, a_proposal(miles=99_999))
    with pytest.raises(AdjustmentDailyLimit, match="1 miles may still be adjusted today") as limited:
        approver.approve(proposed(chain, a_proposal(miles=2)))
    assert limited.value.exit_code == 1


@pytest.mark.parametrize(
    ("proposal", "error"),
    [
        (a_proposal(member=10), LedgerMemberUnknown),
        (a_proposal(DEBIT), LedgerMilesShort),
        (a_proposal(MERGE, into=10), LedgerMemberUnknown),
        (a_proposal(member=3), LedgerAccountClosed),
        (a_proposal(MERGE, miles=1), AdjustmentInvalid),
    ],
)
def test_require_possible__what_would_be_refused__is_named(
    chain: DeployedChain, proposal: AdjustmentProposal, error: type[Exception]
) -> None:
    applied(chain, a_proposal(MERGE, member=3, into=4))
    with pytest.raises(error):
        desk_of(chain).require_possible(proposal)
    desk_of(chain).require_possible(a_proposal())


def test_require_possible__no_role_or_no_key__says_so(chain: DeployedChain) -> None:
    with pytest.raises(AccessManagedUnauthorized) as refused:
        desk_of(chain, STRANGER).require_possible(a_proposal())
    assert refused.value.exit_code == 4
    with pytest.raises(DeskKeyMissing, match="name the file") as missing:
        desk_of(chain, None).require_possible(a_proposal())
    assert missing.value.exit_code == 2


def test_verify__as_issued__is_true_by_one_question(
    chain: DeployedChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = _receipt(chain, applied(chain, a_proposal()))
    asked: list[str] = []
    make_request = chain.web3.provider.make_request

    def recorded(method: str, params: Any) -> Any:
        asked.append(method)
        return make_request(method, params)

    monkeypatch.setattr(chain.web3.provider, "make_request", recorded)
    assert _verifier(chain).differences(receipt) == []
    assert asked == ["eth_chainId", "eth_call"]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"miles": 501}, "By the desk the miles is 500; the receipt states 501."),
        ({"member": 2}, "the member is 1"),
        ({"kind": DEBIT}, "the kind is credit; the receipt states debit"),
        ({"reason": AdjustmentReason.FRAUD}, "the reason is partner_error"),
        ({"into": 2}, "the account it went into is 0"),
        ({"last_day": 9}, "the last valid day is"),
        ({"proposed_at": 1}, "the time of the proposal is"),
        ({"decided_at": 1}, "the time of the decision is"),
        ({"proposer": STRANGER.address}, "the proposer is"),
        ({"decided_by": STRANGER.address}, "who decided is"),
        ({"case_hash": b"\1" * 32}, "the case hash is 0x00"),
        ({"adjustment_id": 99}, "The desk has no adjustment 99"),
    ],
)
def test_verify__anything_changed__is_named(
    chain: DeployedChain, changes: dict[str, Any], named: str
) -> None:
    receipt = _receipt(chain, applied(chain, a_proposal()))
    changed = replace(receipt, adjustment=replace(receipt.adjustment, **changes))
    (difference,) = _verifier(chain).differences(changed)
    assert named in difference


def test_verify__never_applied__is_not_true(chain: DeployedChain) -> None:
    found = desk_of(chain).adjustment(proposed(chain, a_proposal()))
    assert found is not None
    (difference,) = _verifier(chain).differences(_receipt(chain, found))
    assert "is proposed and was never applied" in difference


def test_verify__another_chain_or_desk__is_refused_by_name(chain: DeployedChain) -> None:
    receipt = _receipt(chain, applied(chain, a_proposal()))
    verifier = _verifier(chain)
    with pytest.raises(ReceiptNamesAnotherChain, match="names chain 1"):
        verifier.differences(replace(receipt, chain_id=1))
    with pytest.raises(ReceiptNamesAnotherChain, match="names the adjustment desk"):
        verifier.differences(replace(receipt, desk=STRANGER.address))
    with pytest.raises(ChainError, match="not 5"):
        replace(verifier, chain_id=5).differences(receipt)
    nobody = replace(verifier, desk=STRANGER.address)
    with pytest.raises(ChainError, match="There is no adjustment desk"):
        nobody.differences(replace(receipt, desk=STRANGER.address))


def test_adjustment_of__a_reason_of_a_later_version__says_so() -> None:
    values = (0, 2, 99, 1, 0, 5, 0, 1, 2, SUPPORT.address, APPROVER.address, bytes(32))
    with pytest.raises(ChainError, match="holds what this version does not know"):
        adjustment_of(7, values)


def test_require_possible__no_gas_money__names_the_address(chain: DeployedChain) -> None:
    with pytest.raises(TxUnderfunded, match=POOR.address):
        desk_of(chain, POOR).require_possible(a_proposal())


def test_settled_logs__of_the_embedded_chain__hold_adjustments_too() -> None:
    """Finding: it looks topics up in hex only, and found no adjustment by bytes."""
    chain = _with_members(deployed_chain(_plan()))
    before = chain.web3.eth.block_number
    credit = applied(chain, a_proposal())
    settlement = NodeSettlementChain(_node(chain), chain.deployment, finality=Finality(FinalityKind.INSTANT))
    logs = settlement.settled_logs(before, chain.web3.eth.block_number)
    assert [log.adjustment for log in logs] == [credit]  # type: ignore[union-attr]
    assert settlement.applied_since(before) == logs


def _receipt(chain: DeployedChain, adjustment: Adjustment) -> AdjustmentReceipt:
    return AdjustmentReceipt(
        chain.deployment.chain_id, chain.deployment.addresses.adjustment_desk, adjustment
    )


def _verifier(chain: DeployedChain) -> AdjustmentVerifier:
    deployment = chain.deployment
    return AdjustmentVerifier(_node(chain), deployment.addresses.adjustment_desk, deployment.chain_id)
