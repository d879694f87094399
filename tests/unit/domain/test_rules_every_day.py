"""Every rule of the ten programmes on every day from 1990 to 2120, against another library's months.

The days are found a second time by dateutil and by stepping to the end of the unit, as a person would.
"""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta

from milepost.domain.calendar import Align, day_number
from milepost.domain.quantities import DayNumber
from milepost.domain.rules import LATEST_DAY, last_day

FIRST, LAST = date(1990, 1, 1), date(2120, 12, 31)
ONE_DAY = timedelta(days=1)

# The first day after the unit that a day lies in, less one.
END_OF: dict[Align, Callable[[date], date]] = {
    Align.DAY: lambda day: day,
    Align.MONTH: lambda day: day + relativedelta(day=1, months=1) - ONE_DAY,
    Align.QUARTER: lambda day: (
        day + relativedelta(day=1, month=(day.month - 1) // 3 * 3 + 1) + relativedelta(months=3) - ONE_DAY
    ),
    Align.YEAR: lambda day: day + relativedelta(day=31, month=12),
}


@pytest.mark.parametrize(
    ("months", "align"),
    [
        (36, Align.MONTH),
        (24, Align.DAY),
        (36, Align.YEAR),
        (36, Align.QUARTER),
        (18, Align.DAY),
        (12, Align.YEAR),
        (36, Align.DAY),
    ],
)
def test_last_day__every_day_from_1990_to_2120__is_what_dateutil_finds(months: int, align: Align) -> None:
    life, end_of = relativedelta(months=months), END_OF[align]
    differing = [
        day
        for day in (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1))
        if last_day(months, align, day_number(day)) != day_number(end_of(day + life))
    ]
    assert differing == []


@pytest.mark.parametrize("align", Align)
@pytest.mark.parametrize("months", [1, 2, 11, 13, 599, 600])
def test_last_day__other_months_about_month_ends__is_what_dateutil_finds(months: int, align: Align) -> None:
    for year in (1990, 1991, 1992, 1999, 2000, 2096, 2099, 2100, 2104, 2118, 2120):
        for month in range(1, 13):
            start = date(year, month, 1)
            for day in (start, start + timedelta(days=27), start + relativedelta(day=31)):
                expected = day_number(END_OF[align](day + relativedelta(months=months)))
                assert last_day(months, align, day_number(day)) == min(expected, LATEST_DAY), day


def test_last_day__every_day_after_another__never_falls() -> None:
    """Buckets of a rule follow one another: what is earned later never lapses earlier."""
    for align in Align:
        found = [last_day(36, align, DayNumber(day)) for day in range(day_number(LAST) + 1)]
        assert found == sorted(found)
