"""Begins a run: a programme's ledger on both twins, and the days around which something can happen.

Every rule family is a subclass; the machine is all of them together.
"""

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from milepost.catalogue.loading import load_programme
from milepost.domain.calendar import date_of, day_number
from milepost.domain.programme import Programme
from milepost.domain.quantities import DayNumber
from milepost.domain.rules import LATEST_DAY
from tests.machines.every_rule import EveryRuleMachine
from tests.machines.life.twins import Twins, deploy_twins
from tests.support.random_rules import few_months, programmes

MEMBERS = 4
DAY_S = 86_400
LATEST = day_number(date_of(LATEST_DAY).replace(year=2120))
"""No act is later, so that few days are cut to the last there is."""
_BEFORE = 200
"""Days that a run begins before the last version of its programme does, at most."""

members = st.integers(1, MEMBERS)
miles = st.sampled_from((0, 1, 5, 5, 20, 100, 3_000))
picks = st.integers(0, 2**16)
shifts = st.sampled_from((-1, 0, 0, 0, 1))
sides = st.booleans()


class LifeBase(EveryRuleMachine):
    """One run. `name` is a programme's file, None for random rules; `twins` are compared after every step."""

    name: str | None = None
    twins: Twins

    @initialize(data=st.data(), begins=st.integers(0, _BEFORE))
    def deploy(self, data: st.DataObject, begins: int) -> None:
        around = DayNumber(data.draw(st.integers(2_000, 12_000)))
        if self.name is None:
            strategy = programmes(around=around, months=data.draw(st.sampled_from((few_months, _MONTHS))))
            programme = data.draw(strategy)
        else:
            programme = load_programme(self.name)
            around = _last_change(programme) or around
        self.twins = deploy_twins(programme, now_s=_noon_s(DayNumber(around - begins)), enrolled=MEMBERS)

    def days_of_note(self, member: int) -> list[DayNumber]:
        """Deadlines and last days of a member, and the ends of the time for late activity, in order."""
        model = self.twins.model
        account, book = model.account(member), model.book
        deadlines = [book.deadline(account.current.deadline), account.current.began]
        if account.former is not None:
            deadlines.append(book.deadline(account.former.deadline))
        late = [day + book.late_days for day in deadlines]
        own = [lot.last_day for lot in model.lots_of(member)]
        return sorted({DayNumber(day) for day in (*deadlines, *late, *own) if 0 < day < LATEST})

    def second_of(self, day: int, *, is_last: bool) -> int:
        """The first or the last second of a local day."""
        return self.twins.first_second_of(day + 1) - 1 if is_last else self.twins.first_second_of(day)


def picked(among: list[DayNumber], pick: int) -> DayNumber:
    return among[pick % len(among)]


def _last_change(programme: Programme) -> DayNumber | None:
    first = programme.versions[-1].from_day
    return None if first is None else day_number(first)


def _noon_s(day: DayNumber) -> int:
    return (day + 7_305) * DAY_S + DAY_S // 2


_MONTHS = st.sampled_from((6, 12, 18, 24, 36))
