"""Who and what: tiers, segments, enrolment, party and channel. When and where stand in test_accrual.py."""

from typing import Any

import pytest

from milepost.domain.books import Earning, Profile
from milepost.domain.conditions import has_outlet, meets, meets_what
from milepost.domain.promotion_terms import OutletMask
from tests.support.promotions import OPENING, OPENING_DAY, a_promotion, some_terms

DINE_IN, TAKEAWAY, DELIVERY = 1, 2, 3


def _earning(**changes: Any) -> Earning:
    usual = {"member": 1, "base": 100, "eligible_minor": 40_000, "outlet": 0, "occurred_at_s": OPENING}
    return Earning(**{**usual, "local_day": OPENING_DAY, "local_minute": 480, **changes})


@pytest.mark.parametrize(
    ("terms", "profile", "is_met"),
    [
        ({}, Profile(), True),
        ({"tiers": 0b100}, Profile(tier=2), True),
        ({"tiers": 0b011}, Profile(tier=2), False),
        ({"tiers": 1 << 15}, Profile(tier=15), True),
        ({"segments": 0b110}, Profile(segments=0b010), True),
        ({"segments": 0b110}, Profile(segments=0b001), False),
        ({"segments": 1 << 31}, Profile(segments=1 << 31), True),
        ({"segments": 1}, Profile(), False),
        ({"enrolled": True}, Profile(enrolled_at_s=OPENING), True),
        ({"enrolled": True}, Profile(enrolled_at_s=OPENING + 1), False),
        ({"enrolled": True}, Profile(), False),
    ],
)
def test_meets__members_named__are_those(terms: dict, profile: Profile, is_met: bool) -> None:
    assert meets(a_promotion(**terms), _earning(), 1, profile) is is_met


@pytest.mark.parametrize(
    ("terms", "bill", "is_met"),
    [
        ({"party_size": 4}, {"party": 4}, True),
        ({"party_size": 4}, {"party": 3}, False),
        ({"party_size": 1}, {}, False),
        ({"channels": 0b001}, {"channel": DINE_IN}, True),
        ({"channels": 0b110}, {"channel": DINE_IN}, False),
        ({"channels": 0b110}, {"channel": TAKEAWAY}, True),
        ({"channels": 0b100}, {"channel": DELIVERY}, True),
        ({"channels": 0b111}, {}, False),
        ({}, {}, True),
        ({"minimum": 40_000}, {}, True),
        ({"minimum": 40_001}, {}, False),
    ],
)
def test_meets_what__a_bill_that_does_not_say__meets_only_what_is_not_asked(
    terms: dict, bill: dict, is_met: bool
) -> None:
    assert meets_what(some_terms(**terms), _earning(**bill)) is is_met


def test_meets__excepted_days__are_out() -> None:
    terms = {"except_days": (OPENING_DAY - 1, OPENING_DAY + 1)}
    days = [OPENING_DAY - 1, OPENING_DAY, OPENING_DAY + 1, OPENING_DAY + 2]
    found = [meets(a_promotion(**terms), _earning(local_day=day), 1, Profile()) for day in days]
    assert found == [False, True, False, True]


def test_meets__hours_past_midnight__have_the_small_hours_of_the_new_day() -> None:
    """From Monday 22:00 to 02:00 on Mondays alone: Monday's small hours are in, Tuesday's are not."""
    late = a_promotion(from_minute=1320, until_minute=120, weekdays=0b0000001)
    minutes = [(OPENING_DAY, 60), (OPENING_DAY, 1400), (OPENING_DAY + 1, 60), (OPENING_DAY, 120)]
    found = [
        meets(late, _earning(local_day=day, local_minute=minute), 1, Profile()) for day, minute in minutes
    ]
    assert found == [True, True, False, False]


def test_has_outlet__another_partners_mask__says_nothing_of_this_one() -> None:
    elsewhere = some_terms(outlets=(OutletMask(2, 0b1),))
    assert has_outlet(elsewhere, 1, 5)
    assert not has_outlet(some_terms(outlets=(OutletMask(2, 0b1),), listed=True), 1, 0)
