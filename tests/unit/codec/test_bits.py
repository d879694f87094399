"""Packing puts the first field in the most significant bits and refuses what does not fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.codec.bits import pack, unpack
from milepost.domain.errors import FieldOutOfRange

fields = st.lists(
    st.integers(1, 128).flatmap(lambda bits: st.tuples(st.integers(0, (1 << bits) - 1), st.just(bits))),
    min_size=1,
    max_size=8,
)


def test_pack__two_bytes__first_is_most_significant() -> None:
    assert pack([("a", 0x12, 8), ("b", 0x34, 8)]) == 0x1234


@given(fields)
def test_unpack__packed_fields__come_back(pairs: list[tuple[int, int]]) -> None:
    word = pack((f"field {i}", value, bits) for i, (value, bits) in enumerate(pairs))
    assert unpack(word, [bits for _, bits in pairs]) == [value for value, _ in pairs]


@pytest.mark.parametrize("value", [-1, 256])
def test_pack__beyond_its_width__is_refused_by_name(value: int) -> None:
    with pytest.raises(FieldOutOfRange, match=r"outlet is .* 0 to 255"):
        pack([("outlet", value, 8)])
