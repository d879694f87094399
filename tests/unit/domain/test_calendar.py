"""Day numbers and last valid days, against vectors of the programmes and a count in single days."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.calendar import (
    Align,
    add_months,
    date_of,
    day_number,
    end_of,
    last_valid_day,
    local_day,
    local_minute,
    shown_instant,
    void_at,
    weekday_of,
)
from milepost.domain.errors import DayOutOfRange, MonthsOutOfRange

days = st.dates(date(1990, 1, 1), date(2120, 12, 31))
ONE_DAY = timedelta(days=1)


def _month_later(day: date) -> tuple[int, int]:
    return (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)


def _add_months_by_steps(day: date, months: int) -> date:
    first = day.replace(day=1)
    for _ in range(months):
        first = date(*_month_later(first), 1)
    for wanted in range(day.day, 0, -1):
        try:
            return first.replace(day=wanted)
        except ValueError:
            continue
    raise AssertionError("every month has a first day")


def _unit(align: Align, day: date) -> tuple[int, ...]:
    return {
        Align.DAY: (day.toordinal(),),
        Align.MONTH: (day.year, day.month),
        Align.QUARTER: (day.year, (day.month + 2) // 3),
        Align.YEAR: (day.year,),
    }[align]


def _end_by_steps(align: Align, day: date) -> date:
    while _unit(align, day + ONE_DAY) == _unit(align, day):
        day += ONE_DAY
    return day


def test_day_number__first_days__count_from_0() -> None:
    assert [day_number(date(1990, 1, 1)), day_number(date(1990, 1, 2)), day_number(date(1991, 1, 1))] == [
        0,
        1,
        365,
    ]


@given(days)
def test_date_of__any_day__is_the_inverse(day: date) -> None:
    assert date_of(day_number(day)) == day


@given(days)
def test_weekday_of__any_day__is_the_calendars(day: date) -> None:
    assert weekday_of(day_number(day)) == day.weekday()


@pytest.mark.parametrize("day", [date(1989, 12, 31), date(1, 1, 1)])
def test_day_number__before_1990__is_refused(day: date) -> None:
    with pytest.raises(DayOutOfRange, match="1990-01-01"):
        day_number(day)


@pytest.mark.parametrize("number", [-1, -(10**9), 10**9, 10**30])
def test_date_of__off_the_calendar__is_refused(number: int) -> None:
    with pytest.raises(DayOutOfRange):
        date_of(number)


@given(days, st.integers(1, 600))
def test_add_months__any_day__is_counting_month_by_month(day: date, months: int) -> None:
    assert add_months(day, months) == _add_months_by_steps(day, months)


def test_add_months__every_month_end_of_a_leap_cycle__is_counting_month_by_month() -> None:
    for ordinal in range(date(2095, 12, 1).toordinal(), date(2104, 4, 1).toordinal()):
        day = date.fromordinal(ordinal)
        if (day + ONE_DAY).day <= 4:
            for months in (1, 2, 3, 11, 12, 24, 36, 48):
                assert add_months(day, months) == _add_months_by_steps(day, months)


def test_add_months__beyond_the_year_9999__is_refused() -> None:
    with pytest.raises(DayOutOfRange):
        add_months(date(9999, 12, 1), 1)


@given(days, st.sampled_from(Align))
def test_end_of__any_day__is_counting_day_by_day(day: date, align: Align) -> None:
    assert end_of(align, day) == _end_by_steps(align, day)


@pytest.mark.parametrize(
    ("months", "align", "earned", "last"),
    [
        (36, Align.MONTH, "2006-05-23", "2009-05-31"),
        (36, Align.MONTH, "2008-02-29", "2011-02-28"),
        (36, Align.MONTH, "2009-02-01", "2012-02-29"),
        (24, Align.DAY, "2008-02-29", "2010-02-28"),
        (24, Align.DAY, "2006-02-28", "2008-02-28"),
        (36, Align.YEAR, "2006-01-01", "2009-12-31"),
        (36, Align.YEAR, "2006-12-31", "2009-12-31"),
        (36, Align.QUARTER, "2008-01-01", "2011-03-31"),
        (36, Align.QUARTER, "2008-03-31", "2011-03-31"),
        (36, Align.DAY, "2018-05-14", "2021-05-14"),
        (18, Align.DAY, "2020-08-31", "2022-02-28"),
        (18, Align.DAY, "2022-08-31", "2024-02-29"),
        (18, Align.DAY, "2020-03-31", "2021-09-30"),
    ],
)
def test_last_valid_day__vectors_of_the_programmes__agree(
    months: int, align: Align, earned: str, last: str
) -> None:
    found = last_valid_day(day_number(date.fromisoformat(earned)), months, align)
    assert date_of(found).isoformat() == last


@given(days, days, st.integers(1, 600), st.sampled_from(Align))
def test_last_valid_day__earned_later__never_lapses_earlier(
    a: date, b: date, months: int, align: Align
) -> None:
    first, second = sorted((day_number(a), day_number(b)))
    assert last_valid_day(first, months, align) <= last_valid_day(second, months, align)


@pytest.mark.parametrize("months", [0, -1, 601])
def test_last_valid_day__months_no_rule_may_have__is_refused(months: int) -> None:
    with pytest.raises(MonthsOutOfRange, match="1 to 600"):
        last_valid_day(0, months, Align.DAY)


def _unix(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


@pytest.mark.parametrize(
    ("instant", "offset_minutes", "day"),
    [
        ("2008-05-31T14:59:59Z", 540, "2008-05-31"),
        ("2008-05-31T15:00:00Z", 540, "2008-06-01"),
        ("2008-03-31T18:29:59Z", 330, "2008-03-31"),
        ("2008-03-31T18:30:00Z", 330, "2008-04-01"),
        ("2021-05-31T16:00:00Z", 480, "2021-06-01"),
        ("2008-03-01T05:59:59Z", -360, "2008-02-29"),
    ],
)
def test_local_day__about_midnight__follows_the_offset(instant: str, offset_minutes: int, day: str) -> None:
    assert date_of(local_day(_unix(instant), offset_minutes)).isoformat() == day


def test_local_day__before_1990__is_refused() -> None:
    with pytest.raises(DayOutOfRange):
        local_day(_unix("1990-01-01T00:00:00Z"), -1)


@given(st.datetimes(datetime(1990, 1, 2), datetime(2120, 1, 1)), st.integers(-840, 840))
def test_local_minute__any_instant__is_the_local_clocks(naive: datetime, offset_minutes: int) -> None:
    instant = naive.replace(tzinfo=UTC, microsecond=0)
    local = instant + timedelta(minutes=offset_minutes)
    assert local_minute(int(instant.timestamp()), offset_minutes) == local.hour * 60 + local.minute
    assert date_of(local_day(int(instant.timestamp()), offset_minutes)) == local.date()


@pytest.mark.parametrize(
    ("last", "offset_minutes", "void"),
    [
        ("2009-05-31", 540, "2009-05-31T15:00:00Z"),
        ("2010-02-28", -360, "2010-03-01T06:00:00Z"),
        ("2011-03-31", 330, "2011-03-31T18:30:00Z"),
    ],
)
def test_void_at__vectors_of_the_programmes__agree(last: str, offset_minutes: int, void: str) -> None:
    assert void_at(day_number(date.fromisoformat(last)), offset_minutes) == _unix(void)


@given(days, st.integers(-840, 840))
def test_void_at__any_last_day__is_its_last_second_plus_1(last: date, offset_minutes: int) -> None:
    number = day_number(last)
    instant = void_at(number, offset_minutes)
    assert [local_day(instant - 1, offset_minutes), local_day(instant, offset_minutes)] == [
        number,
        number + 1,
    ]


def test_shown_instant__unix_second__is_utc() -> None:
    assert shown_instant(1_526_274_000) == "2018-05-14T05:00:00Z"
