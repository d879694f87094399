"""The pool in memory refuses what nodes refuse."""

import pytest

from milepost.ports import TxAlreadyKnown, TxFees, TxFeeTooLow, TxNonceTooLow, TxNotReplaced
from milepost.testing.fake_pool import FakePool, carried_by, nonce_of, raw_tx, repriced


def _raw(most: int, priority: int, nonce: int = 3) -> bytes:
    return raw_tx(nonce, b"report", b"signatures", fees=TxFees(most, priority, 0))


def test_repriced__other_fees__carries_the_same() -> None:
    raw = repriced(_raw(10, 5), TxFees(20, 6, 0))
    assert raw == _raw(20, 6)
    assert (nonce_of(raw), carried_by(raw)) == (3, (b"report", b"signatures"))


@pytest.mark.parametrize(
    ("most", "priority", "error"),
    [(100, 50, TxAlreadyKnown), (109, 60, TxNotReplaced), (120, 54, TxNotReplaced), (110, 55, None)],
)
def test_add__another_tx_of_the_nonce__must_pay_a_tenth_more_in_both(
    most: int, priority: int, error: type[Exception] | None
) -> None:
    pool = FakePool()
    pool.add(_raw(100, 50))
    if error is None:
        pool.add(_raw(most, priority))
        assert pool.txs[3] == _raw(most, priority)
        return
    with pytest.raises(error):
        pool.add(_raw(most, priority))
    assert pool.txs[3] == _raw(100, 50)


def test_add__node_without_replacement_or_for_more__refuses() -> None:
    pool = FakePool(replaces=False)
    pool.add(_raw(100, 50))
    with pytest.raises(TxNonceTooLow):
        pool.add(_raw(200, 100))
    with pytest.raises(TxFeeTooLow):
        FakePool(base_fee=101, refuses_cheap=True).add(_raw(100, 50))


def test_take__below_the_base_fee__waits() -> None:
    pool = FakePool(base_fee=101)
    pool.add(_raw(100, 50))
    assert (pool.take(3), pool.next_nonce(3)) == (None, 4)
    pool.base_fee = 100
    assert (pool.take(3), pool.take(3)) == (_raw(100, 50), None)
    pool.use(4)
    assert pool.take(4) == b""
