"""The demo's promotions and prepaid miles really bind on its bills, judged by the model of the award."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from milepost.codec.terms import Numbering, promotion_budget, promotion_terms
from milepost.demo.plan import demo_plan
from milepost.demo.tips import Row, member_rows, purchases_from_tips
from milepost.domain.accrual import Earning, EarnTerms, Judged, PromotionState, judge
from milepost.domain.calendar import local_day, local_minute
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.partner import Partner
from milepost.domain.quantities import MemberId, Miles, MinorUnits, PartnerId, PromotionId

ROOT = Path(__file__).parents[3]


@dataclass
class Season:
    """What May 2018 came to: promotions by name, and each bill's result in order of time."""

    states: dict[str, PromotionState]
    names: dict[PromotionId, str]
    results: list[Judged] = field(default_factory=list)

    def cuts(self, name: str) -> Counter[Cut]:
        grants = [grant for result in self.results for grant in result.settled.grants]
        return Counter(grant.cut for grant in grants if self.names[grant.promotion_id] == name)

    def losses(self, name: str) -> int:
        losers = [grant for result in self.results for grant in result.losers]
        return sum(self.names[grant.promotion_id] == name for grant in losers)


@pytest.fixture(scope="module")
def season() -> Season:
    plan = demo_plan(ROOT)
    partners, promotions = plan.partners, plan.promotions
    numbering: Numbering = {
        partner.code: (PartnerId(n), {outlet.code: outlet.number for outlet in partner.outlets})
        for n, partner in enumerate(partners, start=1)
    }
    states = {
        PromotionId(n): PromotionState(promotion_terms(promotion, numbering), promotion_budget(promotion))
        for n, promotion in enumerate(promotions, start=1)
    }
    names = {PromotionId(n): promotion.name for n, promotion in enumerate(promotions, start=1)}
    terms = {
        partner.code: EarnTerms(
            earn=partner.earn,
            offsets=tuple(outlet.offsets for outlet in partner.outlets),
            promotions=tuple(n for n, p in enumerate(promotions, start=1) if partner.code in p.partners),
            available=partner.available,
        )
        for partner in partners
    }
    found = Season({names[n]: state for n, state in states.items()}, names)
    by_code = {partner.code: partner for partner in partners}
    for row, member in _known_rows():
        partner = by_code[row["partner"]]
        earning = _earning(row, partner, member)
        found.results.append(judge(earning, terms[partner.code], numbering[partner.code][0], states))
    return found


def _known_rows() -> list[tuple[Row, MemberId]]:
    members = {row["member"]: MemberId(n) for n, row in enumerate(member_rows(), start=1)}
    rows = purchases_from_tips(ROOT / "examples" / "tips.csv")
    return [(row, members[row["member"]]) for row in rows if row["member"] in members]


def _earning(row: Row, partner: Partner, member: MemberId) -> Earning:
    at = datetime.fromisoformat(row["occurred_at"])
    seconds, minutes = int(at.timestamp()), -4 * 60
    eligible = int(row["gross_minor"]) - int(row["tip_minor"])
    return Earning(
        member=member,
        base=Miles(eligible * partner.earn.miles // partner.earn.per_minor),
        eligible_minor=MinorUnits(eligible),
        outlet=next(outlet.number for outlet in partner.outlets if outlet.code == row["outlet"]),
        occurred_at_s=seconds,
        local_day=local_day(seconds, minutes),
        local_minute=local_minute(seconds, minutes),
    )


@pytest.mark.parametrize("name", ["harbour-weekend-triple", "market-street-lunch"])
def test_demo_offers__a_budget__runs_out_with_bills_still_to_come(season: Season, name: str) -> None:
    assert season.states[name].budget_left == 0
    assert season.cuts(name)[Cut.BUDGET] > 1


@pytest.mark.parametrize("name", ["harbour-first-tables", "harbour-sunday-table", "may-double"])
def test_demo_offers__a_limit_per_member__cuts(season: Season, name: str) -> None:
    assert season.cuts(name)[Cut.PER_MEMBER] > 0


@pytest.mark.parametrize("name", ["harbour-sunday-table", "harbour-weekend-triple"])
def test_demo_offers__two_of_one_group__each_loses_to_the_other_what_it_would_have_granted(
    season: Season, name: str
) -> None:
    assert season.losses(name) > 0


def test_demo_offers__prepaid_miles__run_out_on_the_last_bills(season: Season) -> None:
    cut = [n for n, result in enumerate(season.results) if result.settled.outcome is Outcome.CUT_BY_PREPAID]
    assert 1 <= len(cut) <= 5
    assert cut[0] > len(season.results) - 20


def test_demo_offers__every_demo_promotion__grants_to_some_and_not_to_all(season: Season) -> None:
    awards = {name: state.awards for name, state in season.states.items()}
    assert all(10 < count < 200 for count in awards.values()), awards
