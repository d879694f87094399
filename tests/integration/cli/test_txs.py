"""`milepost txs` on anvil: a tx that is not mined is listed, its nonce used up, and its report settles."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import Result

from milepost.bootstrap import Parts
from milepost.config import load_settings
from milepost.domain.quantities import Lane
from milepost.pipeline.relay_report import relay_report
from milepost.pipeline.seal_report import seal_report
from milepost.pipeline.sign_report import sign_report
from milepost.ports import ReportState
from tests.support.cli_stage import CliStage, cli_stage
from tests.support.deployments import RELAYER
from tests.support.governance_stage import bills, request


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStage]:
    with cli_stage(tmp_path_factory.mktemp("txs")) as made:
        imported = made.run("members", "import", made.write("members.csv", "member\nM0001\n"))
        assert imported.exit_code == 0, imported.output
        yield made


def _send_without_mining(stage: CliStage, sale_ref: str) -> Callable[[], ReportState]:
    """Seal, sign and send a report of one bill to a node that makes no blocks; gives what relays it again."""
    request(stage, "evm_setAutomine", False)
    file = stage.write("settings.env", "".join(f"{name}={value}\n" for name, value in stage.settings.items()))
    oracle = Parts(load_settings(file)).oracle
    feed = bills(stage, sale_ref)
    list(oracle.ingest(Parts(load_settings(file)).read_feed(feed)))
    report = seal_report(Lane(0), oracle._sealing, oracle.chain)
    assert report is not None
    name, store, chain = report.content_hash, oracle.store, oracle.chain
    sign_report(name, store, chain=chain, reporters=oracle._checking)

    def relay() -> ReportState:
        return relay_report(name, store, chain=chain).state

    relay()
    return relay


def _listed(stage: CliStage) -> list[dict[str, Any]]:
    done = stage.run("txs", "list", "--json")
    assert done.exit_code == 0, done.output
    found: list[dict[str, Any]] = json.loads(done.stdout)["txs"]
    return found


def _said(done: Result) -> str:
    return " ".join((done.stdout + done.stderr).split())


def test_cancel__a_tx_waits__is_used_up_and_the_report_settles_with_another_nonce(stage: CliStage) -> None:
    assert "No tx waits" in stage.run("txs", "list").stdout
    relay = _send_without_mining(stage, "C-1")
    (waiting,) = _listed(stage)
    assert (waiting["sender"], waiting["state"], waiting["is_empty"]) == (RELAYER.address, "accepted", False)
    done = stage.run("txs", "cancel", waiting["nonce"])
    assert done.exit_code == 0, done.output
    assert "an empty tx is accepted" in _said(done)
    assert "empty" in stage.run("txs", "list").stdout
    request(stage, "evm_mine")
    (empty,) = [one for one in _listed(stage) if one["is_empty"]]
    mined = stage.web3.eth.get_transaction(empty["tx_hash"])
    assert (mined["from"], mined["to"], mined["value"]) == (RELAYER.address, RELAYER.address, 0)
    request(stage, "evm_setAutomine", True)
    # The first look finds the empty one mined; the second sends the report anew.
    assert [relay(), relay()] == [ReportState.RELAYING, ReportState.APPLIED]
    settled = stage.run("settle", "--json")
    assert settled.exit_code == 0, settled.output
    assert json.loads(settled.stdout)["outcomes"]["credited"] == 1
    assert _listed(stage) == []
    assert stage.web3.eth.get_transaction_count(RELAYER.address) == waiting["nonce"] + 2
    done = stage.run("txs", "cancel", waiting["nonce"])
    assert (done.exit_code, "is mined" in _said(done)) == (1, True), done.output


def test_cancel__nothing_waits__signs_nothing(stage: CliStage) -> None:
    next_nonce = stage.web3.eth.get_transaction_count(RELAYER.address)
    done = stage.run("txs", "cancel", next_nonce, "--json")
    assert done.exit_code == 1
    assert "Nothing of ours waits" in _said(done)
