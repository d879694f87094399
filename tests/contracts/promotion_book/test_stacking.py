"""judge: groups and ceilings.

given promotions of one group
  when one may grant more after its limits     then it wins, ties to the lower id
given promotions without a group
  when all apply                               then they add, up to the lowest ceiling of those that grant
  when the ceiling is reached                  then higher ids are cut first, and ids count, not places
"""

from milepost.domain.outcome import Cut, Outcome
from milepost.domain.promotion_terms import RewardKind
from milepost.domain.receipt import Grant
from tests.support.contract_programme import PREPAID_PARTNER, Programme
from tests.support.promotion_stage import awarded, grants_of, put_in_force, rich_terms
from tests.support.purchases import an_entry


def test_judge__group__most_after_limits_wins_and_ties_go_to_the_lower_id(programme: Programme) -> None:
    ids = put_in_force(
        programme,
        rich_terms(programme, group=5, fixed_miles=500, per_purchase=90),
        rich_terms(programme, group=5, fixed_miles=100, awards=1),
        rich_terms(programme, group=5, fixed_miles=90),
    )
    found = grants_of(programme, an_entry(), an_entry())
    assert found == [(Grant(ids[1], Cut.NONE, 100, 100),), (Grant(ids[0], Cut.PER_PURCHASE, 500, 90),)]
    assert [programme.book.budgetOf(one).awards for one in ids] == [1, 1, 0]


def test_judge__ceiling__cuts_higher_ids_first(programme: Programme) -> None:
    ids = put_in_force(
        programme,
        rich_terms(programme, fixed_miles=100),
        rich_terms(programme, fixed_miles=80, ceiling=150),
        rich_terms(programme, fixed_miles=60, ceiling=1_000),
    )
    (found,) = grants_of(programme)
    assert found == (
        Grant(ids[0], Cut.NONE, 100, 100),
        Grant(ids[1], Cut.CEILING, 80, 50),
        Grant(ids[2], Cut.CEILING, 60, 0),
    )


def test_judge__ceiling_over_interleaved_groups__goes_by_id_and_not_by_place(programme: Programme) -> None:
    """The group of 1 and 3 stands before 2, and its winner 3 is cut before 2."""
    ids = put_in_force(
        programme,
        rich_terms(programme, group=5, fixed_miles=10),
        rich_terms(programme, fixed_miles=80, ceiling=100),
        rich_terms(programme, group=5, fixed_miles=60),
    )
    (found,) = grants_of(programme)
    assert found == (Grant(ids[2], Cut.CEILING, 60, 20), Grant(ids[1], Cut.NONE, 80, 80))


def test_judge__ceiling_of_a_promotion_that_grants_nothing__does_not_hold(programme: Programme) -> None:
    put_in_force(
        programme, rich_terms(programme, awards=1, fixed_miles=20, ceiling=30), rich_terms(programme)
    )
    found = grants_of(programme, an_entry(), an_entry())
    assert [[grant.granted for grant in one] for one in found] == [[20, 10], [0, 100]]
    assert found[1][0].cut is Cut.AWARDS


def test_judge__ceiling_then_prepaid__the_later_cut_is_named(programme: Programme) -> None:
    programme.registry.register(1, 400, 1, 60, sender=programme.manager)
    programme.registry.addOutlets(4, [(32, 32)], sender=programme.manager)
    put_in_force(programme, rich_terms(programme, ceiling=50), partner=4)
    (settled,) = awarded(programme, partner=4)
    assert (settled.outcome, settled.base) == (Outcome.CUT_BY_PREPAID, 25)
    assert settled.grants == (Grant(1, Cut.PREPAID, 100, 35),)


def test_judge__base_cut_by_prepaid__multiple_is_of_the_full_base(programme: Programme) -> None:
    programme.registry.register(1, 400, 1, 10, sender=programme.manager)
    programme.registry.addOutlets(4, [(32, 32)], sender=programme.manager)
    terms = rich_terms(programme, reward=RewardKind.VISIT, every=1, multiple_bps=30_000)
    (promotion,) = put_in_force(programme, terms, partner=4)
    (settled,) = awarded(programme, partner=4)
    assert (settled.base, settled.grants) == (10, (Grant(1, Cut.PREPAID, 50, 0),))
    # It counted all the same, and as nothing was paid the milestone is not used up.
    progress = programme.book.progressOf(promotion, 1)
    assert (settled.counted, progress.visits, progress.paid) == (1, 1, 0)


def test_judge__plain_promotions_in_a_rich_set__are_judged_as_in_a_plain_one(programme: Programme) -> None:
    plain = rich_terms(programme, per_member=150, group=1)
    midnight = rich_terms(programme, multiple_bps=20_000, from_minute=1380, until_minute=1379, group=2)
    put_in_force(programme, plain, midnight)
    ids = [programme.publish(one) for one in ()]
    expected = grants_of(programme, *[an_entry(eligible_minor=40_000)] * 3)
    assert expected[1] == (Grant(1, Cut.PER_MEMBER, 100, 50), Grant(2, Cut.NONE, 100, 100))
    ids = put_in_force(
        programme,
        rich_terms(programme, per_member=150, group=1),
        rich_terms(programme, multiple_bps=20_000, from_minute=1380, until_minute=1379, group=2),
        rich_terms(programme, party_size=9),
        partner=PREPAID_PARTNER,
    )
    found = grants_of(programme, *[an_entry(eligible_minor=40_000)] * 3, partner=PREPAID_PARTNER)
    shifted = [
        tuple(Grant(one.promotion_id + 2, one.cut, one.desired, one.granted) for one in g) for g in expected
    ]
    assert found == shifted and ids[0] == 3
