"""The numbers that the long demos take: whole, and from 1."""

import argparse

import pytest

from milepost.demo.options import count


def test_count__from_one__is_that_number() -> None:
    assert (count("1"), count("200")) == (1, 200)


@pytest.mark.parametrize("text", ["0", "-3"])
def test_count__below_one__is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=f"{text} is no number from 1"):
        count(text)
