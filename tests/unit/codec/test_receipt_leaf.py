"""The words of a leaf are laid out as the format draws them."""

from dataclasses import replace

import pytest
from eth_utils.crypto import keccak

from milepost.codec.receipt_leaf import (
    accrual_word,
    amended_word,
    amendment_of_words,
    basis_of_word,
    basis_word,
    entry_word,
    grants_word,
    leaf,
    leaf_of,
    receipt_words,
)
from milepost.domain.errors import FieldOutOfRange, ResultsMalformed
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.receipt import Amendment, Basis, Grant, Settled
from tests.support.purchases import a_receipt

AMENDMENT = Amendment(1, 1, 1, 1, 1, 1)
GRANT = Grant(1, Cut.PER_PURCHASE, 1, 1)


def test_accrual_word__one_bit_a_field__stands_where_the_format_says() -> None:
    settled = Settled(Outcome.CUT_BY_PREPAID, 1, 1, (), debt_offset=1)
    word = accrual_word(settled, partner_id=1, number=1, base_time=1)
    rest = sum(1 << shift for shift in (224, 184, 144, 112, 96, 88, 56))
    assert word == 2 << 248 | rest
    amending = accrual_word(replace(settled, amendment=AMENDMENT), partner_id=1, number=1, base_time=1)
    assert amending == 3 << 248 | rest


def test_basis_word__one_bit_a_field__stands_where_the_format_says() -> None:
    settled = Settled(
        Outcome.REVERSED, 0, 0, counted=1, amendment=replace(AMENDMENT, returned=1), basis=Basis(1, 1, 1)
    )
    word = basis_word(settled)
    assert word == sum(1 << shift for shift in (240, 208, 184, 168, 136))
    added = basis_word(replace(settled, amendment=replace(AMENDMENT, added=1)))
    assert added == word ^ 1 << 136 ^ 1 << 104
    assert basis_of_word(word) == settled.basis


def test_amended_word__one_bit_a_field__stands_where_the_format_says() -> None:
    word = amended_word(AMENDMENT)
    assert word == sum(1 << shift for shift in (216, 176, 136, 96, 84, 72))
    assert amendment_of_words(word, returned=0, added=0) == AMENDMENT
    assert (amended_word(None), amendment_of_words(0, returned=0, added=0)) == (0, None)


@pytest.mark.parametrize("word", [1, 1 << 216 | 1, 1 << 176])
def test_amendment_of_words__spare_bits_or_no_sale__is_refused(word: int) -> None:
    with pytest.raises(ResultsMalformed):
        amendment_of_words(word, returned=0, added=0)


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


def test_leaf__four_words_or_five__is_hashed_twice() -> None:
    words = [word.to_bytes(32, "big") for word in (1, 2, 3, 4, 5)]
    assert leaf(1, 2, 3, 4) == leaf(1, 2, 3, 4, 0) == keccak(keccak(b"".join(words[:4])))
    assert leaf(1, 2, 3, 4, 5) == keccak(keccak(b"".join(words)))


def test_leaf_of__receipt__is_the_leaf_of_its_words() -> None:
    receipt = a_receipt()
    entry, _, grants, _, _ = receipt_words(receipt)
    assert (entry, grants) == (entry_word(receipt.entry), grants_word(receipt.settled.grants))
    assert leaf_of(receipt) == leaf(*receipt_words(receipt)) == receipt.leaf
