"""Who is in which segment, by what they bought."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.segments import (
    Bound,
    Habit,
    Measure,
    Segment,
    SegmentRules,
    Share,
    Visit,
    segments_of,
)

# Day 10,000 is a Thursday: 1990-01-01 was a Monday.
TODAY = 10_000
SATURDAY = TODAY - 5


def a_visit(days_ago: int = 0, spend: int = 10_000, **changes: Any) -> Visit:
    return Visit(TODAY - days_ago, spend, **{"outlet": "putien/sha-tin", "channel": "dine-in", **changes})


def rules(*conditions: Any, unless: Sequence[Any] = (), **changes: Any) -> SegmentRules:
    segment = Segment("tried", 7, "Tried", conditions, tuple(unless))
    return SegmentRules("file", "HKD", (segment,), {}, **changes)


def _is_in(*visits: Visit, **rule: Any) -> bool:
    conditions = rule.pop("when")
    return segments_of({"M": visits}, rules(*conditions, **rule), today=TODAY) == {"M": 1 << 7}


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        (Measure.VISITS, 2),
        (Measure.SPEND, 30_001),
        (Measure.SPEND_PER_VISIT, 15_000),
        (Measure.RECENCY_DAYS, 3),
        (Measure.FIRST_DAYS, 40),
        (Measure.FIRST_PURCHASE, TODAY - 40),
        (Measure.LAST_PURCHASE, TODAY - 3),
    ],
)
def test_segments_of__a_measure__has_both_bounds_included(measure: Measure, value: int) -> None:
    visits = (a_visit(40, 10_000), a_visit(3, 20_001))
    assert _is_in(*visits, when=[Bound(measure, value, value)])
    assert not _is_in(*visits, when=[Bound(measure, value + 1)])
    assert not _is_in(*visits, when=[Bound(measure, most=value - 1)])


def test_segments_of__never_came__has_no_visits_and_nothing_to_count_days_from() -> None:
    assert _is_in(when=[Bound(Measure.VISITS, most=0), Bound(Measure.SPEND, 0, 0)])
    for measure in Measure:
        if measure not in (Measure.VISITS, Measure.SPEND):
            assert not _is_in(when=[Bound(measure, least=-(10**6), most=10**6)])
    assert not _is_in(when=[Share(Habit.CHANNEL, frozenset(), most=100)])


@pytest.mark.parametrize(
    ("habit", "values"),
    [
        (Habit.WEEKDAY, {"5", "6"}),
        (Habit.OUTLET, {"putien/causeway-bay"}),
        (Habit.PARTNER, {"harbour-grill"}),
        (Habit.CHANNEL, {"delivery", "takeaway"}),
    ],
)
def test_segments_of__a_share__is_of_visits_and_exact(habit: Habit, values: set[str]) -> None:
    other = {
        Habit.WEEKDAY: Visit(SATURDAY, 1, "putien/sha-tin"),
        Habit.OUTLET: a_visit(outlet="putien/causeway-bay"),
        Habit.PARTNER: a_visit(outlet="harbour-grill/pier"),
        Habit.CHANNEL: a_visit(channel="delivery"),
    }[habit]
    # Two of three are 66.67 per cent: at least 66, and not at least 67.
    visits = (other, other, a_visit())
    assert _is_in(*visits, when=[Share(habit, frozenset(values), least=66)])
    assert not _is_in(*visits, when=[Share(habit, frozenset(values), least=67)])
    assert _is_in(*visits, when=[Share(habit, frozenset(values), most=67)])
    assert not _is_in(*visits, when=[Share(habit, frozenset(values), most=66)])


def test_segments_of__several_conditions__must_all_hold_and_not_all_of_unless() -> None:
    often, lately = Bound(Measure.VISITS, least=2), Bound(Measure.RECENCY_DAYS, most=30)
    assert _is_in(a_visit(1), a_visit(2), when=[often, lately])
    assert not _is_in(a_visit(1), when=[often, lately])
    assert not _is_in(a_visit(1), a_visit(2), when=[often], unless=[lately])
    assert _is_in(a_visit(1), a_visit(2), when=[often], unless=[lately, Bound(Measure.VISITS, least=3)])


def test_segments_of__over_days__what_is_older_counts_for_first_and_last_only() -> None:
    visits = (a_visit(365), a_visit(364))
    one = [Bound(Measure.VISITS, 1, 1), Bound(Measure.SPEND, 10_000, 10_000), Bound(Measure.FIRST_DAYS, 365)]
    assert _is_in(*visits, when=one, over_days=365)
    assert not _is_in(*visits, when=one)
    assert _is_in(
        a_visit(400), when=[Bound(Measure.RECENCY_DAYS, 400), Bound(Measure.VISITS, 0, 0)], over_days=365
    )
    assert not _is_in(a_visit(400), when=[Share(Habit.CHANNEL, frozenset({"dine-in"}), 1)], over_days=365)


def test_segments_of__tomorrows_visit__does_not_count() -> None:
    assert _is_in(a_visit(-1), when=[Bound(Measure.VISITS, most=0)])


def _scores(measure: Measure, *histories: Sequence[Visit], scores: int = 5) -> list[int]:
    """The score of each history: how many of the rules `score >= n` hold."""
    segments = tuple(
        Segment(f"at-least-{n}", n, "", (Bound(measure, least=n),)) for n in range(1, scores + 1)
    )
    tried = SegmentRules("file", "HKD", segments, {}, scores=scores)
    found = segments_of(dict(enumerate(histories)), tried, today=TODAY)
    return [bits.bit_count() for bits in found.values()]


def test_segments_of__scores__are_fifths_with_the_best_highest() -> None:
    days = [[a_visit(ago)] for ago in (0, 10, 20, 30, 40)]
    assert _scores(Measure.RECENCY_SCORE, *days) == [5, 4, 3, 2, 1]
    spends = [[a_visit(spend=spend)] for spend in (1, 2, 3, 4, 5)]
    assert _scores(Measure.SPEND_SCORE, *spends) == [1, 2, 3, 4, 5]
    visits = [[a_visit()] * times for times in (1, 1, 1, 1, 9)]
    assert _scores(Measure.FREQUENCY_SCORE, *visits) == [1, 1, 1, 1, 5]


def test_segments_of__one_member_or_all_alike__score_1() -> None:
    assert _scores(Measure.SPEND_SCORE, [a_visit()]) == [1]
    assert _scores(Measure.SPEND_SCORE, [a_visit()], [a_visit()], []) == [1, 1, 0]


@given(st.lists(st.integers(0, 1 << 50), min_size=2, max_size=60), st.integers(2, 10))
def test_segments_of__any_spends__scores_rise_with_them_and_stay_in_range(spends: list[int], n: int) -> None:
    found = _scores(Measure.SPEND_SCORE, *([a_visit(spend=one)] for one in spends), scores=n)
    assert all(1 <= score <= n for score in found)
    pairs = sorted(zip(spends, found, strict=True))
    assert [score for _, score in pairs] == sorted(found)
    assert len({score for spend, score in pairs if spend == spends[0]}) == 1


def test_segment_rules__mask__is_of_computed_bits_alone() -> None:
    named = Segment("staff", 31, "By hand")
    computed = Segment("seen", 2, "Seen", (Bound(Measure.VISITS, 1),))
    both = SegmentRules("file", "HKD", (named, computed), {"USD": Fraction(39, 5)})
    assert (both.mask, both.bits) == (4, {"staff": 31, "seen": 2})
    assert segments_of({"M": [a_visit()]}, both, today=TODAY) == {"M": 4}
