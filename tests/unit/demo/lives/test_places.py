"""Where the history lies in each programme's calendar: moved by whole days, across the days rules change."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from milepost.catalogue import load_programme
from milepost.demo.history.feed import FIRST_DAY
from milepost.demo.lives.places import MONTHS, PLACES, Place, begins, noon, stated_days
from milepost.domain.calendar import day_number, local_day, local_minute

PROGRAMMES = Path(__file__).parents[4] / "programmes"
LAST_DAY = date(1998, 6, 30)
BY_PROGRAMME = {place.programme: place for place in PLACES}


def test_places__are__the_ten_programmes_once() -> None:
    assert len(PLACES) == 10
    assert set(BY_PROGRAMME) == {path.stem for path in PROGRAMMES.glob("*.yaml")}


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.programme)
def test_place__each_change_of_a_rule__lies_among_the_purchases(place: Place) -> None:
    last_day = LAST_DAY + timedelta(days=place.shift_days)
    for version in load_programme(PROGRAMMES / f"{place.programme}.yaml").versions[1:]:
        assert version.from_day is not None
        assert place.first_day < version.from_day < last_day


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.programme)
def test_quarter_days__of_a_place__begin_quarters_up_to_the_end(place: Place) -> None:
    days = list(place.quarter_days())
    assert place.first_day.month in (1, 4, 7, 10) and place.first_day.day == 1
    assert {(day.month - 1) % 3 for day in days} == {0} and {day.day for day in days} == {1}
    assert place.first_day < days[0] and days[-1] < place.end
    assert len(days) == MONTHS // 3 - 1


def test_shift_days__skymiles__puts_the_first_purchase_before_2007() -> None:
    place = BY_PROGRAMME["skymiles"]
    assert FIRST_DAY + timedelta(days=place.shift_days) == date(2006, 10, 1)
    assert place.shift_days == 3_560
    assert place.end == date(2011, 4, 1)


def test_month_of__days_around_the_months_end__count_from_one() -> None:
    place = BY_PROGRAMME["skymiles"]
    days = (date(2006, 10, 1), date(2006, 10, 31), date(2006, 11, 1), date(2007, 10, 1), date(2011, 3, 31))
    assert [place.month_of(day_number(day)) for day in days] == [1, 1, 2, 13, MONTHS]


@pytest.mark.parametrize("offset", [540, -360, 330])
def test_begins__a_local_day__is_its_first_second(offset: int) -> None:
    day = date(2009, 5, 31)
    first = begins(day, offset)
    assert local_day(first, offset) == day_number(day)
    assert local_day(first - 1, offset) == day_number(day) - 1
    assert local_minute(noon(day, offset), offset) == 12 * 60


def test_stated_days__name_every_programme_that_is_moved() -> None:
    words = stated_days()
    moved = [place.programme for place in PLACES if place.shift_days]
    assert moved == ["garuda", "skymiles", "garuda-2011", "asia-miles-2020"]
    for place in moved:
        assert f"for {place} {BY_PROGRAMME[place].shift_days:,} days later" in words
