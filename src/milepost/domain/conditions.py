"""Says whether a purchase meets a promotion's terms: when, where, who and what.

First question of judging; a purchase that meets all of it is a visit to the promotion, whatever is granted.
Source: the promotions' rules, "What the keys mean".
"""

from milepost.domain.books import Earning, Profile
from milepost.domain.calendar import weekday_of
from milepost.domain.progress import PromotionState
from milepost.domain.promotion_terms import PromotionTerms
from milepost.domain.quantities import OutletNumber, PartnerId


def meets(promotion: PromotionState, earning: Earning, partner: PartnerId, profile: Profile) -> bool:
    """Whether the purchase meets all conditions, and was before the promotion's end."""
    terms = promotion.terms
    return (
        earning.occurred_at_s < promotion.stop_at
        and _is_open(terms, earning)
        and has_outlet(terms, partner, earning.outlet)
        and _is_for(terms, profile, earning.occurred_at_s)
        and meets_what(terms, earning)
    )


def meets_what(terms: PromotionTerms, earning: Earning) -> bool:
    """Whether minimum, party and channel are met. What is not said meets only what is not asked."""
    return (
        earning.eligible_minor >= terms.minimum
        and earning.party >= terms.party_size
        and (terms.channels == 0 or (earning.channel != 0 and terms.channels >> earning.channel - 1 & 1 == 1))
    )


def has_outlet(terms: PromotionTerms, partner: PartnerId, outlet: OutletNumber) -> bool:
    """Whether the outlet takes part: by its partner's mask or, without one, unless only those named do."""
    for named in terms.outlets:
        if named.partner == partner:
            return named.mask >> outlet & 1 == 1
    return not terms.listed


def _is_open(terms: PromotionTerms, earning: Earning) -> bool:
    """When: the outlet's calendar day and minute. After midnight the small hours belong to the new day."""
    return (
        terms.first_day <= earning.local_day <= terms.last_day
        and earning.local_day not in terms.except_days
        and terms.weekdays >> weekday_of(earning.local_day) & 1 == 1
        and _is_within(earning.local_minute, terms.from_minute, terms.until_minute)
    )


def _is_within(minute: int, start: int, end: int) -> bool:
    return start <= minute < end if start < end else minute >= start or minute < end


def _is_for(terms: PromotionTerms, profile: Profile, occurred_at_s: int) -> bool:
    """Who: one of the tiers, at least one of the segments, enrolled at the time of the purchase."""
    if terms.tiers and not terms.tiers >> profile.tier & 1:
        return False
    if terms.segments and not terms.segments & profile.segments:
        return False
    return not terms.enrolled or 0 < profile.enrolled_at_s <= occurred_at_s
