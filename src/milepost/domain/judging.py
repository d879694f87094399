"""Decides base and bonuses of one accepted purchase, promotions and limits included.

accrual.py calls it for each sale of a report, on the state that the one before left; conditions.py,
rewards.py and limits.py answer the single questions.
Source: the promotions' rules, "From purchase to miles".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from milepost.domain.books import Earning, EarnTerms, Judged, Profile, group_of, places_of
from milepost.domain.conditions import meets
from milepost.domain.limits import cut_to, limited
from milepost.domain.lots import NO_DAY
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.progress import PromotionState, season_of_day
from milepost.domain.quantities import Miles, PartnerId, PromotionId
from milepost.domain.receipt import Grant, Settled
from milepost.domain.rewards import desired

_NOBODY = Profile()
States = dict[PromotionId, PromotionState]


@dataclass(slots=True)
class Purse:
    """Miles that a partner may still issue; None for no limit."""

    left: Miles | None

    def pay(self, miles: int) -> Miles:
        """Take out up to so many miles, and say how many there were."""
        if self.left is None:
            return Miles(miles)
        paid = Miles(min(self.left, miles))
        self.left = Miles(self.left - paid)
        return paid

    def put_back(self, miles: int) -> None:
        """Give back what a refund returns to the partner."""
        if self.left is not None:
            self.left = Miles(self.left + miles)


def judge(
    earning: Earning,
    terms: EarnTerms,
    partner: PartnerId,
    promotions: States,
    profile: Profile = _NOBODY,
) -> Judged:
    """Decide base and grants of a purchase, and take them from limits, budgets and the partner.

    Shape: the settled part has last day 0: the ledger knows it.
    """
    places = places_of(terms.promotions, promotions)
    wishes, counted = _wishes(earning, partner, places, promotions, profile)
    winners = _best_of_groups(wishes, promotions)
    losers = [replace(w, cut=Cut.GROUP, granted=Miles(0)) for w in wishes if w not in winners]
    grants = cut_to_ceiling(winners, promotions)
    purse = Purse(terms.available)
    base = purse.pay(earning.base)
    grants = [_paid(grant, promotions, purse) for grant in grants]
    terms.available = purse.left
    for grant in grants:
        take(grant, promotions[grant.promotion_id], earning, partner)
    is_cut = base < earning.base or any(grant.cut is Cut.PREPAID for grant in grants)
    outcome = Outcome.CUT_BY_PREPAID if is_cut else Outcome.CREDITED
    settled = Settled(outcome, base, NO_DAY, tuple(grants), counted=counted)
    return Judged(settled, tuple(sorted(losers, key=lambda grant: grant.promotion_id)))


def _wishes(
    earning: Earning,
    partner: PartnerId,
    places: Iterable[PromotionId],
    promotions: States,
    profile: Profile,
) -> tuple[list[Grant], int]:
    """What each promotion would grant after its own limits, and a bit for each place that counted it.

    Shape: who desires nothing does not compete: it would keep one that was cut to 0 out of the receipt.
    """
    wishes, counted = [], 0
    for place, promotion in enumerate(places):
        state = promotions[promotion]
        if not meets(state, earning, partner, profile):
            continue
        wanted, is_counted = desired(state, earning, partner)
        counted |= is_counted << place
        if wanted:
            wishes.append(limited(Grant(promotion, Cut.NONE, wanted, wanted), state, earning, partner))
    return wishes, counted


def _best_of_groups(wishes: Iterable[Grant], promotions: States) -> list[Grant]:
    """Of each group the wish that would grant most, the lower id on ties; in the order of the offer set."""
    best: dict[int, Grant] = {}
    for wish in wishes:
        group = group_of(wish.promotion_id, promotions)
        if group not in best or wish.granted > best[group].granted:
            best[group] = wish
    return list(best.values())


def cut_to_ceiling(grants: Sequence[Grant], promotions: States, *, kept: Sequence[Grant] = ()) -> list[Grant]:
    """Cut grants to the lowest ceiling among the promotions that grant, higher ids first.

    Shape: the order stays. `kept` is what the same purchase was granted before and keeps.
    """
    granting = {one.promotion_id for one in (*grants, *kept) if one.granted}
    ceiling = min((most for one in granting if (most := promotions[one].terms.ceiling)), default=None)
    if ceiling is None:
        return list(grants)
    surplus = sum(grant.granted for grant in (*grants, *kept)) - ceiling
    cut: dict[PromotionId, Grant] = {}
    for grant in sorted(grants, key=lambda one: one.promotion_id, reverse=True):
        part = min(grant.granted, max(surplus, 0))
        cut[grant.promotion_id] = cut_to(grant, grant.granted - part, Cut.CEILING)
        surplus -= part
    return [cut[grant.promotion_id] for grant in grants]


def _paid(grant: Grant, promotions: States, purse: Purse) -> Grant:
    """What the partner can pay of a grant. A pot was filled beforehand, and its budget has cut already."""
    if promotions[grant.promotion_id].terms.funded:
        return grant
    return cut_to(grant, purse.pay(grant.granted), Cut.PREPAID)


def take(
    grant: Grant, state: PromotionState, earning: Earning, partner: PartnerId, *, is_award: bool = True
) -> None:
    """Let budget and limits fall by what is granted; nothing where that is nothing.

    Shape: `is_award` is false for what an amendment adds to a grant that there was.
    """
    if not grant.granted:
        return
    terms, progress = state.terms, state.of(earning.member)
    state.granted += grant.granted
    state.awards += is_award
    state.at_outlets[partner, earning.outlet] += grant.granted
    state.paid_by[partner] += grant.granted
    day_granted, day_awards = progress.on_day(earning.local_day)
    progress.day = max(progress.day, earning.local_day)
    progress.day_granted = Miles(day_granted + grant.granted)
    progress.day_awards = day_awards + is_award
    progress.granted = Miles(progress.granted + grant.granted)
    progress.awards += is_award
    if not progress.had_something:
        progress.had_something = True
        state.first_members += 1
    season = progress.kept_season(season_of_day(terms, earning.local_day)) if terms.every else None
    if season is not None and is_award:
        season.paid = max(season.paid, season.visits)
