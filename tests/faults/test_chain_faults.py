"""A node that hangs, loses answers, its pool or blocks, while the command runs or between two runs.

given a node that hangs, or loses a request or an answer  then it goes on, or the next run ends it
given a pool that is lost                                 then the same bytes go out again
given a reorg of reports that are applied and not final   then they are sent again, and become final once
given a reorg of what was called final                    then it stops: no program can know what is true
given two runs at once, or another's lock on the database then nothing settles twice
"""

import sqlite3
from contextlib import closing
from threading import Timer

import pytest

from milepost.fail_point import FailPoint
from tests.support.deployments import MANAGER, RELAYER
from tests.support.fault_depth import some_of
from tests.support.fault_proxy import SEND, Call, Fate
from tests.support.fault_stage import FaultCase, wait_until
from tests.support.relay_promises import require_promises

FINALIZED = {"finality": "finalized"}


def test_settle__node_hangs_for_a_while__goes_on_when_it_answers(case: FaultCase) -> None:
    hung: list[Call] = []

    def hang(request: Call) -> Fate:
        if request.method == SEND and not hung:
            hung.append(request)
            case.stop_node()
            Timer(2, case.let_node_go_on).start()
        return Fate.PASSES

    case.proxy.before = hang
    case.settle_to_the_end()
    assert hung
    require_promises(case)


def test_settle__node_hangs_for_longer__says_so_and_the_next_run_ends_it(case: FaultCase) -> None:
    """The node gets the tx after the command has given up: it is settled by a tx nobody waited for."""
    hung: list[Call] = []

    def hang(request: Call) -> Fate:
        if request.method == SEND and not hung:
            hung.append(request)
            case.stop_node()
        return Fate.PASSES

    case.proxy.before = hang
    try:
        assert case.settle() == 3 and "does not answer" in case.printed[-1]
    finally:
        case.let_node_go_on()
    case.settle_to_the_end()
    require_promises(case)


@pytest.mark.parametrize(
    ("method", "fate"),
    [
        (SEND, Fate.LOST_BEFORE),
        (SEND, Fate.LOST_AFTER),
        ("eth_getTransactionReceipt", Fate.LOST_AFTER),
        ("eth_getLogs", Fate.LOST_BEFORE),
    ],
    ids=lambda value: value if isinstance(value, str) else value.name.lower(),
)
def test_settle__a_request_or_its_answer_is_lost__says_so_and_the_next_run_ends_it(
    case: FaultCase, method: str, fate: Fate
) -> None:
    lost: list[Call] = []

    def lose_once(request: Call) -> Fate:
        if request.method != method or lost:
            return Fate.PASSES
        lost.append(request)
        return fate

    case.proxy.before = lose_once
    assert case.settle() == 3 and "does not answer" in case.printed[-1]
    assert lost
    case.settle_to_the_end()
    require_promises(case)


def test_settle__pool_is_lost_while_it_waits__sends_the_same_bytes_again(case: FaultCase) -> None:
    """Found by attack: the run waited until it gave up, and only the next one sent again."""
    case.rpc("evm_setAutomine", False)
    process = case.start_settling()
    wait_until(lambda: case.proxy.sent, what="the first report is sent")
    case.rpc("anvil_dropAllTransactions")
    wait_until(lambda: len(case.proxy.sent) > 1, what="it is sent again")
    assert case.proxy.sent[0].raw == case.proxy.sent[1].raw
    case.rpc("evm_setAutomine", True)
    case.rpc("evm_mine")
    case.end(process)
    require_promises(case)


def test_settle__pool_is_lost_between_two_runs__sends_the_same_bytes_again(case: FaultCase) -> None:
    case.rpc("evm_setAutomine", False)
    case.settle_killed_at(FailPoint.SENT_AFTER_COMMIT)
    case.rpc("anvil_dropAllTransactions")
    case.rpc("evm_setAutomine", True)
    case.settle_to_the_end()
    assert case.proxy.sent[0].raw == case.proxy.sent[1].raw
    require_promises(case)


def test_settle__paused_while_a_tx_is_under_way__settles_the_same_report_afterwards(case: FaultCase) -> None:
    case.rpc("evm_setAutomine", False)
    process = case.start_settling()
    wait_until(lambda: case.proxy.sent, what="the first report is sent")
    case.send_from(MANAGER, case.call_data("pause"))
    case.rpc("evm_setAutomine", True)
    case.rpc("evm_mine")
    assert process.wait() == 3 and "Settling is paused" in process.printed
    case.send_from(MANAGER, case.call_data("unpause"))
    case.settle_to_the_end()
    assert case.sql("SELECT count(*), count(DISTINCT nonce) FROM reports JOIN txs USING (content_hash)") == [
        (3, 3)
    ]
    assert case.report_states() == ["final"] * 2
    require_promises(case)


@pytest.mark.parametrize("depth", some_of([2, 1]))
def test_settle__reorg_takes_applied_reports_while_it_waits__sends_them_again(
    case: FaultCase, depth: int
) -> None:
    process = case.start_settling(**FINALIZED)
    wait_until(lambda: case.report_states() == ["applied"] * 2, what="both reports are applied")
    case.reorg(depth)
    with case.mining():
        case.end(process)
    assert len(case.proxy.sent) == 2 + depth
    require_promises(case)


@pytest.mark.parametrize("depth", some_of([2, 1]))
def test_settle__reorg_takes_applied_reports_between_two_runs__sends_them_again(
    case: FaultCase, depth: int
) -> None:
    killed = case.start_settling(**FINALIZED)
    wait_until(lambda: case.report_states() == ["applied"] * 2, what="both reports are applied")
    killed.kill()
    killed.wait()
    case.reorg(depth)
    with case.mining():
        case.settle_to_the_end(**FINALIZED)
    require_promises(case)


def test_settle__reorg_puts_the_tx_into_another_block__is_final_there(case: FaultCase) -> None:
    case.settle_killed_at(FailPoint.WATCH_AFTER_COMMIT, **FINALIZED)
    raw = f"0x{case.proxy.sent[0].raw.hex()}"
    case.reorg(1, raw)
    with case.mining():
        case.settle_to_the_end(**FINALIZED)
    assert case.sql("SELECT count(*) FROM txs WHERE state = 'final'") == [(2,)]
    require_promises(case)


def test_settle__reorg_puts_another_tx_on_its_nonce__says_so_and_settles_with_another_nonce(
    case: FaultCase,
) -> None:
    case.settle_killed_at(FailPoint.WATCH_AFTER_COMMIT, **FINALIZED)
    case.reorg(1, case.signed_by(RELAYER, "0x", nonce=case.proxy.sent[0].nonce))
    assert case.settle(**FINALIZED) == 3 and "was used by a tx that is not ours" in case.printed[-1]
    with case.mining():
        case.settle_to_the_end(**FINALIZED)
    assert case.sql("SELECT state FROM txs ORDER BY nonce LIMIT 1") == [("displaced",)]
    require_promises(case)


def test_settle__reorg_between_seeing_the_receipt_and_noting_it__sends_again(case: FaultCase) -> None:
    case.settle_killed_at(FailPoint.WATCH_ASKED, **FINALIZED)
    case.reorg(1)
    with case.mining():
        case.settle_to_the_end(**FINALIZED)
    require_promises(case)


def test_settle__what_was_called_final_is_replaced__stops_and_stores_nothing(case: FaultCase) -> None:
    case.settle_to_the_end()
    before = case.sql("SELECT * FROM chain_cursor"), case.sql("SELECT count(*) FROM settled_purchases")
    case.reorg(1)
    assert case.settle() == 1 and "it was called final and changed" in case.printed[-1].replace("\n", " ")
    after = case.sql("SELECT * FROM chain_cursor"), case.sql("SELECT count(*) FROM settled_purchases")
    assert before == after


def test_settle__two_runs_at_once__settle_nothing_twice(case: FaultCase) -> None:
    """Not a way to run it: but who does finds every purchase settled once."""
    both = [case.start_settling(), case.start_settling()]
    # Done, told by the database or the chain that the other was quicker, or why it cannot go on.
    assert {process.wait() for process in both} <= {0, 1, 2, 3}
    case.settle_to_the_end()
    require_promises(case)


def test_settle__another_process_holds_the_database__waits_for_it(sqlite_case: FaultCase) -> None:
    case = sqlite_case
    held: list[Call] = []
    connected = sqlite3.connect(case.database, isolation_level=None, check_same_thread=False)

    def hold(request: Call) -> Fate:
        if request.method == SEND and not held:
            held.append(request)
            other.execute("BEGIN IMMEDIATE")
            Timer(2, other.execute, ["ROLLBACK"]).start()
        return Fate.PASSES

    with closing(connected) as other:
        case.proxy.before = hold
        case.settle_to_the_end()
        assert held and case.drained_in_s > 2
    require_promises(case)
