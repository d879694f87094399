"""The command killed at every fail point, then run again until it is done: R1 to R6 hold.

`tests/unit/docs/test_faults.py` shows that no point is left out.

given a run that settles two reports  when it is killed on the way   then the next run ends it
given an import of members            when it is killed on the way   then each has one account and its profile
given a report that reverts           when killed while it fails     then its purchases settle in another cut
given a nonce that another tx used    when killed while that is found, or its tx is sent again, then the same
given a store that was lost           when killed while it is rebuilt   then nothing is sent until it is whole
"""

import pytest

from milepost.fail_point import FailPoint
from tests.support.command_process import KILLED
from tests.support.deployments import MANAGER, RELAYER
from tests.support.fault_depth import some_of
from tests.support.fault_stage import MEMBERS, FaultCase, wait_until
from tests.support.relay_promises import require_promises

# Which times of each, later ones where they differ: a run reads two files, settles two reports, collects
# three signatures for each and writes six receipts.
SETTLING = {
    FailPoint.INGEST_BEFORE_COMMIT: (1, 2),
    FailPoint.INGEST_AFTER_COMMIT: (1,),
    FailPoint.SEAL_BEFORE_COMMIT: (1,),
    FailPoint.SEAL_AFTER_COMMIT: (1, 2),
    FailPoint.SIGN_BEFORE_STORE: (1,),
    FailPoint.SIGN_BEFORE_COMMIT: (2,),
    FailPoint.SIGN_AFTER_COMMIT: (1, 3, 4),
    FailPoint.QUORUM_BEFORE_COMMIT: (1,),
    FailPoint.QUORUM_AFTER_COMMIT: (1, 2),
    FailPoint.TX_BEFORE_STORE: (1,),
    FailPoint.TX_BEFORE_COMMIT: (1, 2),
    FailPoint.SEND_BEFORE: (1, 2),
    FailPoint.SEND_AFTER: (1, 2),
    FailPoint.SENT_BEFORE_COMMIT: (1,),
    FailPoint.SENT_AFTER_COMMIT: (1,),
    FailPoint.WATCH_ASKED: (1,),
    FailPoint.WATCH_NOTED: (1,),
    FailPoint.WATCH_BEFORE_COMMIT: (1,),
    FailPoint.WATCH_AFTER_COMMIT: (1, 2),
    FailPoint.READ_ASKED: (1,),
    FailPoint.READ_CLOSED: (1, 2),
    FailPoint.READ_BEFORE_COMMIT: (1,),
    FailPoint.READ_AFTER_COMMIT: (1,),
    FailPoint.RECEIPT_BEFORE_RENAME: (4,),
    FailPoint.RECEIPT_WRITTEN: (1, 6),
}
ENROLLING = {
    FailPoint.MIGRATE_BEFORE_COMMIT: (1,),
    FailPoint.ENROL_BEFORE_COMMIT: (1,),
    FailPoint.ENROL_AFTER_COMMIT: (1,),
    FailPoint.ENROL_SENT: (1,),
    FailPoint.ENROL_MINED: (1,),
    FailPoint.PROFILE_SENT: (1, 2),
    FailPoint.PROFILE_MINED: (1, 2),
}
FORGETTING = {FailPoint.FORGET_BEFORE_COMMIT: (1,), FailPoint.FORGET_AFTER_COMMIT: (1,)}
FAILING = {FailPoint.FAIL_BEFORE_COMMIT: (1,)}
DISPLACED = {FailPoint.DISPLACED_BEFORE_COMMIT: (1,), FailPoint.DISPLACED_AFTER_COMMIT: (1,)}
SENDING_AGAIN = {
    FailPoint.RESEND_BEFORE_COMMIT: (1,),
    FailPoint.RESEND_AFTER_COMMIT: (1,),
    FailPoint.RESEND_AFTER: (1,),
}
REBUILDING = {
    FailPoint.RESTORE_BEFORE_COMMIT: (1,),
    FailPoint.RESTORE_AFTER_COMMIT: (1,),
    FailPoint.LINK_BEFORE_COMMIT: (1,),
    FailPoint.LINK_AFTER_COMMIT: (1,),
}


def killed_at(scenario: dict[FailPoint, tuple[int, ...]]) -> pytest.MarkDecorator:
    given = [
        pytest.param(point, time, id=f"{point.label}:{time}")
        for point, times in scenario.items()
        for time in some_of(times)
    ]
    return pytest.mark.parametrize(("point", "time"), given)


@killed_at(SETTLING)
def test_settle__killed__is_ended_by_the_next_run(case: FaultCase, point: FailPoint, time: int) -> None:
    case.settle_killed_at(point, time=time)
    case.settle_to_the_end()
    require_promises(case)


@pytest.mark.parametrize("time", some_of([1, 2, 3]))
def test_settle__killed_at_every_step_after_the_other__is_ended_by_the_last_run(
    case: FaultCase, time: int
) -> None:
    """Each run gets one step further than the one before; many runs are killed, one after the other."""
    on_the_way = [point for point in SETTLING if point.label.split(".")[0] in ("seal", "tx", "send", "watch")]
    for point in on_the_way[time - 1 :: 3]:
        case.settle(fail_point=point)
    case.settle_to_the_end()
    require_promises(case)


@killed_at(ENROLLING)
def test_import__killed__is_ended_by_the_next_run(bare_case: FaultCase, point: FailPoint, time: int) -> None:
    case = bare_case
    file = case.members_file(segments={"M0002": "3 17", "M0003": "1"})
    assert case.run("members", "import", file, fail_point=point, time=time) == KILLED, case.printed[-1]
    assert case.run("members", "import", file) == 0, case.printed[-1]
    assert case.segments_on_ledger() == {1: 0, 2: 1 << 3 | 1 << 17, 3: 1 << 1}
    assert case.sql("SELECT count(*) FROM member_numbers") == [(len(MEMBERS),)]
    case.settle_to_the_end()
    require_promises(case)


@pytest.mark.parametrize("is_pool_kept", [True, False])
def test_import__killed_before_its_tx_is_mined__opens_no_account_twice(
    bare_case: FaultCase, is_pool_kept: bool
) -> None:
    """Found by killing: the next import sent the tx again, the ledger was ahead of the directory for ever."""
    case = bare_case
    file = case.members_file()
    case.rpc("evm_setAutomine", False)
    assert case.run("members", "import", file, fail_point=FailPoint.ENROL_SENT) == KILLED
    if not is_pool_kept:
        case.rpc("anvil_dropAllTransactions")
    again = case.run_on_a_slow_chain("members", "import", file)
    assert again.code == 0, again.printed
    case.rpc("evm_setAutomine", True)
    assert len(case.segments_on_ledger()) == len(MEMBERS)
    case.settle_to_the_end()
    require_promises(case)


@killed_at(FORGETTING)
def test_forget__killed__has_forgotten_nothing_or_all(case: FaultCase, point: FailPoint, time: int) -> None:
    case.settle_to_the_end()
    links = "SELECT (SELECT count(*) FROM member_numbers), (SELECT count(member_key) FROM purchases)"
    assert case.sql(links) == [(3, 6)]
    assert case.run("members", "forget", "M0002", fail_point=point, time=time) == KILLED, case.printed[-1]
    is_forgotten = point is FailPoint.FORGET_AFTER_COMMIT
    assert case.sql(links) == ([(2, 4)] if is_forgotten else [(3, 6)])
    # Asked again: nobody has the number any more, or somebody had it.
    assert case.run("members", "forget", "M0002") == (1 if is_forgotten else 0), case.printed[-1]
    assert case.sql(links) == [(2, 4)]
    assert not [log for log in case.folder.glob("*-wal") if log.stat().st_size], "a log holds the number"
    require_promises(case)


@killed_at(FAILING)
def test_settle__killed_while_its_report_fails__settles_another_cut(
    case: FaultCase, point: FailPoint, time: int
) -> None:
    case.rpc("evm_setAutomine", False)
    process = case.start_settling(fail_point=point, time=time)
    wait_until(lambda: case.proxy.sent, what="the first report is sent")
    # Paused before it and no longer after it, in one block: it reverts, and would not now.
    case.send_from(MANAGER, case.call_data("pause"))
    case.send_from(MANAGER, case.call_data("unpause"), is_urgent=False, after=1)
    case.rpc("evm_setAutomine", True)
    case.rpc("evm_mine")
    assert process.wait() == KILLED, process.printed
    assert case.report_states() == ["relaying"]
    # What the killed run did not come to say is said now.
    assert case.settle() == 3 and "Report 1 of lane 0 failed" in case.printed[-1]
    case.settle_to_the_end()
    require_promises(case)


@killed_at(DISPLACED)
def test_settle__killed_while_its_nonce_is_found_used__settles_with_another(
    case: FaultCase, point: FailPoint, time: int
) -> None:
    case.settle_killed_at(FailPoint.SEND_BEFORE)
    case.send_from(RELAYER, "0x")
    case.settle_killed_at(point, time=time)
    if point is FailPoint.DISPLACED_BEFORE_COMMIT:
        assert case.settle() == 3 and "was used by a tx that is not ours" in case.printed[-1]
    case.settle_to_the_end()
    require_promises(case)


@killed_at(SENDING_AGAIN)
def test_settle__killed_while_it_sends_what_a_reorg_freed__sends_it_again(
    case: FaultCase, point: FailPoint, time: int
) -> None:
    case.settle_killed_at(FailPoint.SEND_BEFORE, finality="finalized")
    case.send_from(RELAYER, "0x")
    assert case.settle(finality="finalized") == 3 and "not ours" in case.printed[-1]
    case.reorg(1)
    case.settle_killed_at(point, time=time, finality="finalized")
    with case.mining():
        case.settle_to_the_end(finality="finalized")
    require_promises(case)


@killed_at(REBUILDING)
def test_rebuild__killed__sends_nothing_until_the_next_run_has_ended_it(
    case: FaultCase, point: FailPoint, time: int
) -> None:
    case.settle_to_the_end()
    sent = len(case.proxy.sent)
    case.lose_store()
    assert case.run("members", "import", case.members_file(), "--restore") == 0, case.printed[-1]
    rebuild = ("store", "rebuild", *case.feeds)
    assert case.run(*rebuild, fail_point=point, time=time) == KILLED, case.printed[-1]
    assert case.settle() != 0 and "milepost store rebuild" in case.printed[-1]
    assert case.run(*rebuild) == 0, case.printed[-1]
    case.settle_to_the_end()
    assert len(case.proxy.sent) == sent
    require_promises(case)
