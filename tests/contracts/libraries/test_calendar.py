"""CalendarLib: the last valid day of every day there is.

given a rule of months and alignment
  when miles are earned on any day from 1990 to 2120   then it is end_of(align, add_months(day, months))
  when that would be beyond the numbered days            then it is the last one that a lot can name
given an instant and a UTC offset
  when it is the first or last second of a local day     then the day is that one
given the vectors of the programmes
  when a ledger of that rule is asked                    then it gives the published last day
"""

from datetime import date

import pytest
from ape.managers.project import ProjectManager

from milepost.domain.calendar import Align, day_number, last_valid_day, local_day, void_at
from milepost.domain.lots import MOST_LAST_DAY
from tests.support.evm import ADMIN, Evm, EvmContract
from tests.support.ledger_rules import deploy_ledger, lots_of, some_settings

ALIGNS = tuple(Align)
RULES = [(36, "day"), (36, "month"), (36, "quarter"), (36, "year"), (1, "day"), (18, "day"), (600, "year")]
LAST = day_number(date(2120, 12, 31))
A_CALL = 2_000


@pytest.fixture(scope="module")
def calendar(clock: int, project: ProjectManager) -> EvmContract:
    return Evm(project).deploy("Calendar__Harness")


@pytest.mark.parametrize(("months", "align"), RULES)
def test_last_day_of__every_day_to_2120__is_the_formulas(
    calendar: EvmContract, months: int, align: str
) -> None:
    for first in range(0, LAST + 1, A_CALL):
        count = min(A_CALL, LAST + 1 - first)
        expected = tuple(
            min(last_valid_day(day, months, Align(align)), MOST_LAST_DAY)
            for day in range(first, first + count)
        )
        assert calendar.lastDaysOf(first, count, months, ALIGNS.index(Align(align))) == expected


def test_last_day_of__beyond_the_numbered_days__is_the_last_of_them(calendar: EvmContract) -> None:
    assert calendar.lastDaysOf(65_533, 3, 1, 0) == (65_534,) * 3


@pytest.mark.parametrize("offset", [480, -300, 330, 0, 840, -840])
@pytest.mark.parametrize("day", [date(1990, 1, 2), date(2008, 2, 29), date(2100, 3, 1)])
def test_day_of__edges_of_a_local_day__belong_to_it(calendar: EvmContract, offset: int, day: date) -> None:
    number = day_number(day)
    first = void_at(number - 1, offset)
    for instant, expected in ((first - 1, number - 1), (first, number), (first + 86_399, number)):
        assert calendar.dayOf(instant, offset) == expected == local_day(instant, offset)


# earned, months, align, last; programmes.md "Vectors".
PUBLISHED = [
    ("2006-05-23", 540, 36, 1, "2009-05-31"),
    ("2008-02-29", 540, 36, 1, "2011-02-28"),
    ("2009-02-01", 540, 36, 1, "2012-02-29"),
    ("2008-02-29", -360, 24, 0, "2010-02-28"),
    ("2006-02-28", -360, 24, 0, "2008-02-28"),
    ("2006-01-01", 480, 36, 3, "2009-12-31"),
    ("2006-12-31", 480, 36, 3, "2009-12-31"),
    ("2007-01-01", 480, 36, 3, "2010-12-31"),
    ("2008-01-01", 330, 36, 2, "2011-03-31"),
    ("2008-02-29", 330, 36, 2, "2011-03-31"),
    ("2008-03-31", 330, 36, 2, "2011-03-31"),
    ("2008-04-01", 330, 36, 2, "2011-06-30"),
]


@pytest.mark.parametrize(("earned", "offset", "months", "align", "last"), PUBLISHED)
def test_last_day_of__published_examples__are_met_at_both_ends_of_the_day(
    clock: int, project: ProjectManager, earned: str, offset: int, months: int, align: int, last: str
) -> None:
    ledger = deploy_ledger(Evm(project), ADMIN, some_settings(offset), [lots_of(months, align)])
    day = day_number(date.fromisoformat(earned))
    first_second = void_at(day - 1, offset)
    for instant in (first_second, first_second + 86_399):
        assert ledger.lastDayOf(instant) == day_number(date.fromisoformat(last))
        assert ledger.dayOf(instant) == day
