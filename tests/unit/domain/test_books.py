"""Where promotions stand in an offer set, and who a member is to them."""

from milepost.domain.books import Profile, group_of, places_of
from tests.support.promotions import a_promotion, some_books


def test_places_of__groups__stand_side_by_side_by_their_lowest_id() -> None:
    groups = {1: 7, 2: 0, 3: 9, 4: 7, 5: 0, 6: 9}
    states = {number: a_promotion(group=group) for number, group in groups.items()}
    assert places_of((1, 2, 3, 4, 5, 6), states) == (1, 4, 2, 3, 6, 5)
    assert places_of((2, 3, 4, 6), states) == (2, 3, 6, 4)


def test_group_of__ungrouped__is_its_own() -> None:
    states = {1: a_promotion(), 2: a_promotion(), 3: a_promotion(group=4)}
    assert [group_of(number, states) for number in states] == [-1, -2, 4]


def test_profile_of__a_member__has_tier_segments_and_enrolment_as_they_stand() -> None:
    books = some_books()
    assert books.profile_of(5) == Profile()
    books.ledger.set_tier(5, 2, today=10_000)
    books.segments[5] = 0b11
    books.enrolled_at_s[5] = 77
    assert books.profile_of(5) == Profile(tier=2, segments=0b11, enrolled_at_s=77)
