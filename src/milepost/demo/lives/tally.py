"""Adds up what became of a programme's miles, by calendar month.

`life.py` keeps one tally of what the chain says and one of what the reference model says; `checks.py`
compares them. Nobody's balance is asked for: a lot says itself through which day it lives.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from milepost.demo.lives.places import MONTHS, Place
from milepost.domain.calendar import day_number
from milepost.domain.lots import Lot
from milepost.domain.quantities import DayNumber
from milepost.domain.rules import NEVER

LotSums = Counter[tuple[DayNumber, int, DayNumber]]
"""Miles by last day, version and own day."""


@dataclass(slots=True)
class Tally:
    """Miles by month, 1 being that of the first purchases.

    Shape: `lapsed` in the month of the last valid day; `written_off` of these were taken off the ledger by a
        redemption; `coming` are alive in the end, by the month in which they will lapse if nothing happens.
    """

    place: Place
    earned: Counter[int] = field(default_factory=Counter)
    redeemed: Counter[int] = field(default_factory=Counter)
    lapsed: Counter[int] = field(default_factory=Counter)
    coming: Counter[int] = field(default_factory=Counter)
    never: int = 0
    written_off: int = 0

    @property
    def live(self) -> int:
        """Miles alive in the end."""
        return self.coming.total() + self.never

    @property
    def standing(self) -> int:
        """Miles that the lots held in the end, lapsed ones included."""
        return self.live + self.lapsed.total() - self.written_off

    def earn(self, miles: int, day: DayNumber) -> None:
        self.earned[self.place.month_of(day)] += miles

    def redeem(self, miles: int, day: DayNumber) -> None:
        self.redeemed[self.place.month_of(day)] += miles

    def write_off(self, before: Iterable[Lot], after: Iterable[Lot], *, today: DayNumber) -> None:
        """Count what a redemption of today took off the ledger, of an account's lots before and after it.

        Whether lapsed lots go with a redemption is the ledger's affair: no balance changes by it.
        """
        for (last_day, _, _), miles in (lapsed(before, today) - lapsed(after, today)).items():
            self.lapsed[self.place.month_of(last_day)] += miles
            self.written_off += miles

    def close(self, lots: Iterable[Lot]) -> None:
        """Count an account's lots as they stand at the end."""
        end = day_number(self.place.end)
        for lot in lots:
            if lot.last_day == NEVER:
                self.never += lot.miles
            else:
                by_month = self.lapsed if lot.last_day < end else self.coming
                by_month[self.place.month_of(lot.last_day)] += lot.miles

    def live_by_month(self) -> list[int]:
        """Miles alive after each month, of all months that are watched."""
        live, found = 0, []
        for month in range(1, MONTHS + 1):
            live += self.earned[month] - self.redeemed[month] - self.lapsed[month]
            found.append(live)
        return found


def lapsed(lots: Iterable[Lot], today: DayNumber) -> LotSums:
    """Those that lapsed before today."""
    return joined(lot for lot in lots if lot.last_day < today)


def alive(lots: Iterable[Lot], today: DayNumber) -> LotSums:
    """Those that are alive today."""
    return joined(lot for lot in lots if lot.last_day >= today)


def joined(lots: Iterable[Lot]) -> LotSums:
    """Sums of lots: those that differ in neither last day, version nor own day are one to a reader."""
    found: LotSums = Counter()
    for lot in lots:
        found[lot.last_day, lot.version, lot.own_day] += lot.miles
    return found
