"""Reporters who change on anvil while a report is under way, by the commands an operator would type.

given a report that the quorum signed
    when one of its signers is removed      then another signs in its place, and the rest still counts
given a report whose tx was sent, and was not mined
    when one of its signers is removed      then the tx reverts, another signs, and a new tx settles it
    when another set is put in force        then the same, signed by the new set
    when keys of the new set are missing    then nothing is sent, and it settles once they are here
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from milepost.pipeline.relay_report import relay_report
from milepost.pipeline.sign_report import counting_signatures, require_report
from milepost.ports import ReportState, TxState
from milepost.worker import Oracle
from tests.support.cli_stage import CliStage, key_of
from tests.support.deployments import account_named
from tests.support.governance_stage import (
    TWO_DAYS_S,
    bills,
    govern,
    governed_stage,
    in_flight,
    parts,
    settle,
    signed,
    state_of,
    txs_of,
    wait,
)

NEW = tuple(account_named(f"new reporter {place}") for place in range(3))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[CliStage]:
    with governed_stage(tmp_path) as made:
        made.run("members", "import", made.write("members.csv", "member\nM0001\n"))
        yield made


def signers_of(oracle: Oracle, content: bytes) -> set[str]:
    with oracle.store.unit_of_work() as work:
        report = require_report(work, content)
    return {one.signer for one in counting_signatures(report, oracle.store, chain=oracle.chain).signatures}


def watched_to_its_end(oracle: Oracle, content: bytes) -> ReportState:
    """What becomes of a report once its stored tx is sent again and mined."""
    report = relay_report(content, oracle.store, chain=oracle.chain)
    while report.state is ReportState.RELAYING:
        report = relay_report(content, oracle.store, chain=oracle.chain)
    return report.state


def settled_reports(stage: CliStage) -> int:
    chain = parts(stage).chain
    return len(chain.settled_logs(chain.start_block, chain.final_block().number))


def put_in_force(stage: CliStage) -> None:
    """Three new reporters, any two of whom may settle, in place of the five."""
    words = ("set-reporters", *(reporter.address for reporter in NEW), "--quorum", 2)
    govern(stage, *words)
    wait(stage, TWO_DAYS_S)
    govern(stage, *words, "--execute")


def configure_new_keys(stage: CliStage) -> None:
    stage.write_secret("reporters.json", json.dumps([key_of(reporter) for reporter in NEW]))


def test_remove_reporter__its_signature_is_stored__another_signs_in_its_place(stage: CliStage) -> None:
    _, oracle, content = signed(stage, "T-1")
    before = signers_of(oracle, content)
    removed = min(before)
    govern(stage, "remove-reporter", removed)
    assert signers_of(oracle, content) == before - {removed}
    settle(stage)
    assert state_of(oracle, content) is ReportState.FINAL
    after = signers_of(oracle, content)
    assert before - {removed} < after and len(after) == 3
    assert (txs_of(oracle, content), settled_reports(stage)) == ([TxState.FINAL], 1)


def test_remove_reporter__its_signature_is_in_flight__a_new_tx_settles_once(stage: CliStage) -> None:
    _, oracle, content = in_flight(stage, "T-1")
    govern(stage, "remove-reporter", min(signers_of(oracle, content)))
    assert watched_to_its_end(oracle, content) is ReportState.SEALED
    assert txs_of(oracle, content) == [TxState.REVERTED]
    settle(stage, "T-2")
    assert state_of(oracle, content) is ReportState.FINAL
    assert (txs_of(oracle, content), settled_reports(stage)) == ([TxState.REVERTED, TxState.FINAL], 2)


def test_set_reporters__a_report_is_in_flight__the_new_set_signs_and_it_settles_once(stage: CliStage) -> None:
    _, oracle, content = in_flight(stage, "T-1")
    put_in_force(stage)
    configure_new_keys(stage)
    # One command: it sends the stored bytes, sees them revert, has the new set sign, and settles.
    settle(stage, "T-2")
    assert state_of(oracle, content) is ReportState.FINAL
    assert signers_of(oracle, content) < {reporter.address for reporter in NEW}
    assert (txs_of(oracle, content), settled_reports(stage)) == ([TxState.REVERTED, TxState.FINAL], 2)


def test_set_reporters__keys_of_the_former_set_alone__nothing_is_sent(stage: CliStage) -> None:
    _, oracle, content = signed(stage, "T-1")
    put_in_force(stage)
    done = stage.run("settle", bills(stage, "T-2"))
    assert done.exit_code == 4
    assert "a report needs 2" in " ".join(done.stderr.split())
    assert (txs_of(oracle, content), settled_reports(stage)) == ([], 0)
    configure_new_keys(stage)
    settle(stage, "T-2")
    assert state_of(oracle, content) is ReportState.FINAL
