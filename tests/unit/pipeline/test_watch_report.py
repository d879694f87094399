"""Watching a report that was sent.

given a sent report
    when it reverts                            then it failed with the reason, and so did later ones
    when it reverts for who signed it, for the
      Settlement it went to or for a pause     then it is sealed as before, and a new tx follows
given an applied report                        when a reorg takes it, then the same bytes go out again
"""

from collections.abc import Callable

import pytest

from milepost.pipeline.read_settlements import read_settlements
from milepost.pipeline.sign_report import sign_report
from milepost.ports import (
    ChainUnavailable,
    ReportState,
    TxState,
)
from milepost.testing import ContractRefusal, FakeSettlementChain
from tests.support.programme import REPORTERS, Oracle, submitted
from tests.support.relaying import relay, signed, txs_of, watch


def _reverting(oracle: Oracle) -> bytes:
    """Accepted when asked, refused for what is in it when mined."""
    content_hash = signed(oracle)
    oracle.chain.automine = False
    relay(oracle, content_hash)
    oracle.chain.refuses_reports = True
    oracle.chain.mine()
    oracle.chain.refuses_reports = False
    oracle.chain.automine = True
    return content_hash


def test_watch_report__reverted__fails_with_the_reason_and_frees_the_purchases() -> None:
    oracle = Oracle()
    content_hash = _reverting(oracle)
    assert watch(oracle, content_hash) is ReportState.FAILED
    assert "PartnerReportLengthWrong" in oracle.report(content_hash).failure
    assert [tx.state for tx in txs_of(oracle, content_hash)] == [TxState.REVERTED]
    assert oracle.states() == {"accepted": 3}


def test_watch_report__reverted__the_same_cut_can_be_sealed_again() -> None:
    oracle = Oracle()
    content_hash = _reverting(oracle)
    watch(oracle, content_hash)
    again = oracle.relayed()
    assert (again.content_hash, again.state, again.failure) == (content_hash, ReportState.APPLIED, None)
    assert [tx.signed.nonce for tx in txs_of(oracle, content_hash)] == [0, 1]
    assert oracle.states() == {"settled_pending": 3}


def test_watch_report__reverted__fails_the_later_ones_of_the_lane() -> None:
    oracle = Oracle()
    content_hash = _reverting(oracle)
    oracle.ingest(submitted("A-2000"))
    later = oracle.sealed()
    watch(oracle, content_hash)
    assert oracle.report(later.content_hash).state is ReportState.FAILED
    assert oracle.report(later.content_hash).failure == "report 1 before it failed"
    assert oracle.states() == {"accepted": 4}
    assert oracle.sealed().sequence == 1


def _in_flight(oracle: Oracle, change: Callable[[FakeSettlementChain], None]) -> bytes:
    """A report whose tx waits in the pool while something around it changes, and is mined then."""
    content_hash = signed(oracle)
    oracle.chain.automine = False
    assert relay(oracle, content_hash) is ReportState.RELAYING
    change(oracle.chain)
    oracle.chain.mine()
    oracle.chain.automine = True
    return content_hash


CHANGES = {
    "set changed": lambda chain: chain.set_reporters(REPORTERS[1:], quorum=4),
    "reporter removed": lambda chain: chain.remove_reporter(REPORTERS[0]),
    "settlement replaced": lambda chain: chain.replace_settlement(REPORTERS, quorum=3),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_watch_report__reverted_for_its_signers__is_signed_anew_and_sent_by_a_new_tx(
    change: Callable[[FakeSettlementChain], None],
) -> None:
    """Fault 21: the chain refuses the old signatures; the same report is signed anew and settles once."""
    oracle = Oracle()
    content_hash = _in_flight(oracle, change)
    assert watch(oracle, content_hash) is ReportState.SEALED
    assert oracle.states() == {"reported": 3}
    again = sign_report(content_hash, oracle.store, chain=oracle.chain, reporters=oracle.reporters)
    assert (again.content_hash, again.state) == (content_hash, ReportState.SIGNED)
    assert relay(oracle, content_hash) is ReportState.APPLIED
    assert [(tx.signed.nonce, tx.state) for tx in txs_of(oracle, content_hash)] == [
        (0, TxState.REVERTED),
        (1, TxState.MINED),
    ]
    read_settlements(oracle.store, chain=oracle.chain)
    assert oracle.states() == {"settled_final": 3}
    assert len(oracle.chain.settled_logs(0, oracle.chain.final_block().number)) == 1


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_watch_report__reorg_brings_the_reverted_tx_back__nothing_settles_twice(
    change: Callable[[FakeSettlementChain], None],
) -> None:
    oracle = Oracle()
    content_hash = _in_flight(oracle, change)
    watch(oracle, content_hash)
    sign_report(content_hash, oracle.store, chain=oracle.chain, reporters=oracle.reporters)
    relay(oracle, content_hash)
    oracle.chain.reorg(2)
    assert watch(oracle, content_hash) is ReportState.RELAYING
    assert relay(oracle, content_hash) is ReportState.APPLIED
    read_settlements(oracle.store, chain=oracle.chain)
    assert oracle.states() == {"settled_final": 3}
    assert len(oracle.chain.settled_logs(0, oracle.chain.final_block().number)) == 1


def test_watch_report__reverted_by_a_pause__waits_and_is_sent_again() -> None:
    oracle = Oracle()

    def pause(chain: FakeSettlementChain) -> None:
        chain.is_paused = True

    content_hash = _in_flight(oracle, pause)
    assert watch(oracle, content_hash) is ReportState.SEALED
    sign_report(content_hash, oracle.store, chain=oracle.chain, reporters=[])
    with pytest.raises(ContractRefusal, match="EnforcedPause"):
        relay(oracle, content_hash)
    assert len(txs_of(oracle, content_hash)) == 1
    oracle.chain.is_paused = False
    assert relay(oracle, content_hash) is ReportState.APPLIED


def test_watch_report__reverted_for_someone_else_settled_it__is_left_to_the_logs() -> None:
    oracle = Oracle()
    content_hash = signed(oracle)
    oracle.chain.automine = False
    relay(oracle, content_hash)
    (tx,) = txs_of(oracle, content_hash)
    # Anyone may send a signed report: here someone does, from elsewhere, just before ours is mined.
    oracle.chain._execute(b"\x01" + tx.signed.raw[1:], oracle.chain.block(0))
    oracle.chain.mine()
    assert watch(oracle, content_hash) is ReportState.RELAYING
    assert [tx.state for tx in txs_of(oracle, content_hash)] == [TxState.REVERTED]
    assert relay(oracle, content_hash) is ReportState.RELAYING


def test_watch_report__reorg_without_it__sends_the_same_bytes_again() -> None:
    oracle = Oracle()
    content_hash = signed(oracle)
    relay(oracle, content_hash)
    oracle.chain.reorg(1)
    assert watch(oracle, content_hash) is ReportState.RELAYING
    (tx,) = txs_of(oracle, content_hash)
    assert (tx.state, tx.block_hash, tx.gas_used) == (TxState.ACCEPTED, None, None)
    assert oracle.states() == {"reported": 3}
    assert relay(oracle, content_hash) is ReportState.APPLIED
    assert len(set(oracle.chain.sent)) == 1
    assert oracle.states() == {"settled_pending": 3}


def test_watch_report__reorg_into_another_block__notes_that_block() -> None:
    oracle = Oracle()
    content_hash = signed(oracle)
    relay(oracle, content_hash)
    (before,) = txs_of(oracle, content_hash)
    oracle.chain.reorg(1)
    oracle.chain.send(before.signed.raw)
    assert watch(oracle, content_hash) is ReportState.APPLIED
    (after,) = txs_of(oracle, content_hash)
    assert (after.state, after.block_number) == (TxState.MINED, 2)
    assert after.block_hash != before.block_hash


def test_watch_report__node_down__concludes_nothing() -> None:
    oracle = Oracle()
    content_hash = signed(oracle)
    relay(oracle, content_hash)
    oracle.chain.is_down = True
    with pytest.raises(ChainUnavailable):
        watch(oracle, content_hash)
    assert oracle.report(content_hash).state is ReportState.APPLIED


def test_watch_report__never_sent__is_left_alone() -> None:
    oracle = Oracle()
    assert watch(oracle, signed(oracle)) is ReportState.SIGNED
