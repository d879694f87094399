from dataclasses import replace
from datetime import date

import pytest

from milepost.catalogue import CatalogueError, check_promotions
from milepost.domain.partner import EarnRate, EligibleParts, Outlet, Partner, PaymentMode
from milepost.domain.promotion import (
    Fixed,
    Funding,
    Members,
    Promotion,
    Stacking,
    Step,
    Window,
    WindowOutlets,
)
from milepost.domain.quantities import Lane, Miles, OutletCode, OutletNumber, PartnerCode


def _partner(code: str, *outlets: str) -> Partner:
    return Partner(
        code=PartnerCode(code),
        title=code,
        currency="HKD",
        earn=EarnRate(1, 400),
        eligible=EligibleParts(),
        payment=PaymentMode.OPEN,
        available=None,
        lane=Lane(0),
        outlets=tuple(
            Outlet(OutletCode(o), "Asia/Hong_Kong", OutletNumber(n), (32, 32)) for n, o in enumerate(outlets)
        ),
    )


PARTNERS = (_partner("putien", "bay", "airport"), _partner("grill", "pier"))
OFFER = Promotion(
    name="offer",
    title="Offer",
    partners=(PartnerCode("putien"),),
    window=Window(date(2021, 5, 1), date(2021, 5, 31)),
    reward=Fixed(Miles(5)),
)


def _offers(count: int, group: str | None = None) -> list[Promotion]:
    return [replace(OFFER, name=f"offer-{group}-{n}", stacking=Stacking(group)) for n in range(count)]


def _refusal(*promotions: Promotion, tiers: tuple[str, ...] | None = None) -> str:
    with pytest.raises(CatalogueError) as refused:
        check_promotions(promotions, PARTNERS, tiers=tiers)
    return str(refused.value)


def test_check_promotions__known_partners_and_outlets__are_accepted() -> None:
    both = replace(
        OFFER, partners=("putien", "grill"), outlets_include=("bay", "pier"), outlets_exclude=("airport",)
    )
    check_promotions([both], PARTNERS)


def test_check_promotions__an_unknown_partner__names_the_nearest() -> None:
    assert _refusal(replace(OFFER, partners=("puttien",))) == (
        "offer: partners[0]: no partner 'puttien'; did you mean 'putien'?"
    )


def test_check_promotions__unknown_outlets__are_named() -> None:
    text = _refusal(replace(OFFER, outlets_include=("bayy",), outlets_exclude=("pier",)))
    assert "offer: outlets.include[0]: no outlet 'bayy' at its partners; did you mean 'bay'?" in text
    assert "offer: outlets.exclude[0]: no outlet 'pier'" in text


def test_check_promotions__all_outlets_excluded__is_refused() -> None:
    assert "leaves no outlet in" in _refusal(replace(OFFER, outlets_exclude=("bay", "airport")))


def test_check_promotions__outlets_named_at_more_than_64_partners__is_refused() -> None:
    many = [_partner(f"p{n}", "bay", "pier") for n in range(65)]
    offer = replace(OFFER, partners=tuple(partner.code for partner in many[:64]), outlets_exclude=("bay",))
    check_promotions([offer], many)
    with pytest.raises(CatalogueError, match="names outlets at 65 partners; the most is 64"):
        check_promotions([replace(offer, partners=(*offer.partners, many[64].code))], many)


def test_check_promotions__an_unknown_tier__is_named_where_a_programme_is_known() -> None:
    gold = replace(OFFER, members=Members(tiers=("blue", "gould")))
    check_promotions([gold], PARTNERS)
    check_promotions([gold], PARTNERS, tiers=("blue", "gould"))
    assert _refusal(gold, tiers=("blue", "gold")) == (
        "offer: members.tiers[1]: the programme has no tier 'gould'; did you mean 'gold'?"
    )
    assert "has no tier 'blue'; there is none yet" in _refusal(gold, tiers=())


def test_check_promotions__a_payer_nobody_knows__is_named() -> None:
    text = _refusal(replace(OFFER, funding=(Funding("grill", 1), Funding("girll", 2))))
    assert text == "offer: funding[1].partner: no partner 'girll'; did you mean 'grill'?"


def test_check_promotions__outlets_that_are_counted__are_at_most_32() -> None:
    many = [_partner("p", *(f"o{n}" for n in range(20))), _partner("q", *(f"r{n}" for n in range(13)))]
    offer = replace(OFFER, partners=("p", "q"), reward=WindowOutlets((Step(1, 5),)))
    check_promotions([replace(offer, outlets_exclude=("r12",))], many)
    with pytest.raises(CatalogueError, match=r"reward\.window_outlets: counts 33 outlets; the most is 32"):
        check_promotions([offer], many)


def test_check_promotions__a_name_twice__is_refused() -> None:
    assert "is taken by an earlier promotion" in _refusal(OFFER, OFFER)


def test_check_promotions__sixteen_of_one_group__are_accepted_and_seventeen_not() -> None:
    check_promotions(_offers(16, "a"), PARTNERS)
    assert (
        _refusal(*_offers(17, "a"))
        == "offer-a-16: partners[0]: putien would have 17 promotions; the most is 16"
    )


def test_check_promotions__four_groups__are_accepted_and_an_ungrouped_fifth_not() -> None:
    four = [*_offers(2, "a"), *_offers(2, "b"), *_offers(2)]
    check_promotions(four, PARTNERS)
    assert "putien would have 5 groups" in _refusal(*four, replace(OFFER, name="fifth"))
