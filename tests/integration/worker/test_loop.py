"""Workers as real processes on anvil, over both databases: they share, stand by, die and come back.

given two relayers' keys         then each worker holds a lane, and who is left takes over from one killed
given one key for two workers    then one stands by until the other is gone
given a worker stopped for longer than its leases
                                 then another goes on, and when it wakes it changes nothing it should not
    when it is stopped in the middle of a report   then not a row of what is settled differs after it woke
given a node that hangs          when a worker is told to stop   then it ends in time, without leases
given two workers                then one of them does a chore, and the other does once that one is killed
"""

import os
import signal
from time import monotonic
from typing import Any

import httpx
import pytest

from milepost.bootstrap.ending import GOODBYE_S
from tests.support.command_process import CommandProcess
from tests.support.deployments import RELAYER
from tests.support.fault_proxy import SEND, Call, Fate
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


def _rows(workers: WorkerStage) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that a lane's work writes."""
    tables = (
        "purchases",
        "reports",
        "report_signatures",
        "nonces",
        "txs",
        "settlements",
        "settled_purchases",
    )
    return {table: sorted(workers.case.sql(f"SELECT * FROM {table}"), key=repr) for table in tables}


@pytest.mark.parametrize(
    ("database_kind", "method"),
    [("sqlite", "eth_estimateGas"), ("sqlite", SEND), ("postgresql", SEND)],
    indirect=["database_kind"],
)
def test_worker__stopped_in_the_middle_of_a_report__writes_not_a_row_when_it_wakes(
    workers: WorkerStage, method: str
) -> None:
    """Its answer comes first, before it looks at its leases again: the store refuses what it then writes."""
    first, paused = workers.worker(RELAYER), list[Call]()
    workers.wait_for(first, "lease_taken", lease="lane:1")

    def pause(call: Call) -> Fate:
        if call.method == method and not paused:
            paused.append(call)
            workers.pause(first)
        return Fate.PASSES

    workers.case.proxy.before = pause
    workers.ingest("may.csv")
    wait_until(lambda: paused, what="the first is stopped")
    second = workers.worker(OTHER_RELAYER)
    workers.wait_until_settled()
    workers.wait_for(second, "report_final", times=2)
    before = _rows(workers)
    workers.go_on(first)
    workers.wait_for(first, "work_fenced")
    assert workers.said(first, "work_fenced")[0]["task"].startswith("lane:")
    # Until it has its share again, and so was through a round of its own.
    workers.wait_for(first, "lease_taken", times=2, lease="lane:1")
    assert _rows(workers) == before
    workers.ingest("june.csv")
    _end_well(workers)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_worker__told_to_stop_while_its_node_hangs__ends_in_its_time_and_gives_its_leases_back(
    workers: WorkerStage,
) -> None:
    drain_s, hung = 1.0, workers.case.proxy.plan.add(workers.case.proxy.hang, SEND)
    worker = workers.worker(RELAYER, worker_drain_s=drain_s)
    workers.ingest("may.csv")
    wait_until(lambda: hung.met, what="the worker waits for the node")
    began = monotonic()
    os.kill(worker.pid, signal.SIGTERM)
    assert worker.wait() == 0, worker.printed
    assert drain_s <= monotonic() - began < drain_s + GOODBYE_S + 1
    assert workers.said(worker, "process_cut_off") and not workers.holders()
    workers.case.proxy.stop_faults()
    workers.worker(RELAYER)
    workers.wait_until_settled()
    assert workers.end(workers.running.pop()) == 0
    workers.case.settle_to_the_end()
    require_promises(workers.case)


def _times_done(workers: WorkerStage, process: CommandProcess, chore: str) -> float:
    """How often a worker did a chore that it has, by its figures."""
    (served,) = workers.said(process, "status_pages_served")
    lines = httpx.get(f"{served['address']}/metrics", trust_env=False).text.splitlines()
    start = f'milepost_task_runs{{task="chore:{chore}"}}'
    return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(start)), 0.0)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_worker__two_at_once__one_does_a_chore_and_the_other_once_it_is_killed(workers: WorkerStage) -> None:
    first = workers.worker(RELAYER, "--status-port", 0)
    workers.wait_for(first, "lease_taken", lease="chore:webhooks")
    second = workers.worker(OTHER_RELAYER, "--status-port", 0)
    workers.wait_for(second, "lease_taken", lease="lane:1")
    done = _times_done(workers, first, "webhooks")
    wait_until(lambda: _times_done(workers, first, "webhooks") >= done + 3, what="it is done again")
    chores = {name: holder for name, holder in workers.holders().items() if name.startswith("chore:")}
    assert set(chores) == {"chore:reconcile", "chore:webhooks"}
    assert set(chores.values()) == {first.pid}
    assert _times_done(workers, second, "webhooks") == 0
    first.kill()
    wait_until(lambda: _times_done(workers, second, "webhooks") > 0, what="the other does it")
    workers.wait_for(second, "lease_taken", lease="chore:webhooks")
    workers.ingest("may.csv")
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
