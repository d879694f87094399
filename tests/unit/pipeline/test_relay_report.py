"""Relaying a report.

given a signed report
    when the chain would not accept it         then nothing is sent, and its state stays
    when it is sent                            then raw bytes and nonce were stored before
    when there is no gas money, or no node     then nothing is lost, and the next call sends the same bytes
    when the answer to sending is lost         then the next call finds it mined, with no second nonce
    when the nonce went to someone else        then that is said, and the next call takes another nonce
    when it reverts                            then it failed with the reason, and so did later ones
    when it reverts for who signed it, for the
      Settlement it went to or for a pause     then it is sealed as before, and a new tx follows
given an applied report                        when a reorg takes it, then the same bytes go out again
given an earlier tx was never sent             then it goes first, or the nonces would have a gap
"""

from collections.abc import Callable

import pytest

from milepost.domain.errors import StoreError
from milepost.pipeline.read_settlements import read_settlements
from milepost.pipeline.relay_report import NonceDisplaced, NonceMissing, relay_report, watch_report
from milepost.pipeline.sign_report import counting_signatures, sign_report
from milepost.ports import (
    ChainUnavailable,
    ReportState,
    ReportTooLarge,
    StoredTx,
    TxNonceTooLow,
    TxState,
    TxUnderfunded,
)
from milepost.testing import ContractRefusal, FakeSettlementChain
from tests.support.programme import REPORTERS, Oracle, submitted, three_bills


def _signed(oracle: Oracle) -> bytes:
    oracle.ingest(*three_bills())
    return oracle.signed().content_hash


def _relay(oracle: Oracle, content_hash: bytes) -> ReportState:
    return relay_report(content_hash, oracle.store, chain=oracle.chain).state


def _watch(oracle: Oracle, content_hash: bytes) -> ReportState:
    return watch_report(content_hash, oracle.store, chain=oracle.chain).state


def _txs(oracle: Oracle, content_hash: bytes) -> list[StoredTx]:
    with oracle.store.unit_of_work() as work:
        return work.txs.of_report(content_hash)


def test_relay_report__signed__is_applied_and_its_purchases_pending() -> None:
    oracle = Oracle()
    content_hash = _signed(oracle)
    assert _relay(oracle, content_hash) is ReportState.APPLIED
    (tx,) = _txs(oracle, content_hash)
    assert (tx.state, tx.signed.nonce, tx.block_number, tx.gas_used) == (TxState.MINED, 0, 1, 100_000)
    assert oracle.states() == {"settled_pending": 3}


def test_relay_report__before_it_sends__has_stored_the_raw_tx() -> None:
    """R4: every raw tx seen on the wire was in the database before."""
    oracle = Oracle()
    content_hash = _signed(oracle)
    seen = []
    send = oracle.chain.send

    def look_then_send(raw: bytes) -> None:
        seen.append([tx.signed.raw for tx in _txs(oracle, content_hash)])
        send(raw)

    oracle.chain.send = look_then_send
    _relay(oracle, content_hash)
    assert seen == [[oracle.chain.sent[0]]]


def test_relay_report__not_signed__is_left_alone() -> None:
    oracle = Oracle()
    oracle.ingest(*three_bills())
    assert _relay(oracle, oracle.sealed().content_hash) is ReportState.SEALED
    assert oracle.chain.sent == []


def test_relay_report__unknown__is_an_error() -> None:
    with pytest.raises(StoreError, match="no report"):
        _relay(Oracle(), bytes(32))


def test_relay_report__chain_would_refuse__sends_nothing() -> None:
    oracle = Oracle()
    content_hash = _signed(oracle)
    oracle.chain.is_paused = True
    with pytest.raises(ContractRefusal, match="EnforcedPause"):
        _relay(oracle, content_hash)
    assert (oracle.chain.sent, _txs(oracle, content_hash)) == ([], [])
    oracle.chain.is_paused = False
    assert _relay(oracle, content_hash) is ReportState.APPLIED


def test_relay_report__reporters_changed__is_refused_before_sending() -> None:
    oracle = Oracle()
    content_hash = _signed(oracle)
    oracle.chain.set_reporters(REPORTERS, quorum=3)
    with pytest.raises(ContractRefusal, match="SettlementQuorumNotReached"):
        _relay(oracle, content_hash)


def test_relay_report__too_large_for_a_tx__fails_and_frees_the_purchases() -> None:
    oracle = Oracle()
    content_hash = _signed(oracle)
    oracle.chain.most_gas = 200_000
    with pytest.raises(ReportTooLarge) as refused:
        _relay(oracle, content_hash)
    assert refused.value.fitting(3) == 1
    assert (oracle.chain.sent, oracle.states()) == ([], {"accepted": 3})


def test_relay_report__no_gas_money__goes_on_after_a_top_up() -> None:
    oracle = Oracle()
    content_hash = _signed(oracle)
    oracle.chain.has_gas_money = False
    with pytest.raises(TxUnderfunded):
        _relay(oracle, content_hash)
    assert oracle.report(content_hash).state is ReportState.RELAYING
    oracle.chain.has_gas_money = True
    assert _relay(oracle, content_hash) is ReportState.APPLIED
    assert len(set(oracle.chain.sent)) == 1


def test_relay_report__node_down__goes_on_when_it_is_back() -> None:
    oracle = Oracle()
    content_hash = _signed(oracle)
    oracle.chain.is_down = True
    with pytest.raises(ChainUnavailable):
        _relay(oracle, content_hash)
    oracle.chain.is_down = False
    assert _relay(oracle, content_hash) is ReportState.APPLIED


def test_relay_report__answer_lost__takes_no_second_nonce() -> None:
    oracle = Oracle()
    content_hash = _signed(oracle)
    oracle.chain.loses_next_answer = True
    with pytest.raises(ChainUnavailable):
        _relay(oracle, content_hash)
    # The same bytes go out again; "nonce too low" then means that they are mined.
    assert _relay(oracle, content_hash) is ReportState.APPLIED
    assert len(set(oracle.chain.sent)) == 1
    assert [tx.signed.nonce for tx in _txs(oracle, content_hash)] == [0]


def test_relay_report__waiting_in_the_pool__is_known_and_watched() -> None:
    oracle = Oracle()
    content_hash = _signed(oracle)
    oracle.chain.automine = False
    assert _relay(oracle, content_hash) is ReportState.RELAYING
    assert _relay(oracle, content_hash) is ReportState.RELAYING
    assert [tx.state for tx in _txs(oracle, content_hash)] == [TxState.ACCEPTED]
    oracle.chain.mine()
    assert _watch(oracle, content_hash) is ReportState.APPLIED
    _watch(oracle, content_hash)
    _watch(oracle, content_hash)
    assert [tx.state for tx in _txs(oracle, content_hash)] == [TxState.CONFIRMED]
    assert _relay(oracle, content_hash) is ReportState.APPLIED
    assert [tx.state for tx in _txs(oracle, content_hash)] == [TxState.CONFIRMED]


def test_relay_report__mined_while_away__is_not_sent_again() -> None:
    oracle = Oracle()
    content_hash = _signed(oracle)
    oracle.chain.automine = False
    _relay(oracle, content_hash)
    oracle.chain.mine()
    assert _relay(oracle, content_hash) is ReportState.APPLIED


def test_relay_report__node_forgot_its_pool__sends_the_same_bytes() -> None:
    oracle = Oracle()
    content_hash = _signed(oracle)
    oracle.chain.automine = False
    _relay(oracle, content_hash)
    oracle.chain.forget_pool()
    oracle.chain.automine = True
    assert _relay(oracle, content_hash) is ReportState.APPLIED
    assert len(set(oracle.chain.sent)) == 1


def test_relay_report__someone_else_used_the_nonce__says_so_and_takes_another_next_time() -> None:
    oracle = Oracle()
    content_hash = _signed(oracle)
    oracle.chain.has_gas_money = False
    with pytest.raises(TxUnderfunded):
        _relay(oracle, content_hash)
    oracle.chain.has_gas_money = True
    oracle.chain.use_nonce()
    with pytest.raises(NonceDisplaced, match="Nonce 0 of"):
        _relay(oracle, content_hash)
    assert [tx.state for tx in _txs(oracle, content_hash)] == [TxState.DISPLACED]
    assert _relay(oracle, content_hash) is ReportState.APPLIED
    assert [(tx.signed.nonce, tx.state) for tx in _txs(oracle, content_hash)] == [
        (0, TxState.DISPLACED),
        (1, TxState.MINED),
    ]


def test_relay_report__nonce_too_low_without_evidence__concludes_nothing() -> None:
    oracle = Oracle()
    content_hash = _signed(oracle)

    def lagging(raw: bytes) -> None:
        raise TxNonceTooLow("nonce too low")

    oracle.chain.send = lagging
    with pytest.raises(TxNonceTooLow, match="yet 0 are mined"):
        _relay(oracle, content_hash)
    assert [tx.state for tx in _txs(oracle, content_hash)] == [TxState.SIGNED]


def test_relay_report__others_sent_from_the_address__takes_the_next_free_nonce() -> None:
    oracle = Oracle()
    content_hash = _signed(oracle)
    oracle.chain.use_nonce()
    assert _relay(oracle, content_hash) is ReportState.APPLIED
    assert [tx.signed.nonce for tx in _txs(oracle, content_hash)] == [1]


def _reverting(oracle: Oracle) -> bytes:
    """Accepted when asked, refused for what is in it when mined."""
    content_hash = _signed(oracle)
    oracle.chain.automine = False
    _relay(oracle, content_hash)
    oracle.chain.refuses_reports = True
    oracle.chain.mine()
    oracle.chain.refuses_reports = False
    oracle.chain.automine = True
    return content_hash


def test_watch_report__reverted__fails_with_the_reason_and_frees_the_purchases() -> None:
    oracle = Oracle()
    content_hash = _reverting(oracle)
    assert _watch(oracle, content_hash) is ReportState.FAILED
    assert "PartnerReportLengthWrong" in oracle.report(content_hash).failure
    assert [tx.state for tx in _txs(oracle, content_hash)] == [TxState.REVERTED]
    assert oracle.states() == {"accepted": 3}


def test_watch_report__reverted__the_same_cut_can_be_sealed_again() -> None:
    oracle = Oracle()
    content_hash = _reverting(oracle)
    _watch(oracle, content_hash)
    again = oracle.relayed()
    assert (again.content_hash, again.state, again.failure) == (content_hash, ReportState.APPLIED, None)
    assert [tx.signed.nonce for tx in _txs(oracle, content_hash)] == [0, 1]
    assert oracle.states() == {"settled_pending": 3}


def test_watch_report__reverted__fails_the_later_ones_of_the_lane() -> None:
    oracle = Oracle()
    content_hash = _reverting(oracle)
    oracle.ingest(submitted("A-2000"))
    later = oracle.sealed()
    _watch(oracle, content_hash)
    assert oracle.report(later.content_hash).state is ReportState.FAILED
    assert oracle.report(later.content_hash).failure == "report 1 before it failed"
    assert oracle.states() == {"accepted": 4}
    assert oracle.sealed().sequence == 1


def _in_flight(oracle: Oracle, change: Callable[[FakeSettlementChain], None]) -> bytes:
    """A report whose tx waits in the pool while something around it changes, and is mined then."""
    content_hash = _signed(oracle)
    oracle.chain.automine = False
    assert _relay(oracle, content_hash) is ReportState.RELAYING
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
    assert _watch(oracle, content_hash) is ReportState.SEALED
    assert oracle.states() == {"reported": 3}
    again = sign_report(content_hash, oracle.store, chain=oracle.chain, reporters=oracle.reporters)
    assert (again.content_hash, again.state) == (content_hash, ReportState.SIGNED)
    assert _relay(oracle, content_hash) is ReportState.APPLIED
    assert [(tx.signed.nonce, tx.state) for tx in _txs(oracle, content_hash)] == [
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
    _watch(oracle, content_hash)
    sign_report(content_hash, oracle.store, chain=oracle.chain, reporters=oracle.reporters)
    _relay(oracle, content_hash)
    oracle.chain.reorg(2)
    assert _watch(oracle, content_hash) is ReportState.RELAYING
    assert _relay(oracle, content_hash) is ReportState.APPLIED
    read_settlements(oracle.store, chain=oracle.chain)
    assert oracle.states() == {"settled_final": 3}
    assert len(oracle.chain.settled_logs(0, oracle.chain.final_block().number)) == 1


def test_watch_report__reverted_by_a_pause__waits_and_is_sent_again() -> None:
    oracle = Oracle()

    def pause(chain: FakeSettlementChain) -> None:
        chain.is_paused = True

    content_hash = _in_flight(oracle, pause)
    assert _watch(oracle, content_hash) is ReportState.SEALED
    sign_report(content_hash, oracle.store, chain=oracle.chain, reporters=[])
    with pytest.raises(ContractRefusal, match="EnforcedPause"):
        _relay(oracle, content_hash)
    assert len(_txs(oracle, content_hash)) == 1
    oracle.chain.is_paused = False
    assert _relay(oracle, content_hash) is ReportState.APPLIED


def test_watch_report__reverted_for_someone_else_settled_it__is_left_to_the_logs() -> None:
    oracle = Oracle()
    content_hash = _signed(oracle)
    oracle.chain.automine = False
    _relay(oracle, content_hash)
    (tx,) = _txs(oracle, content_hash)
    # Anyone may send a signed report: here someone does, from elsewhere, just before ours is mined.
    oracle.chain._execute(b"\x01" + tx.signed.raw[1:], oracle.chain.block(0))
    oracle.chain.mine()
    assert _watch(oracle, content_hash) is ReportState.RELAYING
    assert [tx.state for tx in _txs(oracle, content_hash)] == [TxState.REVERTED]
    assert _relay(oracle, content_hash) is ReportState.RELAYING


def test_watch_report__reorg_without_it__sends_the_same_bytes_again() -> None:
    oracle = Oracle()
    content_hash = _signed(oracle)
    _relay(oracle, content_hash)
    oracle.chain.reorg(1)
    assert _watch(oracle, content_hash) is ReportState.RELAYING
    (tx,) = _txs(oracle, content_hash)
    assert (tx.state, tx.block_hash, tx.gas_used) == (TxState.ACCEPTED, None, None)
    assert oracle.states() == {"reported": 3}
    assert _relay(oracle, content_hash) is ReportState.APPLIED
    assert len(set(oracle.chain.sent)) == 1
    assert oracle.states() == {"settled_pending": 3}


def test_watch_report__reorg_into_another_block__notes_that_block() -> None:
    oracle = Oracle()
    content_hash = _signed(oracle)
    _relay(oracle, content_hash)
    (before,) = _txs(oracle, content_hash)
    oracle.chain.reorg(1)
    oracle.chain.send(before.signed.raw)
    assert _watch(oracle, content_hash) is ReportState.APPLIED
    (after,) = _txs(oracle, content_hash)
    assert (after.state, after.block_number) == (TxState.MINED, 2)
    assert after.block_hash != before.block_hash


def test_watch_report__node_down__concludes_nothing() -> None:
    oracle = Oracle()
    content_hash = _signed(oracle)
    _relay(oracle, content_hash)
    oracle.chain.is_down = True
    with pytest.raises(ChainUnavailable):
        _watch(oracle, content_hash)
    assert oracle.report(content_hash).state is ReportState.APPLIED


def test_relay_report__earlier_tx_never_sent__goes_first() -> None:
    """A report settled by someone else leaves our nonce unused; the next tx would wait for it for ever."""
    oracle = Oracle()
    first = _signed(oracle)
    oracle.chain.has_gas_money = False
    with pytest.raises(TxUnderfunded):
        _relay(oracle, first)
    oracle.chain.has_gas_money = True
    (tx,) = _txs(oracle, first)
    block = oracle.chain._add_block(oracle.chain.now() + 1)
    oracle.chain._execute(b"\x01" + tx.signed.raw[1:], block)
    read_settlements(oracle.store, chain=oracle.chain)
    assert oracle.report(first).state is ReportState.FINAL
    oracle.ingest(submitted("A-2000"))
    second = oracle.relayed()
    assert second.state is ReportState.APPLIED
    assert [tx.signed.nonce for tx in _txs(oracle, second.content_hash)] == [1]
    # Once its receipt is seen it is watched no more.
    oracle.ingest(submitted("A-3000"))
    oracle.relayed()
    assert [tx.state for tx in _txs(oracle, first)] == [TxState.REVERTED]


def test_watch_report__never_sent__is_left_alone() -> None:
    oracle = Oracle()
    assert _watch(oracle, _signed(oracle)) is ReportState.SIGNED


def test_relay_report__anothers_tx_lost_in_a_reorg__names_the_nonce_that_is_missing() -> None:
    """Found by the state machine: what was sent after it waited for ever, and nobody was told why."""
    oracle = Oracle()
    oracle.chain.automine = False
    oracle.ingest(*three_bills())
    oracle.chain.use_nonce()
    report = oracle.relayed()
    oracle.chain.reorg(1)
    oracle.chain.mine()
    with pytest.raises(NonceMissing, match=r"Nonce 1 of .* waits for nonce 0"):
        relay_report(report.content_hash, oracle.store, chain=oracle.chain)
    oracle.chain.use_nonce()
    settled = relay_report(report.content_hash, oracle.store, chain=oracle.chain)
    assert settled.state is ReportState.APPLIED


def test_relay_report__reorg_took_a_tx_whose_report_another_settled__leaves_no_gap() -> None:
    """Found by the state machine: the tx stayed mined in the store, and later ones waited for its nonce."""
    oracle = Oracle()
    oracle.chain.automine, oracle.chain.finality = False, 1
    oracle.ingest(submitted("A-1"))
    first = oracle.relayed()
    signatures = counting_signatures(first, oracle.store, chain=oracle.chain).signatures
    oracle.chain.mine()
    applied = watch_report(first.content_hash, oracle.store, chain=oracle.chain)
    assert applied.state is ReportState.APPLIED
    oracle.chain.reorg(1)
    oracle.chain.settle_by_another(first.report_bytes, b"".join(one.signature for one in signatures))
    oracle.chain.mine()
    assert read_settlements(oracle.store, chain=oracle.chain).reports == (first.content_hash,)
    oracle.ingest(submitted("A-2"))
    second = oracle.relayed()
    oracle.chain.mine()
    relayed = relay_report(second.content_hash, oracle.store, chain=oracle.chain)
    assert relayed.state is ReportState.APPLIED
