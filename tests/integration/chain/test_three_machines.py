"""pyrevm, py-evm and anvil give equal results and equal gas for the same reports.

Simulations run on pyrevm what settles on nodes such as anvil, and the demo on py-evm. The same account
 deploys the same on py-evm and anvil, under one chain id, so that addresses, digests and with
them every byte of the calls are equal. pyrevm keeps what earlier calls warmed up, so each report runs on a
machine of its own that reads anvil's state of just then.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from eth_account.signers.local import LocalAccount
from pyrevm import EVM, BlockEnv, CfgEnv, Env
from web3 import Web3
from web3.logs import DISCARD

from milepost.chain.contracts import artifact, contract_at
from milepost.chain.deploy import deploy_programme
from milepost.chain.deployment_file import Deployment
from milepost.chain.deployment_run import Web3Executor
from milepost.chain.embedded import advance_to, embedded_chain
from milepost.chain.evm import RULES, EvmContract
from milepost.codec.report_bytes import decode_report, encode_report
from milepost.codec.results import decode_results
from milepost.domain import outcome as domain
from milepost.domain.purchase import PurchaseKind
from milepost.domain.report import Report, Section
from milepost.pipeline.issue_receipt import attachment_of
from milepost.ports import SettledLog
from tests.support.anvil import anvil_process
from tests.support.deployments import ENROLLER, REPORTERS, START, a_plan, account_named, fund
from tests.support.purchases import an_entry
from tests.support.reports import a_report, a_section, signed_by

DEPLOYER = account_named("deployer of three machines")
RELAYER = account_named("relayer of three machines")
IN_MAY = 1_526_256_000
"""2018-05-14T00:00:00Z, unix seconds."""
GAS = 16_000_000
HARBOUR, NOON, PUTIEN = 1, 2, 3
REFUND = (
    a_section(
        PUTIEN,
        an_entry(kind=PurchaseKind.REFUND, eligible_minor=5_000, facts=b"a refund's facts"),
        base_time=IN_MAY + 60,
        first_number=152,
    ),
)
"""Half of the first purchase is given back."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a machine made of a report. Units: gas of the tx."""

    gas: int
    results: bytes
    root: bytes


@dataclass(frozen=True, slots=True)
class OnNode:
    """A chain behind web3 with everything deployed; its next tx can be dated."""

    web3: Web3
    deployment: Deployment

    def settle(self, call: bytes, at: int) -> Outcome:
        self._date_next(at)
        tx = {
            "from": RELAYER.address, "to": self.deployment.addresses.settlement, "data": call, "gas": GAS,
            "nonce": self.web3.eth.get_transaction_count(RELAYER.address), "chainId": self.web3.eth.chain_id,
            "gasPrice": 2 * 10**9,
        }  # fmt: skip
        signed = RELAYER.sign_transaction(tx)
        sent = self.web3.eth.send_raw_transaction(signed.raw_transaction)
        receipt = self.web3.eth.wait_for_transaction_receipt(sent)
        assert receipt["status"] == 1
        assert self.web3.eth.get_block(receipt["blockNumber"])["timestamp"] == at
        settlement = contract_at(self.web3, "Settlement", self.deployment.addresses.settlement)
        (event,) = settlement.events.ReportSettled().process_receipt(receipt, errors=DISCARD)
        return Outcome(receipt["gasUsed"], bytes(event["args"]["results"]), bytes(event["args"]["root"]))

    def _date_next(self, at: int) -> None:
        if getattr(self.web3.provider, "ethereum_tester", None) is not None:
            advance_to(self.web3, at - 1)
        else:
            self.web3.provider.make_request("evm_setNextBlockTimestamp", [at])  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def nodes() -> Iterator[tuple[OnNode, OnNode]]:
    """py-evm and anvil."""
    embedded = embedded_chain(START)
    with anvil_process(starts_at=START, chain_id=embedded.eth.chain_id) as anvil:
        yield deployed(embedded), deployed(anvil.node.web3)


def deployed(web3: Web3) -> OnNode:
    fund(web3, DEPLOYER.address, RELAYER.address, ENROLLER.address)
    deployment = deploy_programme(a_plan(), Web3Executor(web3, DEPLOYER), web3=web3)
    Web3Executor(web3, ENROLLER).call(
        "MilesLedger", deployment.addresses.ledger, function="enrol", arguments=(200,)
    )
    return OnNode(web3, deployment)


def test_settle__same_reports__equal_results_and_gas(nodes: tuple[OnNode, OnNode]) -> None:
    on_py_evm, on_anvil = nodes
    assert on_py_evm.deployment.addresses == on_anvil.deployment.addresses
    settled: list[SettledLog] = []
    for sequence, sections in enumerate([*reports(), REFUND], start=1):
        at = IN_MAY + sequence * 86_400
        report = report_of(sections, sequence, settled)
        call = call_of(on_anvil, report)
        on_pyrevm = settle_on_pyrevm(on_anvil, call, at)
        outcomes = (on_pyrevm, on_py_evm.settle(call, at), on_anvil.settle(call, at))
        assert len(set(outcomes)) == 1, (sequence, outcomes)
        assert on_pyrevm.results and on_pyrevm.gas > 50_000
        settled.append(log_of(sequence, report, on_pyrevm))
    (refund,) = decode_results(on_pyrevm.results, decode_report(report))
    assert refund.outcome is domain.Outcome.REVERSED and refund.returned > 0


def report_of(sections: tuple[Section, ...], sequence: int, settled: list[SettledLog]) -> bytes:
    """The bytes; a refund brings the receipt of the very first purchase."""
    if sections is not REFUND:
        return a_report(*sections, sequence=sequence)
    return encode_report(Report(0, sequence, sections, (attachment_of(settled[0], 0),)))


def log_of(sequence: int, report: bytes, outcome: Outcome) -> SettledLog:
    return SettledLog(0, sequence, outcome.root, outcome.results, report, 0, bytes(32), bytes(32))


def reports() -> list[tuple[Section, ...]]:
    """First credits, later ones of the same members, several partners, promotions with limits, refusals."""
    lunch = an_entry(member=5, eligible_minor=9_000)
    return [
        (a_section(PUTIEN, an_entry(), base_time=IN_MAY),),
        (
            a_section(
                PUTIEN,
                *(an_entry(member=n, outlet=3) for n in range(1, 150)),
                base_time=IN_MAY,
                first_number=2,
            ),
        ),
        (
            a_section(HARBOUR, lunch, lunch, an_entry(member=0), base_time=IN_MAY),
            a_section(
                NOON,
                lunch,
                an_entry(outlet=9),
                an_entry(member=7, eligible_minor=4_000_000),
                base_time=IN_MAY,
            ),
            a_section(PUTIEN, an_entry(member=5), base_time=IN_MAY - 100 * 86_400, first_number=151),
        ),
        (a_section(HARBOUR, *[lunch] * 40, base_time=IN_MAY, first_number=4),),
    ]


def call_of(node: OnNode, report: bytes) -> bytes:
    """The bytes of the tx, signed once: with equal addresses and chain id it is every machine's."""
    signers: list[LocalAccount] = list(REPORTERS[:3])
    settlement = node.deployment.addresses.settlement
    signatures = signed_by(signers, report, chain_id=node.web3.eth.chain_id, settlement=settlement)
    contract = contract_at(node.web3, "Settlement", settlement)
    return bytes.fromhex(contract.encode_abi("settle", args=[report, signatures]).removeprefix("0x"))


def settle_on_pyrevm(node: OnNode, call: bytes, at: int) -> Outcome:
    """Settle on a machine of its own that reads the node's state of now, all of it cold."""
    machine = EVM(
        fork_url=node.web3.provider.endpoint_uri,  # type: ignore[attr-defined]
        env=Env(cfg=CfgEnv(chain_id=node.web3.eth.chain_id)),
        spec_id=RULES,
    )
    machine.set_block_env(BlockEnv(timestamp=at, number=node.web3.eth.block_number + 1))
    address = node.deployment.addresses.settlement
    machine.message_call(RELAYER.address, address, calldata=call, gas=GAS)
    settlement = EvmContract(machine, artifact("Settlement"), address.lower())
    (event,) = settlement.emitted("ReportSettled")
    assert machine.result is not None
    return Outcome(machine.result.gas_used, bytes(event["results"]), bytes(event["root"]))
