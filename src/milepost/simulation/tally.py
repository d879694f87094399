"""Sums up what promotions did to the purchases they were tried on: per promotion, per partner, per day.

`playing.py` gives what became of each purchase; the command shows the sums, and how drafts differ by them.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from milepost.domain.outcome import Cut, Outcome
from milepost.domain.partner import Partner, currency_exponent
from milepost.domain.promotion import Promotion, WindowOutlets, WindowSpend
from milepost.domain.purchase import DedupeKey, PurchaseKind
from milepost.domain.quantities import PartnerCode, PromotionId
from milepost.domain.receipt import Grant, Settled
from milepost.domain.run_out import run_out_day
from milepost.simulation.playing import Tried, TriedPurchase


@dataclass(slots=True)
class PromotionTally:
    """What one promotion did. Units: miles; days are the outlets' local days.

    Shape: `by_partner` is what each pays for, of a pot its contributors; `cut` says how many miles of what
        was desired each limit took away; `by_day` has the days on which something was granted. `ended_on` is
        the day the last mile of the budget went, `would_end_on` the day it would go, by the rule of
        `domain/run_out.py`; at most one of them is not None.
    """

    promotion: Promotion
    promotion_id: PromotionId
    members: set[str | None] = field(default_factory=set)
    awards: int = 0
    desired: int = 0
    granted: int = 0
    budget_left: int | None = None
    cut: Counter[Cut] = field(default_factory=Counter)
    by_partner: Counter[PartnerCode] = field(default_factory=Counter)
    by_day: Counter[date] = field(default_factory=Counter)
    ended_on: date | None = None
    would_end_on: date | None = None

    @property
    def cut_miles(self) -> int:
        """What limits took away in all."""
        return sum(self.cut.values())

    @property
    def budget(self) -> int | None:
        return self.promotion.limits.budget


@dataclass(slots=True)
class PartnerTally:
    """What one partner pays for. Units: miles of base and of bonus."""

    partner: Partner
    base: int = 0
    bonus: int = 0

    @property
    def miles(self) -> int:
        return self.base + self.bonus

    def cost_of(self, miles: int) -> Decimal | None:
        """What miles cost the partner, in its currency; half a minor unit goes up. None without a price."""
        if self.partner.cost_per_mile is None:
            return None
        minor = Decimal(1).scaleb(-currency_exponent(self.partner.currency))
        return (miles * Decimal(self.partner.cost_per_mile)).quantize(minor, rounding=ROUND_HALF_UP)


@dataclass(slots=True)
class Tally:
    """All sums of one run. Shape: promotions in order of id, partners in order of code."""

    promotions: dict[PromotionId, PromotionTally]
    partners: dict[PartnerCode, PartnerTally]
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    first_day: date | None = None
    last_day: date | None = None

    @property
    def base(self) -> int:
        return sum(one.base for one in self.partners.values())

    @property
    def bonus(self) -> int:
        return sum(one.bonus for one in self.partners.values())


@dataclass(frozen=True, slots=True)
class _Standing:
    """What a bill's newest receipt says."""

    member: str | None
    settled: Settled
    grants: tuple[Grant, ...]


def tally_of(tried: Tried) -> Tally:
    """Sum up a run.

    Shape: of a bill that was changed later, its newest receipt counts, on the day of that change.
    """
    plan = tried.plan
    found = Tally(
        promotions={
            promotion_id: PromotionTally(promotion, promotion_id)
            for promotion, promotion_id in zip(plan.promotions, plan.promotion_ids.values(), strict=True)
        },
        partners={partner.code: PartnerTally(partner) for partner in plan.ordered_partners},
    )
    standing: dict[DedupeKey, _Standing] = {}
    for one in tried.purchases:
        _add(one, found, standing)
    for bill in standing.values():
        for grant in bill.grants:
            if grant.granted:
                found.promotions[grant.promotion_id].members.add(bill.member)
    for promotion_id, tally in found.promotions.items():
        _square(tally, tried.budgets[promotion_id].granted, found.last_day)
        _share_out(tally)
        for code, miles in tally.by_partner.items():
            found.partners[code].bonus += miles
        tally.budget_left = tried.budgets[promotion_id].left
        _forecast(tally, found.last_day)
    return found


def _add(one: TriedPurchase, found: Tally, standing: dict[DedupeKey, _Standing]) -> None:
    purchase, settled = one.submitted.purchase, one.settled
    day = purchase.occurred_at.date()
    found.outcomes[settled.outcome] += 1
    found.first_day = min(day, found.first_day or day)
    found.last_day = max(day, found.last_day or day)
    bill = one.sale
    # Of what changed nothing the receipt says nothing of the bill.
    if bill is None or (purchase.kind is not PurchaseKind.SALE and settled.amendment is None):
        return
    former = standing.get(bill)
    if former is not None:
        _count(former, found, purchase.partner, day, sign=-1)
    standing[bill] = _Standing(one.submitted.member, settled, tuple(one.grants))
    _count(standing[bill], found, purchase.partner, day, sign=1)
    if former is not None:
        _take_further(former, settled, found, purchase.partner, day)


def _take_further(former: _Standing, settled: Settled, found: Tally, partner: PartnerCode, day: date) -> None:
    """Where a member's sum fell, a window reward takes back more than this bill was granted: other bills'."""
    assert settled.amendment is not None, "it changed a bill"
    shown = settled.base + settled.bonus - former.settled.base - former.settled.bonus
    further = settled.amendment.added - settled.amendment.returned - shown
    windows = (
        found.promotions[grant.promotion_id]
        for grant in former.grants
        if isinstance(found.promotions[grant.promotion_id].promotion.reward, WindowSpend | WindowOutlets)
    )
    tally = next(windows, None)
    if further and tally is not None:
        tally.granted += further
        tally.by_partner[partner] += further
        tally.by_day[day] += further


def _count(bill: _Standing, found: Tally, partner: PartnerCode, day: date, *, sign: int) -> None:
    found.partners[partner].base += sign * bill.settled.base
    for grant in bill.grants:
        tally = found.promotions[grant.promotion_id]
        tally.awards += sign * (grant.granted > 0)
        tally.desired += sign * grant.desired
        tally.granted += sign * grant.granted
        if grant.cut is not Cut.NONE:
            tally.cut[grant.cut] += sign * (grant.desired - grant.granted)
        if grant.granted:
            tally.by_partner[partner] += sign * grant.granted
            tally.by_day[day] += sign * grant.granted
        if tally.budget is not None:
            tally.ended_on = (tally.ended_on or day) if tally.granted >= tally.budget else None


def _square(tally: PromotionTally, granted: int, last_day: date | None) -> None:
    """Make the sums the book's: of which promotion a fallen sum took other bills' miles, no receipt says."""
    gap = granted - tally.granted
    if not gap or last_day is None or not tally.by_partner:
        return
    (most, _), *_ = tally.by_partner.most_common(1)
    tally.granted += gap
    tally.by_partner[most] += gap
    tally.by_day[last_day] += gap


def _share_out(tally: PromotionTally) -> None:
    """Of a pot its contributors pay: what they paid in, less what they would be given back."""
    funding = tally.promotion.funding
    if not funding:
        return
    paid_in = sum(share.miles for share in funding)
    rest = paid_in - tally.granted
    given_back = {share.partner: rest * share.miles // paid_in for share in funding}
    # As the contract gives back: what rounding leaves goes to the first.
    given_back[funding[0].partner] += rest - sum(given_back.values())
    tally.by_partner = Counter({one.partner: one.miles - given_back[one.partner] for one in funding})


def _forecast(tally: PromotionTally, last_day: date | None) -> None:
    if last_day is None or tally.budget_left is None or tally.ended_on is not None:
        return
    window = tally.promotion.window
    today = min(last_day, window.until_day)
    tally.would_end_on = run_out_day(
        tally.budget_left, tally.by_day, window=(window.from_day, window.until_day), today=today
    )


def budget_by_day(tally: PromotionTally) -> Mapping[date, int]:
    """What was left of the budget after each day of grants, in order; empty without a budget."""
    if tally.budget is None:
        return {}
    left, found = tally.budget, {}
    for day in sorted(tally.by_day):
        left -= tally.by_day[day]
        found[day] = left
    return found
