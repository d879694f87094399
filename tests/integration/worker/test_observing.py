"""The pages of a real worker, and what it logs of a settled round (`bootstrap.observing`)."""

import json
from pathlib import Path

import httpx
import pytest

from tests.support.deployments import RELAYER
from tests.support.fault_stage import wait_until
from tests.support.worker_stage import WorkerStage


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_watching__a_worker_that_settled__shows_it_and_logs_nothing_secret(workers: WorkerStage) -> None:
    process = workers.worker(RELAYER, "--status-port", 0)
    workers.ingest("may.csv")
    workers.wait_until_settled()
    workers.wait_for(process, "status_pages_served")
    (served,) = workers.said(process, "status_pages_served")
    address = served["address"]
    wait_until(lambda: httpx.get(f"{address}/readyz").status_code == 200, what="the worker is ready")
    assert httpx.get(f"{address}/healthz").status_code == 200

    def figure(name: str) -> float | None:
        lines = httpx.get(f"{address}/metrics").text.splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(name)), None)

    settled = 'milepost_purchases{state="settled_final"}'
    wait_until(lambda: figure(settled) == workers.ingested, what="settled purchases are shown")
    assert (figure("milepost_reconcile_mismatch"), figure("milepost_txs_in_flight")) == (0, 0)
    assert (figure("milepost_relayer_balance_ether") or 0) > 0
    assert (figure("milepost_reporters_reachable") or 0) >= (figure("milepost_reporter_quorum") or 9)
    assert _hidden_in(process.printed, workers.case.folder) == []


def _hidden_in(printed: str, folder: Path) -> list[str]:
    """Which key or membership number of the case's files stands in what was printed."""
    words: list[str] = []
    for file in [*folder.glob("*.key"), *folder.glob("*.json")]:
        found = json.loads(file.read_text()) if file.suffix == ".json" else [file.read_text().strip()]
        values = found.values() if isinstance(found, dict) else found
        words += [one for one in values if isinstance(one, str) and len(one) >= 64]
    for file in folder.glob("*.csv"):
        header, *rows = [line.split(",") for line in file.read_text().splitlines()]
        if "member" in header:
            words += [row[header.index("member")] for row in rows if row[header.index("member")]]
    assert words
    return [word for word in words if word.removeprefix("0x") in printed]
