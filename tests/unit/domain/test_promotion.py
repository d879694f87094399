"""A promotion as its file states it."""

from datetime import date

from milepost.domain.promotion import (
    ALL_WEEKDAYS,
    MINUTES_A_DAY,
    Fixed,
    Hours,
    Limits,
    Members,
    Promotion,
    PurchaseTerms,
    Stacking,
    Window,
)


def test_promotion__only_what_is_required__applies_all_day_every_day_without_limits() -> None:
    window = Window(date(2021, 5, 1), date(2021, 5, 31))
    promotion = Promotion("x", "X", ("putien",), window, Fixed(5))
    assert (promotion.hours, promotion.weekdays) == (Hours(0, MINUTES_A_DAY), ALL_WEEKDAYS)
    assert (promotion.limits, promotion.stacking) == (Limits(), Stacking(None, None))
    assert (promotion.members, promotion.purchase) == (Members(), PurchaseTerms(minimum_minor=0))
