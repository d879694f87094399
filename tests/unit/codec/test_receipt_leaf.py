"""The three words of a leaf are laid out as the format draws them."""

import pytest
from eth_utils.crypto import keccak

from milepost.codec.receipt_leaf import accrual_word, entry_word, grants_word, leaf, leaf_of, receipt_words
from milepost.domain.errors import FieldOutOfRange
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.receipt import Grant, Settled
from tests.support.purchases import a_receipt

GRANT = Grant(1, Cut.PER_PURCHASE, 1, 1)


def test_accrual_word__one_bit_a_field__stands_where_the_format_says() -> None:
    settled = Settled(Outcome.CUT_BY_PREPAID, 1, 1, (), debt_offset=1)
    word = accrual_word(settled, partner_id=1, number=1, base_time=1)
    assert word == sum(1 << shift for shift in (248, 224, 184, 144, 112, 96, 88, 56))


@pytest.mark.parametrize(("count", "shifts"), [(0, ()), (1, (192,)), (2, (192, 128)), (4, (192, 128, 64, 0))])
def test_grants_word__some_grants__first_is_most_significant(count: int, shifts: tuple[int, ...]) -> None:
    one = 1 << 48 | 1 << 44 | 1 << 22 | 1
    assert grants_word((GRANT,) * count) == sum(one << shift for shift in shifts)


def test_grants_word__five__are_refused() -> None:
    with pytest.raises(FieldOutOfRange, match="number of grants"):
        grants_word((GRANT,) * 5)


@pytest.mark.parametrize("grant", [Grant(1 << 16, Cut.NONE, 1, 1), Grant(1, Cut.NONE, 1 << 22, 1)])
def test_grants_word__number_beyond_its_field__is_refused(grant: Grant) -> None:
    with pytest.raises(FieldOutOfRange):
        grants_word((grant,))


def test_leaf__three_words__is_hashed_twice() -> None:
    data = b"".join(word.to_bytes(32, "big") for word in (1, 2, 3))
    assert leaf(1, 2, 3) == keccak(keccak(data))


def test_leaf_of__receipt__is_the_leaf_of_its_words() -> None:
    receipt = a_receipt()
    entry, _, grants = receipt_words(receipt)
    assert (entry, grants) == (entry_word(receipt.entry), grants_word(receipt.settled.grants))
    assert leaf_of(receipt) == leaf(*receipt_words(receipt)) == receipt.leaf
