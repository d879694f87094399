"""Versions, last days and acts: examples of the programmes, and what no announced act may ever do."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.calendar import Align, day_number
from milepost.domain.programme import (
    AccountRule,
    ActivityDay,
    ActivityKind,
    ActKind,
    LotAct,
    LotRule,
    Programme,
    RuleVersion,
)
from milepost.domain.quantities import DayNumber
from milepost.domain.rules import (
    LATEST_DAY,
    NEVER,
    POOL_DAY,
    activity_day_of,
    clock_day_of,
    counts,
    last_day,
    moved_deadline,
    moved_lot_day,
    own_day_of,
    version_number_of,
)
from tests.support.deployments import a_programme

OLD = RuleVersion(None, LotRule(36, Align.DAY))
NEW = RuleVersion(
    date(2020, 1, 1), None, AccountRule(18, Align.DAY, ActivityKind.ACCRUAL | ActivityKind.REDEMPTION)
)
BARE = RuleVersion(date(2030, 1, 1), None)


def _day(text: str) -> DayNumber:
    return day_number(date.fromisoformat(text))


def _programme(*versions: RuleVersion, **changes: object) -> Programme:
    return a_programme(versions=versions or (OLD, NEW, BARE), **changes)


@pytest.mark.parametrize(
    ("day", "number"),
    [("1990-01-01", 1), ("2019-12-31", 1), ("2020-01-01", 2), ("2029-12-31", 2), ("2030-01-01", 3)],
)
def test_version_number_of__a_day__is_the_last_from_that_day_or_before(day: str, number: int) -> None:
    assert version_number_of((OLD, NEW, BARE), _day(day)) == number


def test_last_day__a_first_lapse__is_the_least() -> None:
    first = date(2008, 12, 31)
    assert last_day(12, Align.YEAR, _day("2006-05-01"), first) == _day("2008-12-31")
    assert last_day(12, Align.YEAR, _day("2008-05-01"), first) == _day("2009-12-31")


def test_last_day__beyond_what_16_bits_name__is_cut() -> None:
    assert last_day(600, Align.YEAR, _day("2120-12-31")) == LATEST_DAY == _day("2169-06-05")


def test_own_day_of__each_kind_of_version__is_a_day_the_pool_or_never() -> None:
    programme = _programme()
    days = [own_day_of(programme, _day(day)) for day in ("2019-12-31", "2020-01-01", "2030-01-01")]
    assert days == [_day("2022-12-31"), POOL_DAY, NEVER]


def test_clock_day_of__each_kind_of_version__is_a_day_or_none() -> None:
    programme = _programme()
    days = [clock_day_of(programme, _day(day)) for day in ("2019-12-31", "2020-08-31", "2030-01-01")]
    assert days == [0, _day("2022-02-28"), 0]


@pytest.mark.parametrize(
    ("day", "kind", "is_counted"),
    [
        ("2019-12-31", ActivityKind.ACCRUAL, False),
        ("2020-01-01", ActivityKind.ACCRUAL, True),
        ("2020-01-01", ActivityKind.REDEMPTION, True),
        ("2020-01-01", ActivityKind.PURCHASE, False),
        ("2030-01-01", ActivityKind.ACCRUAL, False),
    ],
)
def test_counts__an_act__follows_the_account_rule_of_its_day(
    day: str, kind: ActivityKind, is_counted: bool
) -> None:
    assert counts(_programme(), kind, _day(day)) is is_counted


@pytest.mark.parametrize(
    ("tiers", "tier", "binds"), [((), 0, True), ((), 3, True), ((0,), 0, True), ((0,), 1, False)]
)
def test_binds__a_tier__is_bound_unless_others_are_named(
    tiers: tuple[int, ...], tier: int, binds: bool
) -> None:
    assert AccountRule(12, Align.YEAR, ActivityKind.ACCRUAL, frozenset(tiers)).binds(tier) is binds


def test_activity_day_of__a_purchase__is_its_own_day_or_the_day_it_is_settled() -> None:
    own, posting = _programme(), _programme(activity_day=ActivityDay.POSTING)
    assert [activity_day_of(own, DayNumber(100), DayNumber(today)) for today in (99, 100, 110)] == [
        99,
        100,
        100,
    ]
    assert [activity_day_of(posting, DayNumber(100), DayNumber(today)) for today in (99, 110)] == [99, 110]


def _acted(act: LotAct, own_day: str, version: int = 1, align: Align = Align.DAY) -> DayNumber:
    versions = (RuleVersion(None, LotRule(36, align)), NEW)
    return moved_lot_day([act], versions, version, _day(own_day))


@pytest.mark.parametrize(
    ("own_day", "moved"),
    [("2020-03-31", "2020-03-31"), ("2020-04-01", "2020-10-01"), ("2020-10-02", "2020-10-02")],
)
def test_moved_lot_day__grace__lifts_what_ends_in_the_window(own_day: str, moved: str) -> None:
    act = LotAct(ActKind.GRACE, 1, _day("2020-04-01"), until_day=_day("2020-10-01"))
    assert _acted(act, own_day) == _day(moved)


@pytest.mark.parametrize(
    ("months", "own_day", "align", "moved"),
    [
        (6, "2020-03-31", Align.DAY, "2020-03-31"),
        (6, "2020-08-31", Align.DAY, "2021-02-28"),
        (6, "2020-06-30", Align.YEAR, "2020-12-31"),
        (-12, "2022-05-31", Align.MONTH, "2021-05-31"),
        (-12, "2020-05-31", Align.DAY, "2020-04-01"),
        (-480, "2020-05-31", Align.DAY, "2020-04-01"),
        (600, "2160-01-01", Align.DAY, "2169-06-05"),
    ],
)
def test_moved_lot_day__months__move_by_the_lots_own_alignment(
    months: int, own_day: str, align: Align, moved: str
) -> None:
    act = LotAct(ActKind.MOVE, 1, _day("2020-04-01"), months=months)
    assert _acted(act, own_day, align=align) == _day(moved)


def test_moved_lot_day__never__lifts_for_good_and_nothing_moves_it_back() -> None:
    first = _day("2020-04-01")
    acts = [LotAct(ActKind.NEVER, 1, first), LotAct(ActKind.MOVE, 1, first, months=-12)]
    assert moved_lot_day(acts, (OLD,), 1, first) == NEVER
    assert moved_lot_day(acts, (OLD,), 1, DayNumber(first - 1)) == first - 1


def test_moved_lot_day__a_later_version__is_not_concerned() -> None:
    act = LotAct(ActKind.NEVER, 1, _day("2020-04-01"))
    assert _acted(act, "2021-01-01", version=2) == _day("2021-01-01")


def test_moved_lot_day__a_version_without_lot_rule__has_no_day_to_move() -> None:
    act = LotAct(ActKind.MOVE, 2, _day("2020-04-01"), months=6)
    assert _acted(act, "2021-01-01", version=2) == _day("2021-01-01")


def test_moved_deadline__a_deadline__knows_grace_and_never_but_no_move() -> None:
    first, until = _day("2020-04-01"), _day("2020-10-01")
    grace = LotAct(ActKind.GRACE, 1, first, until_day=until)
    move = LotAct(ActKind.MOVE, 1, first, months=-12)
    assert [moved_deadline([grace, move], DayNumber(day)) for day in (first - 1, first, until + 1)] == [
        first - 1,
        until,
        until + 1,
    ]
    assert moved_deadline([LotAct(ActKind.NEVER, 1, first)], first) == NEVER
    assert moved_deadline([LotAct(ActKind.NEVER, 1, DayNumber(0))], POOL_DAY) == POOL_DAY


acts_of_any_kind = st.builds(
    LotAct,
    st.sampled_from(ActKind),
    st.integers(1, 2),
    st.integers(1, LATEST_DAY),
    until_day=st.integers(1, LATEST_DAY),
    months=st.integers(-600, 600),
)


@given(
    st.lists(acts_of_any_kind, max_size=8),
    st.integers(1, NEVER),
    st.integers(1, NEVER),
    st.sampled_from(Align),
)
def test_moved_lot_day__any_acts__keep_the_order_of_lots(
    acts: list[LotAct], a: int, b: int, align: Align
) -> None:
    versions = (RuleVersion(None, LotRule(36, align)),)
    first, second = (moved_lot_day(acts, versions, 1, DayNumber(day)) for day in sorted((a, b)))
    assert first <= second


@given(st.lists(acts_of_any_kind, max_size=8), st.integers(1, NEVER))
def test_moved_deadline__any_acts__never_lower_it(acts: list[LotAct], deadline: int) -> None:
    assert moved_deadline(acts, DayNumber(deadline)) >= deadline


@given(acts_of_any_kind, st.integers(1, NEVER), st.integers(1, NEVER))
def test_moved_lot_day__what_lapsed_before_the_act__is_not_revived(
    act: LotAct, own_day: int, today: int
) -> None:
    """An act's day is not before today, so what lapsed yesterday is out of its reach."""
    act = LotAct(act.kind, act.versions, DayNumber(max(act.from_day, today)), act.until_day, act.months)
    if own_day < today:
        assert moved_lot_day([act], (OLD,), 1, DayNumber(own_day)) == own_day
