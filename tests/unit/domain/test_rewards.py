"""What each of the seven rewards desires, purchase after purchase."""

from typing import Any

import pytest

from milepost.domain.promotion_terms import RewardKind
from milepost.domain.receipt import MOST_DESIRED
from milepost.domain.rewards import miles_at, reward_of
from tests.support.promotions import a_promotion, some_books, some_terms
from tests.support.till import DAY_S, Till, a_table, per_step, visits

SPEND, OUTLETS = RewardKind.WINDOW_SPEND, RewardKind.WINDOW_OUTLETS


@pytest.mark.parametrize(
    ("terms", "eligible", "base", "miles"),
    [
        ({"fixed_miles": 500}, 0, 0, 500),
        ({"multiple_bps": 30_000}, 40_000, 100, 200),
        ({"multiple_bps": 15_000}, 1_200, 3, 1),
        ({"multiple_bps": 10_001}, 40_000, 100, 0),
        ({"multiple_bps": 1_000_000}, 1 << 39, 1 << 27, MOST_DESIRED),
        (per_step(100, 1), 60_099, 150, 600),
        (per_step(10_000, 7), 9_999, 24, 0),
        (per_step(1, MOST_DESIRED), 1 << 39, 0, MOST_DESIRED),
        (a_table(RewardKind.BANDS, (0, 1), (500, 9)), 499, 1, 1),
        (a_table(RewardKind.BANDS, (500, 9), (900, 10)), 499, 1, 0),
        (a_table(RewardKind.BANDS, (500, 9), (900, 10)), 900, 2, 10),
    ],
)
def test_reward_of__an_amount__gives_miles_rounded_down(
    terms: dict, eligible: int, base: int, miles: int
) -> None:
    assert reward_of(some_terms(**terms), eligible, base) == miles


def test_miles_at__a_table__gives_the_last_row_reached() -> None:
    table = some_terms(**a_table(SPEND, (10, 1), (20, 5))).table
    assert [miles_at(table, value) for value in (0, 9, 10, 19, 20, 10**12)] == [0, 0, 1, 1, 5, 5]


def _desired(terms: dict[str, Any], *bills: dict[str, Any]) -> list[int]:
    till = Till(some_books(a_promotion(**terms)))
    judged = [till.sell(str(place), **bill) for place, bill in enumerate(bills)]
    return [sum(grant.desired for grant in one.settled.grants) for one in judged]


def test_desired__window_spend__tops_the_sum_up() -> None:
    terms = a_table(SPEND, (50_000, 500), (100_000, 2_000))
    bills = [{"eligible": 49_999}, {"eligible": 1}, {"eligible": 49_999}, {"eligible": 1}, {"eligible": 9}]
    assert _desired(terms, *bills) == [0, 500, 0, 1500, 0]


def test_desired__window_spend__is_each_members_own() -> None:
    terms = a_table(SPEND, (50_000, 500))
    assert _desired(terms, {"eligible": 30_000}, {"eligible": 30_000, "member": 2}) == [0, 0]


def test_desired__window_outlets__counts_distinct_ones() -> None:
    terms = a_table(OUTLETS, (1, 150), (3, 450))
    outlets = [0, 0, 1, 2, 1]
    assert _desired(terms, *[{"outlet": outlet} for outlet in outlets]) == [150, 0, 0, 300, 0]


def test_desired__every_third_visit__pays_each_third() -> None:
    assert _desired(visits(every=3), *[{}] * 7) == [0, 0, 90, 0, 0, 90, 0]


def test_desired__visits_from_the_third__pay_from_then_on() -> None:
    assert _desired(visits(from_visit=3), *[{}] * 5) == [0, 0, 90, 90, 90]


def test_desired__every_second_visit_from_the_fourth__must_be_both() -> None:
    assert _desired(visits(every=2, from_visit=4), *[{}] * 6) == [0, 0, 0, 90, 0, 90]


def test_desired__cut_window_reward__is_desired_again_and_can_still_be_earned() -> None:
    """What the day's limit cut on one day is due on the next."""
    books = some_books(a_promotion(**a_table(SPEND, (100, 500)), per_member_day=200))
    till = Till(books)
    granted = [till.sell(str(day), after=day * DAY_S).settled.grants for day in range(4)]
    assert [(grant.desired, grant.granted) for (grant,) in granted[:3]] == [
        (500, 200),
        (300, 200),
        (100, 100),
    ]
    assert granted[3] == ()


def test_desired__a_yearly_count__begins_anew_and_a_late_bill_counts_in_its_year() -> None:
    """Opening plus 232 days is the first of January 2019 by the outlet's clock."""
    terms = visits(from_visit=2, yearly=True)
    till = Till(some_books(a_promotion(**terms, last_day=20_000)))
    till.books.accept = type(till.books.accept)(1_000, 10)
    days = [0, 1, 233, 2, 234, 600, 3, 235]
    found = [till.sell(str(n), after=day * DAY_S).settled.bonus for n, day in enumerate(days)]
    # Day 600 lies in 2020: what is of 2018 then is no longer kept, and pays and counts nothing.
    assert found == [0, 90, 0, 90, 90, 0, 0, 90]
