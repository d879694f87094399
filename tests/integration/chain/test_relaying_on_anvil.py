"""Relaying over two ways to one anvil, through proxies that break them: nonces and bytes stay as they are.

given a report signed, and two nodes in the setting
    when one of them is broken in any way    then the other takes the tx, with the first nonce
    when an answer to sending is lost        then the same bytes are known, and no second nonce is taken
    when nodes refuse a small rise           then what the pipeline asks for is enough
"""

from collections.abc import Iterator
from contextlib import suppress

import pytest

from milepost.chain.deploy import deploy_programme
from milepost.chain.deployment_run import Web3Executor
from milepost.chain.local_signer import LocalSigner
from milepost.chain.node import Finality, Node, connect
from milepost.chain.settlement_chain import NodeSettlementChain
from milepost.pipeline.bump_fees import Bumping
from milepost.ports import ChainUnavailable, SignedTx, TxAlreadyKnown, TxNonceTooLow
from tests.support import fault_modes as modes
from tests.support.anvil import anvil
from tests.support.deployments import RELAYER, REPORTERS, a_plan, fund
from tests.support.fault_calls import SEND
from tests.support.fault_modes import Mode
from tests.support.fault_proxy import FaultProxy
from tests.support.purchases import an_entry
from tests.support.reports import a_report, a_section, signed_by

START = 1_522_540_800


class Stage:
    """A programme on anvil, asked through two proxies; `next` signs the tx of the next report."""

    def __init__(self, node: Node, proxies: list[FaultProxy]) -> None:
        web3 = node.web3
        executor = Web3Executor(web3, web3.eth.accounts[0], node=node.name)
        self.deployment = deploy_programme(a_plan(), executor, web3=web3, node=node.name)
        fund(web3, RELAYER.address)
        self.web3, self.proxies, self.number = web3, proxies, 0
        self.connect()

    def connect(self) -> None:
        urls = ",".join(proxy.url for proxy in self.proxies)
        node = connect(urls, setting="MILEPOST_RPC_URL", timeout_s=1)
        self.chain = NodeSettlementChain(
            node, self.deployment, finality=Finality.parse("2"), relayer=LocalSigner(RELAYER)
        )
        self.chain.require_as_deployed()

    def next(self) -> SignedTx:
        self.number += 1
        section = a_section(1, an_entry(), base_time=START, first_number=self.number)
        report = a_report(section, sequence=self.number)
        where = {"chain_id": self.chain.chain_id, "settlement": self.chain.settlement}
        signatures = signed_by(REPORTERS[:3], report, **where)
        return self.chain.sign_settle(report, signatures, nonce=self.chain.next_nonce())

    def send(self, tx: SignedTx) -> None:
        """Where one node takes a tx and its answer is spoiled, the other one knows it, or its receipt."""
        with suppress(TxAlreadyKnown, TxNonceTooLow):
            self.chain.send(tx.raw)

    def require_settled(self, tx: SignedTx) -> None:
        # A moment passes in anvil between taking a tx and knowing its receipt.
        receipt = self.web3.eth.wait_for_transaction_receipt(tx.tx_hash, timeout=5)  # type: ignore[arg-type]
        assert receipt["status"] == 1 and self.chain.tx_receipt(tx.tx_hash) is not None
        assert self.chain.mined_nonce() == tx.nonce + 1
        assert {one.raw for proxy in self.proxies for one in proxy.sent if one.nonce == tx.nonce} == {tx.raw}


@pytest.fixture(scope="module")
def _module_stage() -> Iterator[Stage]:
    with anvil(starts_at=START) as node:
        url = str(node.web3.provider.endpoint_uri)  # type: ignore[attr-defined]
        one, other = (FaultProxy(url, is_stored=lambda _raw: True) for _ in range(2))
        with one.serving(), other.serving():
            yield Stage(node, [one, other])


@pytest.fixture
def stage(_module_stage: Stage) -> Iterator[Stage]:
    _module_stage.connect()
    yield _module_stage
    for proxy in _module_stage.proxies:
        proxy.stop_faults()


@pytest.mark.parametrize(
    "mode",
    [
        modes.drop_before,
        modes.garbage,
        modes.truncated,
        modes.half_json,
        modes.wrong_id,
        modes.status(429, retry_after_s=30),
        modes.status(502),
    ],
)
def test_send__one_of_two_nodes_is_broken__the_other_takes_it(stage: Stage, mode: Mode) -> None:
    """Faults 24 to 26, between signing and sending, and for whatever is asked afterwards."""
    tx = stage.next()
    stage.proxies[0].plan.add(mode)
    stage.send(tx)
    stage.require_settled(tx)


def test_send__one_of_two_nodes_hangs__the_other_takes_it(stage: Stage) -> None:
    tx = stage.next()
    stage.proxies[0].plan.add(stage.proxies[0].hang)
    stage.chain.send(tx.raw)
    stage.require_settled(tx)


def test_send__answers_of_both_are_lost__the_same_bytes_are_found(stage: Stage) -> None:
    tx = stage.next()
    for proxy in stage.proxies:
        proxy.plan.add(modes.drop_after, SEND)
    with pytest.raises(ChainUnavailable):
        stage.chain.send(tx.raw)
    for proxy in stage.proxies:
        proxy.stop_faults()
    stage.connect()
    stage.require_settled(tx)


def test_send__the_other_node_has_it_already__counts_as_sent(stage: Stage) -> None:
    stage.web3.provider.make_request("evm_setAutomine", [False])  # type: ignore[arg-type]
    tx = stage.next()
    stage.chain.send(tx.raw)
    with pytest.raises(TxAlreadyKnown):
        stage.chain.send(tx.raw)
    fees = Bumping().raised(tx.fees, stage.chain.market_fees())
    assert fees is not None
    raised = stage.chain.sign_again(tx.raw, fees)
    stage.chain.send(raised.raw)
    stage.web3.provider.make_request("evm_mine", [])  # type: ignore[arg-type]
    stage.web3.provider.make_request("evm_setAutomine", [True])  # type: ignore[arg-type]
    receipt = stage.chain.tx_receipt(raised.tx_hash)
    assert receipt is not None and receipt.succeeded
