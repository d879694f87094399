"""An operator's empty tx in place of one that is not mined.

given a tx that waits in the pool
    when it is cancelled                  then the empty tx is stored first, and the report gets another nonce
    when the empty one waits too          then it is replaced by another empty one that pays more
    when the node keeps the other         then that is mined, and the empty one set aside
    when a reorg takes the empty one      then all of the nonce goes out again
    when the node refuses the empty one   then it stays stored, and relaying sends it
given a nonce that is missing below ours  then it is used up, and ours is mined
given nothing that waits                  then nothing is signed
"""

import pytest

from milepost.pipeline.bump_fees import Bumping
from milepost.pipeline.cancel_nonce import NothingToCancel, cancel_nonce, waiting_txs
from milepost.pipeline.read_settlements import read_settlements
from milepost.pipeline.relay_report import NonceMissing, relay_report
from milepost.ports import PurchaseState, ReportState, StoredTx, TxState, TxUnderfunded
from tests.support.programme import Oracle
from tests.support.relaying import behind_a_lost_nonce, relay, signed, txs_of, watch

ACCEPTED, CANCELLED, SUPERSEDED = TxState.ACCEPTED, TxState.CANCELLED, TxState.SUPERSEDED


class Stage:
    """A report whose tx waits in the pool, as a block asks for more than it pays."""

    def __init__(self, *, most_fee: int = 10**6) -> None:
        self.oracle = Oracle()
        self.chain = self.oracle.chain
        self.chain.automine = False
        self.bumping = Bumping(60, most_fee)
        self.content_hash = signed(self.oracle)
        self.relay()
        self.chain.pool.base_fee = 100

    def relay(self) -> ReportState:
        store = self.oracle.store
        return relay_report(self.content_hash, store, chain=self.chain, bumping=self.bumping).state

    def cancel(self, nonce: int = 0) -> StoredTx:
        return cancel_nonce(nonce, self.oracle.store, chain=self.chain, bumping=self.bumping)

    @property
    def txs(self) -> list[StoredTx]:
        return txs_of(self.oracle, self.content_hash)

    @property
    def seen(self) -> list[tuple[int, bool, TxState]]:
        """Nonce, whether it is empty, and state of each tx of the report."""
        return [(tx.signed.nonce, tx.signed.is_empty, tx.state) for tx in self.txs]

    def settle(self) -> None:
        """Mine what waits and read it; everything is settled once."""
        self.chain.mine()
        assert self.relay() is ReportState.APPLIED
        read_settlements(self.oracle.store, chain=self.chain)
        with self.oracle.store.unit_of_work() as work:
            assert dict(work.purchases.count_by_state()) == {PurchaseState.SETTLED_FINAL: 3}


def test_cancel_nonce__a_tx_waits__is_used_up_and_the_report_gets_another() -> None:
    stage = Stage()
    known: list[bool] = []
    send = stage.chain.send

    def look_then_send(raw: bytes) -> None:
        known.append(raw in [tx.signed.raw for tx in stage.txs])
        send(raw)

    stage.chain.send = look_then_send
    assert stage.cancel().state is ACCEPTED
    assert known == [True]
    stage.chain.mine()
    assert stage.relay() is ReportState.RELAYING
    assert stage.seen == [(0, False, SUPERSEDED), (0, True, CANCELLED)]
    # A second look changes nothing; then the report goes out with the next nonce.
    stage.relay()
    assert stage.seen[2:] == [(1, False, ACCEPTED)]
    stage.settle()
    assert stage.seen == [(0, False, SUPERSEDED), (0, True, CANCELLED), (1, False, TxState.FINAL)]


def test_cancel_nonce__empty_one_waits_too__pays_more_and_stays_empty() -> None:
    stage = Stage()
    stage.cancel()
    stage.chain.pool.base_fee = 1_000
    stage.chain.advance_to(stage.chain.now() + 60)
    stage.relay()
    assert [tx.signed.is_empty for tx in stage.txs] == [False, True, True]
    stage.cancel()
    assert [tx.signed.is_empty for tx in stage.txs] == [False, True, True, True]
    stage.chain.mine()
    stage.relay()
    assert [state for _, _, state in stage.seen][:4] == [SUPERSEDED, SUPERSEDED, SUPERSEDED, CANCELLED]


def test_cancel_nonce__node_replaces_nothing__the_other_is_mined() -> None:
    stage = Stage()
    stage.chain.pool.replaces = False
    assert stage.cancel().state is TxState.SIGNED
    stage.chain.pool.base_fee = 0
    stage.settle()
    assert stage.seen == [(0, False, TxState.FINAL), (0, True, SUPERSEDED)]


def test_cancel_nonce__reorg_takes_the_empty_one__all_goes_out_again() -> None:
    stage = Stage()
    stage.cancel()
    stage.chain.mine()
    stage.relay()
    stage.chain.reorg(1)
    stage.chain.forget_pool()
    assert watch(stage.oracle, stage.content_hash) is ReportState.RELAYING
    assert stage.seen == [(0, False, ACCEPTED), (0, True, ACCEPTED)]
    stage.relay()
    assert list(stage.chain.pool.txs.values()) == [stage.txs[1].signed.raw]
    # Another node has the one that settles.
    stage.chain.pool.txs = {0: stage.txs[0].signed.raw}
    stage.chain.pool.base_fee = 0
    stage.settle()
    assert stage.seen == [(0, False, TxState.FINAL), (0, True, SUPERSEDED)]


def test_cancel_nonce__mined_elsewhere_after_a_reorg__is_noted_there() -> None:
    stage = Stage()
    stage.cancel()
    stage.chain.mine()
    stage.relay()
    raw = stage.txs[1].signed.raw
    stage.chain.reorg(1)
    stage.chain.pool.txs = {0: raw}
    stage.chain.mine()
    stage.relay()
    (_, empty, *_) = stage.txs
    receipt = stage.chain.tx_receipt(empty.signed.tx_hash)
    assert receipt is not None and (empty.state, empty.block_hash) == (CANCELLED, receipt.block_hash)


def test_cancel_nonce__final_by_the_other_before_anyone_looked__is_set_aside() -> None:
    """Its block was replaced, and the one that settles is in the final chain."""
    stage = Stage()
    stage.cancel()
    stage.chain.mine()
    stage.relay()
    stage.chain.reorg(1)
    stage.chain.pool.txs, stage.chain.pool.base_fee = {0: stage.txs[0].signed.raw}, 0
    stage.chain.mine()
    read_settlements(stage.oracle.store, chain=stage.chain)
    assert stage.seen == [(0, False, TxState.FINAL), (0, True, SUPERSEDED)]


def test_cancel_nonce__no_gas_money__is_said_and_stays_stored() -> None:
    stage = Stage()
    stage.chain.has_gas_money = False
    with pytest.raises(TxUnderfunded):
        stage.cancel()
    assert stage.seen[1:] == [(0, True, TxState.SIGNED)]
    stage.chain.has_gas_money = True
    stage.relay()
    assert stage.seen[1:] == [(0, True, ACCEPTED)]


def test_cancel_nonce__missing_below_ours__is_used_up_and_ours_is_mined() -> None:
    oracle = Oracle()
    content_hash = behind_a_lost_nonce(oracle)
    with pytest.raises(NonceMissing):
        relay_report(content_hash, oracle.store, chain=oracle.chain)
    cancel_nonce(0, oracle.store, chain=oracle.chain, bumping=Bumping())
    oracle.chain.mine()
    oracle.chain.mine()
    assert relay(oracle, content_hash) is ReportState.APPLIED
    found = [(tx.signed.nonce, tx.state) for tx in txs_of(oracle, content_hash)]
    assert found == [(0, CANCELLED), (1, TxState.MINED)]


@pytest.mark.parametrize(("nonce", "said"), [(1, "Nothing of ours waits"), (7, "Nothing of ours waits")])
def test_cancel_nonce__nothing_waits_for_it__signs_nothing(nonce: int, said: str) -> None:
    stage = Stage()
    with pytest.raises(NothingToCancel, match=said):
        stage.cancel(nonce)
    assert len(stage.txs) == len(waiting_txs(stage.oracle.store, stage.chain.sender)) == 1


def test_cancel_nonce__mined_or_at_the_cap__signs_nothing() -> None:
    stage = Stage(most_fee=1)
    with pytest.raises(NothingToCancel, match="MILEPOST_MOST_FEE_GWEI"):
        stage.cancel()
    stage.chain.pool.base_fee = 0
    stage.chain.mine()
    with pytest.raises(NothingToCancel, match="is mined; the next is 1"):
        stage.cancel()
    assert len(stage.txs) == 1


def test_cancel_nonce__node_knows_it_already__is_as_good_as_sent() -> None:
    """Of several nodes one may have told the others."""
    stage = Stage()
    send = stage.chain.send

    def send_twice(raw: bytes) -> None:
        send(raw)
        send(raw)

    stage.chain.send = send_twice
    assert stage.cancel().state is ACCEPTED
