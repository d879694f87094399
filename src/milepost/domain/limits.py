"""Cuts what a promotion desires to what its own limits and its budget leave, and says which of them did.

Third question of judging; groups, the ceiling and prepaid miles come after. An amendment asks it as well, for
what a raised bill adds. Source: the order of limits in domain/outcome.py.
"""

from collections.abc import Iterator
from dataclasses import replace

from milepost.domain.books import Earning
from milepost.domain.outcome import Cut
from milepost.domain.progress import PromotionState
from milepost.domain.quantities import Miles, PartnerId
from milepost.domain.receipt import Grant

_NOTHING = 0


def cut_to(grant: Grant, left: int, cut: Cut) -> Grant:
    """Cut by a limit, if it leaves less than those before it."""
    return replace(grant, granted=Miles(left), cut=cut) if left < grant.granted else grant


def limited(
    grant: Grant, state: PromotionState, earning: Earning, partner: PartnerId, *, has_granted: int = 0
) -> Grant:
    """Cut a grant by the promotion's limits, in their order.

    Shape: `has_granted` is what the purchase was granted before and keeps: what is added then is no award of
        its own, unless there was nothing.
    """
    for cut, left in _limits(state, earning, partner, has_granted):
        grant = cut_to(grant, left, cut)
    return grant


def _limits(
    state: PromotionState, earning: Earning, partner: PartnerId, has_granted: int
) -> Iterator[tuple[Cut, int]]:
    """Each limit that the terms state, with the miles that it leaves."""
    terms, progress = state.terms, state.of(earning.member)
    day_granted, day_awards = progress.on_day(earning.local_day)
    is_new_award = not has_granted
    if terms.per_purchase:
        yield Cut.PER_PURCHASE, max(terms.per_purchase - has_granted, 0)
    if terms.per_member:
        yield Cut.PER_MEMBER, max(terms.per_member - progress.granted, 0)
    if terms.per_member_day:
        yield Cut.PER_MEMBER_DAY, max(terms.per_member_day - day_granted, 0)
    if terms.per_outlet:
        yield Cut.PER_OUTLET, max(terms.per_outlet - state.at_outlets[partner, earning.outlet], 0)
    if terms.awards_per_member and is_new_award and progress.awards >= terms.awards_per_member:
        yield Cut.AWARDS_PER_MEMBER, _NOTHING
    if terms.awards_per_member_day and is_new_award and day_awards >= terms.awards_per_member_day:
        yield Cut.AWARDS_PER_MEMBER_DAY, _NOTHING
    if terms.awards and is_new_award and state.awards >= terms.awards:
        yield Cut.AWARDS, _NOTHING
    if terms.first and not progress.had_something and state.first_members >= terms.first:
        yield Cut.FIRST, _NOTHING
    if state.budget_left is not None:
        yield Cut.BUDGET, max(state.budget_left, 0)
