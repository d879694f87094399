"""The adapter against the real contracts on the embedded chain: a report is settled and read back."""

from dataclasses import replace

import pytest
from web3 import Web3

from milepost.chain.contract_errors import (
    ContractError,
    PartnerNumberNotNext,
    SettlementQuorumNotReached,
    SettlementReporterUnknown,
    SettlementSequenceNotNext,
)
from milepost.chain.deployment_run import Web3Executor
from milepost.chain.embedded import advance_to, embedded_chain
from milepost.chain.local_signer import LocalSigner
from milepost.chain.node import Finality, Node
from milepost.chain.receipt_verifier import ReceiptNamesAnotherChain, verify_receipt
from milepost.chain.settlement_chain import NodeSettlementChain
from milepost.codec import receipt_tree
from milepost.codec.digest import report_digest
from milepost.codec.receipt_leaf import leaf_of
from milepost.codec.report_bytes import decode_report
from milepost.codec.results import decode_results
from milepost.domain.errors import ChainError
from milepost.domain.outcome import Outcome
from milepost.domain.receipt import MemberReceipt
from milepost.ports.chain import Block, ReporterSet, Revert, SettledLog, TxUnderfunded
from tests.support.deployments import (
    ENROLLER,
    RELAYER,
    REPORTERS,
    STRANGER,
    DeployedChain,
    deployed_chain,
    fund,
)
from tests.support.purchases import a_purchase, an_entry
from tests.support.reports import a_report, a_section, signed_by

# 2018-05-14T04:00:00Z, a Monday: within the promotions' window.
VISIT = 1_526_270_400


@pytest.fixture
def settling(chain: DeployedChain) -> NodeSettlementChain:
    """Ten members enrolled, the relayer funded, the clock an hour after the visits."""
    fund(chain.web3, RELAYER.address, ENROLLER.address)
    Web3Executor(chain.web3, ENROLLER).call(
        "MilesLedger", chain.deployment.addresses.ledger, function="enrol", arguments=(10,)
    )
    advance_to(chain.web3, VISIT + 3600)
    return _adapter(chain)


def _adapter(chain: DeployedChain, finality: str = "instant", **changes: object) -> NodeSettlementChain:
    node = Node(chain.web3, "The embedded chain")
    deployment = replace(chain.deployment, **changes)
    return NodeSettlementChain(
        node, deployment, finality=Finality.parse(finality), relayer=LocalSigner(RELAYER)
    )


def _report(*, sequence: int = 1, first_number: int = 1) -> bytes:
    """Two bills of harbour-grill, the second by a member nobody enrolled, and one of putien."""
    harbour = a_section(
        1,
        an_entry(member=1, eligible_minor=40_000),
        an_entry(member=99, eligible_minor=40_000, seconds=60),
        base_time=VISIT,
        first_number=first_number,
    )
    putien = a_section(
        3, an_entry(member=2, eligible_minor=10_000, outlet=3), base_time=VISIT, first_number=first_number
    )
    return a_report(harbour, putien, sequence=sequence)


def _signatures(chain: NodeSettlementChain, report_bytes: bytes, count: int = 3) -> bytes:
    return signed_by(REPORTERS[:count], report_bytes, chain_id=chain.chain_id, settlement=chain.settlement)


def _settle(chain: NodeSettlementChain, report_bytes: bytes) -> SettledLog:
    signed = chain.sign_settle(report_bytes, _signatures(chain, report_bytes), nonce=chain.next_nonce())
    chain.send(signed.raw)
    receipt = chain.tx_receipt(signed.tx_hash)
    assert receipt is not None and receipt.succeeded
    return chain.settled_logs(receipt.block_number, receipt.block_number)[0]


def test_settle__three_of_five_signed__credits_and_reads_back(settling: NodeSettlementChain) -> None:
    report_bytes = _report()
    signatures = _signatures(settling, report_bytes)
    settling.check(report_bytes, signatures)
    before = settling.mined_nonce()
    signed = settling.sign_settle(report_bytes, signatures, nonce=settling.next_nonce())
    assert settling.tx_receipt(signed.tx_hash) is None, "signing must not send"
    settling.send(signed.raw)
    receipt = settling.tx_receipt(signed.tx_hash)
    assert receipt is not None and receipt.succeeded and receipt.tx_hash == signed.tx_hash
    assert settling.mined_nonce() == before + 1

    (log,) = settling.settled_logs(settling.start_block, settling.final_block().number)
    assert (log.lane, log.sequence, log.report_bytes) == (0, 1, report_bytes)
    assert (log.tx_hash, log.block_number) == (signed.tx_hash, receipt.block_number)
    assert log.block_hash == receipt.block_hash == settling.block(log.block_number).block_hash
    first, second, third = decode_results(log.results, decode_report(log.report_bytes))
    # 400.00 at a mile for 4.00; the promotion doubles it, as far as 100 a member.
    assert (first.outcome, first.base, first.bonus) == (Outcome.CREDITED, 100, 100)
    assert second.outcome is Outcome.UNKNOWN_MEMBER
    # 100.00; 60 miles at the outlet that is quiet.
    assert (third.base, third.bonus) == (25, 60)
    assert settling.ledger_credited() == 285
    assert [settling.partner_last_number(partner) for partner in (1, 2, 3)] == [2, 0, 1]
    assert settling.next_sequence(0) == 2 and settling.next_sequence(1) == 1


def test_settled_sums__of_a_block__are_as_it_left_them(settling: NodeSettlementChain) -> None:
    before = settling.newest_block().number
    log = _settle(settling, _report())
    later = a_section(1, an_entry(member=1, eligible_minor=4_000), base_time=VISIT, first_number=3)
    _settle(settling, a_report(later, sequence=2))
    for at, miles, numbers in ((before, 0, {1: 0, 3: 0}), (log.block_number, 285, {1: 2, 3: 1})):
        found = settling.settled_sums([1, 3], at=at)
        assert (found.credited, found.reversed, found.last_numbers) == (miles, 0, numbers)
    assert settling.settled_sums([1]).last_numbers == {1: 3}


def test_verify_receipt__settled__is_true_and_a_changed_one_is_not(
    settling: NodeSettlementChain, chain: DeployedChain
) -> None:
    log = _settle(settling, _report())
    receipts = _receipts(settling, log)
    node = Node(chain.web3, "The embedded chain")
    assert all(verify_receipt(one, node, receipts=settling.receipts) for one in receipts)
    more = replace(receipts[0], settled=replace(receipts[0].settled, base=101))
    assert not verify_receipt(more, node, receipts=settling.receipts, chain_id=settling.chain_id)


def test_verify_receipt__of_another_chain_or_book__is_refused_by_name(
    settling: NodeSettlementChain, chain: DeployedChain
) -> None:
    receipt = _receipts(settling, _settle(settling, _report()))[0]
    node = Node(chain.web3, "The embedded chain")
    with pytest.raises(ReceiptNamesAnotherChain, match="chain 1"):
        verify_receipt(replace(receipt, chain_id=1), node, receipts=settling.receipts)
    with pytest.raises(ReceiptNamesAnotherChain, match="receipt book"):
        verify_receipt(replace(receipt, receipts=STRANGER.address), node, receipts=settling.receipts)
    with pytest.raises(ChainError, match="no receipt book"):
        empty = replace(receipt, receipts=STRANGER.address)
        verify_receipt(empty, node, receipts=STRANGER.address)


def _receipts(chain: NodeSettlementChain, log: SettledLog) -> list[MemberReceipt]:
    report = decode_report(log.report_bytes)
    results = iter(decode_results(log.results, report))
    bare = [
        MemberReceipt(
            chain_id=chain.chain_id,
            receipts=chain.receipts,
            lane=log.lane,
            sequence=log.sequence,
            partner_id=section.partner_id,
            number=section.first_number + place,
            base_time=section.base_time,
            entry=entry,
            settled=next(results),
            purchase=a_purchase(),
            salt=bytes(32),
            leaf=bytes(32),
            proof=(),
        )
        for section in report.sections
        for place, entry in enumerate(section.entries)
    ]
    leaves = [leaf_of(receipt) for receipt in bare]
    assert receipt_tree.root(leaves) == log.root
    return [
        replace(receipt, leaf=leaf, proof=receipt_tree.proof(leaves, place))
        for place, (receipt, leaf) in enumerate(zip(bare, leaves, strict=True))
    ]


def test_digest_of__a_report__is_the_codecs(settling: NodeSettlementChain) -> None:
    report_bytes = _report()
    assert settling.digest_of(report_bytes) == report_digest(
        settling.chain_id, settling.settlement, reporters_version=1, report_bytes=report_bytes
    )


def test_reporter_set__as_deployed__is_read(settling: NodeSettlementChain) -> None:
    assert settling.reporter_set() == ReporterSet(version=1, quorum=3, count=5)
    assert settling.is_reporter(REPORTERS[4].address)
    assert not settling.is_reporter(STRANGER.address)


def test_check__too_few_signatures__is_named(settling: NodeSettlementChain) -> None:
    with pytest.raises(SettlementQuorumNotReached) as refused:
        settling.check(_report(), _signatures(settling, _report(), count=2))
    assert refused.value.arguments == {"given": 2, "quorum": 3}


def test_check__signed_for_another_reporter_set__is_named(settling: NodeSettlementChain) -> None:
    report_bytes = _report()
    signatures = signed_by(
        REPORTERS[:3], report_bytes, chain_id=settling.chain_id, settlement=settling.settlement, version=2
    )
    with pytest.raises(SettlementReporterUnknown):
        settling.check(report_bytes, signatures)


@pytest.mark.parametrize(
    ("sequence", "first_number", "expected"),
    [(2, 1, SettlementSequenceNotNext), (1, 2, PartnerNumberNotNext)],
)
def test_check__not_next__is_named(
    settling: NodeSettlementChain, sequence: int, first_number: int, expected: type[ContractError]
) -> None:
    report_bytes = _report(sequence=sequence, first_number=first_number)
    with pytest.raises(expected):
        settling.check(report_bytes, _signatures(settling, report_bytes))
    with pytest.raises(expected):
        settling.sign_settle(report_bytes, _signatures(settling, report_bytes), nonce=0)


def test_revert_of__settled_by_another_tx_before__names_the_sequence(
    settling: NodeSettlementChain,
) -> None:
    report_bytes = _report()
    nonce = settling.next_nonce()
    signed = [
        settling.sign_settle(report_bytes, _signatures(settling, report_bytes), nonce=nonce + i)
        for i in (0, 1)
    ]
    for one in signed:
        settling.send(one.raw)
    receipt = settling.tx_receipt(signed[1].tx_hash)
    assert receipt is not None and not receipt.succeeded
    assert "its lane's next is 2" in settling.revert_of(signed[1].tx_hash).reason
    assert settling.revert_of(signed[0].tx_hash) == Revert("The tx did not revert.", blames_report=False)


def test_sign_settle__without_funds__says_so(chain: DeployedChain) -> None:
    advance_to(chain.web3, VISIT + 3600)
    adapter = _adapter(chain)
    with pytest.raises(TxUnderfunded, match="send it funds") as refused:
        adapter.sign_settle(_report(), _signatures(adapter, _report()), nonce=0)
    assert refused.value.exit_code == 4


def test_settled_logs__several_reports__come_in_order_and_by_range(settling: NodeSettlementChain) -> None:
    first = _settle(settling, _report())
    again = a_report(a_section(1, an_entry(member=3), base_time=VISIT, first_number=3), sequence=2)
    second = _settle(settling, again)
    assert settling.settled_logs(settling.start_block, second.block_number) == [first, second]
    assert settling.settled_logs(second.block_number, second.block_number) == [second]
    assert settling.settled_logs(second.block_number + 1, second.block_number) == []


def test_final_block__by_policy__is_so_many_below_the_head(chain: DeployedChain) -> None:
    head = chain.web3.eth.block_number
    assert _adapter(chain).final_block().number == head
    assert _adapter(chain, "3").final_block().number == head - 3
    assert _adapter(chain, "100000").final_block().number == 0
    assert isinstance(_adapter(chain).block(head), Block)
    assert _adapter(chain).block_time() == chain.web3.eth.get_block("latest")["timestamp"]


def test_require_as_deployed__this_chain__is_content(chain: DeployedChain) -> None:
    _adapter(chain).require_as_deployed()


def test_require_as_deployed__another_chain_id__is_refused(chain: DeployedChain) -> None:
    with pytest.raises(
        ChainError, match="of chain 131277322940537, and the deployment of chain 5"
    ) as refused:
        _adapter(chain, chain_id=5).require_as_deployed()
    assert refused.value.exit_code == 3


def test_require_as_deployed__fresh_chain__says_there_are_no_contracts(chain: DeployedChain) -> None:
    fresh = replace(chain, web3=embedded_chain(VISIT))
    with pytest.raises(ChainError, match="no Settlement"):
        _adapter(fresh).require_as_deployed()


def test_require_as_deployed__settlement_of_another_deployment__is_refused(chain: DeployedChain) -> None:
    other = deployed_chain()
    mixed = replace(
        chain.deployment.addresses,
        registry=other.deployment.addresses.lens,
        lens=chain.deployment.addresses.lens,
    )
    with pytest.raises(ChainError):
        _adapter(chain, addresses=mixed).require_as_deployed()


def test_sender__without_a_key__says_what_to_do(chain: DeployedChain) -> None:
    reading = NodeSettlementChain(
        Node(chain.web3, "The embedded chain"), chain.deployment, finality=Finality.parse("instant")
    )
    assert reading.next_sequence(0) == 1
    with pytest.raises(ChainError, match="key"):
        _ = reading.sender


def test_next_sequence__node_not_there__is_unavailable_without_its_address() -> None:
    web3 = Web3(Web3.HTTPProvider("http://secret-key@127.0.0.1:9", exception_retry_configuration=None))
    other = deployed_chain()
    adapter = NodeSettlementChain(
        Node(web3, "The node named by MILEPOST_RPC_URL"), other.deployment, finality=Finality.parse("instant")
    )
    with pytest.raises(ChainError, match="MILEPOST_RPC_URL does not answer") as refused:
        adapter.next_sequence(0)
    assert "secret" not in str(refused.value)
