"""Says what a promotion desires to give for a purchase, and counts those whose reward looks at more than one.

Second question of judging; limits.py cuts what is desired.
Source: the promotions' rules, "What the keys mean".
"""

from collections.abc import Sequence

from milepost.domain.books import Earning
from milepost.domain.progress import (
    MOST_AT_OUTLET,
    MOST_SPEND,
    MOST_VISITS,
    Outlet,
    Progress,
    PromotionState,
    season_of_day,
)
from milepost.domain.promotion_terms import PromotionTerms, RewardKind, Row
from milepost.domain.quantities import Miles, MinorUnits, PartnerId
from milepost.domain.receipt import MOST_DESIRED

BPS = 10_000
"""Basis points in one whole."""
WINDOW_KINDS = (RewardKind.WINDOW_SPEND, RewardKind.WINDOW_OUTLETS)
"""Rewards on what a member spent, or where, within the window."""


def desired(state: PromotionState, earning: Earning, partner: PartnerId) -> tuple[Miles, bool]:
    """Miles that a promotion desires for a purchase that meets its terms, and whether it counted it.

    Shape: the member's sum, outlets or visits rise by this purchase.
    Units: at most MOST_DESIRED miles.
    """
    terms, progress = state.terms, state.of(earning.member)
    if terms.reward is RewardKind.VISIT:
        return _of_visit(terms, progress, earning)
    if terms.reward is RewardKind.WINDOW_SPEND:
        progress.spend = min(progress.spend + earning.eligible_minor, MOST_SPEND)
    elif terms.reward is RewardKind.WINDOW_OUTLETS:
        outlet = (partner, earning.outlet)
        progress.outlets[outlet] = min(progress.outlets[outlet] + 1, MOST_AT_OUTLET)
    else:
        return reward_of(terms, earning.eligible_minor, earning.base), False
    return Miles(max(due(terms, progress) - progress.granted, 0)), True


def reward_of(terms: PromotionTerms, eligible_minor: MinorUnits, base: Miles) -> Miles:
    """What the terms give for an amount and its base alone; of a VISIT what it gives when it pays.

    Units: `base` is all of floor(eligible * rate), whatever could be paid of it; bonuses are rounded down.
    """
    if terms.reward is RewardKind.PER_STEP:
        miles = eligible_minor // terms.step * terms.fixed_miles
    elif terms.reward is RewardKind.BANDS:
        miles = miles_at(terms.table, eligible_minor)
    elif terms.multiple_bps:
        miles = base * terms.multiple_bps // BPS - base
    else:
        miles = terms.fixed_miles
    return Miles(min(miles, MOST_DESIRED))


def due(terms: PromotionTerms, progress: Progress) -> int:
    """Miles that a window reward gives a member in all, for what it spent or where it was."""
    if terms.reward is RewardKind.WINDOW_SPEND:
        return miles_at(terms.table, progress.spend)
    return miles_at(terms.table, sum(visits > 0 for visits in progress.outlets.values()))


def miles_at(table: Sequence[Row], value: int) -> int:
    """Miles of the last row that a value reaches; 0 if it reaches none."""
    return max((row.miles for row in table if row.at_least <= value), default=0)


def uncount(state: PromotionState, earning: Earning, partner: PartnerId, spent_minor: MinorUnits) -> None:
    """Take a counted purchase out: a visit or its amount, as if it had not been. Milestones stay paid.

    Units: `spent_minor` is what of it stands in the sum.
    """
    terms, progress = state.terms, state.of(earning.member)
    if terms.reward is RewardKind.WINDOW_SPEND:
        progress.spend = max(progress.spend - spent_minor, 0)
    elif terms.reward is RewardKind.WINDOW_OUTLETS:
        _uncount_outlet(progress, (partner, earning.outlet))
    else:
        season = progress.kept_season(season_of_day(terms, earning.local_day))
        if season is not None and 0 < season.visits < MOST_VISITS:
            season.visits -= 1


def _uncount_outlet(progress: Progress, outlet: Outlet) -> None:
    if 0 < progress.outlets[outlet] < MOST_AT_OUTLET:
        progress.outlets[outlet] -= 1


def _of_visit(terms: PromotionTerms, progress: Progress, earning: Earning) -> tuple[Miles, bool]:
    season = progress.season_of(season_of_day(terms, earning.local_day))
    if season is None:
        return Miles(0), False
    season.visits = min(season.visits + 1, MOST_VISITS)
    is_paid_already = terms.every and (season.visits % terms.every or season.visits <= season.paid)
    if season.visits < terms.from_visit or is_paid_already:
        return Miles(0), True
    return reward_of(terms, earning.eligible_minor, earning.base), True
