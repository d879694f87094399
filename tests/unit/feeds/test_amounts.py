"""Amounts convert exactly or not at all."""

import itertools
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milepost.feeds.amounts import MOST_MINOR, AmountRefused, minor_units, minor_units_of_decimal


@pytest.mark.parametrize("value", [0, 1050, "1050", "0001050", MOST_MINOR, str(MOST_MINOR)])
def test_minor_units__whole_and_fitting__is_read(value: object) -> None:
    assert minor_units(value) == int(value)


@pytest.mark.parametrize(
    "value",
    [
        -1, "-1", "+1", "1.0", 1.0, Decimal(1), "1e3", "", " 1", "\uff11", "1_000", True, None, [], "abc",
        MOST_MINOR + 1, str(MOST_MINOR + 1), "9" * 5_000, 1 << 20_000,
    ],
    # A number of 20,000 bits has no text of its own to be named by.
    ids=itertools.count(),
)  # fmt: skip
def test_minor_units__anything_else__is_refused(value: object) -> None:
    with pytest.raises(AmountRefused):
        minor_units(value)


@pytest.mark.parametrize(
    ("value", "exponent", "minor"),
    [
        ("10.5", 2, 1050),
        ("10.50", 2, 1050),
        ("10.500", 2, 1050),
        ("10", 2, 1000),
        ("0.01", 2, 1),
        ("1234", 0, 1234),
        ("1.234", 3, 1234),
        (10, 2, 1000),
        (Decimal("10.5"), 2, 1050),
        (Decimal("1E+3"), 2, 100_000),
        ("10995116277.75", 2, MOST_MINOR),
    ],
)
def test_minor_units_of_decimal__exact__is_converted(value: object, exponent: int, minor: int) -> None:
    assert minor_units_of_decimal(value, exponent) == minor


@pytest.mark.parametrize(
    ("value", "exponent"),
    [
        ("10.505", 2), ("0.5", 0), ("-1.00", 2), ("1,000.00", 2), ("1e3", 2), (".5", 2), ("5.", 2), ("", 2),
        (Decimal("-1"), 2), (Decimal("NaN"), 2), (Decimal("Infinity"), 2), (Decimal("1E+999999"), 2),
        (Decimal("1E-999999"), 2), ("10995116277.76", 2), (MOST_MINOR + 1, 0), (-1, 2), (True, 2), (None, 2),
        (1.5, 2), ("0" * 50 + "1", 2), (Decimal("1." + "0" * 60), 2),
        # Beyond the 28 digits of Python's usual context.
        ("12." + "0" * 30 + "1", 2), (Decimal("12." + "0" * 30 + "1"), 2),
    ],
)  # fmt: skip
def test_minor_units_of_decimal__anything_else__is_refused(value: object, exponent: int) -> None:
    with pytest.raises(AmountRefused):
        minor_units_of_decimal(value, exponent)


@settings(deadline=None)
@given(st.integers(0, MOST_MINOR), st.sampled_from([0, 2, 3, 4]))
def test_minor_units_of_decimal__written_from_minor_units__gives_them_back(minor: int, exponent: int) -> None:
    whole, part = divmod(minor, 10**exponent)
    text = f"{whole}.{part:0{exponent}d}" if exponent else f"{whole}"
    assert minor_units_of_decimal(text, exponent) == minor
