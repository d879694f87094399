"""The drill of docs/operations.md on anvil: a second Settlement takes over while the oracle runs.

given a programme that has settled, and a report whose tx was sent to the first Settlement
    when a second one is deployed, prepared, announced and executed after the delays
    then the first settles until the slots move, and the tx it was sent reverts
    then the same report is signed for the second, and settles once
    then lanes, purchase numbers, receipts, statements and reconciliation go on
    then the deployment file names both, and an index rebuilt from the start block is the same
    then what was signed for the first settles nowhere, nor the twin of what the first settled
    then the first may take over again, in the same way
"""

from dataclasses import replace
from typing import Any

import pytest

from milepost.bootstrap import Parts
from milepost.chain.contract_errors import SettlementSequenceNotNext, SettlerUnauthorized
from milepost.chain.deployment_file import read_deployment
from milepost.domain.errors import ChainError
from milepost.pipeline.relay_report import relay_report
from milepost.pipeline.sign_report import counting_signatures, require_report, sign_report
from milepost.ports import ReportState, TxState
from milepost.store.engine import open_store
from milepost.store.unit_of_work import SqlStore
from milepost.worker import Oracle
from tests.support.cli_stage import CliStage
from tests.support.deployments import REPORTERS, STRANGER
from tests.support.governance_stage import (
    TWO_DAYS_S,
    bills,
    govern,
    governed_stage,
    in_flight,
    parts,
    refused,
    settle,
    settlement_of,
    status,
    txs_of,
    wait,
)

SIGNING = [reporter.address for reporter in REPORTERS[1:]]
"""The second Settlement has reporters of its own: four of the five, any three of them."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with governed_stage(tmp_path_factory.mktemp("drill")) as made:
        yield made


def replace_settlement(stage: CliStage, second: str) -> None:
    """Announce both acts, wait, and execute both."""
    prepare = ("prepare-settlement", second, *SIGNING, "--quorum", 3)
    govern(stage, *prepare)
    govern(stage, "replace-settlement", second)
    code, said = refused(stage, *prepare, "--execute")
    assert code == 3 and "is due at" in said
    wait(stage, TWO_DAYS_S)
    govern(stage, *prepare, "--execute")
    govern(stage, "replace-settlement", second, "--execute")


def test_replace_settlement__drill_with_a_report_in_flight__everything_goes_on(stage: CliStage) -> None:
    stage.run("members", "import", stage.write("members.csv", "member\nM0001\n"))
    settle(stage, "R-1", "R-2")
    first = settlement_of(stage)
    receipt = stage.folder / "receipt.json"
    assert stage.run("receipt", "show", "noon-kitchen", "R-1", "--out", receipt).exit_code == 0

    second = govern(stage, "deploy-settlement", by=STRANGER).strip()
    settled_by_first = _twin_settled_by(stage, "R-3")
    before, oracle, content = in_flight(stage, "R-4")
    twins = _signed_for(before, content)
    replace_settlement(stage, second)
    assert set(status(stage)["settlers"].values()) == {second}

    _the_tx_sent_to_the_first_reverts(oracle, content)
    _a_command_says_what_to_do(stage)
    assert second in govern(stage, "adopt")
    after = read_deployment(stage.folder / "ethereum-local.json")
    assert after.addresses.settlement == second
    assert [former.address for former in after.former_settlements] == [first]
    assert (after.reporters.version, set(after.reporters.addresses)) == (1, set(SIGNING))

    _the_same_report_settles_once(stage, oracle, content)
    settle(stage, "R-5")
    for sale_ref in ("R-1", "R-3", "R-4", "R-5"):
        assert stage.run("receipt", "show", "noon-kitchen", sale_ref, "--out", receipt).exit_code == 0
        assert stage.run("receipt", "verify", receipt, "--rpc", stage.rpc_url).exit_code == 0
    statement = stage.run("statement", "M0001", "--json")
    assert statement.exit_code == 0 and "R-5" in statement.stdout

    _twins_settle_nowhere(stage, before, twins, settled_by_first)
    _an_index_rebuilt_is_the_same(stage)
    _the_first_may_take_over_again(stage, first, second)


def _twin_settled_by(stage: CliStage, sale_ref: str) -> bytes:
    settle(stage, sale_ref)
    made = parts(stage)
    with made.store.unit_of_work() as work:
        report = work.reports.in_states(ReportState.FINAL)[-1]
    return report.report_bytes


def _signed_for(made: Parts, content: bytes) -> tuple[bytes, bytes]:
    """A report and signatures of its quorum, as they stand in the store of a process."""
    with made.store.unit_of_work() as work:
        report = require_report(work, content)
    counting = counting_signatures(report, made.store, chain=made.chain).signatures
    assert len(counting) == 3
    return report.report_bytes, b"".join(one.signature for one in counting)


def _the_tx_sent_to_the_first_reverts(oracle: Oracle, content: bytes) -> None:
    """The process that still knows the first Settlement sends its stored bytes again: they change nothing."""
    report = relay_report(content, oracle.store, chain=oracle.chain)
    while report.state is ReportState.RELAYING:
        report = relay_report(content, oracle.store, chain=oracle.chain)
    assert report.state is ReportState.SEALED
    assert txs_of(oracle, content) == [TxState.REVERTED]
    signed = sign_report(content, oracle.store, chain=oracle.chain, reporters=oracle._checking)
    assert signed.state is ReportState.SIGNED
    with pytest.raises(SettlerUnauthorized):
        relay_report(content, oracle.store, chain=oracle.chain)
    assert txs_of(oracle, content) == [TxState.REVERTED]


def _a_command_says_what_to_do(stage: CliStage) -> None:
    done = stage.run("settle", bills(stage))
    assert done.exit_code == 3
    assert "run `milepost governance adopt`" in " ".join(done.stderr.split())


def _the_same_report_settles_once(stage: CliStage, oracle: Oracle, content: bytes) -> None:
    done = stage.run("settle", bills(stage), "--json")
    assert done.exit_code == 0, done.output
    assert txs_of(oracle, content) == [TxState.REVERTED, TxState.FINAL]
    with oracle.store.unit_of_work() as work:
        report = work.reports.get(content)
    assert report is not None and report.state is ReportState.FINAL


def _twins_settle_nowhere(
    stage: CliStage, before: Parts, twins: tuple[bytes, bytes], settled_by_first: bytes
) -> None:
    """In both orders: what the second settled, at the first; what the first settled, at the second."""
    with pytest.raises(SettlementSequenceNotNext):
        before.chain.check(*twins)
    with pytest.raises(ChainError):
        before.chain.sign_settle(*twins, nonce=0)
    after = parts(stage)
    digest = after.chain.digest_of(settled_by_first)
    keys = {reporter.address: reporter for reporter in after.reporters}
    ordered = sorted(SIGNING[:3], key=lambda address: int(address, 16))
    twin = b"".join(keys[address].sign(digest) for address in ordered)
    with pytest.raises(SettlementSequenceNotNext):
        after.chain.check(settled_by_first, twin)
    with pytest.raises(SettlementSequenceNotNext):
        after.chain.sign_settle(settled_by_first, twin, nonce=0)


def _an_index_rebuilt_is_the_same(stage: CliStage) -> None:
    made = parts(stage)
    final = made.chain.final_block().number
    logs = made.chain.settled_logs(made.chain.start_block, final)
    with made.store.unit_of_work() as work:
        stored = work.reports.in_states(ReportState.FINAL)
    assert [log.report_bytes for log in logs] == [report.report_bytes for report in stored]
    assert [log.sequence for log in logs] == list(range(1, len(logs) + 1))
    rebuilt = replace(made.oracle, store=SqlStore(open_store(f"sqlite:///{stage.folder / 'rebuilt.db'}")))
    feed = bills(stage, *(f"R-{number}" for number in range(1, 6)))
    done = rebuilt.rebuild(made.read_feed(feed))
    assert (done.purchases, done.missing) == (5, ())
    assert rebuilt.reconcile().is_equal
    for work_of in (made.store, rebuilt.store):
        with work_of.unit_of_work() as work:
            totals = work.receipts.totals()
            assert totals.credited == made.chain.ledger_credited()


def _the_first_may_take_over_again(stage: CliStage, first: str, second: str) -> None:
    govern(stage, "replace-settlement", first)
    wait(stage, TWO_DAYS_S)
    govern(stage, "replace-settlement", first, "--execute")
    govern(stage, "adopt")
    after = read_deployment(stage.folder / "ethereum-local.json")
    assert after.addresses.settlement == first
    assert [former.address for former in after.former_settlements] == [second]
    settle(stage, "R-6")
