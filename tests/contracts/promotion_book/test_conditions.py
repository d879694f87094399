"""judge: whom, when and what a rich promotion takes. Each condition is met, and missed by one.

given a promotion with one condition
  when a purchase meets it                                   then it is granted
  when it misses by one, or does not say what is asked for   then it is not, and no grant names it
given enrolment is asked for
  when the purchase came before it, or the member never did  then nothing; from the second of it on, granted
"""

from typing import Any

import pytest
from ape.api import AccountAPI

from tests.support.contract_programme import Programme
from tests.support.promotion_stage import DAY, bonuses, grants_of, put_in_force, rich_terms
from tests.support.purchases import an_entry
from tests.support.refusals import refuses

DINE_IN, TAKEAWAY, DELIVERY = 1, 2, 4


@pytest.mark.parametrize(
    ("terms", "met", "missed"),
    [
        ({"party_size": 4}, {"party": 4}, {"party": 3}),
        ({"party_size": 4}, {"party": 63}, {"party": 0}),
        ({"party_size": 63}, {"party": 63}, {"party": 62}),
        ({"channels": DINE_IN}, {"channel": 1}, {"channel": 2}),
        ({"channels": DINE_IN}, {"channel": 1}, {"channel": 0}),
        ({"channels": TAKEAWAY | DELIVERY}, {"channel": 3}, {"channel": 1}),
        ({"channels": 0, "party_size": 1}, {"channel": 0, "party": 1}, {"channel": 0, "party": 0}),
        ({"minimum": 60_000, "party_size": 1}, {"eligible_minor": 60_000}, {"eligible_minor": 59_999}),
    ],
)
def test_judge__party_channel_and_amount__met_and_missed(
    programme: Programme, terms: dict[str, Any], met: dict[str, Any], missed: dict[str, Any]
) -> None:
    put_in_force(programme, rich_terms(programme, **terms))
    usual = {"party": 2, "channel": 1, "eligible_minor": 70_000}
    assert bonuses(programme, an_entry(**{**usual, **met}), an_entry(**{**usual, **missed})) == [100, 0]


def test_judge__nothing_met__leaves_the_receipt_without_grants(programme: Programme) -> None:
    put_in_force(programme, rich_terms(programme, party_size=4))
    assert grants_of(programme, an_entry(party=3)) == [()]


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"tiers": 0b0010}, [0, 100, 0]),
        ({"tiers": 0b0111}, [100, 100, 100]),
        ({"segments": 1 << 31}, [0, 0, 100]),
        ({"segments": 0b11}, [0, 100, 100]),
        ({"segments": 0b01, "tiers": 0b0100}, [0, 0, 100]),
    ],
)
def test_judge__tier_and_segments_of_the_member__decide(
    programme: Programme, terms: dict[str, int], expected: list[int]
) -> None:
    put_in_force(programme, rich_terms(programme, **terms))
    for member, tier, segments in ((2, 1, 0b10), (3, 2, 1 << 31 | 1)):
        programme.ledger.setProfile(member, tier, segments, sender=programme.manager)
    assert bonuses(programme, *(an_entry(member=member) for member in (1, 2, 3))) == expected


def test_judge__left_out_days__grant_nothing_on_them(programme: Programme) -> None:
    terms = rich_terms(programme)
    today = terms.first_day + 18
    put_in_force(programme, rich_terms(programme, except_days=(today, *range(today + 2, today + 33))))
    begins = (7305 + today) * DAY - 8 * 3_600
    programme.move_to(begins + 40 * DAY)
    at = [
        begins - 1,
        begins,
        begins + DAY - 1,
        begins + DAY,
        begins + 2 * DAY,
        begins + 33 * DAY - 1,
        begins + 33 * DAY,
    ]
    entries = [an_entry(seconds=one - at[0]) for one in at]
    assert bonuses(programme, *entries, base_time=at[0]) == [100, 0, 0, 100, 0, 0, 100]


@pytest.mark.parametrize(("minute", "bonus"), [(1319, 0), (1320, 100), (119, 100), (120, 0)])
def test_judge__hours_past_midnight__hold_for_rich_promotions_too(
    programme: Programme, minute: int, bonus: int
) -> None:
    put_in_force(programme, rich_terms(programme, from_minute=1320, until_minute=120, party_size=1))
    midnight = programme.now // DAY * DAY - 8 * 3_600 - DAY
    assert bonuses(programme, an_entry(party=1, seconds=minute * 60), base_time=midnight) == [bonus]


def test_judge__enrolled_only__counts_from_the_second_of_enrolment(programme: Programme) -> None:
    put_in_force(programme, rich_terms(programme, enrolled=True))
    since = programme.now - 1_000
    programme.book.setEnrolledAt([1, 7], [since, since + 10], sender=programme.manager)
    at = [(1, 0), (1, 1), (7, 10), (7, 11), (2, 500), (6, 500)]
    entries = [an_entry(member=member, seconds=seconds) for member, seconds in at]
    assert bonuses(programme, *entries, base_time=since - 1) == [0, 100, 0, 100, 0, 0]
    programme.book.setEnrolledAt([1], [0], sender=programme.manager)
    assert bonuses(programme) == [0]


def test_set_enrolled_at__members_of_one_word_and_the_next__read_back(programme: Programme) -> None:
    members, times = list(range(1, 14)), [100 + one for one in range(1, 14)]
    programme.book.setEnrolledAt(members, times, sender=programme.manager)
    programme.book.setEnrolledAt([6, 40], [2**40 - 1, 5], sender=programme.manager)
    expected = {**dict(zip(members, times, strict=True)), 6: 2**40 - 1, 40: 5, 14: 0, 2**40 - 1: 0}
    assert {member: programme.book.enrolledAt(member) for member in expected} == expected


def test_set_enrolled_at__lengths_differ_or_a_stranger_asks__is_refused(
    programme: Programme, stranger: AccountAPI
) -> None:
    with refuses("EnrolmentLengthsDiffer", members=2, times=1):
        programme.book.setEnrolledAt([1, 2], [3], sender=programme.manager)
    with refuses("AccessManagedUnauthorized", caller=stranger.address):
        programme.book.setEnrolledAt([1], [3], sender=stranger)


def test_judge__stopped__rich_promotions_end_too(programme: Programme) -> None:
    (promotion,) = put_in_force(programme, rich_terms(programme, party_size=1))
    base_time = programme.now + 100
    programme.book.stop(promotion, base_time, sender=programme.manager)
    entries = [an_entry(party=1, seconds=seconds) for seconds in (0, 1)]
    assert bonuses(programme, *entries, base_time=base_time - 1) == [100, 0]
