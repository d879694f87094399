"""The adapter against a node by HTTP: raw txs, logs by block hash, refusals in a node's own words."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from web3 import Web3
from web3.providers.base import BaseProvider
from web3.types import RPCEndpoint, RPCResponse

from milepost.chain.contract_errors import SettlementSequenceNotNext
from milepost.chain.deploy import deploy_programme
from milepost.chain.deployment_run import Web3Executor
from milepost.chain.local_signer import LocalSigner
from milepost.chain.node import Finality, Node
from milepost.chain.receipt_verifier import verify_receipt
from milepost.chain.settlement_chain import NodeSettlementChain
from milepost.domain.errors import ChainError
from milepost.ports.chain import ChainUnavailable, StateForgotten, TxNonceTooLow, TxReceipt
from tests.support.anvil import anvil, anvil_process
from tests.support.deployments import ENROLLER, RELAYER, REPORTERS, a_plan, fund
from tests.support.purchases import a_receipt, an_entry
from tests.support.reports import a_report, a_section, signed_by

# 2018-04-01: a month before the promotions open.
START = 1_522_540_800


@dataclass(frozen=True, slots=True)
class OnAnvil:
    node: Node
    chain: NodeSettlementChain

    def settle(self, report_bytes: bytes) -> TxReceipt:
        signatures = signed_by(
            REPORTERS[:3], report_bytes, chain_id=self.chain.chain_id, settlement=self.chain.settlement
        )
        signed = self.chain.sign_settle(report_bytes, signatures, nonce=self.chain.next_nonce())
        self.chain.send(signed.raw)
        self.node.web3.eth.wait_for_transaction_receipt(signed.tx_hash)  # type: ignore[arg-type]
        receipt = self.chain.tx_receipt(signed.tx_hash)
        assert receipt is not None and receipt.succeeded
        with pytest.raises(TxNonceTooLow):
            self.chain.send(signed.raw)
        return receipt


@pytest.fixture(scope="module")
def on_anvil() -> Iterator[OnAnvil]:
    with anvil(starts_at=START) as node:
        yield _deployed(node)


def _deployed(node: Node) -> OnAnvil:
    web3 = node.web3
    executor = Web3Executor(web3, web3.eth.accounts[0], node=node.name)
    deployment = deploy_programme(a_plan(), executor, web3=web3, node=node.name)
    fund(web3, RELAYER.address, ENROLLER.address)
    Web3Executor(web3, ENROLLER).call(
        "MilesLedger", deployment.addresses.ledger, function="enrol", arguments=(10,)
    )
    chain = NodeSettlementChain(node, deployment, finality=Finality.parse("2"), relayer=LocalSigner(RELAYER))
    chain.require_as_deployed()
    return OnAnvil(node, chain)


def test_settle__by_http__is_read_back_by_block_hash(on_anvil: OnAnvil) -> None:
    chain = on_anvil.chain
    sequence = chain.next_sequence(3)
    report_bytes = a_report(
        a_section(1, an_entry(eligible_minor=40_000), base_time=START, first_number=1),
        lane=3,
        sequence=sequence,
    )
    receipt = on_anvil.settle(report_bytes)
    (log,) = chain.settled_logs(chain.start_block, receipt.block_number)
    assert (log.report_bytes, log.block_hash, log.tx_hash) == (
        report_bytes,
        receipt.block_hash,
        receipt.tx_hash,
    )
    assert chain.ledger_credited() == 100
    assert chain.final_block().number == receipt.block_number - 2
    with pytest.raises(SettlementSequenceNotNext):
        chain.check(report_bytes, signed_by(
            REPORTERS[:3], report_bytes, chain_id=chain.chain_id, settlement=chain.settlement
        ))  # fmt: skip


def test_settled_sums__node_keeps_no_state_so_old__says_so() -> None:
    with anvil_process(starts_at=START, options=("--prune-history", "2")) as started:
        on_anvil = _deployed(started.node)
        deployed_at = started.node.web3.eth.block_number
        report = a_report(a_section(1, an_entry(eligible_minor=40_000), base_time=START, first_number=1))
        on_anvil.settle(report)
        started.node.web3.provider.make_request(RPCEndpoint("anvil_mine"), [20])
        with pytest.raises(StateForgotten, match=f"no state of block {deployed_at}: name one"):
            on_anvil.chain.settled_sums([1], at=deployed_at)
        assert on_anvil.chain.settled_sums([1]).credited == 100
    with pytest.raises(ChainUnavailable):
        on_anvil.chain.settled_sums([1], at=deployed_at)


def test_settled_sums__beyond_the_head__is_unavailable(on_anvil: OnAnvil) -> None:
    with pytest.raises(ChainUnavailable):
        on_anvil.chain.settled_sums([1], at=on_anvil.node.web3.eth.block_number + 1)


def test_settled_logs__beyond_the_head__is_unavailable_and_not_empty(on_anvil: OnAnvil) -> None:
    head = on_anvil.node.web3.eth.block_number
    with pytest.raises(ChainUnavailable):
        on_anvil.chain.settled_logs(head, head + 1)


def test_tx_receipt__of_an_unknown_tx__is_none(on_anvil: OnAnvil) -> None:
    assert on_anvil.chain.tx_receipt(bytes(32)) is None


def test_send__bytes_that_are_no_tx__is_refused(on_anvil: OnAnvil) -> None:
    with pytest.raises(ChainError):
        on_anvil.chain.send(b"\x02\x01")


class _Recording(BaseProvider):
    """Passes requests on and notes which."""

    def __init__(self, provider: Any) -> None:
        super().__init__()
        self._passed_to = provider
        self.methods: list[str] = []

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        self.methods.append(method)
        return self._passed_to.make_request(method, params)


def test_verify_receipt__one_that_was_never_settled__asks_twice_and_is_false(on_anvil: OnAnvil) -> None:
    """Whoever verifies can read on one hand what their node is asked."""
    provider = _Recording(on_anvil.node.web3.provider)
    receipts, chain_id = on_anvil.chain.receipts, on_anvil.chain.chain_id
    receipt = replace(a_receipt(), chain_id=chain_id, receipts=receipts)
    node = Node(Web3(provider), on_anvil.node.name)
    assert verify_receipt(receipt, node, receipts=receipts, chain_id=chain_id) is False
    assert provider.methods == ["eth_chainId", "eth_call"]


def test_reporter_set__asked_of_a_node__is_one_request(
    on_anvil: OnAnvil, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Finding: every call asked the node for its chain twice more, a third of all requests of a report."""
    provider = on_anvil.node.web3.provider
    asked: list[str] = []
    ask = provider.make_request

    def noting(method: RPCEndpoint, params: Any) -> RPCResponse:
        asked.append(method)
        return ask(method, params)

    monkeypatch.setattr(provider, "make_request", noting)
    # web3 keeps the function that it asked by before.
    provider._request_func_cache = (None, None)
    try:
        assert on_anvil.chain.reporter_set().quorum == 3
    finally:
        provider._request_func_cache = (None, None)
    assert asked == ["eth_call"]
