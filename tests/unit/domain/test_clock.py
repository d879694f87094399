"""An account's lives: activity in time and late, lives that join, tiers, and versions that begin to bind."""

import pytest

from milepost.domain.account import Account, Life, pool_of
from milepost.domain.calendar import Align
from milepost.domain.clock import change_tier, record_activity, resumed, succeed
from milepost.domain.programme import AccountRule, ActivityKind, ActKind, LotAct, RuleVersion
from milepost.domain.quantities import DayNumber
from milepost.domain.rule_book import Activity, RuleBook
from tests.support.ledgers import a_clock_programme, day_date

ACCRUAL = ActivityKind.ACCRUAL


def _book(*versions: RuleVersion, **changes: object) -> RuleBook:
    return RuleBook(a_clock_programme(*versions, **{"late_days": 60, **changes}))


def _record(account: Account, on: int, until: int, *, today: int | None = None, version: int = 1) -> bool:
    return record_activity(
        account, Activity(on, until, version), _book(), today=on if today is None else today
    )


def _lived(until: int = 1_700) -> Account:
    """Active on day 1,000, to a deadline; 100 miles."""
    account = Account()
    assert _record(account, 1_000, until)
    account.add(pool_of(1), 100)
    return account


def test_record_activity__first__begins_a_life() -> None:
    account = _lived()
    assert (account.current, account.clock_version, account.former) == (Life(1, 1_700, 1_000), 1, None)


@pytest.mark.parametrize(
    ("on", "today", "until", "expected"),
    [
        (1_700, 1_700, 2_400, Life(1, 2_400, 1_000)),
        (1_700, 1_760, 2_400, Life(1, 2_400, 1_000)),
        (900, 1_100, 1_600, Life(1, 1_700, 900)),
        (1_000, 1_760, 1_710, Life(1, 1_710, 1_000)),
    ],
)
def test_record_activity__in_time_or_late__moves_the_deadline_and_never_back(
    on: int, today: int, until: int, expected: Life
) -> None:
    account = _lived()
    assert _record(account, on, until, today=today)
    assert account.current == expected


def test_record_activity__too_late__has_no_effect() -> None:
    account = _lived()
    assert not _record(account, 1_700, 2_400, today=1_761)
    assert account == _lived()


def test_record_activity__after_the_deadline__begins_another_life() -> None:
    account = _lived()
    assert _record(account, 1_701, 2_400)
    assert (account.former, account.current) == (Life(1, 1_700, 1_000), Life(2, 2_400, 1_701))
    assert account.lots == {pool_of(1): 100}


def test_record_activity__of_a_former_life_that_reaches_the_newer__joins_both() -> None:
    account = _lived()
    _record(account, 1_720, 2_420)
    account.add(pool_of(2), 7)
    assert _record(account, 1_690, 2_390, today=1_750)
    assert (account.current, account.former, account.heirs) == (Life(2, 2_420, 1_000), None, {1: 2})
    assert account.lots == {pool_of(2): 107}


def test_record_activity__of_a_former_life_that_falls_short__moves_it_and_stays_apart() -> None:
    account = _lived()
    _record(account, 1_720, 2_420)
    assert not _record(account, 1_001, 1_719, today=1_750)
    assert (account.former, account.current.deadline) == (Life(1, 1_719, 1_000), 2_420)


def test_record_activity__of_a_former_life_too_late__has_no_effect() -> None:
    account = _lived()
    _record(account, 1_720, 2_420)
    assert not _record(account, 1_690, 2_390, today=1_761)
    assert account.former == Life(1, 1_700, 1_000)


def test_record_activity__third_life__what_the_first_held_is_lost() -> None:
    account = _lived()
    _record(account, 1_720, 2_420)
    account.add(pool_of(2), 7)
    _record(account, 2_421, 3_000)
    assert (account.former, account.lots, account.written_off) == (
        Life(2, 2_420, 1_720),
        {pool_of(2): 7},
        100,
    )


# ------------------------------------------------------------ tiers

BLUE = AccountRule(24, Align.DAY, ACCRUAL, frozenset({0}))
SILVER = AccountRule(24, Align.DAY, ACCRUAL, frozenset({1}))
BY_TIER = RuleVersion(None, None, BLUE)


def test_change_tier__to_exempt_in_time__keeps_the_life() -> None:
    account = _lived()
    change_tier(account, 1, _book(BY_TIER), today=1_700)
    assert (account.current, account.is_exempt(_book(BY_TIER))) == (Life(1, 1_700, 1_000), True)


def test_change_tier__to_exempt_after_the_lapse__begins_an_empty_life_that_day() -> None:
    account = _lived()
    change_tier(account, 1, _book(BY_TIER), today=1_701)
    assert (account.former, account.current) == (Life(1, 1_700, 1_000), Life(2, 0, 1_701))


@pytest.mark.parametrize(("today", "until"), [(1_650, 1_700), (1_900, 1_900)])
def test_change_tier__to_bound__goes_on_from_that_day(today: int, until: int) -> None:
    account, book = _lived(), _book(BY_TIER)
    change_tier(account, 1, book, today=1_600)
    change_tier(account, 0, book, today=today)
    assert account.current.deadline == until


def test_change_tier__among_bound_or_exempt_tiers__moves_nothing() -> None:
    book = _book(RuleVersion(None, None, AccountRule(24, Align.DAY, ACCRUAL, frozenset({0, 1}))))
    account = _lived()
    change_tier(account, 1, book, today=1_900)
    assert account.current == Life(1, 1_700, 1_000)
    change_tier(account, 2, book, today=1_901)
    change_tier(account, 3, book, today=1_902)
    assert account.current == Life(2, 0, 1_901)


def test_change_tier__never_active__has_no_clock_to_move() -> None:
    account, book = Account(), _book(BY_TIER)
    change_tier(account, 1, book, today=1_900)
    change_tier(account, 0, book, today=1_901)
    assert account.current == Life(1)


def test_record_activity__version_that_binds_an_exempt_member__goes_on_from_that_day() -> None:
    """The deadline lies in the past, and the activity's own may too, where it was settled late."""
    book = _book(RuleVersion(None, None, BLUE), RuleVersion(day_date("1995-01-01"), None, SILVER))
    account = _lived()
    change_tier(account, 1, book, today=1_600)
    assert record_activity(account, Activity(1_900, 1_950, 2), book, today=2_000)
    assert (account.current.deadline, account.clock_version) == (2_000, 2)


def test_succeed__bound_lots_of_an_older_life__are_lost_and_free_ones_stay() -> None:
    account = _lived()
    account.add(pool_of(0), 3)
    succeed(account, 1_701)
    succeed(account, 1_702)
    assert (account.lots, account.written_off) == ({pool_of(0): 3}, 100)


# ------------------------------------------------------------ announced acts


def test_record_activity__grace_on_the_deadline__is_in_time_until_its_day() -> None:
    book = _book()
    book.announce_act(LotAct(ActKind.GRACE, 1, DayNumber(1_690), DayNumber(1_800)), today=1_690)
    account = _lived()
    assert record_activity(account, Activity(1_800, 2_500, 1), book, today=1_800)
    assert account.current == Life(1, 2_500, 1_000)


@pytest.mark.parametrize(("deadline", "today", "expected"), [(9, 10, 10), (10, 10, 10), (11, 10, 11)])
def test_resumed__a_deadline_past_or_to_come__is_not_past(deadline: int, today: int, expected: int) -> None:
    assert resumed(deadline, _book(), today=today) == expected
