from datetime import date

import pytest
from pydantic_core import PydanticCustomError

from milepost.catalogue.scalars import (
    parse_day,
    parse_decimal,
    parse_minute,
    parse_utc_offset,
    parse_weekday,
    shown,
    to_units,
)


@pytest.mark.parametrize("text", ["1990-01-01", "2016-02-29", "2120-12-31"])
def test_parse_day__a_day_within_bounds__is_read(text: str) -> None:
    assert parse_day(text) == date.fromisoformat(text)


@pytest.mark.parametrize(
    "value", ["1989-12-31", "2121-01-01", "2015-02-29", "20210501", "2021-5-1", 20210501, None, ""]
)
def test_parse_day__anything_else__is_refused(value: object) -> None:
    with pytest.raises(PydanticCustomError):
        parse_day(value)


@pytest.mark.parametrize(("text", "minute"), [("00:00", 0), ("11:05", 665), ("24:00", 1440)])
def test_parse_minute__a_time__is_a_minute_of_the_day(text: str, minute: int) -> None:
    assert parse_minute(text) == minute


@pytest.mark.parametrize("value", ["24:01", "11:60", "7:00", "11", 1100, "11:00:00", None])
def test_parse_minute__anything_else__is_refused(value: object) -> None:
    with pytest.raises(PydanticCustomError):
        parse_minute(value)


@pytest.mark.parametrize(
    ("text", "minutes"), [("+08:00", 480), ("-14:00", -840), ("+05:45", 345), ("-00:30", -30)]
)
def test_parse_utc_offset__an_offset__is_in_minutes(text: str, minutes: int) -> None:
    assert parse_utc_offset(text) == minutes


@pytest.mark.parametrize("value", ["+14:01", "-15:00", "08:00", "+8:00", "+08:60", "Z", 8, None])
def test_parse_utc_offset__anything_else__is_refused(value: object) -> None:
    with pytest.raises(PydanticCustomError):
        parse_utc_offset(value)


@pytest.mark.parametrize(("value", "text"), [("600.00", "600.00"), (600, "600"), ("0.5", "0.5")])
def test_parse_decimal__a_number__is_kept_as_text(value: object, text: str) -> None:
    assert parse_decimal(value) == text


@pytest.mark.parametrize(
    "value", ["-1", "+1", "1,000", "1e3", ".5", "5.", "$5", "", True, -1, None, "\u0661"]
)
def test_parse_decimal__anything_else__is_refused(value: object) -> None:
    with pytest.raises(PydanticCustomError):
        parse_decimal(value)


@pytest.mark.parametrize(
    ("text", "decimals", "units"),
    [("4.00", 2, 400), ("4", 2, 400), ("4.000", 2, 400), ("1000", 0, 1000), ("0.001", 3, 1)],
)
def test_to_units__as_fine_as_the_unit__is_exact(text: str, decimals: int, units: int) -> None:
    assert to_units(text, decimals) == units


@pytest.mark.parametrize(("text", "decimals"), [("4.001", 2), ("0.5", 0), ("1.0001", 3)])
def test_to_units__finer_than_the_unit__is_refused(text: str, decimals: int) -> None:
    with pytest.raises(ValueError, match=text):
        to_units(text, decimals)


def test_to_units__many_digits__loses_none() -> None:
    assert to_units("123456789012345678.123456789012345678", 18) == 123456789012345678123456789012345678


def test_parse_weekday__sunday__is_six() -> None:
    assert parse_weekday("sun") == 6
    with pytest.raises(PydanticCustomError, match="known are mon tue"):
        parse_weekday("Sunday")


def test_shown__a_long_value__is_cut() -> None:
    assert len(shown("x" * 500)) == 60
