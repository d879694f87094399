"""An entry's word is laid out as the format draws it, and reads back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.codec.entry import entry_of_word, entry_word, seal_entry
from milepost.codec.facts import canonical_facts, facts16
from milepost.domain.errors import FieldOutOfRange
from milepost.domain.purchase import PurchaseKind
from milepost.domain.report import Entry
from tests.support.purchases import a_purchase, an_entry


def _bits(bits: int) -> st.SearchStrategy[int]:
    return st.integers(0, (1 << bits) - 1)


entries = st.builds(
    Entry,
    member=_bits(40),
    eligible_minor=_bits(40),
    seconds=_bits(24),
    outlet=_bits(12),
    kind=st.sampled_from(PurchaseKind),
    offset_choice=_bits(1),
    channel=_bits(2),
    party=_bits(6),
    facts=st.binary(min_size=16, max_size=16),
)


@given(entries)
def test_entry_of_word__any_word__is_the_inverse(entry: Entry) -> None:
    assert entry_of_word(entry_word(entry)) == entry


def test_entry_word__one_bit_a_field__stands_where_the_format_says() -> None:
    entry = an_entry(
        member=1, eligible_minor=1, seconds=1, outlet=1, kind=PurchaseKind.AMEND, offset_choice=1, channel=1,
        party=1, facts=bytes(15) + b"\x01",
    )  # fmt: skip
    assert entry_word(entry) == sum(1 << shift for shift in (216, 176, 152, 140, 138, 137, 135, 129, 0))


@pytest.mark.parametrize(
    "changes",
    [
        {"member": 1 << 40},
        {"eligible_minor": 1 << 40},
        {"seconds": -1},
        {"seconds": 1 << 24},
        {"outlet": 1 << 12},
    ],
)
def test_entry_word__number_beyond_its_field__is_refused(changes: dict[str, int]) -> None:
    with pytest.raises(FieldOutOfRange):
        entry_word(an_entry(**changes))


def test_entry_of_word__spare_bit_set__is_refused() -> None:
    with pytest.raises(FieldOutOfRange, match="spare"):
        entry_of_word(entry_word(an_entry()) | 1 << 128)


def test_seal_entry__usual_bill__keeps_what_the_contract_judges() -> None:
    purchase, salt = a_purchase(party_size=70, channel="delivery"), b"s" * 32
    entry = seal_entry(
        purchase, member=7, outlet=2, offset_choice=1, base_time=purchase.occurred_at_s - 9, salt=salt
    )
    facts = facts16(salt, canonical_facts(purchase))
    assert entry == Entry(7, 59_600, 9, 2, PurchaseKind.SALE, 1, 3, 63, facts)
