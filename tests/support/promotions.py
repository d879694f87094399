"""Builders of promotions' terms and of the books that a settlement reads, with defaults."""

from dataclasses import astuple, replace
from typing import Any

from milepost.domain.accrual import Books, EarnTerms, PromotionState
from milepost.domain.partner import EarnRate
from milepost.domain.programme import Acceptance
from milepost.domain.promotion_terms import PromotionTerms, RewardKind
from tests.support.ledgers import a_lot_ledger

OPENING = 1_526_256_000
"""2018-05-14T00:00:00Z, a Monday."""
OPENING_DAY = 10_360
"""The same day since 1990-01-01."""


def some_terms(**changes: Any) -> PromotionTerms:
    """All day, every day of 2018, everywhere: one fixed reward of 100 miles."""
    usual = PromotionTerms(
        first_day=OPENING_DAY - 133,
        last_day=OPENING_DAY + 231,
        from_minute=0,
        until_minute=1440,
        weekdays=0b1111111,
        minimum=0,
        group=0,
        reward=RewardKind.MULTIPLE if changes.get("multiple_bps") else RewardKind.FIXED,
        fixed_miles=0 if changes.get("multiple_bps") else 100,
    )
    return replace(usual, **changes)


def a_promotion(*, budget: int | None = None, **changes: Any) -> PromotionState:
    state = PromotionState(some_terms(**changes))
    if budget is not None:
        state.budget = budget
    return state


def some_books(*promotions: PromotionState, available: int | None = None) -> Books:
    """Partner 1: a mile for 4.00, three outlets eight hours ahead; members 1 to 100; promotions from 1."""
    numbered = dict(enumerate(promotions, start=1))
    partner = EarnTerms(
        earn=EarnRate(1, 400),
        offsets=((32, 32),) * 3,
        promotions=tuple(numbered),
        available=available,
    )
    ledger = a_lot_ledger(enrolled=100)
    return Books(Acceptance(oldest_days=90, ahead_minutes=10), ledger, {1: partner}, numbered)


def terms_tuple(terms: PromotionTerms) -> tuple[Any, ...]:
    """As IPromotionBook.Terms is passed."""
    return astuple(terms)
