"""A worker, a reporter and a server that start while their node or database is away, as real processes.

given a node that does not answer      then they say so, are not ready for its reason, then go on with it
given a database that does not answer  then the same
given a node of another chain          then they end and say so, also when they waited for it
given a signal while they wait         then they end with code 0
given a signal as they go on           then the same
"""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.chain_modes import chain_id
from tests.support.cli_stage import key_of
from tests.support.command_process import CommandProcess
from tests.support.databases import PostgresqlServer
from tests.support.deployments import RELAYER, REPORTERS
from tests.support.fault_stage import FaultCase, FaultStage, wait_until
from tests.support.relay_promises import require_promises
from tests.support.serve_process import BILL, ServeProcess
from tests.support.worker_stage import SOON_S, WorkerStage

NOBODY = "http://127.0.0.1:9"
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


class Started:
    """A process that serves its status on a free port, from its start on."""

    def __init__(self, workers: WorkerStage, process: CommandProcess) -> None:
        self.workers, self.process = workers, process
        workers.wait_for(process, "status_pages_served")
        self.address: str = workers.said(process, "status_pages_served")[0]["address"]

    def ready(self) -> tuple[int, dict[str, Any]]:
        answer = httpx.get(f"{self.address}/readyz", trust_env=False)
        return answer.status_code, answer.json()["checks"]

    def wait_until_ready(self) -> None:
        def is_ready() -> bool:
            assert self.process.is_running, self.process.printed
            return self.ready()[0] == 200

        wait_until(is_ready, what="it is ready", within_s=SOON_S)

    def require_waiting(self, error: str) -> None:
        """It lives, is not ready, and tells by the error's name what it waits for."""
        self.workers.wait_for(self.process, "start_waits", error=error)
        status, checks = self.ready()
        assert status == 503 and checks["start"].endswith(f"s: {error}"), checks
        assert httpx.get(f"{self.address}/healthz", trust_env=False).status_code == 200


def _reporter(workers: WorkerStage) -> CommandProcess:
    """A reporter with a key and a store of its own; it has no members."""
    case, keys = workers.case, workers.case.folder / "one-reporter.json"
    keys.write_text(json.dumps([key_of(REPORTERS[0])]), encoding="utf-8")
    keys.chmod(0o600)
    url = f"sqlite:///{case.folder / 'reporter.db'}"
    process = case.start("reporter", "--port", 0, reporter_keys_file=keys, database_url=url)
    workers.running.append(process)
    return process


def _started(workers: WorkerStage, kind: str) -> Started:
    if kind == "worker":
        return Started(workers, workers.worker(RELAYER, "--status-port", 0))
    return Started(workers, _reporter(workers))


def _node_url(case: FaultCase) -> str:
    return str(case.web3.provider.endpoint_uri)  # type: ignore[attr-defined]


@ON_SQLITE
@pytest.mark.parametrize("kind", ["worker", "reporter"])
def test_start__node_is_away__waits_says_why_and_goes_on(workers: WorkerStage, kind: str) -> None:
    case = workers.case
    case.proxy.point_to(NOBODY)
    found = _started(workers, kind)
    found.require_waiting("ChainUnavailable")
    case.proxy.point_to(_node_url(case))
    found.wait_until_ready()
    workers.wait_for(found.process, "start_goes_on")
    assert workers.end(found.process) == 0, found.process.printed


@ON_SQLITE
@pytest.mark.parametrize("kind", ["worker", "reporter"])
def test_start__node_of_another_chain_comes__ends_and_says_so(workers: WorkerStage, kind: str) -> None:
    case = workers.case
    case.proxy.point_to(NOBODY)
    found = _started(workers, kind)
    found.require_waiting("ChainUnavailable")
    case.proxy.plan.add(chain_id(999))
    case.proxy.point_to(_node_url(case))
    assert found.process.wait() == 3
    assert "of chain" in found.process.printed and "Traceback" not in found.process.printed


@ON_SQLITE
@pytest.mark.parametrize("kind", ["worker", "reporter"])
def test_start__told_to_stop_while_it_waits__ends(workers: WorkerStage, kind: str) -> None:
    workers.case.proxy.point_to(NOBODY)
    found = _started(workers, kind)
    found.require_waiting("ChainUnavailable")
    os.kill(found.process.pid, signal.SIGTERM)
    assert found.process.wait() == 0, found.process.printed


@ON_SQLITE
@pytest.mark.parametrize("kind", ["worker", "reporter"])
def test_start__told_to_stop_as_it_goes_on__ends(workers: WorkerStage, kind: str) -> None:
    """Finding: between waiting and serving nobody listened for the signal, and the code was the signal's."""
    case = workers.case
    case.proxy.point_to(NOBODY)
    found = _started(workers, kind)
    found.require_waiting("ChainUnavailable")
    case.proxy.point_to(_node_url(case))
    wait_until(lambda: "start_goes_on" in found.process.printed, what="it goes on")
    assert workers.end(found.process) == 0, found.process.printed


@ON_SQLITE
def test_start__once_and_no_node__ends_and_says_so(workers: WorkerStage) -> None:
    workers.case.proxy.point_to(NOBODY)
    process = workers.worker(RELAYER, "--once")
    assert process.wait() == 3 and "does not answer" in process.printed, process.printed


@pytest.fixture
def on_own_server(stage: FaultStage, tmp_path: Path) -> Iterator[tuple[WorkerStage, PostgresqlServer]]:
    """Workers on a server of PostgreSQL that only this test has."""
    with stage.own_server_case(tmp_path) as (case, server):
        workers = WorkerStage(case)
        try:
            yield workers, server
        finally:
            workers.kill_all()


def test_start__database_is_away__waits_says_why_and_goes_on(
    on_own_server: tuple[WorkerStage, PostgresqlServer],
) -> None:
    workers, server = on_own_server
    workers.ingest("may.csv")
    server.stop()
    found = _started(workers, "worker")
    found.require_waiting("StoreUnavailable")
    server.start()
    found.wait_until_ready()
    workers.wait_until_settled()
    assert workers.end(found.process) == 0, found.process.printed
    workers.ingest("june.csv")
    workers.case.settle_to_the_end()
    require_promises(workers.case)


def test_serve__database_is_away__waits_says_why_and_takes_purchases_then(
    on_own_server: tuple[WorkerStage, PostgresqlServer],
) -> None:
    """Finding: it ended, where a worker and a reporter beside it waited for the same server."""
    workers, server = on_own_server
    server.stop()
    served = ServeProcess(workers.case.settings, workers.case.folder)
    workers.running.append(served.process)
    found = Started(workers, served.process)
    found.require_waiting("StoreUnavailable")
    refused = served.send(BILL)
    assert refused.status_code == 503 and refused.headers["Retry-After"] == "5"
    server.start()
    found.wait_until_ready()
    assert served.post(BILL) == "accepted"
    assert workers.end(served.process) == 0, served.process.printed


@pytest.mark.parametrize("is_back", [False, True])
def test_serve__told_to_stop_while_it_waits_or_goes_on__ends(
    on_own_server: tuple[WorkerStage, PostgresqlServer], is_back: bool
) -> None:
    workers, server = on_own_server
    server.stop()
    served = ServeProcess(workers.case.settings, workers.case.folder)
    workers.running.append(served.process)
    Started(workers, served.process).require_waiting("StoreUnavailable")
    if is_back:
        server.start()
        wait_until(lambda: "start_goes_on" in served.process.printed, what="it goes on")
    assert workers.end(served.process) == 0, served.process.printed
    if not is_back:
        # The stage drops its database.
        server.start()
