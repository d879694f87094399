"""Looks up what a programme's rules, and the acts announced since, say of a day, a lot or an account.

The reference model of the ledger asks it; each day is computed once.
"""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from milepost.domain.calendar import day_number
from milepost.domain.programme import (
    MOST_ACTS,
    MOST_MOVES,
    MOST_VERSIONS,
    ActivityKind,
    ActKind,
    LotAct,
    Programme,
    RuleVersion,
    SpendOrder,
)
from milepost.domain.quantities import DayNumber
from milepost.domain.rules import (
    NEVER,
    last_day,
    moved_deadline,
    moved_lot_day,
    own_day_of,
    version_number_of,
)

_NO_ACTIVITY = ActivityKind(0)
_DAYS_OF_A_MONTH = 28
"""Of the shortest: a rule of so many months is never shorter than this times them."""


class ActRefused(ValueError):
    """An act that the ledger does not take; nothing of it stays. The caller asked for what cannot be."""


class Activity(NamedTuple):
    """An activity of a day, by the rules of a version, and the deadline it gives."""

    day: DayNumber
    deadline: DayNumber
    version: int


class DayRules(NamedTuple):
    """What is in force on a day.

    Shape: `own_day` is POOL_DAY where miles join the pool; `is_bound` if the account's clock binds what is
        earned. `activity` is one of that day; its deadline is NEVER without an account rule.
    """

    version: int
    own_day: DayNumber
    is_bound: bool
    activity: Activity
    activities: ActivityKind


@dataclass(slots=True)
class RuleBook:
    """A programme's rules as they stand. Announcing changes them."""

    programme: Programme
    acts: list[LotAct] = field(default_factory=list)
    _days: dict[DayNumber, DayRules] = field(default_factory=dict, repr=False, compare=False)

    @property
    def utc_offset_minutes(self) -> int:
        return self.programme.utc_offset_minutes

    @property
    def late_days(self) -> int:
        """How long after its deadline a life may still be extended by an activity of before it."""
        return self.programme.late_days

    @property
    def is_lots_first(self) -> bool:
        return self.programme.spend is SpendOrder.LOTS_FIRST

    def on(self, day: DayNumber) -> DayRules:
        """The rules of a local day.

        Raises: DayOutOfRange.
        """
        found = self._days.get(day)
        if found is None:
            found = self._days[day] = self._rules_on(day)
        return found

    def _rules_on(self, day: DayNumber) -> DayRules:
        number = version_number_of(self.programme.versions, day)
        rule = self.programme.versions[number - 1].account
        return DayRules(
            version=number,
            own_day=own_day_of(self.programme, day),
            is_bound=rule is not None,
            activity=self.activity_by(number, day),
            activities=_NO_ACTIVITY if rule is None else rule.activities,
        )

    def activity_by(self, version: int, day: DayNumber) -> Activity:
        """An activity of a day by the account rule of a version, whichever is in force on that day."""
        rule = self.programme.versions[version - 1].account
        if rule is None:
            return Activity(day, NEVER, version)
        return Activity(day, last_day(rule.months, rule.align, day, self.programme.first_lapse), version)

    def binds(self, version: int, tier: int) -> bool:
        """Whether the account rule of a version, from 1, binds members of a tier."""
        rule = self.programme.versions[version - 1].account
        return rule is not None and rule.binds(tier)

    def lot_day(self, version: int, own_day: DayNumber) -> DayNumber:
        """Last day of a lot by its own rule and the acts on existing lots."""
        if not self.acts:
            return own_day
        return moved_lot_day(self.acts, self.programme.versions, version, own_day)

    def deadline(self, deadline: DayNumber) -> DayNumber:
        """A standing deadline after the acts on existing lots, which never lower it."""
        return moved_deadline(self.acts, deadline) if self.acts else deadline

    def announce_rule(self, version: RuleVersion, *, today: DayNumber) -> None:
        """Add the version that binds what is earned from its day on.

        Raises: ActRefused within the notice, before the last version's day, for one too many or one that
            voids miles as they are earned.
        """
        first = version.from_day
        if first is None or len(self.programme.versions) == MOST_VERSIONS:
            raise ActRefused("A further version needs a day to begin on and a number up to 15.")
        earlier = self.programme.versions[-1].from_day
        if day_number(first) < today + self.programme.notice_days or (
            earlier is not None and first <= earlier
        ):
            raise ActRefused(
                f"A version from {first} leaves no notice, or begins before one announced earlier."
            )
        rule = version.account
        if rule is not None and (
            ActivityKind.ACCRUAL not in rule.activities or self.late_days >= _DAYS_OF_A_MONTH * rule.months
        ):
            raise ActRefused("An account rule counts accruals, and is longer than activity may be late.")
        self.programme = replace(self.programme, versions=(*self.programme.versions, version))
        self._days.clear()

    def announce_act(self, act: LotAct, *, today: DayNumber) -> None:
        """Add an act on existing lots.

        Raises: ActRefused if it would change lots that lapsed, shorten one within the notice, or is one too
            many.
        """
        shortens = act.kind is ActKind.MOVE and act.months < 0
        earliest = today + self.programme.notice_days if shortens else today
        moves = sum(one.kind is ActKind.MOVE for one in self.acts)
        is_surplus = len(self.acts) == MOST_ACTS or (act.kind is ActKind.MOVE and moves == MOST_MOVES)
        if act.from_day < earliest or is_surplus:
            raise ActRefused(f"An act on lots from day {act.from_day} comes too soon, or is one too many.")
        self.acts.append(act)
