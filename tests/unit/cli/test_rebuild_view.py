"""Showing what rebuilding did."""

import pytest

from milepost.cli.rebuild_view import spans


@pytest.mark.parametrize(
    ("numbers", "text"),
    [((), ""), ((7,), "7"), ((3, 4, 5), "3-5"), ((1, 3, 4, 9), "1, 3-4, 9")],
)
def test_spans__rising_numbers__are_written_short(numbers: tuple[int, ...], text: str) -> None:
    assert spans(numbers) == text
