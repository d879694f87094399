"""Purchases of one report: of now, days late, around deadlines and dated ahead; several of one member too."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from milepost.domain.quantities import DayNumber
from tests.machines.life.base import (
    DAY_S,
    LATEST,
    MEMBERS,
    LifeBase,
    members,
    miles,
    picked,
    picks,
    shifts,
    sides,
)
from tests.machines.life.operator_rules import OperatorRules
from tests.machines.life.seen import SEEN

AHEAD_S = 600
_MOST_LATE = 400
_SOON = 1_200
"""Days in which a deadline is waited for."""

purchases = st.lists(
    st.tuples(st.integers(0, MEMBERS + 2), miles, st.sampled_from((0, 0, 1, 5, 27, 31, 59, 61, 200, 400))),
    min_size=1,
    max_size=4,
)
"""Member, one that nobody is too; miles; days since."""


class EarningRules(OperatorRules):
    """All are settled; the partner's terms refuse none."""

    @rule(given=purchases, is_ahead=st.booleans())
    def earn(self, given: list[tuple[int, int, int]], is_ahead: bool) -> None:
        now_s = self.twins.now_s + (AHEAD_S if is_ahead else 0)
        self._settle([(member, now_s - days * DAY_S, amount) for member, amount, days in given])

    @rule(member=members, amount=miles)
    def earn_today(self, member: int, amount: int) -> None:
        self._settle([(member, self.twins.now_s, amount)])

    @rule(member=members, given=st.lists(st.tuples(picks, shifts, sides, miles), min_size=1, max_size=3))
    def earn_around_days_of_note(self, member: int, given: list[tuple[int, int, bool, int]]) -> None:
        """Late activity, in time and a day too late, of the life that is and of the one before."""
        today = self.twins.today
        days = [day for day in self.days_of_note(member) if today - _MOST_LATE < day <= today]
        if days:
            self._settle(
                [
                    (member, self._second(picked(days, pick) + shift, is_last=is_last), amount)
                    for pick, shift, is_last, amount in given
                ]
            )

    @rule(
        member=members,
        gap=st.integers(1, 40),
        returns=st.booleans(),
        wait=st.integers(0, 30),
        late=st.integers(0, 40),
        amount=miles,
        tier=st.sampled_from((None, None, 0, 1, 2)),
    )
    def come_back_after_a_lapse(
        self, member: int, gap: int, returns: bool, wait: int, late: int, amount: int, tier: int | None
    ) -> None:
        """A life lapses, a tier or another life begins or not, and an activity of the first becomes known."""
        twins = self.twins
        deadline = twins.model.account(member).deadline(twins.model.book)
        if not twins.today <= deadline < min(twins.today + _SOON, LATEST):
            return
        twins.move_to(self.second_of(deadline + gap, is_last=False))
        if tier is not None:
            self.write_tier(member, tier)
        if returns:
            self._settle([(member, twins.now_s, amount)])
        twins.move_to(twins.now_s + wait * DAY_S)
        self._settle([(member, self._second(deadline - late, is_last=True), amount)])

    def _second(self, day: int, *, is_last: bool) -> int:
        return min(self.second_of(DayNumber(day), is_last=is_last), self.twins.now_s + AHEAD_S)

    def _settle(self, given: list[tuple[int, int, int]]) -> None:
        before = {member: _lives(self, member) for member, _, _ in given}
        SEEN.update(outcome.name for outcome in self.twins.settle(given))
        for member, lives in before.items():
            self.note_lives(member, lives)

    def note_lives(self, member: int, before: tuple[int, int, int]) -> None:
        """Count what became of a member's lives."""
        after = _lives(self, member)
        SEEN["began again"] += after[0] > before[0]
        SEEN["joined"] += after[1] > before[1]
        SEEN["an older life lost"] += after[2] > before[2]


def _lives(machine: LifeBase, member: int) -> tuple[int, int, int]:
    account = machine.twins.model.accounts.get(member)
    return (0, 0, 0) if account is None else (account.current.number, len(account.heirs), account.written_off)
