"""Raising fees on a real node, which also refuses what pays too little.

given a tx of ours in the pool of anvil, which mines only when told
    when it is signed again for more      then the node takes its place, and one receipt remains
    when it pays the same once more       then the node refuses it, by name
    when it pays less than the base fee   then the node refuses it, by name
    when the account is emptied           then the node refuses it, by name
"""

from collections.abc import Iterator

import pytest

from milepost.chain.deploy import deploy_programme
from milepost.chain.deployment_run import Web3Executor
from milepost.chain.local_signer import LocalSigner
from milepost.chain.node import Finality, Node
from milepost.chain.settle_tx import sign_tx_again
from milepost.chain.settlement_chain import NodeSettlementChain
from milepost.pipeline.bump_fees import Bumping
from milepost.ports import SignedTx, TxFees, TxFeeTooLow, TxNotReplaced, TxUnderfunded
from tests.support.anvil import anvil
from tests.support.deployments import RELAYER, REPORTERS, a_plan, fund
from tests.support.purchases import an_entry
from tests.support.reports import a_report, a_section, signed_by

START = 1_522_540_800
_ASK = "anvil_setBalance"


class OnAnvil:
    """A deployed programme, and one signed tx that settles its first report."""

    def __init__(self, node: Node) -> None:
        self.node, web3 = node, node.web3
        deployment = deploy_programme(
            a_plan(), Web3Executor(web3, web3.eth.accounts[0], node=node.name), web3=web3, node=node.name
        )
        fund(web3, RELAYER.address)
        self.chain = NodeSettlementChain(
            node, deployment, finality=Finality.parse("2"), relayer=LocalSigner(RELAYER)
        )
        report = a_report(a_section(1, an_entry(), base_time=START, first_number=1), sequence=1)
        signatures = signed_by(
            REPORTERS[:3], report, chain_id=self.chain.chain_id, settlement=self.chain.settlement
        )
        self.request("evm_setAutomine", False)
        self.tx = self.chain.sign_settle(report, signatures, nonce=self.chain.next_nonce())

    def request(self, method: str, *params: object) -> None:
        self.node.web3.provider.make_request(method, list(params))  # type: ignore[arg-type]

    def for_more(self, tx: SignedTx) -> SignedTx:
        fees = Bumping().raised(tx.fees, self.chain.market_fees())
        assert fees is not None
        return self.chain.sign_again(tx.raw, fees)


@pytest.fixture
def on_anvil() -> Iterator[OnAnvil]:
    with anvil(starts_at=START) as node:
        yield OnAnvil(node)


def test_sign_again__for_more__takes_the_place_of_the_first(on_anvil: OnAnvil) -> None:
    chain, first = on_anvil.chain, on_anvil.tx
    chain.send(first.raw)
    second = on_anvil.for_more(first)
    assert (second.nonce, second.sender) == (first.nonce, first.sender) and second.tx_hash != first.tx_hash
    chain.send(second.raw)
    on_anvil.request("evm_mine")
    receipt = chain.tx_receipt(second.tx_hash)
    assert receipt is not None and receipt.succeeded
    assert chain.tx_receipt(first.tx_hash) is None
    assert chain.mined_nonce() == first.nonce + 1


def test_send__refusals_of_a_real_node__are_named(on_anvil: OnAnvil) -> None:
    chain, first = on_anvil.chain, on_anvil.tx
    assert first.fees is not None and first.fees.priority is not None
    chain.send(on_anvil.for_more(first).raw)
    with pytest.raises(TxNotReplaced):
        chain.send(first.raw)
    with pytest.raises(TxFeeTooLow):
        chain.send(chain.sign_again(first.raw, TxFees(1, 1, 0)).raw)
    on_anvil.request(_ASK, RELAYER.address, "0x0")
    with pytest.raises(TxUnderfunded):
        chain.send(on_anvil.for_more(on_anvil.for_more(first)).raw)


def test_sign_tx_again__without_a_base_fee__keeps_all_but_the_price(on_anvil: OnAnvil) -> None:
    """Chains without a base fee know one price only, and their raw txs are written otherwise."""
    chain, first = on_anvil.chain, on_anvil.tx
    price = chain.market_fees().most
    fields = on_anvil.node.web3.eth.account
    legacy = RELAYER.sign_transaction(
        {"nonce": first.nonce, "gas": 90_000, "to": chain.settlement, "value": 0, "data": b"\1\2",
         "chainId": chain.chain_id, "gasPrice": price}
    )  # fmt: skip
    again = sign_tx_again(
        bytes(legacy.raw_transaction), relayer=LocalSigner(RELAYER), fees=TxFees(price * 2, None, 0)
    )
    assert fields.recover_transaction(again.raw) == RELAYER.address
    chain.send(again.raw)
    found = on_anvil.node.web3.eth.get_transaction(again.tx_hash)  # type: ignore[arg-type]
    assert (found["nonce"], found["gas"], found["gasPrice"]) == (first.nonce, 90_000, price * 2)
    assert (found["to"], bytes(found["input"])) == (chain.settlement, b"\1\2")
