"""The figures that are computed, not counted."""

import pytest

from milepost.demo.facts import percentile


@pytest.mark.parametrize(
    ("percent", "expected"), [(1, 0.1), (50, 0.5), (51, 0.6), (95, 1.0), (90, 0.9), (100, 1.0)]
)
def test_percentile__of_ten_values__is_the_smallest_that_so_many_do_not_exceed(
    percent: int, expected: float
) -> None:
    assert percentile([n / 10 for n in range(10, 0, -1)], percent) == expected


def test_percentile__of_nothing__is_zero() -> None:
    assert percentile([], 95) == 0
