"""What happens to promotions: published, put into sets, offered, topped up, stopped; and what is refused."""

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from milepost.domain.promotion_terms import NO_BUDGET, NOT_STOPPED, PromotionTerms
from tests.machines.programme.base import (
    FIRST_DAY,
    MOST_GROUPS,
    MOST_IN_A_SET,
    ProgrammeBase,
    in_four_groups,
    terms_from,
)
from tests.machines.programme.strategies import DAY, budgets, numbers, picked, plain_terms, terms
from tests.machines.programme.twins import Model, refused
from tests.support.promotions import terms_tuple

MOST_OFFSET_S = 14 * 3_600
_SPOILED = (
    {"last_day": 0},
    {"from_minute": 1_440},
    {"until_minute": 0},
    {"weekdays": 128},
    {"multiple_bps": 0, "fixed_miles": 0},
    {"multiple_bps": 10_000, "fixed_miles": 0},
    {"per_member": 2**22},
    {"listed": True, "outlets": ()},
)


class PromotionRules(ProgrammeBase):
    """Promotions are drawn as numbers that stand for one of those published."""

    @rule(relative=terms(), budget=budgets)
    def publish_promotion(self, relative: PromotionTerms, budget: int) -> None:
        published = terms_from(relative, self.twins.model.now_s)
        with refused(None if is_in_time(published, self.twins.model) else "PromotionNoticeTooShort"):
            self.publish(published, budget)

    @rule(relative=plain_terms(), spoiled=st.sampled_from(_SPOILED), budget=budgets)
    def publish_nonsense(self, relative: PromotionTerms, spoiled: dict[str, int], budget: int) -> None:
        given = replace(terms_from(relative, self.twins.model.now_s), **spoiled)
        with refused("PromotionTermsInvalid"):
            self.twins.act("publish", terms_tuple(given), budget, bytes(32))

    @rule(chosen=st.lists(st.integers(1, 12), max_size=6), in_order=st.booleans())
    def compose_set(self, chosen: list[int], in_order: bool) -> None:
        chosen = sorted(set(chosen)) if in_order else chosen
        with refused(self._refusal_of_set(chosen)):
            self.compose(chosen)

    @precondition(lambda self: self.twins.model.books.promotions)
    @rule(partner=numbers)
    def offer_what_begins(self, partner: int) -> None:
        """What managers do: the partner keeps what goes on, and gets what is still to come."""
        model = self.twins.model
        number = picked(sorted(model.books.partners), partner)
        kept = [one for one in model.books.partners[number].promotions if not is_over(one, model)]
        new = [one for one in sorted(model.books.promotions, reverse=True) if self._begins_in_time(one)]
        for one in new:
            added = sorted({*kept, one})
            kept = added if in_four_groups(model.books, added) == added else kept
        if kept:
            self.compose(kept)
            self._assign(number, len(model.offer_sets))

    @rule(partner=numbers, offer_set=numbers)
    def assign_set(self, partner: int, offer_set: int) -> None:
        model = self.twins.model
        number = picked(sorted(model.books.partners), partner)
        # One more than there are, as no set has that number.
        self._assign(number, picked(range(1, len(model.offer_sets) + 2), offer_set))

    @precondition(lambda self: self.twins.model.books.promotions)
    @rule(promotion=numbers, more=st.sampled_from((-1, 0, 1, 500)))
    def top_up(self, promotion: int, more: int) -> None:
        number = picked(sorted(self.twins.model.books.promotions), promotion)
        state = self.twins.model.books.promotions[number]
        budget = min(max(state.budget + more, 0), NO_BUDGET)
        name = None if budget > state.budget else "PromotionBudgetNotRaised"
        with refused("PromotionFunded" if state.terms.funded else name):
            self.twins.act("raiseBudget", number, budget)
            state.budget = budget

    @precondition(lambda self: self.twins.model.books.promotions)
    @rule(promotion=numbers, after_s=st.sampled_from((-1, 0, 1, 900, DAY)))
    def stop(self, promotion: int, after_s: int) -> None:
        model = self.twins.model
        number = picked(sorted(model.books.promotions), promotion)
        state, stop_at = model.books.promotions[number], model.now_s + after_s
        later = None if stop_at < state.stop_at else "PromotionStopLater"
        with refused("PromotionStopInPast" if stop_at < model.now_s else later):
            self.twins.act("stop", number, stop_at)
            state.stop_at = stop_at

    def _assign(self, partner: int, offer_set: int) -> None:
        with refused(self._refusal_of_offer(partner, offer_set)):
            self.assign(partner, offer_set)

    def _refusal_of_set(self, chosen: list[int]) -> str | None:
        promotions = self.twins.model.books.promotions
        if not 1 <= len(chosen) <= MOST_IN_A_SET:
            return "OfferSetTooLarge"
        if sorted(set(chosen)) != chosen:
            return "OfferSetNotAscending"
        if any(number not in promotions for number in chosen):
            return "PromotionUnknown"
        groups = {promotions[number].terms.group or -number for number in chosen}
        return "OfferSetTooManyGroups" if len(groups) > MOST_GROUPS else None

    def _refusal_of_offer(self, partner: int, offer_set: int) -> str | None:
        model = self.twins.model
        if offer_set > len(model.offer_sets):
            return "OfferSetUnknown"
        former, present = model.books.partners[partner].promotions, model.offer_sets[offer_set - 1]
        if any(one not in present and not is_over(one, model) for one in former):
            return "OfferSetDropsPromotion"
        is_late = any(one not in former and not self._begins_in_time(one) for one in present)
        return "PromotionNoticeTooShort" if is_late else None

    def _begins_in_time(self, promotion: int) -> bool:
        return is_in_time(self.twins.model.books.promotions[promotion].terms, self.twins.model)


def is_in_time(published: PromotionTerms, model: Model) -> bool:
    """Whether the notice is kept where its first day begins first on earth."""
    opens_at = (FIRST_DAY + published.first_day) * DAY - MOST_OFFSET_S
    return opens_at >= model.now_s + model.notice_s


def is_over(promotion: int, model: Model) -> bool:
    """Whether no purchase that settles can count for it any more."""
    state = model.books.promotions[promotion]
    closes_at = (FIRST_DAY + state.terms.last_day + 1) * DAY + MOST_OFFSET_S
    end = min(closes_at, state.stop_at) if state.stop_at != NOT_STOPPED else closes_at
    return end + model.books.accept.oldest_days * DAY < model.now_s
