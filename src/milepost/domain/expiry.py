"""Finds the day on which miles lapse and the rule that says so, for miles judged alone, without a chain.

The expiry command asks it; explanation.py words what it finds. Source: docs/programme-rules.md parts 2 to 6.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from milepost.domain.programme import AccountRule, LotRule, Programme
from milepost.domain.quantities import DayNumber
from milepost.domain.rules import NEVER, POOL_DAY, clock_day_of, own_day_of, version_number_of, version_of


class LapseRule(StrEnum):
    """Which of the two rules gives the day."""

    LOT = "lot"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Lapse:
    """When miles lapse, and what that rests on.

    Shape: `last_day` is their last valid day, NEVER if they do not lapse, and `rule` is then None. `version`
        is that of the miles, `own_day` POOL_DAY if they are in the pool. `deadline`, its `anchor` (the day of
        the activity it counts from) and `clock_version` are the account's; None where no account rule
        concerns the miles. `is_exempt`: it does not bind this tier. `is_too_late`: the last activity
        followed the lapse.
    """

    earned: DayNumber
    last_activity: DayNumber | None
    tier: int
    version: int
    own_day: DayNumber
    last_day: DayNumber
    rule: LapseRule | None
    deadline: DayNumber | None = None
    anchor: DayNumber | None = None
    clock_version: int | None = None
    is_exempt: bool = False
    is_too_late: bool = False

    def lot_rule(self, programme: Programme) -> LotRule | None:
        """The lot rule of the version the miles were earned under."""
        return programme.versions[self.version - 1].lot

    def clock_rule(self, programme: Programme) -> AccountRule | None:
        """The account rule whose tiers say whether the account lapses."""
        return None if self.clock_version is None else programme.versions[self.clock_version - 1].account


def lapse_of(
    programme: Programme, earned: DayNumber, *, last_activity: DayNumber | None = None, tier: int = 0
) -> Lapse:
    """Judge miles of one day as the account's only lot, their earning being an activity that counts.

    Shape: `last_activity` is of a kind that counts too; the later of it and the earning is the last. If it
        lies after the day on which the miles had lapsed by their earning alone, that earlier day stands.
        `tier` is its number, 0 the lowest, and the member's all the time. By posting day, both are that.
    """
    alone = _judged(programme, (earned,), tier)
    if last_activity is None or last_activity <= earned:
        return replace(alone, last_activity=last_activity)
    if last_activity > alone.last_day:
        return replace(alone, last_activity=last_activity, is_too_late=True)
    return replace(_judged(programme, (earned, last_activity), tier), last_activity=last_activity)


def _judged(programme: Programme, activities: Sequence[DayNumber], tier: int) -> Lapse:
    """Judge miles earned on the first of the days, kept by an activity on each of them."""
    earned = activities[0]
    own_day = own_day_of(programme, earned)
    by_lot = Lapse(
        earned=earned,
        last_activity=None,
        tier=tier,
        version=version_number_of(programme.versions, earned),
        own_day=own_day,
        last_day=own_day,
        rule=None if own_day == NEVER else LapseRule.LOT,
    )
    if version_of(programme, earned).account is None:
        return by_lot
    counted = [day for day in activities if version_of(programme, day).account is not None]
    # Of activities that give the same deadline the later one counts: it is the one a member remembers.
    anchor = max(counted, key=lambda day: (clock_day_of(programme, day), day))
    clock = version_of(programme, max(counted)).account
    # Only activities under an account rule were taken.
    assert clock is not None
    judged = replace(
        by_lot,
        deadline=clock_day_of(programme, anchor),
        anchor=anchor,
        clock_version=version_number_of(programme.versions, max(counted)),
        is_exempt=not clock.binds(tier),
    )
    return _on_the_earlier_day(judged)


def _on_the_earlier_day(lapse: Lapse) -> Lapse:
    """Take the day of the lot or of the account, whichever is earlier; of the same day, the lot's."""
    own_day = NEVER if lapse.own_day == POOL_DAY else lapse.own_day
    if lapse.is_exempt or lapse.deadline is None:
        return replace(lapse, last_day=own_day, rule=None if own_day == NEVER else LapseRule.LOT)
    if own_day <= lapse.deadline:
        return replace(lapse, last_day=own_day, rule=LapseRule.LOT)
    return replace(lapse, last_day=lapse.deadline, rule=LapseRule.ACCOUNT)
