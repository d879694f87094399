"""What the holders of roles need on a stage: keys with gas money, and delays that can be waited out."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import solcx
from eth_account.signers.local import LocalAccount
from web3.contract import Contract

from milepost.bootstrap import Parts
from milepost.chain.deployment_file import read_deployment
from milepost.config import Settings
from milepost.pipeline.ingest_purchase import AnswerKind
from milepost.pipeline.relay_report import relay_report
from milepost.pipeline.seal_report import seal_report
from milepost.pipeline.sign_report import require_report, sign_report
from milepost.ports import ReportState, TxState
from milepost.worker import Oracle, Patience
from scripts._compiling import compiler_settings, solidity_config
from tests.support.cli_stage import ROOT, CliStage, cli_stage, key_of
from tests.support.deployments import ADMIN, MANAGER, STRANGER, fund

TWO_DAYS_S = 172_800
HEADER = "partner,sale_ref,outlet,occurred_at,currency,gross_minor,tip_minor,member\n"


@contextmanager
def governed_stage(folder: Path) -> Iterator[CliStage]:
    """The usual stage. The admin governs too, with two days' delay each; the manager pauses at once."""
    with cli_stage(folder) as stage:
        fund(stage.web3, *(account.address for account in (ADMIN, MANAGER, STRANGER)))
        for account in (ADMIN, MANAGER, STRANGER):
            write_key(stage, account)
        yield stage


@contextmanager
def restored(stage: CliStage) -> Iterator[CliStage]:
    """Taken back to where its chain was."""
    snapshot = request(stage, "evm_snapshot")
    yield stage
    assert request(stage, "evm_revert", snapshot)


def write_key(stage: CliStage, account: LocalAccount) -> Path:
    return stage.write_secret(f"{account.address}.key", key_of(account))


def govern(stage: CliStage, *words: object, by: LocalAccount = ADMIN) -> str:
    """Run `milepost governance` by a key, which works, and give what it printed."""
    done = stage.run("governance", *words, governance_key_file=write_key(stage, by))
    assert done.exit_code == 0, done.output
    return done.stdout


def refused(stage: CliStage, *words: object, by: LocalAccount = ADMIN) -> tuple[int, str]:
    """Run `milepost governance` by a key, which is refused: exit code, and what it complained."""
    done = stage.run("governance", *words, governance_key_file=write_key(stage, by))
    assert done.exit_code != 0, done.output
    return done.exit_code, " ".join(done.stderr.split())


def status(stage: CliStage) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(govern(stage, "status", "--json"))
    return found


def wait(stage: CliStage, seconds: int) -> None:
    """Let so much time of the chain pass."""
    request(stage, "evm_increaseTime", seconds)
    request(stage, "evm_mine")


def request(stage: CliStage, method: str, *params: Any) -> Any:
    """Ask anvil for what web3 has no function for."""
    return stage.web3.provider.make_request(method, list(params))["result"]  # type: ignore[arg-type]


def parts(stage: CliStage) -> Parts:
    """The adapters of a process that starts now, by the stage's settings and deployment file."""
    names = {name.removeprefix("MILEPOST_").lower(): value for name, value in stage.settings.items()}
    return Parts(Settings(**names))  # type: ignore[arg-type]


def settlement_of(stage: CliStage) -> str:
    """What the deployment file names."""
    return str(read_deployment(stage.folder / "ethereum-local.json").addresses.settlement)


def bills(stage: CliStage, *sale_refs: str) -> Path:
    """A feed of lunches of member M0001, always of the same name and so of the same source."""
    rows = [
        f"noon-kitchen,{ref},market-street,2018-06-01T12:06:00-04:00,USD,2000,300,M0001\n"
        for ref in sale_refs
    ]
    return stage.write("bills.csv", HEADER + "".join(rows))


def settle(stage: CliStage, *sale_refs: str) -> None:
    """Settle bills by the command; chain and store agree afterwards."""
    done = stage.run("settle", bills(stage, *sale_refs), "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["reconciliation"]["difference"] == 0


def signed(stage: CliStage, sale_ref: str) -> tuple[Parts, Oracle, bytes]:
    """A bill in a report that the quorum of the present Settlement signed, and that nobody sent."""
    made = parts(stage)
    oracle = replace(made.oracle, patience=Patience(timeout_s=20))
    (answer,) = oracle.ingest(made.read_feed(bills(stage, sale_ref)))
    assert answer.kind is AnswerKind.ACCEPTED
    report = seal_report(0, oracle._sealing, oracle.chain)
    assert report is not None
    sign_report(report.content_hash, oracle.store, chain=oracle.chain, reporters=oracle._checking)
    return made, oracle, report.content_hash


def in_flight(stage: CliStage, sale_ref: str) -> tuple[Parts, Oracle, bytes]:
    """The same with its tx sent, and lost by the node before it was mined."""
    made, oracle, content = signed(stage, sale_ref)
    request(stage, "evm_setAutomine", False)
    assert relay_report(content, oracle.store, chain=oracle.chain).state is ReportState.RELAYING
    request(stage, "anvil_dropAllTransactions")
    request(stage, "evm_setAutomine", True)
    return made, oracle, content


def txs_of(oracle: Oracle, content: bytes) -> list[TxState]:
    """States of a report's txs, without attempts that another one of their nonce left behind.

    Days of the chain's time pass here: what is sent again and not found mined at once is replaced.
    """
    with oracle.store.unit_of_work() as work:
        states = [tx.state for tx in work.txs.of_report(content)]
    return [state for state in states if state is not TxState.SUPERSEDED]


def state_of(oracle: Oracle, content: bytes) -> ReportState:
    with oracle.store.unit_of_work() as work:
        return require_report(work, content).state


def deploy_multisig(stage: CliStage, owners: Sequence[LocalAccount], threshold: int) -> Contract:
    """The multisig of the contract tests, compiled by itself: no product contract knows it."""
    source = "contracts/mocks/Multisig__Mock.sol"
    config = solidity_config()
    compiler_input = {
        "language": "Solidity",
        "sources": {source: {"content": (ROOT / source).read_text(encoding="utf-8")}},
        "settings": compiler_settings(config),
    }
    answer = solcx.compile_standard(compiler_input, solc_version=config["version"], base_path=ROOT)
    compiled = answer["contracts"][source]["Multisig__Mock"]
    factory = stage.web3.eth.contract(abi=compiled["abi"], bytecode=compiled["evm"]["bytecode"]["object"])
    sent = factory.constructor([owner.address for owner in owners], threshold).transact(
        {"from": stage.web3.eth.accounts[1]}
    )
    address = stage.web3.eth.wait_for_transaction_receipt(sent)["contractAddress"]
    return stage.web3.eth.contract(address=address, abi=compiled["abi"])
