"""Promotions on a programme's chain, offered and in force, and what purchases got from them."""

from dataclasses import replace
from typing import Any

from milepost.domain.promotion_terms import NO_BUDGET, PromotionTerms, RewardKind, Row
from milepost.domain.receipt import Grant, Settled
from milepost.domain.report import Entry
from tests.support.contract_programme import OPEN_PARTNER, Programme, open_terms
from tests.support.purchases import an_entry

DAY = 86_400
START_DAYS = 20
"""Days after publishing at which a stage begins: notice is over, and all terms are open."""


def rich_terms(programme: Programme, **changes: Any) -> PromotionTerms:
    """Open terms of a fixed 100 miles, or of the reward that is named, with no other reward's words."""
    terms = open_terms(programme.now)
    kind = changes.get("reward", RewardKind.FIXED)
    takes_fixed = kind in (RewardKind.FIXED, RewardKind.PER_STEP)
    is_multiple = "multiple_bps" in changes
    usual = {"reward": kind, "fixed_miles": 100 if takes_fixed and not is_multiple else 0}
    if is_multiple and "reward" not in changes:
        usual["reward"] = RewardKind.MULTIPLE
    return replace(terms, **{**usual, **changes})


def rows(*table: tuple[int, int]) -> tuple[Row, ...]:
    return tuple(Row(at_least, miles) for at_least, miles in table)


def put_in_force(
    programme: Programme,
    *terms: PromotionTerms,
    partner: int = OPEN_PARTNER,
    budgets: dict[int, int] | None = None,
) -> list[int]:
    """Publish and offer these, and let time pass until they are open.

    Shape: ids in the order given; `budgets` by place in it.
    """
    budgets = budgets or {}
    ids = [
        programme.publish(one, 0 if one.funded else budgets.get(place, NO_BUDGET))
        for place, one in enumerate(terms)
    ]
    programme.offer(partner, *ids)
    programme.move_to(programme.now + START_DAYS * DAY)
    return ids


def grants_of(programme: Programme, *entries: Entry, **how: Any) -> list[tuple[Grant, ...]]:
    """The grants of each purchase, settled as one section."""
    return [settled.grants for settled in awarded(programme, *entries, **how)]


def bonuses(programme: Programme, *entries: Entry, **how: Any) -> list[int]:
    return [settled.bonus for settled in awarded(programme, *entries, **how)]


def awarded(programme: Programme, *entries: Entry, **how: Any) -> list[Settled]:
    return programme.award(*(entries or (an_entry(),)), **how)
