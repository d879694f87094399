"""Replacing a tx that is not mined, with what may go wrong meanwhile.

given a tx that waits    when the chain's clock has gone on   then it is replaced, stored first
given a replacement      when either is mined                 then that counts, the other is set aside
                         when a reorg takes the block         then all of the nonce is sent again
                         when the node does not take it       then the old one stays, the next pays more
given the cap, or no gas money, no replacing, no pool         then nothing is lost, and it is said
"""

from dataclasses import replace
from itertools import pairwise

import pytest

from milepost.pipeline.bump_fees import Bumping, NoticeKind, RelayNotice
from milepost.pipeline.read_settlements import read_settlements
from milepost.pipeline.relay_report import NonceDisplaced, relay_report
from milepost.ports import ReportState, StoredTx, TxState, TxUnderfunded
from tests.support.programme import Oracle, submitted
from tests.support.relaying import signed, txs_of, watch

AFTER_S = 60


class Stage:
    """An oracle whose report waits in the pool, as a block asks for more than it pays."""

    def __init__(self, *, most_fee: int = 10**6, after_s: int = AFTER_S) -> None:
        self.oracle = Oracle()
        self.chain = self.oracle.chain
        self.chain.automine = False
        self.heard: list[RelayNotice] = []
        self.bumping = Bumping(after_s, most_fee, self.heard.append)
        self.content_hash = signed(self.oracle)
        self.relay()
        self.chain.pool.base_fee = 100

    def relay(self) -> ReportState:
        return relay_report(
            self.content_hash, self.oracle.store, chain=self.chain, bumping=self.bumping
        ).state

    def relay_later(self, seconds: int = AFTER_S) -> ReportState:
        self.chain.advance_to(self.chain.now() + seconds)
        return self.relay()

    @property
    def txs(self) -> list[StoredTx]:
        return txs_of(self.oracle, self.content_hash)

    @property
    def states(self) -> list[TxState]:
        return [tx.state for tx in self.txs]

    @property
    def kinds(self) -> list[NoticeKind]:
        return [notice.kind for notice in self.heard]


def _assert_rising(txs: list[StoredTx]) -> None:
    for before, after in pairwise(tx.signed.fees for tx in txs):
        assert before is not None and after is not None
        assert after.most * 8 >= before.most * 9
        assert (after.priority or 0) * 8 >= (before.priority or 0) * 9


def test_relay_report__not_mined_in_time__is_replaced_by_the_same_report_for_more() -> None:
    stage = Stage()
    stage.relay_later(AFTER_S - 1)
    assert len(stage.txs) == 1
    stage.relay_later(1)
    first, second = stage.txs
    assert (first.signed.nonce, first.content_hash) == (second.signed.nonce, second.content_hash)
    _assert_rising(stage.txs)
    assert stage.kinds == [NoticeKind.BUMPED]
    stage.chain.mine()
    assert watch(stage.oracle, stage.content_hash) is ReportState.APPLIED
    assert stage.states == [TxState.SUPERSEDED, TxState.MINED]


def test_relay_report__replacement__is_stored_before_it_is_sent() -> None:
    """R4."""
    stage = Stage()
    send, unknown = stage.chain.send, []

    def look_then_send(raw: bytes) -> None:
        unknown.extend([] if raw in [tx.signed.raw for tx in stage.txs] else [raw])
        send(raw)

    stage.chain.send = look_then_send
    stage.relay_later()
    assert len(set(stage.chain.sent)) == 2 and not unknown


def test_relay_report__no_block_is_made__replaces_nothing() -> None:
    stage = Stage()
    for _ in range(5):
        stage.relay()
    assert len(stage.txs) == 1


def test_relay_report__never_replacing__keeps_the_bytes() -> None:
    stage = Stage(after_s=0)
    stage.relay_later(10_000)
    assert len(set(stage.chain.sent)) == 1


def test_relay_report__old_attempt_is_mined_after_all__counts() -> None:
    stage = Stage()
    stage.relay_later()
    first, _ = stage.txs
    stage.chain.pool.txs[0] = first.signed.raw
    stage.chain.pool.base_fee = 0
    stage.chain.mine()
    assert stage.relay() is ReportState.APPLIED
    assert stage.states == [TxState.MINED, TxState.SUPERSEDED]
    read_settlements(stage.oracle.store, chain=stage.chain)
    assert stage.states == [TxState.FINAL, TxState.SUPERSEDED]


def test_relay_report__read_as_final_before_it_was_watched__sets_the_other_aside() -> None:
    stage = Stage()
    stage.relay_later()
    stage.chain.mine()
    read_settlements(stage.oracle.store, chain=stage.chain)
    assert stage.states == [TxState.SUPERSEDED, TxState.FINAL]


def test_relay_report__reorg_takes_the_replacement__sends_it_again_and_lets_either_count() -> None:
    stage = Stage()
    stage.relay_later()
    stage.chain.mine()
    watch(stage.oracle, stage.content_hash)
    stage.chain.reorg(1)
    assert watch(stage.oracle, stage.content_hash) is ReportState.RELAYING
    assert stage.states == [TxState.ACCEPTED, TxState.ACCEPTED]
    sent = len(stage.chain.sent)
    stage.relay()
    assert stage.chain.sent[sent] == stage.txs[1].signed.raw
    stage.chain.mine()
    assert watch(stage.oracle, stage.content_hash) is ReportState.APPLIED
    assert stage.states == [TxState.SUPERSEDED, TxState.MINED]


def test_relay_report__replacement_underpriced__keeps_the_old_and_pays_more_next_time() -> None:
    stage = Stage()
    (first,) = stage.txs
    # The node saw more for this nonce than the store remembers.
    taken = stage.chain.sign_again(first.signed.raw, stage.chain.market_fees()).raw
    stage.chain.pool.txs[0] = taken
    stage.relay_later()
    assert stage.states == [TxState.ACCEPTED, TxState.SIGNED]
    assert stage.kinds == [NoticeKind.BUMPED, NoticeKind.REFUSED]
    stage.relay_later()
    assert stage.states == [TxState.ACCEPTED, TxState.SIGNED, TxState.ACCEPTED]
    _assert_rising(stage.txs)


def test_relay_report__at_the_cap__sends_the_old_bytes_and_says_so() -> None:
    stage = Stage(most_fee=11)
    sent = set(stage.chain.sent)
    stage.relay_later()
    stage.chain.forget_pool()
    stage.relay()
    assert set(stage.chain.sent) == sent and stage.chain.pool.txs
    assert set(stage.kinds) == {NoticeKind.AT_CAP}
    assert "MILEPOST_MOST_FEE_GWEI" in stage.heard[0].sentence
    stage.chain.pool.base_fee = 0
    stage.chain.mine()
    assert watch(stage.oracle, stage.content_hash) is ReportState.APPLIED


def test_relay_report__market_above_the_cap__waits_in_the_pool_until_it_falls() -> None:
    """Fault 32: a base fee above what may be paid."""
    stage = Stage(most_fee=50)
    for _ in range(30):
        stage.relay_later()
    most = [tx.signed.fees.most for tx in stage.txs if tx.signed.fees]
    assert most[-1] <= 50 and stage.kinds[-1] is NoticeKind.AT_CAP
    stage.chain.pool.base_fee = 10
    stage.chain.mine()
    assert watch(stage.oracle, stage.content_hash) is ReportState.APPLIED


def test_relay_report__node_refuses_what_is_below_the_base_fee__is_replaced_at_once() -> None:
    stage = Stage()
    stage.chain.forget_pool()
    stage.chain.pool.refuses_cheap = True
    stage.relay()
    assert stage.kinds == [NoticeKind.BUMPED]
    stage.chain.mine()
    assert watch(stage.oracle, stage.content_hash) is ReportState.APPLIED


def test_relay_report__no_gas_money_for_the_replacement__keeps_the_old_one() -> None:
    stage = Stage()
    stage.chain.has_gas_money = False
    stage.relay_later()
    assert stage.states == [TxState.ACCEPTED, TxState.SIGNED]
    assert stage.kinds == [NoticeKind.BUMPED, NoticeKind.REFUSED]
    stage.chain.forget_pool()
    with pytest.raises(TxUnderfunded):
        stage.relay()
    stage.chain.has_gas_money = True
    stage.relay()
    stage.chain.mine()
    assert watch(stage.oracle, stage.content_hash) is ReportState.APPLIED
    assert stage.states == [TxState.SUPERSEDED, TxState.MINED]


def test_relay_report__chain_knows_no_replacement__goes_on_with_the_first() -> None:
    stage = Stage()
    stage.chain.pool.replaces = False
    for _ in range(3):
        assert stage.relay_later() is ReportState.RELAYING
    assert NoticeKind.REFUSED in stage.kinds
    stage.chain.pool.base_fee = 0
    stage.chain.mine()
    assert watch(stage.oracle, stage.content_hash) is ReportState.APPLIED
    assert stage.states[0] is TxState.MINED and set(stage.states[1:]) == {TxState.SUPERSEDED}


def test_relay_report__crash_before_noting_what_a_chain_without_replacement_has__goes_on() -> None:
    stage = Stage()
    (first,) = stage.txs
    stage.chain.pool.replaces = False
    with stage.oracle.store.unit_of_work() as work:
        work.txs.rows[first.signed.tx_hash] = replace(first, state=TxState.SIGNED)
    stage.relay_later()
    assert stage.states == [TxState.ACCEPTED, TxState.SIGNED]


def test_relay_report__someone_else_uses_the_nonce_of_two_attempts__displaces_both() -> None:
    stage = Stage()
    stage.relay_later()
    stage.chain.use_nonce()
    with pytest.raises(NonceDisplaced):
        stage.relay()
    assert stage.states == [TxState.DISPLACED, TxState.DISPLACED]
    assert stage.relay() is ReportState.RELAYING
    assert [tx.signed.nonce for tx in stage.txs] == [0, 0, 1]


def test_relay_report__earlier_nonce_is_mined__is_noted_and_not_sent_again() -> None:
    """Some nodes call what is mined known, so that their answer to sending says nothing of it."""
    stage = Stage()
    (first,) = stage.txs
    report = stage.oracle.report(stage.content_hash)
    stage.chain.settle_by_another(report.report_bytes, first.signed.raw[28 : -len(report.report_bytes)])
    read_settlements(stage.oracle.store, chain=stage.chain)
    stage.chain.pool.base_fee = 0
    stage.chain.mine()
    stage.oracle.ingest(submitted("A-2000"))
    second = stage.oracle.relayed().content_hash
    sent = stage.chain.sent.count(first.signed.raw)
    relay_report(second, stage.oracle.store, chain=stage.chain, bumping=stage.bumping)
    assert stage.chain.sent.count(first.signed.raw) == sent
    assert stage.states == [TxState.REVERTED]


def test_relay_report__earlier_nonce_waits__is_replaced_for_what_waits_behind_it() -> None:
    stage = Stage()
    (first,) = stage.txs
    report = stage.oracle.report(stage.content_hash)
    signatures = first.signed.raw[28 : -len(report.report_bytes)]
    stage.chain.settle_by_another(report.report_bytes, signatures)
    read_settlements(stage.oracle.store, chain=stage.chain)
    assert stage.oracle.report(stage.content_hash).state is ReportState.FINAL
    stage.oracle.ingest(submitted("A-2000"))
    second = stage.oracle.relayed().content_hash
    stage.chain.advance_to(stage.chain.now() + AFTER_S)
    relay_report(second, stage.oracle.store, chain=stage.chain, bumping=stage.bumping)
    assert [tx.signed.nonce for tx in stage.txs] == [0, 0]
    stage.chain.mine()
    settled = relay_report(second, stage.oracle.store, chain=stage.chain, bumping=stage.bumping)
    assert settled.state is ReportState.APPLIED
