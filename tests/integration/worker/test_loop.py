"""Workers as real processes on anvil, over both databases: they share, stand by, die and come back.

given two relayers' keys         then each worker holds a lane, and who is left takes over from one killed
given one key for two workers    then one stands by until the other is gone
given a worker stopped for longer than its leases
                                 then another goes on, and when it wakes it changes nothing it should not
"""

import pytest

from tests.support.deployments import RELAYER
from tests.support.fault_stage import wait_until
from tests.support.relay_promises import require_promises
from tests.support.worker_stage import OTHER_RELAYER, WorkerStage


def _end_well(workers: WorkerStage) -> None:
    """All is settled; whoever runs is told to stop and does; and R1 to R6 hold."""
    workers.wait_until_settled()
    for process in [process for process in workers.running if process.is_running]:
        assert workers.end(process) == 0, process.printed
        assert workers.said(process, "worker_stopped"), process.printed
        assert process.pid not in workers.holders().values()
    workers.case.settle_to_the_end()
    require_promises(workers.case)


def test_worker__two_keys__share_the_lanes_and_one_takes_over_from_the_killed(workers: WorkerStage) -> None:
    first = workers.worker(RELAYER)
    workers.wait_for(first, "lease_taken", lease="lane:0")
    second = workers.worker(OTHER_RELAYER)
    workers.wait_for(second, "lease_taken", lease="lane:1")
    workers.ingest("may.csv")
    workers.wait_until_settled()
    senders = {sender for (sender,) in workers.case.sql("SELECT DISTINCT sender FROM txs")}
    assert senders == {RELAYER.address, OTHER_RELAYER.address}
    first.kill()
    workers.ingest("june.csv")
    workers.wait_for(second, "lease_taken", lease="lane:0")
    _end_well(workers)


def test_worker__one_key_for_two__the_second_stands_by_until_the_first_is_gone(workers: WorkerStage) -> None:
    first = workers.worker(RELAYER)
    workers.wait_for(first, "lease_taken", lease="lane:1")
    second = workers.worker(RELAYER)
    workers.wait_for(second, "worker_started")
    workers.ingest("may.csv")
    workers.wait_until_settled()
    assert not workers.said(second, "lease_taken")
    first.kill()
    workers.ingest("june.csv")
    _end_well(workers)


def test_worker__stopped_for_longer_than_its_leases__changes_nothing_when_it_wakes(
    workers: WorkerStage,
) -> None:
    first = workers.worker(RELAYER)
    workers.wait_for(first, "lease_taken", lease="lane:1")
    workers.pause(first)
    second = workers.worker(OTHER_RELAYER)
    workers.wait_for(second, "lease_taken", lease="lane:1")
    workers.ingest("may.csv")
    workers.wait_until_settled()
    workers.go_on(first)
    workers.wait_for(first, "lease_lost")
    workers.ingest("june.csv")
    _end_well(workers)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_worker__its_txs_are_not_mined__are_gone_on_with_by_another_address(workers: WorkerStage) -> None:
    """The first relayer's txs wait in no pool: the second sends them again, then its own."""
    workers.case.rpc("evm_setAutomine", False)
    first = workers.worker(RELAYER)
    workers.ingest("may.csv")
    workers.wait_for(first, "report_relaying", times=2)
    first.kill()
    workers.case.rpc("anvil_dropAllTransactions")
    second = workers.worker(OTHER_RELAYER)
    workers.wait_for(second, "report_sent_again", times=2)
    with workers.case.mining():
        workers.wait_until_settled()
    workers.case.rpc("evm_setAutomine", True)
    _end_well(workers)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_worker__lane_named__leaves_the_others(workers: WorkerStage) -> None:
    named = workers.worker(RELAYER, "--lane", 1)
    workers.wait_for(named, "lease_taken", lease="lane:1")
    workers.ingest("may.csv")
    wait_until(lambda: workers.final() == 1, what="the purchase of lane 1 is settled")
    assert "lane:0" not in workers.holders()
    workers.worker(OTHER_RELAYER)
    _end_well(workers)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_worker__once__does_what_can_be_done_and_ends(workers: WorkerStage) -> None:
    workers.ingest("may.csv")
    assert workers.worker(RELAYER, "--once").wait() == 0
    assert workers.final() == workers.ingested
    _end_well(workers)
