"""A promotion's file becomes the contract's terms, or is refused with the reason."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from eth_utils.crypto import keccak

from milepost.codec.terms import ALL_OUTLETS, group_number, promotion_budget, promotion_terms, terms_hash
from milepost.domain.errors import DayOutOfRange, PromotionNotSettleable
from milepost.domain.promotion import Hours, Limits, Promotion, Reward, Window
from milepost.domain.promotion_terms import NO_BUDGET, OutletMask, PromotionTerms, RewardKind

NUMBERING = {
    "putien": (7, {"causeway-bay": 0, "hkg-airport": 1, "sha-tin": 2}),
    "lorenzo": (3, {"central": 0, "hkg-airport": 1}),
}


def _promotion(**changes: Any) -> Promotion:
    usual = Promotion(
        name="putien-may",
        title="One mile a dollar",
        partners=("putien",),
        window=Window(date(2021, 5, 1), date(2021, 5, 31)),
        reward=Reward(multiple_bps=40_000),
    )
    return replace(usual, **changes)


def test_promotion_terms__least_promotion__applies_always_and_everywhere() -> None:
    assert promotion_terms(_promotion(), NUMBERING) == PromotionTerms(
        first_day=11_443,
        last_day=11_473,
        from_minute=0,
        until_minute=1440,
        weekdays=0b1111111,
        minimum=0,
        group=0,
        reward=RewardKind.MULTIPLE,
        multiple_bps=40_000,
        fixed_miles=0,
        per_member=0,
        listed=False,
        outlets=(),
    )


def test_promotion_terms__all_that_can_be_said__is_numbered() -> None:
    terms = promotion_terms(
        _promotion(
            weekdays=(0, 6),
            hours=Hours(1320, 120),
            minimum_minor=60_000,
            group="monday-offers",
            reward=Reward(fixed_miles=500),
            limits=Limits(per_member=1000, budget=5000),
        ),
        NUMBERING,
    )
    assert (terms.weekdays, terms.from_minute, terms.until_minute) == (0b1000001, 1320, 120)
    assert (terms.minimum, terms.fixed_miles, terms.multiple_bps, terms.per_member) == (60_000, 500, 0, 1000)
    assert (
        terms.group
        == group_number("monday-offers")
        == int.from_bytes(keccak(text="monday-offers")[:4], "big")
    )


@pytest.mark.parametrize(
    ("include", "exclude", "listed", "outlets"),
    [
        ((), (), False, ()),
        ((), ("hkg-airport",), False, ((3, ALL_OUTLETS - 2), (7, ALL_OUTLETS - 2))),
        ((), ("sha-tin", "causeway-bay"), False, ((7, ALL_OUTLETS - 5),)),
        (("sha-tin",), (), True, ((7, 0b100),)),
        (("hkg-airport", "central"), (), True, ((3, 0b11), (7, 0b10))),
        (("hkg-airport", "central"), ("hkg-airport",), True, ((3, 0b01),)),
    ],
)
def test_promotion_terms__outlets_in_or_out__become_masks(
    include: tuple, exclude: tuple, listed: bool, outlets: tuple
) -> None:
    promotion = _promotion(partners=("putien", "lorenzo"), outlets_include=include, outlets_exclude=exclude)
    terms = promotion_terms(promotion, NUMBERING)
    assert terms.listed is listed
    assert terms.outlets == tuple(OutletMask(partner, mask) for partner, mask in outlets)


def test_promotion_terms__all_256_outlets_included__keeps_the_mask() -> None:
    numbering = {"putien": (7, {f"outlet-{i}": i for i in range(256)})}
    promotion = _promotion(outlets_include=tuple(numbering["putien"][1]))
    assert promotion_terms(promotion, numbering).outlets == (OutletMask(7, ALL_OUTLETS),)


def test_promotion_terms__outlets_named_at_65_partners__is_refused() -> None:
    numbering = {f"partner-{i}": (i, {"central": 0}) for i in range(1, 66)}
    promotion = _promotion(partners=tuple(numbering), outlets_include=("central",))
    with pytest.raises(PromotionNotSettleable, match="more than 64 partners"):
        promotion_terms(promotion, numbering)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"partners": ("putien", "nobody")}, "partner nobody"),
        ({"outlets_exclude": ("central",)}, "outlet central"),
        ({"outlets_include": ("sha-tin",), "outlets_exclude": ("sha-tin",)}, "every outlet"),
        ({"window": Window(date(2021, 5, 2), date(2021, 5, 1))}, "ends before"),
        ({"window": Window(date(2021, 5, 1), date(2021, 5, 2), (date(2021, 5, 1),))}, "single days"),
        ({"window": Window(date(2021, 5, 1), date(2169, 6, 6))}, "last day that is numbered"),
        ({"weekdays": ()}, "weekday"),
        ({"weekdays": (7,)}, "weekday"),
        ({"hours": Hours(1440, 60)}, "minute"),
        ({"hours": Hours(0, 0)}, "minute"),
        ({"hours": Hours(60, 60)}, "same minute"),
        ({"reward": Reward()}, "one reward"),
        ({"reward": Reward(40_000, 500)}, "one reward"),
        ({"reward": Reward(10_000)}, "multiplies"),
        ({"reward": Reward(1_000_001)}, "multiplies"),
        ({"reward": Reward(fixed_miles=1 << 22)}, "rewards"),
        ({"reward": Reward(fixed_miles=-1)}, "rewards"),
        ({"limits": Limits(per_member=0)}, "limits a member"),
        ({"limits": Limits(per_member=1 << 22)}, "limits a member"),
        ({"limits": Limits(budget=NO_BUDGET)}, "budget"),
        ({"limits": Limits(budget=0)}, "budget"),
    ],
)
def test_promotion_terms__what_cannot_be_settled__is_refused_with_the_reason(
    changes: dict, reason: str
) -> None:
    with pytest.raises(PromotionNotSettleable, match=f"putien-may .*{reason}"):
        promotion_terms(_promotion(**changes), NUMBERING)


def test_promotion_terms__window_before_1990__is_refused() -> None:
    with pytest.raises(DayOutOfRange):
        promotion_terms(_promotion(window=Window(date(1989, 1, 1), date(2021, 1, 1))), NUMBERING)


def test_promotion_budget__none_or_some__is_all_ones_or_itself() -> None:
    assert promotion_budget(_promotion()) == (1 << 48) - 1
    assert promotion_budget(_promotion(limits=Limits(budget=5))) == 5


def test_terms_hash__full_text__is_its_keccak() -> None:
    assert terms_hash(_promotion(terms="Only on Mondays à dîner.")) == keccak(
        "Only on Mondays à dîner.".encode()
    )
