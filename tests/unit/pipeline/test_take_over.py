"""A report that another relayer's address began to send, gone on with by this one.

given the other's tx not mined    then it is sent as it is, once more
given it still is not             then ours is signed and sent, and whichever is mined first settles
"""

import pytest

from milepost.pipeline.relay_report import relay_report, watch_report
from milepost.pipeline.take_over import give_up_others_txs, send_others_txs
from milepost.ports import ReportState, TxState
from tests.support.programme import Oracle, three_bills

OTHER = "0x" + "9" * 40


@pytest.fixture
def oracle() -> Oracle:
    """One whose report is under way from another address than the one that goes on."""
    oracle = Oracle()
    oracle.ingest(*three_bills())
    signed = oracle.signed().content_hash
    oracle.chain.automine = False
    relay_report(signed, oracle.store, chain=oracle.chain)
    oracle.chain.sender = OTHER
    return oracle


def _report(oracle: Oracle) -> bytes:
    with oracle.store.unit_of_work() as work:
        (report,) = work.reports.in_states(ReportState.RELAYING)
    return report.content_hash


def test_send_others_txs__not_mined__sends_the_same_bytes(oracle: Oracle) -> None:
    oracle.chain.forget_pool()
    assert send_others_txs(_report(oracle), oracle.store, chain=oracle.chain)
    assert len(oracle.chain.sent) == 2 and len(set(oracle.chain.sent)) == 1
    # The node has them now, and says so: that is no failure.
    assert send_others_txs(_report(oracle), oracle.store, chain=oracle.chain)
    oracle.chain.mine()
    watched = watch_report(_report(oracle), oracle.store, chain=oracle.chain)
    assert watched.state is ReportState.APPLIED


def test_send_others_txs__none_of_others__says_so(oracle: Oracle) -> None:
    give_up_others_txs(_report(oracle), oracle.store, chain=oracle.chain)
    assert not send_others_txs(_report(oracle), oracle.store, chain=oracle.chain)


def test_give_up_others_txs__still_not_mined__lets_ours_be_signed(oracle: Oracle) -> None:
    report = _report(oracle)
    give_up_others_txs(report, oracle.store, chain=oracle.chain)
    relay_report(report, oracle.store, chain=oracle.chain)
    with oracle.store.unit_of_work() as work:
        found = {tx.signed.sender: tx.state for tx in work.txs.of_report(report)}
    assert found.pop(OTHER) is TxState.ACCEPTED
    assert list(found.values()) == [TxState.DISPLACED]
    oracle.chain.mine()
    assert watch_report(report, oracle.store, chain=oracle.chain).state is ReportState.APPLIED
