"""Keeps what a promotion has granted and counted: over all, for each member, for each outlet.

judging.py lets it rise, judging_again.py gives back. Source: the promotions' rules, "What is kept".
"""

from collections import Counter
from dataclasses import dataclass, field

from milepost.domain.calendar import date_of
from milepost.domain.promotion_terms import NO_BUDGET, NOT_STOPPED, PromotionTerms
from milepost.domain.quantities import DayNumber, MemberId, Miles, OutletNumber, PartnerId

MOST_SPEND = (1 << 40) - 1
"""Largest sum of a window, minor units: what its field holds; more is kept as this."""
MOST_AT_OUTLET = 15
"""Visits to one outlet that are counted; a counter that reached it never falls."""
MOST_VISITS = (1 << 12) - 1
"""Visits of one season that are counted; a counter that reached it never falls."""
WHOLE_WINDOW = 0
"""The season of a promotion whose visits are not counted by the year."""

_NO_DAY = DayNumber(0)
_NO_MILES = Miles(0)
Outlet = tuple[PartnerId, OutletNumber]


@dataclass(slots=True)
class Season:
    """Visits of one calendar year, or of the whole window. `paid`: the highest milestone, never less."""

    visits: int = 0
    paid: int = 0


@dataclass(slots=True)
class Progress:
    """What one member got from a promotion, and did for it.

    Shape: `day` is the latest on which something was granted. Units: miles; `spend` in minor units; `outlets`
        and seasons in visits, seasons by calendar year or WHOLE_WINDOW.
    """

    granted: Miles = _NO_MILES
    day: DayNumber = _NO_DAY
    day_granted: Miles = _NO_MILES
    day_awards: int = 0
    awards: int = 0
    had_something: bool = False
    spend: int = 0
    outlets: Counter[Outlet] = field(default_factory=Counter)
    seasons: dict[int, Season] = field(default_factory=dict)

    def on_day(self, day: DayNumber) -> tuple[Miles, int]:
        """Miles and awards that count against a day's limits: an earlier day shares those of the kept one."""
        return (_NO_MILES, 0) if day > self.day else (self.day_granted, self.day_awards)

    def season_of(self, year: int) -> Season | None:
        """This season or the last; a later one begins. None for one that is no longer kept."""
        if not self.seasons or year > max(self.seasons):
            self.seasons[year] = Season()
        return self.kept_season(year)

    def kept_season(self, year: int) -> Season | None:
        """The season if it is this one or the last, without beginning any."""
        latest = max(self.seasons, default=year)
        if year not in (latest, latest - 1):
            return None
        return self.seasons.setdefault(year, Season())


@dataclass(slots=True)
class PromotionState:
    """A published promotion and what it has granted so far. Units: miles; `stop_at` in unix seconds.

    Shape: `awards` are purchases that were granted something, `first_members` those who count for `first`.
    """

    terms: PromotionTerms
    budget: int = NO_BUDGET
    stop_at: int = NOT_STOPPED
    granted: int = 0
    awards: int = 0
    first_members: int = 0
    progress: dict[MemberId, Progress] = field(default_factory=dict)
    at_outlets: Counter[Outlet] = field(default_factory=Counter)
    paid_by: Counter[PartnerId] = field(default_factory=Counter)
    """Miles of a window reward by the partner that paid them, less what came back to it."""

    @property
    def budget_left(self) -> int | None:
        """None without a budget."""
        return None if self.budget == NO_BUDGET else self.budget - self.granted

    def of(self, member: MemberId) -> Progress:
        """The member's progress, empty for one that nothing has happened to."""
        return self.progress.setdefault(member, Progress())

    def granted_to(self, member: MemberId) -> int:
        """Miles that a member got and did not have to give back."""
        found = self.progress.get(member)
        return 0 if found is None else found.granted


def season_of_day(terms: PromotionTerms, day: DayNumber) -> int:
    """The season that a visit of a local day belongs to: its calendar year, or the whole window."""
    return date_of(day).year if terms.yearly else WHOLE_WINDOW
