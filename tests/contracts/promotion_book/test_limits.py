"""judge: each limit cuts what is granted, names itself, and lets the rest through.

given one limit
  when purchases reach it               then the last is cut to what is left, and the next gets 0
given a limit a day
  when an earlier day's bill comes      then it shares what the later day left
given several limits
  when two leave as little              then the earlier of the list is named
given the first so many members
  when one more comes                   then nothing, and those who had something go on
"""

from typing import Any

import pytest

from milepost.domain.outcome import Cut
from milepost.domain.promotion_terms import RewardKind
from milepost.domain.receipt import Grant
from tests.support.contract_programme import OPEN_PARTNER, Programme
from tests.support.promotion_stage import DAY, grants_of, put_in_force, rich_terms, rows
from tests.support.purchases import an_entry


def cuts(grants: list[tuple[Grant, ...]]) -> list[tuple[int, Cut]]:
    """Granted, and what cut it, of the only promotion."""
    return [(one.granted, one.cut) for (one,) in grants]


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"per_purchase": 60}, [(60, Cut.PER_PURCHASE)] * 3),
        ({"per_member": 150, "party_size": 1}, [(100, Cut.NONE), (50, Cut.PER_MEMBER), (0, Cut.PER_MEMBER)]),
        ({"per_member_day": 150}, [(100, Cut.NONE), (50, Cut.PER_MEMBER_DAY), (0, Cut.PER_MEMBER_DAY)]),
        ({"per_outlet": 150}, [(100, Cut.NONE), (50, Cut.PER_OUTLET), (0, Cut.PER_OUTLET)]),
        ({"awards_per_member": 2}, [(100, Cut.NONE), (100, Cut.NONE), (0, Cut.AWARDS_PER_MEMBER)]),
        ({"awards_per_member_day": 2}, [(100, Cut.NONE), (100, Cut.NONE), (0, Cut.AWARDS_PER_MEMBER_DAY)]),
        ({"awards": 2}, [(100, Cut.NONE), (100, Cut.NONE), (0, Cut.AWARDS)]),
    ],
)
def test_judge__one_limit__cuts_and_is_named(
    programme: Programme, terms: dict[str, Any], expected: list[tuple[int, Cut]]
) -> None:
    put_in_force(programme, rich_terms(programme, **terms))
    assert cuts(grants_of(programme, *[an_entry(party=2)] * 3)) == expected


@pytest.mark.parametrize(
    ("terms", "other"),
    [
        ({"per_member": 100, "party_size": 1}, (100, Cut.NONE)),
        ({"per_member_day": 100}, (100, Cut.NONE)),
        ({"awards_per_member": 1}, (100, Cut.NONE)),
        ({"awards_per_member_day": 1}, (100, Cut.NONE)),
        ({"per_outlet": 100}, (0, Cut.PER_OUTLET)),
        ({"awards": 1}, (0, Cut.AWARDS)),
    ],
)
def test_judge__limits_of_a_member__leave_others_alone(
    programme: Programme, terms: dict[str, Any], other: tuple[int, Cut]
) -> None:
    put_in_force(programme, rich_terms(programme, **terms))
    assert cuts(grants_of(programme, an_entry(party=1), an_entry(party=1, member=2)))[1] == other


def test_judge__per_outlet__counts_each_outlet_for_itself(programme: Programme) -> None:
    programme.registry.addOutlets(OPEN_PARTNER, [(32, 32)] * 10, sender=programme.manager)
    (promotion,) = put_in_force(programme, rich_terms(programme, per_outlet=150))
    outlets = (0, 7, 8, 0, 7, 8, 8)
    found = grants_of(
        programme, *(an_entry(outlet=one, member=place + 1) for place, one in enumerate(outlets))
    )
    assert [granted for granted, _ in cuts(found)] == [100, 100, 100, 50, 50, 50, 0]
    assert [programme.book.grantedAt(promotion, OPEN_PARTNER, one) for one in (0, 1, 7, 8)] == [
        150,
        0,
        150,
        150,
    ]


@pytest.mark.parametrize("terms", [{"per_member_day": 150}, {"awards_per_member_day": 2}])
def test_judge__limit_a_day__begins_anew_with_the_day_and_is_shared_by_earlier_ones(
    programme: Programme, terms: dict[str, int]
) -> None:
    (promotion,) = put_in_force(programme, rich_terms(programme, **terms))
    midnight = programme.now // DAY * DAY - 8 * 3_600
    # Today twice, yesterday's late bill shares what today left; tomorrow is new.
    at = [DAY, 2 * DAY - 1, DAY - 1, 2 * DAY]
    programme.move_to(midnight + DAY + 60)
    found = cuts(grants_of(programme, *(an_entry(seconds=one) for one in at), base_time=midnight - DAY))
    second = 50 if "per_member_day" in terms else 100
    assert [granted for granted, _ in found] == [100, second, 0, 100]
    progress = programme.book.progressOf(promotion, 1)
    assert (progress.dayGranted, progress.dayAwards) == (100, 1)


def test_judge__two_limits_leave_as_little__the_earlier_of_the_list_is_named(programme: Programme) -> None:
    put_in_force(
        programme,
        rich_terms(programme, per_purchase=50, per_member=50, per_outlet=50, awards=1),
        budgets={0: 50},
    )
    assert cuts(grants_of(programme, *[an_entry()] * 2)) == [(50, Cut.PER_PURCHASE), (0, Cut.PER_MEMBER)]


def test_judge__all_limits_used_up__the_one_that_left_least_first_is_named(programme: Programme) -> None:
    put_in_force(programme, rich_terms(programme, awards=1, awards_per_member=1, first=1), budgets={0: 100})
    found = grants_of(programme, an_entry(), an_entry(), an_entry(member=2))
    assert cuts(found) == [(100, Cut.NONE), (0, Cut.AWARDS_PER_MEMBER), (0, Cut.AWARDS)]


def test_judge__first_members__who_had_something_go_on_and_the_next_get_nothing(programme: Programme) -> None:
    (promotion,) = put_in_force(programme, rich_terms(programme, first=2))
    members = (1, 2, 1, 3, 2)
    found = grants_of(programme, *(an_entry(member=one) for one in members))
    assert cuts(found) == [(100, Cut.NONE)] * 3 + [(0, Cut.FIRST), (100, Cut.NONE)]
    assert programme.book.budgetOf(promotion).members == 2
    assert [programme.book.progressOf(promotion, one).had for one in (1, 2, 3)] == [True, True, False]


def test_judge__restaurant_week__second_booking_of_the_first_hundred_members(programme: Programme) -> None:
    """Two bookings give 500, to the first 2 members here: the third gets nothing, though it came twice."""
    terms = rich_terms(
        programme, reward=RewardKind.VISIT, every=2, fixed_miles=500, first=2, awards_per_member=1
    )
    put_in_force(programme, terms)
    members = (1, 2, 3, 3, 2, 1, 1, 1)
    found = grants_of(programme, *(an_entry(member=one) for one in members))
    assert [sum(grant.granted for grant in one) for one in found] == [0, 0, 0, 500, 500, 0, 0, 0]
    assert found[5] == (Grant(1, Cut.FIRST, 500, 0),)


def test_judge__budget_of_a_rich_promotion__last_award_is_partial(programme: Programme) -> None:
    (promotion,) = put_in_force(programme, rich_terms(programme, party_size=1), budgets={0: 150})
    found = cuts(grants_of(programme, *[an_entry(party=1)] * 3))
    assert found == [(100, Cut.NONE), (50, Cut.BUDGET), (0, Cut.BUDGET)]
    assert tuple(programme.book.budgetOf(promotion))[:2] == (150, 150)
    assert programme.book.budgetOf(promotion).awards == 2


def test_judge__happy_hour__once_a_day(programme: Programme) -> None:
    """Triple on Tuesdays 16:00 to 18:00, once a day, from 20.00."""
    tuesday = 0b10
    terms = rich_terms(
        programme,
        multiple_bps=30_000,
        weekdays=tuesday,
        from_minute=960,
        until_minute=1080,
        minimum=2_000,
        awards_per_member_day=1,
    )
    put_in_force(programme, terms)
    midnight = programme.now // DAY * DAY - 8 * 3_600
    while (midnight // DAY + 4) % 7 != 1:
        midnight += DAY
    programme.move_to(midnight + DAY)
    base = midnight + 16 * 3_600
    at = (0, 3_600, 7_199, 7_200)
    entries = [
        an_entry(member=place % 3 + 1, seconds=one, eligible_minor=4_000) for place, one in enumerate(at)
    ]
    found = grants_of(programme, *entries, an_entry(seconds=60, eligible_minor=4_000), base_time=base)
    assert [sum(grant.granted for grant in one) for one in found] == [20, 20, 20, 0, 0]


def test_judge__window_spend_with_a_limit_a_member__shares_what_was_granted(programme: Programme) -> None:
    terms = rich_terms(
        programme, reward=RewardKind.WINDOW_SPEND, table=rows((100, 200), (200, 500)), per_member=450
    )
    put_in_force(programme, terms)
    found = grants_of(programme, *[an_entry(eligible_minor=100)] * 3)
    assert found == [
        (Grant(1, Cut.NONE, 200, 200),),
        (Grant(1, Cut.PER_MEMBER, 300, 250),),
        (Grant(1, Cut.PER_MEMBER, 50, 0),),
    ]
