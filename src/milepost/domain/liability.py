"""Adds up what a programme owes its members: by month of expiry, by tier and by funding partner.

Stating the liability feeds it account by account; the sums are what finance reads.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from milepost.domain.attribution import Parcel
from milepost.domain.calendar import date_of
from milepost.domain.quantities import DayNumber, MemberId, Miles, PartnerId
from milepost.domain.rules import NEVER
from milepost.domain.standing_rules import Fate, StandingRules

_NO_MILES = Miles(0)

Month = tuple[int, int]
"""Year and month of a last valid day, by the programme's clock."""


@dataclass(slots=True)
class Shares:
    """Miles that live, that lapsed and may be revived, and that lapsed for good and are not written off."""

    live: Miles = _NO_MILES
    revivable: Miles = _NO_MILES
    lapsed: Miles = _NO_MILES

    def add(self, fate: Fate, miles: Miles) -> None:
        """Count miles under what became of them."""
        if fate is Fate.LIVE:
            self.live = Miles(self.live + miles)
        elif fate is Fate.REVIVABLE:
            self.revivable = Miles(self.revivable + miles)
        else:
            self.lapsed = Miles(self.lapsed + miles)

    @property
    def held(self) -> Miles:
        """All that stands in lots."""
        return Miles(self.live + self.revivable + self.lapsed)


@dataclass(slots=True)
class Liability:
    """What is outstanding on a day.

    Shape: `months` are live miles by month of their last valid day and by funder, the month None for those
        that never lapse, the funder None for the programme. Each of the others adds up to `total`.
    """

    day: DayNumber
    total: Shares = field(default_factory=Shares)
    months: dict[tuple[Month | None, PartnerId | None], Miles] = field(default_factory=dict)
    tiers: dict[int, Shares] = field(default_factory=dict)
    funders: dict[PartnerId | None, Shares] = field(default_factory=dict)

    def add(self, parcels: Iterable[Parcel], rules: StandingRules, tiers: Mapping[MemberId, int]) -> None:
        """Count the parcels of some accounts; an account without a tier in `tiers` has the lowest."""
        for parcel in parcels:
            fate = rules.fate_of(parcel.held.lot, self.day)
            tier = tiers.get(parcel.held.account, 0)
            for shares in (
                self.total,
                self.tiers.setdefault(tier, Shares()),
                self.funders.setdefault(parcel.funder, Shares()),
            ):
                shares.add(fate, parcel.miles)
            if fate is Fate.LIVE:
                place = (month_of(parcel.held.lot.last_day), parcel.funder)
                self.months[place] = Miles(self.months.get(place, 0) + parcel.miles)

    def by_month(self) -> dict[Month | None, Miles]:
        """Live miles by month of their last valid day, in order, those that never lapse last."""
        found: dict[Month | None, Miles] = {}
        for (month, _), miles in self.months.items():
            found[month] = Miles(found.get(month, 0) + miles)
        return dict(sorted(found.items(), key=lambda row: (row[0] is None, row[0] or (0, 0))))


def month_of(last_day: DayNumber) -> Month | None:
    """The month of a last valid day; None for NEVER."""
    if last_day == NEVER:
        return None
    day = date_of(last_day)
    return day.year, day.month
