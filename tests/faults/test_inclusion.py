"""What may become of a tx in a block, and of blocks and logs: faults 36 to 38, and lies of 28.

given too little gas for the tx          then it reverts, is said, and another cut settles
given a node that hides logs             then no block is taken as read that must hold some
given reorgs one after the other, or while nothing runs    then each report is final once
given a node that hands out few blocks of logs at a time   then nothing is left out
"""

import json

import pytest

from milepost.fail_point import FailPoint
from tests.support.chain_modes import empty_logs, getlogs_limit
from tests.support.fault_calls import Call, Forward, Reply, result_for
from tests.support.fault_depth import some_of
from tests.support.fault_stage import FaultCase, wait_until
from tests.support.relay_promises import require_promises

FINALIZED = {"finality": "finalized"}


def _a_third_of_the_gas(call: Call, forward: Forward) -> Reply:
    """A node whose estimate is far too low."""
    return result_for(call, hex(int(forward(call).answer["result"], 16) // 3))


def _forged_receipt(call: Call, forward: Forward) -> Reply:
    """A node that tells of a receipt in a block that its chain does not have."""
    answer = forward(call).answer
    if answer.get("result") is not None:
        answer["result"]["blockHash"] = f"0x{'66' * 32}"
    return Reply(json.dumps(answer).encode())


def test_settle__tx_runs_out_of_gas__fails_with_its_reason_and_settles_another_cut(case: FaultCase) -> None:
    case.proxy.plan.add(_a_third_of_the_gas, "eth_estimateGas", most=1)
    assert case.settle() == 3 and "ran out of its" in case.printed[-1].replace("\n", " "), case.printed[-1]
    case.settle_to_the_end()
    assert case.sql("SELECT count(*) FROM txs WHERE state = 'reverted'") == [(1,)]
    require_promises(case)


def test_settle__node_hides_logs__takes_no_block_as_read_that_must_hold_some(case: FaultCase) -> None:
    """Found by lying: the run read on past the block of its own settlement, which was never found again."""
    case.proxy.plan.add(empty_logs)
    process = case.start_settling()
    wait_until(lambda: case.report_states()[-1:] == ["applied"] or not process.is_running, what="it reads")
    wait_until(lambda: not process.is_running, what="it says that logs are missing")
    assert process.wait() == 3 and "logs" in process.printed, process.printed
    case.proxy.stop_faults()
    case.settle_to_the_end()
    require_promises(case)


def test_settle__receipt_names_a_block_that_is_not_there__is_final_by_the_log_alone(case: FaultCase) -> None:
    case.proxy.plan.add(_forged_receipt, "eth_getTransactionReceipt", most=3)
    assert case.settle() in (0, 3), case.printed[-1]
    case.settle_to_the_end()
    require_promises(case)


@pytest.mark.parametrize("most_blocks", some_of([1, 3]))
def test_settle__node_gives_few_blocks_of_logs_at_a_time__leaves_nothing_out(
    case: FaultCase, most_blocks: int
) -> None:
    case.proxy.plan.add(getlogs_limit(most_blocks))
    case.rpc("anvil_mine", 9)
    case.settle_to_the_end()
    require_promises(case)


def test_settle__reorgs_one_after_the_other__is_final_once(case: FaultCase) -> None:
    process = case.start_settling(**FINALIZED)
    for depth in (1, 2, 2):
        wait_until(lambda: case.report_states() == ["applied"] * 2, what="both reports are applied")
        sent = len(case.proxy.sent)
        case.reorg(depth)
        wait_until(lambda sent=sent: len(case.proxy.sent) > sent, what="it sends again")  # type: ignore[misc]
    with case.mining():
        case.end(process)
    assert len({sent.raw for sent in case.proxy.sent}) == 2
    require_promises(case)


def test_settle__reorg_and_a_crash_while_it_is_read_back__is_final_once(case: FaultCase) -> None:
    """Killed when the reorg is seen and not noted, and again when it is noted and nothing was sent."""
    killed = case.start_settling(**FINALIZED)
    wait_until(lambda: case.report_states() == ["applied"] * 2, what="both reports are applied")
    killed.kill()
    killed.wait()
    case.reorg(2)
    case.settle_killed_at(FailPoint.WATCH_NOTED, **FINALIZED)
    case.settle_killed_at(FailPoint.WATCH_AFTER_COMMIT, **FINALIZED)
    assert case.report_states()[0] == "relaying"
    with case.mining():
        case.settle_to_the_end(**FINALIZED)
    require_promises(case)
