"""Time passes: some days, to the end of a month, to a leap day, to where something lapses or is final."""

from calendar import monthrange
from datetime import date

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from milepost.domain.calendar import date_of, day_number
from tests.machines.life.base import LATEST, LifeBase, members, picked, picks, shifts, sides


class TimeRules(LifeBase):
    """Blocks are dated forward alone."""

    @precondition(lambda self: self.twins.today < LATEST)
    @rule(days=st.sampled_from((0, 1, 2, 7, 15, 27, 30, 60, 200)), is_last=sides)
    def pass_days(self, days: int, is_last: bool) -> None:
        self.twins.move_to(self.second_of(self.twins.today + days, is_last=is_last))

    @rule(member=members, pick=picks, shift=shifts, is_last=sides)
    def pass_to_a_day_of_note(self, member: int, pick: int, shift: int, is_last: bool) -> None:
        """The day itself, the one before or the one after, from its first second or in its last."""
        ahead = [day for day in self.days_of_note(member) if day >= self.twins.today]
        if ahead:
            self.twins.move_to(self.second_of(picked(ahead, pick) + shift, is_last=is_last))

    @precondition(lambda self: self.twins.today < LATEST)
    @rule(months=st.integers(0, 5), shift=shifts, is_last=sides)
    def pass_to_the_end_of_a_month(self, months: int, shift: int, is_last: bool) -> None:
        year, month0 = divmod(self._date.year * 12 + self._date.month - 1 + months, 12)
        end = date(year, month0 + 1, monthrange(year, month0 + 1)[1])
        self.twins.move_to(self.second_of(day_number(end) + shift, is_last=is_last))

    @precondition(lambda self: self.twins.today < LATEST)
    @rule(shift=shifts, is_last=sides, is_meant=st.sampled_from((False, False, False, True)))
    def pass_to_a_leap_day(self, shift: int, is_last: bool, is_meant: bool) -> None:
        """Seldom, because by then nearly all has lapsed."""
        if not is_meant:
            return
        year = self._date.year + 1
        while monthrange(year, 2)[1] == 28:
            year += 1
        self.twins.move_to(self.second_of(day_number(date(year, 2, 29)) + shift, is_last=is_last))

    @property
    def _date(self) -> date:
        return date_of(self.twins.today)
