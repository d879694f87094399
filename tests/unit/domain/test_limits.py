"""Each limit alone: what it leaves, and its name; of two, the one that leaves least, the earlier on ties."""

from typing import Any

import pytest

from milepost.domain.limits import cut_to
from milepost.domain.outcome import Cut
from milepost.domain.receipt import Grant
from tests.support.promotions import a_promotion, some_books
from tests.support.till import DAY_S, Till

Cuts = list[tuple[int, Cut]]


def _granted(terms: dict[str, Any], *bills: dict[str, Any], budget: int | None = None) -> Cuts:
    till = Till(some_books(a_promotion(budget=budget, **terms)))
    judged = [till.sell(str(place), **bill) for place, bill in enumerate(bills)]
    return [(grant.granted, grant.cut) for one in judged for grant in one.settled.grants]


@pytest.mark.parametrize(
    ("terms", "bills", "granted"),
    [
        ({"per_purchase": 60}, [{}, {}], [(60, Cut.PER_PURCHASE), (60, Cut.PER_PURCHASE)]),
        ({"per_member": 160}, [{}, {}, {}], [(100, Cut.NONE), (60, Cut.PER_MEMBER), (0, Cut.PER_MEMBER)]),
        ({"per_member": 160}, [{}, {"member": 2}], [(100, Cut.NONE), (100, Cut.NONE)]),
        ({"per_member_day": 160}, [{}, {}], [(100, Cut.NONE), (60, Cut.PER_MEMBER_DAY)]),
        ({"per_member_day": 160}, [{}, {"after": DAY_S}], [(100, Cut.NONE), (100, Cut.NONE)]),
        ({"per_outlet": 160}, [{}, {"member": 2}], [(100, Cut.NONE), (60, Cut.PER_OUTLET)]),
        ({"per_outlet": 160}, [{}, {"outlet": 1}], [(100, Cut.NONE), (100, Cut.NONE)]),
        ({"awards_per_member": 1}, [{}, {}], [(100, Cut.NONE), (0, Cut.AWARDS_PER_MEMBER)]),
        ({"awards_per_member_day": 1}, [{}, {}], [(100, Cut.NONE), (0, Cut.AWARDS_PER_MEMBER_DAY)]),
        ({"awards_per_member_day": 1}, [{}, {"after": DAY_S}], [(100, Cut.NONE), (100, Cut.NONE)]),
        ({"awards": 1}, [{}, {"member": 2}], [(100, Cut.NONE), (0, Cut.AWARDS)]),
        ({"first": 1}, [{}, {"member": 2}, {}], [(100, Cut.NONE), (0, Cut.FIRST), (100, Cut.NONE)]),
    ],
)
def test_limited__one_limit__cuts_in_its_own_name(terms: dict, bills: list, granted: Cuts) -> None:
    assert _granted(terms, *bills) == granted


def test_limited__a_budget__gives_its_last_part() -> None:
    assert _granted({}, {}, {}, {}, budget=150) == [(100, Cut.NONE), (50, Cut.BUDGET), (0, Cut.BUDGET)]


def test_limited__an_earlier_day__shares_what_the_kept_day_has_left() -> None:
    bills = [{"after": 2 * DAY_S}, {"after": 0}, {"after": DAY_S}, {"after": 3 * DAY_S}]
    assert _granted({"per_member_day": 150}, *bills) == [
        (100, Cut.NONE),
        (50, Cut.PER_MEMBER_DAY),
        (0, Cut.PER_MEMBER_DAY),
        (100, Cut.NONE),
    ]


@pytest.mark.parametrize(
    ("terms", "cut"),
    [
        ({"per_purchase": 40, "per_member": 40}, Cut.PER_PURCHASE),
        ({"per_purchase": 41, "per_member": 40}, Cut.PER_MEMBER),
        ({"per_member": 40, "per_outlet": 40}, Cut.PER_MEMBER),
        ({"per_outlet": 40, "per_member_day": 41}, Cut.PER_OUTLET),
    ],
)
def test_limited__two_limits__the_one_that_leaves_least_is_named_the_earlier_on_ties(
    terms: dict, cut: Cut
) -> None:
    assert _granted(terms, {}) == [(40, cut)]


def test_cut_to__a_limit_that_leaves_as_much__is_not_named() -> None:
    grant = Grant(1, Cut.NONE, 100, 100)
    assert cut_to(grant, 100, Cut.BUDGET) == grant
    assert cut_to(grant, 99, Cut.BUDGET) == Grant(1, Cut.BUDGET, 100, 99)
