"""The worker while purchases keep coming and the chain does not: a flood, and hours without a node.

given a chain that makes no blocks    when ten times the purchases come   then all are stored, one tx a lane
                                      is under way, and the queue drains once there are blocks
given a node that does not answer     when purchases come   then they are stored, the worker asks at times,
                                      and settles them once it answers
"""

from collections.abc import Iterator
from time import monotonic

import pytest

from tests.support.fault_stage import FaultCase, wait_until
from tests.support.worker_stage import WorkerStage

LANES = 2


@pytest.fixture
def workers(case: FaultCase) -> Iterator[WorkerStage]:
    made = WorkerStage(case)
    try:
        yield made
    finally:
        made.kill_all()


def _flood(case: FaultCase, name: str, first: int) -> None:
    """Thirty bills of two partners in a file."""
    rows = [
        f"till,harbour-grill,F-{number},pier,2018-05-20T12:{number % 60:02}:00-04:00,USD,1000,0,M0001\n"
        f"till,noon-kitchen,F-{number},station,2018-05-20T12:{number % 60:02}:00-04:00,USD,900,0,M0002\n"
        for number in range(first, first + 15)
    ]
    case.add_feed(name, "".join(rows))


def test_worker__no_blocks_and_a_flood__stores_all_and_sends_one_tx_a_lane(workers: WorkerStage) -> None:
    case = workers.case
    case.rpc("evm_setAutomine", False)
    worker = workers.worker()
    workers.ingest("may.csv")
    wait_until(lambda: len(case.proxy.sent) >= LANES, what="a report of each lane is sent")
    for place in range(2):
        _flood(case, f"flood-{place}.csv", place * 15)
        workers.ingest(f"flood-{place}.csv")
        under_way = case.sql("SELECT count(DISTINCT nonce) FROM txs WHERE state IN ('signed', 'accepted')")
        assert under_way[0][0] <= LANES and worker.is_running
    assert len({sent.nonce for sent in case.proxy.sent}) <= LANES
    case.rpc("evm_setAutomine", True)
    case.rpc("evm_mine")
    workers.end_well()


def test_worker__no_node_answers__stores_what_comes_and_settles_it_later(workers: WorkerStage) -> None:
    case = workers.case
    worker = workers.worker()
    workers.wait_for(worker, "lease_taken", lease="lane:0")
    node_url: str = case.web3.provider.endpoint_uri  # type: ignore[attr-defined]
    workers.ingest("may.csv")
    case.proxy.point_to("http://127.0.0.1:9")
    before, until = case.proxy.requests, monotonic() + 3
    wait_until(lambda: monotonic() > until or not worker.is_running, what="it waits for a node")
    assert worker.is_running, worker.printed
    assert case.proxy.requests - before < 200, "it spins"
    case.proxy.point_to(node_url)
    workers.end_well()
