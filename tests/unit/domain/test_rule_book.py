"""What the rules say of a day, and which further versions and acts are refused."""

from datetime import date

import pytest

from milepost.domain.calendar import Align, day_number
from milepost.domain.programme import (
    AccountRule,
    ActivityKind,
    ActKind,
    LotAct,
    LotRule,
    RuleVersion,
    SpendOrder,
)
from milepost.domain.rule_book import Activity, ActRefused, RuleBook
from milepost.domain.rules import NEVER, POOL_DAY
from tests.support.ledgers import a_clock_programme

EVERY = ActivityKind.ACCRUAL | ActivityKind.REDEMPTION
OLD = RuleVersion(None, LotRule(36, Align.DAY))
NEW = RuleVersion(date(2020, 1, 1), None, AccountRule(18, Align.DAY, EVERY, frozenset({0})))
TODAY = day_number(date(2020, 6, 1))


def _book(**changes: object) -> RuleBook:
    return RuleBook(a_clock_programme(OLD, NEW, **changes))


def test_on__day_of_a_lot_rule__has_an_own_day_and_no_clock() -> None:
    day = day_number(date(2019, 12, 31))
    found = _book().on(day)
    assert (found.version, found.own_day, found.is_bound) == (1, day_number(date(2022, 12, 31)), False)
    assert (found.activity, found.activities) == (Activity(day, NEVER, 1), ActivityKind(0))


def test_on__day_of_an_account_rule__joins_the_pool() -> None:
    day = day_number(date(2020, 1, 1))
    found = _book().on(day)
    assert (found.version, found.own_day, found.is_bound) == (2, POOL_DAY, True)
    assert (found.activity, found.activities) == (Activity(day, day_number(date(2021, 7, 1)), 2), EVERY)


def test_activity_by__first_lapse_later__is_that_day() -> None:
    found = _book(first_lapse=date(2025, 1, 1)).activity_by(2, TODAY)
    assert found.deadline == day_number(date(2025, 1, 1))


def test_binds__tier_and_version__as_the_account_rule_says() -> None:
    book = _book()
    assert [book.binds(version, tier) for version in (1, 2) for tier in (0, 1)] == [False, False, True, False]


def test_rule_book__settings__are_the_programmes() -> None:
    book = _book(late_days=7, spend=SpendOrder.LOTS_FIRST)
    assert (book.late_days, book.is_lots_first, book.utc_offset_minutes) == (7, True, 480)


def test_announce_rule__in_time__rules_days_looked_up_before() -> None:
    book = _book()
    day = TODAY + 90
    assert book.on(day).version == 2
    book.announce_rule(RuleVersion(date(2020, 8, 30), LotRule(12, Align.DAY)), today=TODAY)
    assert (book.on(day).version, book.on(day - 1).version) == (3, 2)


@pytest.mark.parametrize(
    "version",
    [
        RuleVersion(None, LotRule(12, Align.DAY)),
        RuleVersion(date(2020, 8, 29), LotRule(12, Align.DAY)),
        RuleVersion(date(2021, 1, 1), None, AccountRule(12, Align.DAY, ActivityKind.REDEMPTION)),
        RuleVersion(date(2021, 1, 1), None, AccountRule(2, Align.DAY, ActivityKind.ACCRUAL)),
    ],
)
def test_announce_rule__no_day_or_notice_or_void_as_earned__is_refused(version: RuleVersion) -> None:
    book = _book()
    with pytest.raises(ActRefused):
        book.announce_rule(version, today=TODAY)
    assert book == _book()


def test_announce_rule__before_one_announced_or_too_many__is_refused() -> None:
    book = _book()
    for year in range(2021, 2034):
        book.announce_rule(RuleVersion(date(year, 1, 1), None), today=TODAY)
        with pytest.raises(ActRefused):
            book.announce_rule(RuleVersion(date(year, 1, 1), None), today=TODAY)
    with pytest.raises(ActRefused):
        book.announce_rule(RuleVersion(date(2050, 1, 1), None), today=TODAY)


@pytest.mark.parametrize(
    ("act", "is_taken"),
    [
        (LotAct(ActKind.GRACE, 1, TODAY, TODAY + 9), True),
        (LotAct(ActKind.GRACE, 1, TODAY - 1, TODAY + 9), False),
        (LotAct(ActKind.NEVER, 1, TODAY), True),
        (LotAct(ActKind.NEVER, 1, TODAY - 1), False),
        (LotAct(ActKind.MOVE, 1, TODAY, months=1), True),
        (LotAct(ActKind.MOVE, 1, TODAY + 89, months=-1), False),
        (LotAct(ActKind.MOVE, 1, TODAY + 90, months=-1), True),
    ],
)
def test_announce_act__days__revive_nothing_and_leave_the_notice(act: LotAct, is_taken: bool) -> None:
    book = _book()
    if is_taken:
        book.announce_act(act, today=TODAY)
    else:
        with pytest.raises(ActRefused):
            book.announce_act(act, today=TODAY)
    assert book.acts == ([act] if is_taken else [])


def test_announce_act__a_ninth__is_refused() -> None:
    book = _book()
    for _ in range(8):
        book.announce_act(LotAct(ActKind.NEVER, 1, TODAY), today=TODAY)
    with pytest.raises(ActRefused):
        book.announce_act(LotAct(ActKind.NEVER, 1, TODAY), today=TODAY)


def test_lot_day_and_deadline__acts_announced__change_what_they_concern() -> None:
    book = _book()
    assert (book.lot_day(1, TODAY), book.deadline(TODAY)) == (TODAY, TODAY)
    book.announce_act(LotAct(ActKind.GRACE, 1, TODAY, TODAY + 9), today=TODAY)
    assert [book.lot_day(version, TODAY) for version in (1, 2)] == [TODAY + 9, TODAY]
    assert (book.deadline(TODAY), book.deadline(TODAY - 1)) == (TODAY + 9, TODAY - 1)
