"""Fees of replacements: an eighth more in both fields, the market's if that is more, never above the cap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.pipeline.bump_fees import GWEI, Bumping
from milepost.ports import SignedTx, StoredTx, TxFees, TxState

_fee = st.integers(0, 10**12)


def _tx(fees: TxFees | None) -> StoredTx:
    return StoredTx(SignedTx("0x0", 0, b"", b"", fees), b"", TxState.ACCEPTED)


@given(most=_fee, part=st.integers(0, 100), market=_fee, market_part=st.integers(0, 100), cap=_fee)
def test_raised__any_fees__are_an_eighth_more_and_within_the_cap(
    most: int, part: int, market: int, market_part: int, cap: int
) -> None:
    before = TxFees(most, most * part // 100, 7)
    now = TxFees(market, market * market_part // 100, 9)
    raised = Bumping(most_fee=cap).raised(before, now)
    if raised is None:
        assert max(most * 9, most * 8 + 8) > cap * 8
        return
    assert raised.as_of == 9
    assert before.priority is not None and now.priority is not None and raised.priority is not None
    assert raised.most <= cap and raised.priority <= raised.most
    assert raised.most * 8 >= before.most * 9 and raised.most > before.most
    assert raised.priority * 8 >= before.priority * 9 and raised.priority > before.priority
    assert raised.most >= min(now.most, cap)


def test_raised__no_base_fee_on_the_chain__raises_the_price() -> None:
    raised = Bumping(most_fee=1_000).raised(TxFees(800, None, 0), TxFees(10, None, 5))
    assert raised == TxFees(900, None, 5)
    assert Bumping(most_fee=899).raised(TxFees(800, None, 0), TxFees(10, None, 5)) is None


def test_raised__fees_not_known__are_the_markets() -> None:
    assert Bumping(most_fee=50).raised(None, TxFees(80, 60, 5)) == TxFees(50, 50, 5)


def test_first__market_above_the_cap__is_the_cap() -> None:
    assert Bumping(most_fee=GWEI).first(TxFees(3 * GWEI, 2, 5)) == TxFees(GWEI, 2, 5)


@pytest.mark.parametrize(
    ("after_s", "as_of", "is_due"), [(60, 159, False), (60, 160, True), (0, 10_000, False), (1, 101, True)]
)
def test_is_due__time_by_the_chain__decides(after_s: int, as_of: int, is_due: bool) -> None:
    assert Bumping(after_s=after_s).is_due(_tx(TxFees(1, 1, 100)), TxFees(1, 1, as_of)) is is_due


def test_is_due__fees_not_known__is_due_unless_nothing_is_replaced() -> None:
    assert Bumping().is_due(_tx(None), TxFees(1, 1, 0))
    assert not Bumping(after_s=0).is_due(_tx(None), TxFees(1, 1, 0))
