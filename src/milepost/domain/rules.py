"""Applies a programme's rules to days: which version rules, when miles lapse, and what announced acts change.

The reference model of the ledger and the expiry command compute by it; on chain the ledger does, and
tests hold both together. Source: docs/programme-rules.md parts 1 to 3.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from milepost.domain.calendar import Align, add_months, date_of, day_number, end_of, last_valid_day
from milepost.domain.lots import NO_DAY
from milepost.domain.programme import ActivityDay, ActivityKind, ActKind, LotAct, Programme, RuleVersion
from milepost.domain.quantities import DayNumber

POOL_DAY = DayNumber(0)
"""Own day of miles in the pool, and the deadline of an account without any: none."""
LATEST_DAY = DayNumber(65_534)
"""2169-06-05, the last day that 16 bits can name; a later last valid day is cut to it."""
NEVER = DayNumber(65_535)
"""Own day of miles that never lapse."""


def version_number_of(versions: Sequence[RuleVersion], day: DayNumber) -> int:
    """Number of the version that rules miles earned, or activity, on a day: the last from that day or before.

    Shape: numbers count from 1.
    """
    return sum(1 for version in versions if version.from_day is None or day_number(version.from_day) <= day)


def version_of(programme: Programme, day: DayNumber) -> RuleVersion:
    """The version itself."""
    return programme.versions[version_number_of(programme.versions, day) - 1]


def last_day(months: int, align: Align, day: DayNumber, first_lapse: date | None = None) -> DayNumber:
    """Last valid day of a rule counted from `day`, never before `first_lapse`, cut to LATEST_DAY.

    Raises: MonthsOutOfRange unless `months` is 1 to 600.
    """
    found = last_valid_day(day, months, align)
    if first_lapse is not None:
        found = max(found, day_number(first_lapse))
    return min(found, LATEST_DAY)


def own_day_of(programme: Programme, day: DayNumber) -> DayNumber:
    """Own day of the lot that miles earned on `day` make; POOL_DAY if they join the pool, or NEVER."""
    version = version_of(programme, day)
    if version.lot is not None:
        return last_day(version.lot.months, version.lot.align, day, programme.first_lapse)
    return NEVER if version.account is None else POOL_DAY


def clock_day_of(programme: Programme, day: DayNumber) -> DayNumber:
    """The deadline that an activity of `day` gives an account; 0 if no account rule is in force then."""
    rule = version_of(programme, day).account
    return POOL_DAY if rule is None else last_day(rule.months, rule.align, day, programme.first_lapse)


def counts(programme: Programme, kind: ActivityKind, day: DayNumber) -> bool:
    """Whether an act of that kind on `day` is an activity: the account rule in force then lists it."""
    rule = version_of(programme, day).account
    return rule is not None and kind in rule.activities


def activity_day_of(programme: Programme, purchase_day: DayNumber, today: DayNumber) -> DayNumber:
    """The day that a purchase settled today counts from for the account's clock: never one to come.

    The lot it earns counts from the day of purchase whatever the programme says of activity.
    """
    if programme.activity_day is ActivityDay.POSTING:
        return today
    return min(purchase_day, today)


def moved_lot_day(
    acts: Iterable[LotAct], versions: Sequence[RuleVersion], version: int, own_day: DayNumber
) -> DayNumber:
    """Last day of a lot of a version after all announced acts, in their order.

    Shape: `version` from 1. It never falls as `own_day` rises.
    """
    for act in acts:
        if version <= act.versions and own_day >= act.from_day:
            own_day = _moved(act, versions[version - 1], own_day)
    return own_day


def moved_deadline(acts: Iterable[LotAct], deadline: DayNumber) -> DayNumber:
    """An account's effective deadline: acts of grace and never, whatever versions they name, in order.

    No act lowers a standing deadline, so moves leave it alone. 0, an account without a deadline, stays 0.
    """
    for act in acts:
        if deadline and deadline >= act.from_day and act.kind is not ActKind.MOVE:
            deadline = NEVER if act.kind is ActKind.NEVER else max(deadline, act.until_day)
    return deadline


def _moved(act: LotAct, version: RuleVersion, own_day: DayNumber) -> DayNumber:
    if act.kind is ActKind.NEVER:
        return NEVER
    if act.kind is ActKind.GRACE:
        return max(own_day, act.until_day)
    # Only a lot rule gives a day that can move, and by its own alignment.
    if own_day == NEVER or version.lot is None:
        return own_day
    moved = end_of(version.lot.align, add_months(date_of(own_day), act.months))
    # Compared as dates: a move back may reach before day 0 of the calendar.
    return min(day_number(max(moved, date_of(act.from_day))), LATEST_DAY)


def last_day_text(last_day: DayNumber) -> str | None:
    """A last valid day as a date; None for none, and where there is no last one."""
    return None if last_day in (NO_DAY, NEVER) else date_of(last_day).isoformat()
