"""Campaigns with every reward and limit, published in time, offered and begun; and bills that meet them."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from milepost.domain.promotion_terms import PromotionTerms
from tests.machines.programme.base import ProgrammeBase, in_four_groups, terms_from
from tests.machines.programme.rules.passing_time import LATEST_S
from tests.machines.programme.rules.promotions import MOST_OFFSET_S, is_over
from tests.machines.programme.settling import attempt, can_settle, seal, sign
from tests.machines.programme.strategies import (
    DAY,
    Bill,
    budgets,
    lanes,
    meeting_bills,
    numbers,
    picked,
    reports_of,
    rich_terms,
)
from tests.machines.programme.twins import refused

_MOST_OFFERED = 8


class CampaignRules(ProgrammeBase):
    """What random acts one by one would seldom bring together."""

    @precondition(lambda self: self.twins.model.now_s < LATEST_S)
    @rule(relative=st.lists(rich_terms(), min_size=1, max_size=4), budget=budgets)
    def run_a_campaign(self, relative: list[PromotionTerms], budget: int) -> None:
        """Published in time, offered wherever there is room, and the clock moved to its first day."""
        model = self.twins.model
        opens_s = model.now_s + model.notice_s + MOST_OFFSET_S + DAY
        new = [self.publish(terms_from(one, opens_s - one.first_day * DAY), budget) for one in relative]
        for number in sorted(model.books.partners)[:_MOST_OFFERED]:
            kept = [one for one in model.books.partners[number].promotions if not is_over(one, model)]
            wanted = in_four_groups(model.books, [*kept, *new])
            if set(kept) <= set(wanted) and set(new) & set(wanted):
                self.compose(sorted(wanted))
                self.assign(number, len(model.offer_sets))
        self.twins.move_to(opens_s + MOST_OFFSET_S)

    @rule(promotion=numbers, partner=numbers, miles=st.sampled_from((0, 150, 2_000)))
    def contribute(self, promotion: int, partner: int, miles: int) -> None:
        """Partners fill a pot together, out of what they may still issue."""
        model = self.twins.model
        number = picked(sorted(model.books.partners), partner)
        pot = picked(sorted(model.books.promotions), promotion)
        state, terms = model.books.promotions[pot], model.books.partners[number]
        name = "PromotionContributionInvalid" if miles == 0 else None
        name = name or (
            "PartnerFundingInvalid" if terms.available is not None and miles > terms.available else None
        )
        with refused(name if state.terms.funded else "PromotionNotFunded"):
            self.twins.act("contribute", pot, number, miles)
            state.budget += miles
            if terms.available is not None:
                terms.available -= miles
                model.funded[number] -= miles

    @precondition(lambda self: can_settle(self.twins.model))
    @rule(given=st.lists(reports_of(meeting_bills), min_size=1, max_size=3), lane=lanes)
    def dine(self, given: list[list[Bill]], lane: int) -> None:
        """Few members at few outlets, again and again, so that counts, sums and limits fill up."""
        for bills in given:
            attempt(self.twins, sign(self.twins, seal(self.twins.model, bills, lane)))
