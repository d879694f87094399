"""Finds the day on which miles lapse and the rule that says so: of a day of earning, or of a lot on chain.

The expiry command asks it about days, a statement about lots; explanation.py words what it finds.
Source: docs/programme-rules.md parts 2 to 6 and 9.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from milepost.domain.programme import AccountRule, LotAct, LotRule, Programme
from milepost.domain.quantities import DayNumber
from milepost.domain.rules import (
    NEVER,
    POOL_DAY,
    clock_day_of,
    moved_deadline,
    moved_lot_day,
    own_day_of,
    version_number_of,
    version_of,
)


class LapseRule(StrEnum):
    """Which of the two rules gives the day."""

    LOT = "lot"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Lapse:
    """When miles lapse, and what that rests on.

    Shape: `last_day` is their last valid day, NEVER if they do not lapse, and `rule` is then None. `version`
        is that of the miles; `own_day` is as no act moved it, POOL_DAY if they are in the pool. `deadline`
        (as no act moved it), its `anchor` (the day of the activity it counts from) and `clock_version` are
        the account's; None where no account rule concerns the miles. `earned` and `anchor` are None where a
        ledger no longer knows them. `is_exempt`: the clock does not bind this tier. `is_too_late`: the last
        activity followed the lapse. `acts`: what was announced, in order.
    """

    version: int
    own_day: DayNumber
    tier: int
    last_day: DayNumber = NEVER
    rule: LapseRule | None = None
    earned: DayNumber | None = None
    last_activity: DayNumber | None = None
    deadline: DayNumber | None = None
    anchor: DayNumber | None = None
    clock_version: int | None = None
    is_exempt: bool = False
    is_too_late: bool = False
    acts: tuple[LotAct, ...] = ()

    def lot_rule(self, programme: Programme) -> LotRule | None:
        """The lot rule that gave the miles a day of their own."""
        return None if self.own_day in (POOL_DAY, NEVER) else programme.versions[self.version - 1].lot

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


def lapse_of_lot(
    programme: Programme,
    *,
    version: int,
    own_day: DayNumber,
    deadline: DayNumber,
    clock_version: int,
    tier: int = 0,
    acts: Sequence[LotAct] = (),
) -> Lapse:
    """Judge a lot, or the pool, as a ledger keeps it.

    Shape: the pool has `own_day` POOL_DAY, and its `version` is not looked at. `deadline` (0 for none) and
        `clock_version` are those of the life that the miles belong to, before any act; a lot of a version
        without an account rule is not bound by them. `acts`: all that were announced, in order.
    """
    lapse = Lapse(version=version, own_day=own_day, tier=tier, acts=tuple(acts))
    in_pool = own_day == POOL_DAY
    if not deadline or not (in_pool or programme.versions[version - 1].account):
        return _on_the_earlier_day(programme, lapse)
    clock = programme.versions[clock_version - 1].account
    is_exempt = clock is not None and not clock.binds(tier)
    bound = replace(lapse, deadline=deadline, clock_version=clock_version, is_exempt=is_exempt)
    return _on_the_earlier_day(programme, bound)


def _judged(programme: Programme, activities: Sequence[DayNumber], tier: int) -> Lapse:
    """Judge miles earned on the first of the days, kept by an activity on each of them."""
    earned = activities[0]
    number, own_day = version_number_of(programme.versions, earned), own_day_of(programme, earned)
    lapse = Lapse(version=number, own_day=own_day, tier=tier, earned=earned)
    if version_of(programme, earned).account is None:
        return _on_the_earlier_day(programme, lapse)
    counted = [day for day in activities if version_of(programme, day).account is not None]
    # Of activities that give the same deadline the later one counts: it is the one a member remembers.
    anchor = max(counted, key=lambda day: (clock_day_of(programme, day), day))
    clock = version_of(programme, max(counted)).account
    # Only activities under an account rule were taken.
    assert clock is not None
    judged = replace(
        lapse,
        deadline=clock_day_of(programme, anchor),
        anchor=anchor,
        clock_version=version_number_of(programme.versions, max(counted)),
        is_exempt=not clock.binds(tier),
    )
    return _on_the_earlier_day(programme, judged)


def _on_the_earlier_day(programme: Programme, lapse: Lapse) -> Lapse:
    """Take the day of the lot or of the account, whichever is earlier; of the same day, the lot's."""
    own_day = deadline = NEVER
    if lapse.own_day != POOL_DAY:
        own_day = moved_lot_day(lapse.acts, programme.versions, lapse.version, lapse.own_day)
    if lapse.deadline is not None and not lapse.is_exempt:
        deadline = moved_deadline(lapse.acts, lapse.deadline)
    found = min(own_day, deadline)
    rule = None if found == NEVER else LapseRule.LOT if found == own_day else LapseRule.ACCOUNT
    return replace(lapse, last_day=found, rule=rule)
