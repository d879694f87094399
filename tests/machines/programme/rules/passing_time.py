"""Time passes: seconds to years, and to the very second at which a lot lapses."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from milepost.domain.calendar import void_at
from tests.machines.programme.base import ProgrammeBase
from tests.machines.programme.strategies import DAY, numbers, picked

LATEST_S = 3_500_000_000
"""2080: far enough for any lot to lapse, and within the days that 16 bits can name."""
YEAR = 365 * DAY


class TimeRules(ProgrammeBase):
    """The clock never goes back."""

    @precondition(lambda self: self.twins.model.now_s < LATEST_S)
    @rule(passed_s=st.sampled_from((1, 600, 3_600, DAY, DAY, 2 * DAY, 9 * DAY, 31 * DAY, 100 * DAY)))
    def pass_time(self, passed_s: int) -> None:
        self.twins.move_to(self.twins.model.now_s + passed_s)

    @precondition(lambda self: self.twins.model.now_s < LATEST_S)
    @rule(years=st.integers(1, 3))
    def pass_years(self, years: int) -> None:
        self.twins.move_to(self.twins.model.now_s + years * YEAR)

    @precondition(lambda self: self.twins.model.now_s < LATEST_S and self.twins.model.tally.reports)
    @rule(lot=numbers, seconds=st.sampled_from((-1, 0)))
    def pass_to_the_end_of_a_lot(self, lot: int, seconds: int) -> None:
        """To the last second at which the miles can be spent, or the first at which they are void."""
        ledger = self.twins.model.books.ledger
        days = {day for account in ledger.accounts.values() for day, *_ in account.lots}
        ends = sorted(void_at(day, ledger.utc_offset_minutes) for day in days)
        ahead = [end for end in ends if end > self.twins.model.now_s]
        if ahead:
            self.twins.move_to(picked(ahead, lot) + seconds)
