"""Says where in each programme's calendar the history is put, and which days of it matter.

The rules of some programmes change on a day long after 1998, so the history is moved there by whole days.
`purchases.py` moves the purchases, `life.py` the chain's clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from milepost.demo.history.feed import FIRST_DAY
from milepost.domain.calendar import add_months, date_of, day_number, void_at
from milepost.domain.quantities import DayNumber

MONTHS_OF_PURCHASES = 18
MONTHS_AFTER = 36
MONTHS = MONTHS_OF_PURCHASES + MONTHS_AFTER
"""Calendar months that are watched: eighteen of purchases, then three years."""

_MONTHS_A_QUARTER = 3
_NOON_S = 12 * 3600


@dataclass(frozen=True, slots=True)
class Place:
    """Where the history lies for a programme, named as its file in `programmes/`.

    Shape: `first_day` takes the place of 1997-01-01 and begins a quarter; `why` it was chosen.
    """

    programme: str
    first_day: date
    why: str

    @property
    def shift_days(self) -> int:
        """Whole days by which every purchase is moved."""
        return (self.first_day - FIRST_DAY).days

    @property
    def end(self) -> date:
        """The day at whose first second the balances are read: nothing happens any more."""
        return add_months(self.first_day, MONTHS)

    def quarter_days(self) -> Iterator[date]:
        """The first day of each quarter between the first day and the end, both left out."""
        for months in range(_MONTHS_A_QUARTER, MONTHS, _MONTHS_A_QUARTER):
            yield add_months(self.first_day, months)

    def month_of(self, day: DayNumber) -> int:
        """The calendar month a day lies in, 1 for that of the first day.

        Shape: miles that lapse do so in the month of their last valid day.
        """
        found, first = date_of(day), self.first_day
        return (found.year - first.year) * 12 + found.month - first.month + 1


def begins(day: date, utc_offset_minutes: int) -> int:
    """The first second of a local day. Units: unix seconds."""
    return void_at(DayNumber(day_number(day) - 1), utc_offset_minutes)


def noon(day: date, utc_offset_minutes: int) -> int:
    """Twelve o'clock of a local day. Units: unix seconds."""
    return begins(day, utc_offset_minutes) + _NOON_S


_AS_IT_IS = "one rule for all days: the years of the file"
_CHANGE = "the rule changes on {}, after the first three months"

PLACES = (
    Place("ana", FIRST_DAY, _AS_IT_IS),
    Place("rapid-rewards", FIRST_DAY, _AS_IT_IS),
    Place("enrich", FIRST_DAY, _AS_IT_IS),
    Place("jpprivilege", FIRST_DAY, _AS_IT_IS),
    Place("onepass", FIRST_DAY, _AS_IT_IS),
    Place("asia-miles-2018", FIRST_DAY, _AS_IT_IS),
    Place("garuda", date(2007, 1, 1), "nothing lapses before 2008-12-31, so the first year meets that day"),
    Place("skymiles", date(2006, 10, 1), _CHANGE.format("2007-01-01")),
    Place("garuda-2011", date(2010, 10, 1), _CHANGE.format("2011-01-01")),
    Place("asia-miles-2020", date(2019, 10, 1), _CHANGE.format("2020-01-01")),
)
"""All ten, those by the years of the file first."""


def stated_days() -> str:
    """By how many whole days the history is moved, and why, in words."""
    moved = [place for place in PLACES if place.shift_days]
    return (
        "- Days: the years of the file"
        + "".join(
            f"; for {place.programme} {place.shift_days:,} days later, from {place.first_day}: {place.why}"
            for place in moved
        )
        + ".\n"
    )
