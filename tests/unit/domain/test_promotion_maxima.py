"""The maxima are what the fields on chain hold."""

import pytest

from milepost.domain import promotion_maxima as maxima
from milepost.domain.promotion_terms import NO_BUDGET


@pytest.mark.parametrize(
    ("most", "bits"),
    [
        (maxima.MOST_AMOUNT_MINOR, 40),
        (maxima.MOST_CEILING, 24),
        (maxima.MOST_VISITS, 12),
        (maxima.MOST_AWARDS_A_DAY, 8),
        (maxima.MOST_AWARDS_A_MEMBER, 16),
        (maxima.MOST_AWARDS, 32),
        (maxima.MOST_SEGMENT, 5),
    ],
)
def test_maxima__of_a_field__are_all_its_ones(most: int, bits: int) -> None:
    assert most == (1 << bits) - 1


def test_most_budget__one_less__than_none() -> None:
    assert maxima.MOST_BUDGET == NO_BUDGET - 1
