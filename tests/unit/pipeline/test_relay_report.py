"""Relaying a report.

given a signed report
    when the chain would not accept it         then nothing is sent, and its state stays
    when it is sent                            then raw bytes and nonce were stored before
    when there is no gas money, or no node     then nothing is lost, and the next call sends the same bytes
    when the answer to sending is lost         then the next call finds it mined, with no second nonce
    when the nonce went to someone else        then that is said, and the next call takes another nonce
given an earlier tx was never sent             then it goes first, or the nonces would have a gap
"""

import pytest

from milepost.domain.errors import StoreError
from milepost.pipeline.read_settlements import read_settlements
from milepost.pipeline.relay_report import NonceDisplaced, NonceMissing, relay_report, watch_report
from milepost.pipeline.sign_report import counting_signatures
from milepost.ports import (
    ChainUnavailable,
    ReportState,
    ReportTooLarge,
    TxNonceTooLow,
    TxState,
    TxUnderfunded,
)
from milepost.testing import ContractRefusal
from tests.support.programme import REPORTERS, Oracle, submitted, three_bills
from tests.support.relaying import behind_a_lost_nonce, relay, signed, txs_of, watch


def test_relay_report__signed__is_applied_and_its_purchases_pending() -> None:
    oracle = Oracle()
    content_hash = signed(oracle)
    assert relay(oracle, content_hash) is ReportState.APPLIED
    (tx,) = txs_of(oracle, content_hash)
    assert (tx.state, tx.signed.nonce, tx.block_number, tx.gas_used) == (TxState.MINED, 0, 1, 100_000)
    assert oracle.states() == {"settled_pending": 3}


def test_relay_report__before_it_sends__has_stored_the_raw_tx() -> None:
    """R4: every raw tx seen on the wire was in the database before."""
    oracle = Oracle()
    content_hash = signed(oracle)
    seen = []
    send = oracle.chain.send

    def look_then_send(raw: bytes) -> None:
        seen.append([tx.signed.raw for tx in txs_of(oracle, content_hash)])
        send(raw)

    oracle.chain.send = look_then_send
    relay(oracle, content_hash)
    assert seen == [[oracle.chain.sent[0]]]


def test_relay_report__not_signed__is_left_alone() -> None:
    oracle = Oracle()
    oracle.ingest(*three_bills())
    assert relay(oracle, oracle.sealed().content_hash) is ReportState.SEALED
    assert oracle.chain.sent == []


def test_relay_report__unknown__is_an_error() -> None:
    with pytest.raises(StoreError, match="no report"):
        relay(Oracle(), bytes(32))


def test_relay_report__chain_would_refuse__sends_nothing() -> None:
    oracle = Oracle()
    content_hash = signed(oracle)
    oracle.chain.is_paused = True
    with pytest.raises(ContractRefusal, match="EnforcedPause"):
        relay(oracle, content_hash)
    assert (oracle.chain.sent, txs_of(oracle, content_hash)) == ([], [])
    oracle.chain.is_paused = False
    assert relay(oracle, content_hash) is ReportState.APPLIED


def test_relay_report__reporters_changed__is_refused_before_sending() -> None:
    oracle = Oracle()
    content_hash = signed(oracle)
    oracle.chain.set_reporters(REPORTERS, quorum=3)
    with pytest.raises(ContractRefusal, match="SettlementQuorumNotReached"):
        relay(oracle, content_hash)


def test_relay_report__too_large_for_a_tx__fails_and_frees_the_purchases() -> None:
    oracle = Oracle()
    content_hash = signed(oracle)
    oracle.chain.most_gas = 200_000
    with pytest.raises(ReportTooLarge) as refused:
        relay(oracle, content_hash)
    assert refused.value.fitting(3) == 1
    assert (oracle.chain.sent, oracle.states()) == ([], {"accepted": 3})


def test_relay_report__no_gas_money__goes_on_after_a_top_up() -> None:
    oracle = Oracle()
    content_hash = signed(oracle)
    oracle.chain.has_gas_money = False
    with pytest.raises(TxUnderfunded):
        relay(oracle, content_hash)
    assert oracle.report(content_hash).state is ReportState.RELAYING
    oracle.chain.has_gas_money = True
    assert relay(oracle, content_hash) is ReportState.APPLIED
    assert len(set(oracle.chain.sent)) == 1


def test_relay_report__node_down__goes_on_when_it_is_back() -> None:
    oracle = Oracle()
    content_hash = signed(oracle)
    oracle.chain.is_down = True
    with pytest.raises(ChainUnavailable):
        relay(oracle, content_hash)
    oracle.chain.is_down = False
    assert relay(oracle, content_hash) is ReportState.APPLIED


def test_relay_report__answer_lost__takes_no_second_nonce() -> None:
    oracle = Oracle()
    content_hash = signed(oracle)
    oracle.chain.loses_next_answer = True
    with pytest.raises(ChainUnavailable):
        relay(oracle, content_hash)
    # The same bytes go out again; "nonce too low" then means that they are mined.
    assert relay(oracle, content_hash) is ReportState.APPLIED
    assert len(set(oracle.chain.sent)) == 1
    assert [tx.signed.nonce for tx in txs_of(oracle, content_hash)] == [0]


def test_relay_report__waiting_in_the_pool__is_known_and_watched() -> None:
    oracle = Oracle()
    content_hash = signed(oracle)
    oracle.chain.automine = False
    assert relay(oracle, content_hash) is ReportState.RELAYING
    assert relay(oracle, content_hash) is ReportState.RELAYING
    assert [tx.state for tx in txs_of(oracle, content_hash)] == [TxState.ACCEPTED]
    oracle.chain.mine()
    assert watch(oracle, content_hash) is ReportState.APPLIED
    watch(oracle, content_hash)
    watch(oracle, content_hash)
    assert [tx.state for tx in txs_of(oracle, content_hash)] == [TxState.CONFIRMED]
    assert relay(oracle, content_hash) is ReportState.APPLIED
    assert [tx.state for tx in txs_of(oracle, content_hash)] == [TxState.CONFIRMED]


def test_relay_report__mined_while_away__is_not_sent_again() -> None:
    oracle = Oracle()
    content_hash = signed(oracle)
    oracle.chain.automine = False
    relay(oracle, content_hash)
    oracle.chain.mine()
    assert relay(oracle, content_hash) is ReportState.APPLIED


def test_relay_report__node_forgot_its_pool__sends_the_same_bytes() -> None:
    oracle = Oracle()
    content_hash = signed(oracle)
    oracle.chain.automine = False
    relay(oracle, content_hash)
    oracle.chain.forget_pool()
    oracle.chain.automine = True
    assert relay(oracle, content_hash) is ReportState.APPLIED
    assert len(set(oracle.chain.sent)) == 1


def test_relay_report__someone_else_used_the_nonce__says_so_and_takes_another_next_time() -> None:
    oracle = Oracle()
    content_hash = signed(oracle)
    oracle.chain.has_gas_money = False
    with pytest.raises(TxUnderfunded):
        relay(oracle, content_hash)
    oracle.chain.has_gas_money = True
    oracle.chain.use_nonce()
    with pytest.raises(NonceDisplaced, match="Nonce 0 of"):
        relay(oracle, content_hash)
    assert [tx.state for tx in txs_of(oracle, content_hash)] == [TxState.DISPLACED]
    assert relay(oracle, content_hash) is ReportState.APPLIED
    assert [(tx.signed.nonce, tx.state) for tx in txs_of(oracle, content_hash)] == [
        (0, TxState.DISPLACED),
        (1, TxState.MINED),
    ]


def test_relay_report__nonce_too_low_without_evidence__concludes_nothing() -> None:
    oracle = Oracle()
    content_hash = signed(oracle)

    def lagging(raw: bytes) -> None:
        raise TxNonceTooLow("nonce too low")

    oracle.chain.send = lagging
    with pytest.raises(TxNonceTooLow, match="yet 0 are mined"):
        relay(oracle, content_hash)
    assert [tx.state for tx in txs_of(oracle, content_hash)] == [TxState.SIGNED]


def test_relay_report__others_sent_from_the_address__takes_the_next_free_nonce() -> None:
    oracle = Oracle()
    content_hash = signed(oracle)
    oracle.chain.use_nonce()
    assert relay(oracle, content_hash) is ReportState.APPLIED
    assert [tx.signed.nonce for tx in txs_of(oracle, content_hash)] == [1]


def test_relay_report__earlier_tx_never_sent__goes_first() -> None:
    """A report settled by someone else leaves our nonce unused; the next tx would wait for it for ever."""
    oracle = Oracle()
    first = signed(oracle)
    oracle.chain.has_gas_money = False
    with pytest.raises(TxUnderfunded):
        relay(oracle, first)
    oracle.chain.has_gas_money = True
    (tx,) = txs_of(oracle, first)
    block = oracle.chain._add_block(oracle.chain.now() + 1)
    oracle.chain._execute(b"\x01" + tx.signed.raw[1:], block)
    read_settlements(oracle.store, chain=oracle.chain)
    assert oracle.report(first).state is ReportState.FINAL
    oracle.ingest(submitted("A-2000"))
    second = oracle.relayed()
    assert second.state is ReportState.APPLIED
    assert [tx.signed.nonce for tx in txs_of(oracle, second.content_hash)] == [1]
    # Once its receipt is seen it is watched no more.
    oracle.ingest(submitted("A-3000"))
    oracle.relayed()
    assert [tx.state for tx in txs_of(oracle, first)] == [TxState.REVERTED]


def test_relay_report__anothers_tx_lost_in_a_reorg__names_the_nonce_that_is_missing() -> None:
    """Found by the state machine: what was sent after it waited for ever, and nobody was told why."""
    oracle = Oracle()
    content_hash = behind_a_lost_nonce(oracle)
    with pytest.raises(NonceMissing, match=r"Nonce 1 of .* waits for nonce 0"):
        relay_report(content_hash, oracle.store, chain=oracle.chain)
    oracle.chain.use_nonce()
    settled = relay_report(content_hash, oracle.store, chain=oracle.chain)
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
