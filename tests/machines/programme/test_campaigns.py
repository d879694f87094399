"""Promotions and refunds alone, as random sequences of acts, against the plain model after every step.

given a random programme whose partners have three outlets each, and campaigns of every reward and limit
  when members dine, bills are refunded, voided, raised and claimed, miles are spent and debts collected
    then contracts and model agree on every receipt, lot, debt, budget, limit and count, and
      INV-1: credited + owed = live + lapsed + written off + reversed + redeemed
      INV-2: purchase numbers have no gap, whatever is refused
      INV-6: no partner, budget or limit is exceeded, and what refunds return is there for later purchases

The machine of test_programme.py does the same among all else that can happen; here it happens more often.
"""

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from milepost.domain.outcome import Cut, Outcome
from milepost.domain.partner import EarnRate
from milepost.domain.promotion_terms import NO_BUDGET, PromotionTerms
from milepost.domain.purchase import PurchaseKind
from tests.machines.depth import DEPTH
from tests.machines.programme.invariants import Invariants
from tests.machines.programme.rules.campaigns import CampaignRules
from tests.machines.programme.rules.refunds import RefundRules
from tests.machines.programme.settling import SEEN
from tests.machines.programme.strategies import (
    DAY,
    Setting,
    funds,
    numbers,
    payments,
    picked,
    rich_terms,
    settings_of_a_programme,
)

_RATE = EarnRate(1, 400)
_OUTLETS = ((32, 32), (-20, -16), (51, 55))


class CampaignMachine(CampaignRules, RefundRules, Invariants):
    """Two rule families, and the few acts that change what they come to."""

    @initialize(
        setting=settings_of_a_programme,
        partners=st.lists(st.tuples(payments, funds), min_size=3, max_size=3),
        promotions=st.lists(rich_terms(), min_size=3, max_size=6),
    )
    def deploy(
        self, setting: Setting, partners: list[tuple[int, int]], promotions: list[PromotionTerms]
    ) -> None:
        self.begin(
            setting,
            [(_RATE, payment, available, _OUTLETS) for payment, available in partners],
            [(terms, NO_BUDGET if terms.awards else 2_000) for terms in promotions],
        )

    @rule(member=st.integers(1, 3), tier=st.sampled_from((0, 15)), segments=st.sampled_from((0, 1, 1 << 31)))
    def set_profile(self, member: int, tier: int, segments: int) -> None:
        self.write_profile(member, tier, segments)

    @rule(member=st.integers(1, 3), after_s=st.sampled_from((-90 * DAY, 0, DAY)))
    def date_enrolment(self, member: int, after_s: int) -> None:
        self.write_enrolment(member, self.twins.model.now_s + after_s)

    @rule(partner=numbers)
    def fund(self, partner: int) -> None:
        model = self.twins.model
        number = picked(sorted(model.books.partners), partner)
        terms = model.books.partners[number]
        if terms.available is not None:
            self.twins.act("fund", number, 500)
            terms.available += 500
            model.funded[number] += 500

    @rule(passed_s=st.sampled_from((600, DAY // 2, DAY, DAY, 31 * DAY)))
    def pass_time(self, passed_s: int) -> None:
        self.twins.move_to(self.twins.model.now_s + passed_s)


TestCampaigns = CampaignMachine.TestCase
TestCampaigns.settings = DEPTH


def test_campaigns__all_runs__reached_every_outcome_of_a_change() -> None:
    """Or the agreement above says little. Runs after the machine, in the order of this file.

    Every other cut is reached by tests/contracts/settlement/test_settle_against_model.py.
    """
    cuts = (Cut.NONE, Cut.PER_MEMBER, Cut.BUDGET, Cut.GROUP, Cut.PREPAID)
    outcomes = [Outcome.CREDITED, Outcome.CUT_BY_PREPAID, *list(Outcome)[Outcome.REVERSED :]]
    kinds = [PurchaseKind.AMEND, PurchaseKind.REFUND, PurchaseKind.VOID]
    assert not [one for one in map(repr, (*outcomes, *kinds, *cuts)) if not SEEN[one]]
