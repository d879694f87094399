"""PostgreSQL's server, and the node, ended as by a crash and started under processes that run on.

given a worker and `milepost serve`    when the server stops while a tx goes out   then nothing more goes out,
        tills are told to come again, and all goes on by itself once it is back
given txs that wait in a node's pool   when the node is killed and started from its saved chain   then the
        same bytes go out again
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, time

import httpx
import pytest

from milepost.chain.node import Node
from tests.support.anvil import start_again
from tests.support.databases import PostgresqlServer
from tests.support.fault_proxy import SEND, Call, Fate
from tests.support.fault_stage import (
    FEED_HEADER,
    FaultCase,
    FaultStage,
    fault_stage,
    wait_until,
)
from tests.support.serve_process import ServeProcess
from tests.support.worker_stage import WorkerStage

_AWAY_S = 3
_BILL = {
    "source": "till",
    "partner": "harbour-grill",
    "outlet": "pier",
    "occurred_at": "2018-05-05T18:00:00-04:00",
    "currency": "USD",
    "gross_minor": 2_400,
    "tip_minor": 0,
    "member": "M0001",
}
_BILLS = [{**_BILL, "sale_ref": name} for name in ("W-1", "W-2")]
# The same as a till's file, which says what must be settled.
_COLUMNS = FEED_HEADER.strip().split(",")
_ROWS = "".join(",".join(str(bill[column]) for column in _COLUMNS) + "\n" for bill in _BILLS)


@contextmanager
def _running(case: FaultCase) -> Iterator[WorkerStage]:
    workers = WorkerStage(case)
    try:
        yield workers
    finally:
        workers.kill_all()


def _serve(workers: WorkerStage) -> ServeProcess:
    found = ServeProcess(workers.case.settings, workers.case.folder)
    workers.running.append(found.process)
    return found


def _stop_at_the_next_tx(case: FaultCase, server: PostgresqlServer) -> list[float]:
    """Stop the server of the database when a tx reaches the node; the time it did."""
    stopped: list[float] = []

    def stop(call: Call) -> Fate:
        if call.method == SEND and not stopped:
            server.stop()
            stopped.append(monotonic())
        return Fate.PASSES

    case.proxy.before = stop
    return stopped


def test_worker_and_serve__postgresql_stops_and_starts__send_nothing_meanwhile_and_go_on(
    stage: FaultStage, folder: Path
) -> None:
    with stage.own_server_case(folder) as (case, server), _running(case) as workers:
        case.add_feed("web.csv", _ROWS)
        worker, serve = workers.worker(), _serve(workers)
        workers.wait_for(worker, "lease_taken", lease="lane:1")
        assert serve.post(_BILLS[0]) == "accepted"
        workers.ingested += 1
        workers.wait_until_settled()

        stopped = _stop_at_the_next_tx(case, server)
        workers.ingest("may.csv")
        wait_until(lambda: stopped, what="a tx was sent, and the database is gone")
        sent, asked = len(case.proxy.sent), case.proxy.requests
        refused = serve.send(_BILLS[1])
        assert refused.status_code == 503 and "Retry-After" in refused.headers, refused.text
        assert httpx.get(f"{serve.address}/readyz").json()["checks"]["database"] == "StoreUnavailable"
        wait_until(lambda: monotonic() > stopped[0] + _AWAY_S, what="it is away for a while")
        assert worker.is_running and serve.process.is_running
        assert len(case.proxy.sent) == sent, "sent what could not be stored"
        assert case.proxy.requests - asked < 200, "it spins"

        server.start()
        wait_until(lambda: serve.send(_BILLS[1]).status_code == 200, what="serve takes purchases again")
        workers.ingested += 1
        workers.ingest("june.csv")
        workers.end_well()
        for process in (worker, serve.process):
            assert "crashed" not in process.printed and "Traceback" not in process.printed, process.printed


@pytest.fixture
def kept_stage(folder: Path) -> Iterator[tuple[FaultStage, Path]]:
    """A programme on a node of this test's own, which writes its chain to a file every second."""
    state, home = folder / "chain.json", folder / "stage"
    home.mkdir()
    with fault_stage(home, anvil_options=["--state", str(state), "--state-interval", "1"]) as made:
        yield made, state


def _wait_until_saved(state: Path) -> None:
    """Wait until the chain as it is now was written, whole: nothing is written in the half second after."""
    now = time()

    def is_saved() -> bool:
        return state.exists() and state.stat().st_mtime > now and time() - state.stat().st_mtime > 0.2

    wait_until(is_saved, what="the node has written its chain")


@contextmanager
def _started_again(case: FaultCase, now: int) -> Iterator[None]:
    """The node from its file, without a tx in its pool; its clock is no part of the file."""
    url: str = case.web3.provider.endpoint_uri  # type: ignore[attr-defined]
    case.proxy.point_to("http://127.0.0.1:9")
    started = start_again(Node(case.web3, "the node"), case.stage.process)
    try:
        assert case.web3.eth.get_block("pending")["transactions"] == []
        case.rpc("evm_setNextBlockTimestamp", now)
        case.rpc("evm_mine")
        case.proxy.point_to(url)
        yield
    finally:
        started.process.terminate()
        started.process.wait(timeout=10)


def test_worker__node_is_killed_with_its_pool__sends_the_same_bytes_again(
    kept_stage: tuple[FaultStage, Path], folder: Path
) -> None:
    stage, state = kept_stage
    own = folder / "case"
    own.mkdir()
    with stage.case(own) as case, _running(case) as workers:
        case.rpc("evm_setAutomine", False)
        worker = workers.worker()
        workers.ingest("may.csv")
        workers.wait_for(worker, "report_relaying", times=2)
        lost = {(one.sender, one.nonce): one.raw for one in case.proxy.sent}
        now = case.web3.eth.get_block("pending")["timestamp"]
        _wait_until_saved(state)
        stage.stage.process.kill()
        stage.stage.process.wait()
        workers.wait_for(worker, "task_stuck", error="ChainUnavailable")
        with _started_again(case, now + 10):
            workers.end_well()
        raws: dict[tuple[str, int], set[bytes]] = defaultdict(set)
        for one in case.proxy.sent:
            raws[one.sender, one.nonce].add(one.raw)
        assert all(raws[nonce] == {raw} for nonce, raw in lost.items())
        assert len(case.proxy.sent) > len(lost)
