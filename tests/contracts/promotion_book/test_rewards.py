"""judge: each reward, at the edges of its steps, bands, sums, outlets and visits.

given a reward per step or by bands
  when an amount is one below an edge, or on it     then the step or row below, or the one reached
given a reward on the window's sum
  when purchases add up                             then each is topped up to what is due
  when a limit cut what was due                     then the next purchase still earns the cut part
given a reward on outlets
  when the same outlet is visited again             then it counts once
given a reward on visits
  when the number comes                             then it pays: every so-manieth, from one on, or both
  when a late bill of last year comes               then it counts there
given promotions in a group
  when one loses                                    then its sum and visits count all the same
"""

from typing import Any

import pytest

from milepost.domain.outcome import Cut
from milepost.domain.promotion_terms import OutletMask, RewardKind
from milepost.domain.receipt import Grant
from tests.support.contract_programme import OPEN_PARTNER, PREPAID_PARTNER, Programme
from tests.support.promotion_stage import (
    DAY,
    awarded,
    bonuses,
    grants_of,
    put_in_force,
    rich_terms,
    rows,
)
from tests.support.purchases import an_entry

CAMPAIGN = ((250_000, 500), (1_000_000, 2_000), (3_000_000, 4_000))
"""Spend in minor units of the winter campaign, and what it comes to."""


def spent(*amounts: int, member: int = 1) -> list[Any]:
    return [an_entry(member=member, eligible_minor=amount) for amount in amounts]


def test_judge__per_step__pays_whole_steps(programme: Programme) -> None:
    put_in_force(programme, rich_terms(programme, reward=RewardKind.PER_STEP, step=100, fixed_miles=3))
    assert bonuses(programme, *spent(0, 99, 100, 199, 60_000)) == [0, 0, 3, 3, 1_800]


def test_judge__per_step_beyond_what_a_grant_holds__is_cut_to_it(programme: Programme) -> None:
    terms = rich_terms(programme, reward=RewardKind.PER_STEP, step=1, fixed_miles=2**22 - 1)
    put_in_force(programme, terms)
    assert bonuses(programme, *spent(2**40 - 1)) == [2**22 - 1]


def test_judge__bands__pay_the_last_row_reached(programme: Programme) -> None:
    terms = rich_terms(
        programme, reward=RewardKind.BANDS, table=rows((100, 5), *CAMPAIGN, (4_000_000, 5_000))
    )
    put_in_force(programme, terms)
    amounts = (99, 100, 249_999, 250_000, 999_999, 1_000_000, 3_999_999, 4_000_000, 2**40 - 1)
    assert bonuses(programme, *spent(*amounts)) == [0, 5, 5, 500, 500, 2_000, 4_000, 5_000, 5_000]


def test_judge__window_spend__tops_up_to_what_the_sum_is_due(programme: Programme) -> None:
    """The campaign's own figures: 2,499.99 nothing, then each threshold once."""
    (promotion,) = put_in_force(
        programme, rich_terms(programme, reward=RewardKind.WINDOW_SPEND, table=rows(*CAMPAIGN))
    )
    amounts = (249_999, 1, 749_999, 1, 1_999_999, 1, 9)
    assert bonuses(programme, *spent(*amounts)) == [0, 500, 0, 1_500, 0, 2_000, 0]
    assert bonuses(programme, *spent(3_000_000, member=2)) == [4_000]
    progress = programme.book.progressOf(promotion, 1)
    assert (progress.spend, progress.granted) == (3_000_009, 4_000)


def test_judge__window_spend_that_was_cut__can_still_be_earned(programme: Programme) -> None:
    terms = rich_terms(programme, reward=RewardKind.WINDOW_SPEND, table=rows(*CAMPAIGN), per_purchase=400)
    put_in_force(programme, terms)
    assert grants_of(programme, *spent(250_000, 1, 1)) == [
        (Grant(1, Cut.PER_PURCHASE, 500, 400),),
        (Grant(1, Cut.NONE, 100, 100),),
        (),
    ]


def test_judge__window_outlets__count_each_outlet_once_over_partners(programme: Programme) -> None:
    """Outlets 0 and 2 of the first partner and 1 of the second; the campaign's 150 an outlet."""
    programme.registry.addOutlets(OPEN_PARTNER, [(32, 32)] * 2, sender=programme.manager)
    programme.registry.addOutlets(PREPAID_PARTNER, [(32, 32)] * 2, sender=programme.manager)
    terms = rich_terms(
        programme,
        reward=RewardKind.WINDOW_OUTLETS,
        table=rows((1, 150), (2, 300), (3, 450)),
        listed=True,
        outlets=(OutletMask(OPEN_PARTNER, 0b101), OutletMask(PREPAID_PARTNER, 0b10)),
    )
    ids = put_in_force(programme, terms)
    assert bonuses(programme, *(an_entry(outlet=outlet) for outlet in (2, 2, 1, 0, 0))) == [150, 0, 0, 150, 0]
    assert programme.book.progressOf(ids[0], 1).outlets == 0x22
    assert programme.book.progressOf(ids[0], 1).granted == 300


def test_judge__window_outlets_twenty_times__numbers_stop_at_fifteen(programme: Programme) -> None:
    terms = rich_terms(
        programme,
        reward=RewardKind.WINDOW_OUTLETS,
        table=rows((1, 150)),
        listed=True,
        outlets=(OutletMask(OPEN_PARTNER, 1),),
    )
    ids = put_in_force(programme, terms)
    assert sum(bonuses(programme, *[an_entry()] * 20)) == 150
    assert programme.book.progressOf(ids[0], 1).outlets == 15


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"every": 3}, [0, 0, 100, 0, 0, 100, 0]),
        ({"from_visit": 4}, [0, 0, 0, 100, 100, 100, 100]),
        ({"every": 2, "from_visit": 4}, [0, 0, 0, 100, 0, 100, 0]),
        ({"every": 1}, [100] * 7),
    ],
)
def test_judge__visits__pay_when_their_number_comes(
    programme: Programme, terms: dict[str, int], expected: list[int]
) -> None:
    put_in_force(programme, rich_terms(programme, reward=RewardKind.VISIT, fixed_miles=100, **terms))
    assert bonuses(programme, *[an_entry()] * 7) == expected


def test_judge__dining_club__triple_and_fivefold_from_the_twelfth_of_a_year(programme: Programme) -> None:
    """3 miles a dollar, 5 from the 12th dine in a calendar year: the better of one group."""
    first = rich_terms(programme, group=7, multiple_bps=30_000, last_day=11_000)
    twelfth = rich_terms(
        programme,
        group=7,
        reward=RewardKind.VISIT,
        multiple_bps=50_000,
        from_visit=12,
        yearly=True,
        last_day=11_000,
    )
    _, club = put_in_force(programme, first, twelfth)
    results = awarded(programme, *[an_entry(eligible_minor=40_000)] * 12)
    assert [one.base + one.bonus for one in results] == [300] * 11 + [500]
    assert {one.counted for one in results} == {0b10}
    # 1 January at the outlet: it starts again, and December's late bill counts in December.
    new_year = (7305 + 10_592) * DAY - 8 * 3_600
    programme.move_to(new_year + 60)
    late = [an_entry(eligible_minor=40_000, seconds=seconds) for seconds in (1, 0, 2)]
    results = awarded(programme, *late, base_time=new_year - 1)
    assert [one.base + one.bonus for one in results] == [300, 500, 300]
    progress = programme.book.progressOf(club, 1)
    assert (progress.year, progress.visits, progress.lastVisits) == (2019, 2, 13)


def test_judge__milestone_every_third__notes_the_highest_paid(programme: Programme) -> None:
    terms = rich_terms(programme, reward=RewardKind.VISIT, fixed_miles=100, every=3)
    (promotion,) = put_in_force(programme, terms)
    assert bonuses(programme, *[an_entry()] * 4) == [0, 0, 100, 0]
    progress = programme.book.progressOf(promotion, 1)
    assert (progress.visits, progress.paid, progress.year) == (4, 3, 0)


def test_judge__lost_group__counts_sum_and_visit_all_the_same(programme: Programme) -> None:
    ids = put_in_force(
        programme,
        rich_terms(programme, group=7, fixed_miles=1_000),
        rich_terms(programme, group=7, reward=RewardKind.WINDOW_SPEND, table=rows((20_000, 500))),
        rich_terms(programme, group=7, reward=RewardKind.VISIT, fixed_miles=10, every=1),
    )
    results = awarded(programme, *spent(10_000, 10_000))
    assert [[grant.promotion_id for grant in one.grants] for one in results] == [[ids[0]], [ids[0]]]
    assert [one.counted for one in results] == [0b110, 0b110]
    assert programme.book.progressOf(ids[1], 1).spend == 20_000
    progress = programme.book.progressOf(ids[2], 1)
    assert (progress.visits, progress.paid) == (2, 0)
    assert [programme.book.budgetOf(one).granted for one in ids] == [2_000, 0, 0]


def test_judge__not_met__counts_nothing(programme: Programme) -> None:
    terms = rich_terms(
        programme, reward=RewardKind.VISIT, fixed_miles=100, every=1, minimum=500, per_member=1_000
    )
    (promotion,) = put_in_force(programme, terms)
    results = awarded(programme, *spent(499), an_entry(member=0))
    assert [one.counted for one in results] == [0, 0]
    assert programme.book.progressOf(promotion, 1).visits == 0
