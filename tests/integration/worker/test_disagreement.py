"""A worker whose reporter elsewhere has another purchase of one partner: that partner's lane waits alone.

given a reporter that has another amount of a purchase in lane 1
    when purchases of both lanes come   then lane 0 settles, again and again, and lane 1 is an alarm
    when another reporter signs         then lane 1 settles too
"""

import json
from pathlib import Path

import pytest

from tests.support.cli_stage import key_of
from tests.support.deployments import RELAYER, REPORTERS
from tests.support.fault_stage import wait_until
from tests.support.relay_promises import require_promises
from tests.support.reporter_stage import reporter_home
from tests.support.worker_stage import SOON_S, WorkerStage

_OWN_FEED = "other.csv"


def _two_keys(folder: Path) -> Path:
    """One less than the quorum."""
    file = folder / "two-reporters.json"
    file.write_text(json.dumps([key_of(account) for account in REPORTERS[:2]]), encoding="utf-8")
    file.chmod(0o600)
    return file


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_worker__a_reporter_disagrees_about_one_lane__the_others_go_on(workers: WorkerStage) -> None:
    case = workers.case
    home = reporter_home(case.stage, REPORTERS[2])
    # The reporter got another amount of lane 1's only purchase; of lane 0 it has what the worker has.
    other = (case.folder / "may.csv").read_text(encoding="utf-8").replace("USD,2000,300", "USD,9000,300")
    (case.folder / _OWN_FEED).write_text(other, encoding="utf-8")
    home.run("feed", case.folder / _OWN_FEED)
    with home.running():
        worker = workers.worker(
            RELAYER, reporter_keys_file=_two_keys(case.folder), reporter_urls=home.url, reporter_timeout_s=20
        )
        workers.ingest("may.csv")
        workers.wait_for(worker, "task_stuck", task="lane:1", who_acts="operator")
        wait_until(lambda: workers.final() == 2, what="lane 0 is settled", within_s=SOON_S)
        passed_over = workers.said(worker, "reporter_passed_over", error="ReportDisagreement")
        assert passed_over and REPORTERS[2].address in passed_over[0]["sentence"]

        home.run("feed", case.folder / "june.csv")
        workers.ingest("june.csv")
        wait_until(lambda: workers.final() == 3, what="more of lane 0 is settled", within_s=SOON_S)
        assert case.sql("SELECT state FROM reports WHERE lane = 1") == [("sealed",)]
        assert not workers.said(worker, "task_stuck", task="lane:0")
        assert workers.end(worker) == 0, worker.printed
    case.settle_to_the_end()
    require_promises(case)
