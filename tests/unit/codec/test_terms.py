"""A promotion's file becomes the contract's terms, or is refused with the reason."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from eth_utils.crypto import keccak

from milepost.codec.terms import ALL_OUTLETS, promotion_budget, promotion_terms, terms_hash
from milepost.domain.errors import DayOutOfRange, PromotionNotSettleable
from milepost.domain.promotion import (
    Bands,
    Fixed,
    Funding,
    Hours,
    Limits,
    Members,
    Multiple,
    PerStep,
    Promotion,
    PurchaseTerms,
    Stacking,
    Step,
    Visit,
    Window,
    WindowOutlets,
    WindowSpend,
)
from milepost.domain.promotion_terms import NO_BUDGET, OutletMask, PromotionTerms, RewardKind, Row
from milepost.domain.purchase import Channel

NUMBERING = {
    "putien": (7, {"causeway-bay": 0, "hkg-airport": 1, "sha-tin": 2}),
    "lorenzo": (3, {"central": 0, "hkg-airport": 1}),
}
TIERS = ("blue", "silver", "gold")


def _promotion(**changes: Any) -> Promotion:
    usual = Promotion(
        name="putien-may",
        title="One mile a dollar",
        partners=("putien",),
        window=Window(date(2021, 5, 1), date(2021, 5, 31)),
        reward=Multiple(40_000),
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
    )


def test_promotion_terms__all_that_can_be_said__is_numbered() -> None:
    promotion = _promotion(
        window=Window(date(2021, 5, 1), date(2021, 5, 31), (date(2021, 5, 9), date(2021, 5, 2))),
        weekdays=(0, 6),
        hours=Hours(1320, 120),
        members=Members(("gold", "blue"), (0, 31), enrolled=True, first=100),
        purchase=PurchaseTerms(60_000, 4, (Channel.DELIVERY, Channel.DINE_IN)),
        reward=Fixed(500),
        limits=Limits(
            per_purchase=1,
            per_member=2,
            per_member_day=3,
            per_outlet=4,
            awards_per_member=5,
            awards_per_member_day=6,
            awards=7,
            budget=8,
        ),
        stacking=Stacking("monday-offers", 900),
        funding=(Funding("putien", 8),),
    )
    assert promotion_terms(promotion, NUMBERING, tiers=TIERS) == PromotionTerms(
        first_day=11_443,
        last_day=11_473,
        from_minute=1320,
        until_minute=120,
        weekdays=0b1000001,
        minimum=60_000,
        party_size=4,
        channels=0b101,
        tiers=0b101,
        segments=2**31 + 1,
        enrolled=True,
        first=100,
        group=int.from_bytes(keccak(text="monday-offers")[:4], "big"),
        reward=RewardKind.FIXED,
        fixed_miles=500,
        per_purchase=1,
        per_member=2,
        per_member_day=3,
        per_outlet=4,
        awards_per_member=5,
        awards_per_member_day=6,
        awards=7,
        ceiling=900,
        funded=True,
        except_days=(11_444, 11_451),
    )


_ROWS, _TABLE = (Step(100, 5), Step(200, 9)), (Row(100, 5), Row(200, 9))


@pytest.mark.parametrize(
    ("reward", "fields"),
    [
        (PerStep(100, 2), {"reward": RewardKind.PER_STEP, "step": 100, "fixed_miles": 2}),
        (Bands(_ROWS), {"reward": RewardKind.BANDS, "table": _TABLE}),
        (WindowSpend(_ROWS), {"reward": RewardKind.WINDOW_SPEND, "table": _TABLE}),
        (
            Visit(every=10, miles=100),
            {"reward": RewardKind.VISIT, "every": 10, "from_visit": 0, "fixed_miles": 100, "yearly": False},
        ),
        (
            Visit(from_visit=12, multiple_bps=50_000, is_yearly=True),
            {
                "reward": RewardKind.VISIT,
                "every": 0,
                "from_visit": 12,
                "multiple_bps": 50_000,
                "yearly": True,
            },
        ),
    ],
)
def test_promotion_terms__each_reward__has_its_kind_and_fields(reward: Any, fields: dict[str, Any]) -> None:
    expected = replace(promotion_terms(_promotion(), NUMBERING), **{"multiple_bps": 0, **fields})
    assert promotion_terms(_promotion(reward=reward), NUMBERING) == expected


def test_promotion_terms__outlets_that_are_counted__are_all_listed() -> None:
    counting = _promotion(partners=("putien", "lorenzo"), reward=WindowOutlets((Step(2, 300),)))
    terms = promotion_terms(counting, NUMBERING)
    assert (terms.reward, terms.table, terms.listed) == (RewardKind.WINDOW_OUTLETS, (Row(2, 300),), True)
    assert terms.outlets == (OutletMask(3, 0b11), OutletMask(7, 0b111))
    less = promotion_terms(replace(counting, outlets_exclude=("hkg-airport",)), NUMBERING)
    assert less.outlets == (OutletMask(3, 0b01), OutletMask(7, 0b101))


def test_promotion_terms__33_outlets_that_are_counted__are_refused() -> None:
    numbering = {"putien": (7, {f"outlet-{i}": i for i in range(33)})}
    counting = _promotion(reward=WindowOutlets((Step(2, 300),)))
    with pytest.raises(PromotionNotSettleable, match="counts more than 32 outlets"):
        promotion_terms(counting, numbering)
    assert promotion_terms(replace(counting, outlets_exclude=("outlet-9",)), numbering).listed


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
        ({"members": Members(tiers=("platinum",))}, "tier platinum"),
        ({"reward": Fixed(0)}, "rewards"),
    ],
)
def test_promotion_terms__what_is_not_numbered__is_refused_with_the_reason(
    changes: dict, reason: str
) -> None:
    with pytest.raises(PromotionNotSettleable, match=f"putien-may .*{reason}"):
        promotion_terms(_promotion(**changes), NUMBERING, tiers=TIERS)


def test_promotion_terms__window_before_1990__is_refused() -> None:
    with pytest.raises(DayOutOfRange):
        promotion_terms(_promotion(window=Window(date(1989, 1, 1), date(2021, 1, 1))), NUMBERING)


def test_promotion_budget__none_or_some__is_all_ones_or_itself() -> None:
    assert promotion_budget(_promotion()) == NO_BUDGET == (1 << 48) - 1
    assert promotion_budget(_promotion(limits=Limits(budget=5))) == 5


def test_promotion_budget__a_pot__is_empty_until_its_partners_pay() -> None:
    pot = _promotion(limits=Limits(budget=5), funding=(Funding("putien", 5),))
    assert promotion_budget(pot) == 0


def test_terms_hash__full_text__is_its_keccak() -> None:
    assert terms_hash(_promotion(terms="Only on Mondays à dîner.")) == keccak(
        "Only on Mondays à dîner.".encode()
    )
