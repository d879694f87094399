"""The commands of adjustments killed on their way, then run again: what was wanted happens once.

given two numbers of one person   when merging them is killed   then the next run proposes it, once
given a proposal                  when approving it is killed   then its miles have moved once
given a credit to be proposed     when proposing it is killed   then one proposal waits, not two
"""

import pytest

from milepost.fail_point import FailPoint
from tests.faults.test_fail_points import killed_at
from tests.support.command_process import KILLED
from tests.support.fault_stage import FaultCase
from tests.support.relay_promises import require_promises

MERGING = {
    FailPoint.MERGE_BEFORE_COMMIT: (1,),
    FailPoint.MERGE_AFTER_COMMIT: (1,),
    FailPoint.PROPOSAL_SENT: (1,),
}
DECIDING = {FailPoint.DECISION_SENT: (1,)}
MERGE = ("members", "merge", "M0002", "M0001")
CREDIT = ("adjustments", "propose", "M0001", "--credit", 500, "--reason", "goodwill")
APPROVE = ("adjustments", "approve", 1)


def _proposals(case: FaultCase) -> int:
    count: int = case.contract("AdjustmentDesk").functions.adjustmentCount().call()
    return count


def _miles(case: FaultCase) -> list[int]:
    """Live miles of the members by their lots."""
    lens, ledger = case.contract("MilesLens"), case.stage.deployment.addresses.ledger
    return [sum(lot[0] for lot in lens.functions.lotsOf(ledger, member).call()) for member in (1, 2, 3)]


@killed_at(MERGING)
def test_merge__killed__is_proposed_once_by_the_next_run(
    case: FaultCase, point: FailPoint, time: int
) -> None:
    case.settle_to_the_end()
    require_promises(case)
    first, second, third = _miles(case)
    assert case.run(*MERGE, fail_point=point, time=time) == KILLED, case.printed[-1]
    assert case.run(*MERGE) == 0, case.printed[-1]
    assert _proposals(case) == 1
    assert case.run(*APPROVE) == 0, case.printed[-1]
    assert _miles(case) == [first + second, 0, third]
    assert case.settle() == 0, case.printed[-1]


@killed_at(DECIDING)
def test_approve__killed__has_moved_the_miles_once(case: FaultCase, point: FailPoint, time: int) -> None:
    case.settle_to_the_end()
    require_promises(case)
    first, second, third = _miles(case)
    assert case.run(*CREDIT) == 0, case.printed[-1]
    assert case.run(*APPROVE, fail_point=point, time=time) == KILLED, case.printed[-1]
    # It is decided already, and the answer says so.
    assert case.run(*APPROVE) != 0, case.printed[-1]
    assert _miles(case) == [first + 500, second, third]
    assert case.settle() == 0, case.printed[-1]


@pytest.mark.parametrize("is_pool_kept", [True, False])
def test_propose__killed_before_its_tx_is_mined__is_proposed_once(
    case: FaultCase, is_pool_kept: bool
) -> None:
    case.settle_to_the_end()
    case.rpc("evm_setAutomine", False)
    assert case.run(*CREDIT, fail_point=FailPoint.PROPOSAL_SENT) == KILLED, case.printed[-1]
    if not is_pool_kept:
        case.rpc("anvil_dropAllTransactions")
    again = case.run_on_a_slow_chain(*CREDIT)
    # The one that was sent waits, and the answer says so; where it was lost another one is made.
    assert again.code == (1 if is_pool_kept else 0), again.printed
    assert _proposals(case) == 1
