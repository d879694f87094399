"""A settlement's results read back, and bytes of another form are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.codec.results import decode_results, encode_results
from milepost.domain.errors import ResultsMalformed
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.receipt import Grant, Settled

grants = st.builds(
    Grant,
    st.integers(1, 65_535),
    st.sampled_from(Cut),
    st.integers(0, (1 << 22) - 1),
    st.integers(0, (1 << 22) - 1),
)
settled = st.builds(
    Settled,
    st.sampled_from(Outcome),
    st.integers(0, (1 << 28) - 1),
    st.integers(0, 65_535),
    st.lists(grants, max_size=4).map(tuple),
)


@given(st.lists(settled, max_size=10))
def test_decode_results__any_results__are_the_inverse(all_settled: list[Settled]) -> None:
    assert decode_results(encode_results(all_settled)) == all_settled


def test_encode_results__one_grant__stands_as_the_format_says() -> None:
    one = Settled(Outcome.CUT_BY_PREPAID, 150, 10_363, (Grant(2, Cut.PREPAID, 500, 3),))
    grant = 2 << 48 | 12 << 44 | 500 << 22 | 3
    assert encode_results([one]).hex() == "01" + "00000096" + "287b" + "01" + f"{grant:016x}"


@pytest.mark.parametrize(
    "changed",
    [
        "00",
        "00000000960000",
        "0000000096287b01",
        "0f00000000000000",
        "0000000096287b05" + "00" * 40,
        "0000000096287b01" + f"{1 << 48 | 13 << 44:016x}",
    ],
    ids=["one byte", "7 bytes", "no grant", "outcome 15", "five grants", "cut 13"],
)
def test_decode_results__other_form__is_refused(changed: str) -> None:
    with pytest.raises(ResultsMalformed):
        decode_results(bytes.fromhex(changed))
