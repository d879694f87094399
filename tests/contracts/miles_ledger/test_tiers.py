"""setProfile beside a clock: a tier counts from the day it is written, and revives nothing.

given a rule that binds Blue alone (Garuda)
  when a member is Silver                             then no midnight ends the pool
  when a Silver falls to Blue past the old deadline   then the miles have the whole of that day
  when before it                                      then the old deadline stands
  when a Blue rises in time                           then the miles never lapse while Silver
  when a Blue rises after the lapse                   then what lapsed stays so, but for activity in time
  when the tier is written on the last day itself     then it holds at that midnight
  when the tier changes within what is exempt         then nothing changes
given bound lots (Garuda 2011)                        then a Silver's lapse on their own days alone
given a new version that binds an exempt tier         then the next activity gives at least its whole day
given a member without a life                         then a tier alone begins none
"""

from collections.abc import Callable

import pytest

from milepost.domain.calendar import Align
from milepost.domain.programme import AccountRule, ActivityKind, Programme, RuleVersion
from tests.support.ledger_stage import LedgerStage
from tests.support.ledgers import a_clock_programme, day_date

StageOf = Callable[[Programme | str], LedgerStage]
BLUE, SILVER, GOLD = range(3)


@pytest.fixture
def garuda(stage_of: StageOf) -> LedgerStage:
    """A Blue member's 100 miles of 2008-03-15, which live to 2009-12-31."""
    stage = stage_of("garuda")
    stage.earn(100, "2008-03-15")
    return stage


def test_set_profile__silver__never_lapses_while_so(garuda: LedgerStage) -> None:
    garuda.in_tier(SILVER, "2009-06-01")
    assert garuda.lots("2009-06-01") == [(100, "never")]
    assert garuda.balance("2060-01-01") == 100
    assert garuda.clock("2060-01-01") == ("never", True)


def test_set_profile__falls_to_blue_past_the_deadline__has_the_whole_day(garuda: LedgerStage) -> None:
    garuda.in_tier(SILVER, "2009-06-01")
    garuda.in_tier(BLUE, "2010-07-01T00:00:00")
    assert garuda.lots("2010-07-01") == [(100, "2010-07-01")]
    assert [garuda.balance(local) for local in ("2010-07-01T23:59:59", "2010-07-02T00:00:00")] == [100, 0]


def test_set_profile__falls_to_blue_before_the_deadline__leaves_it(garuda: LedgerStage) -> None:
    garuda.in_tier(SILVER, "2009-06-01")
    garuda.in_tier(BLUE, "2009-07-01")
    assert garuda.lots("2009-07-01") == [(100, "2009-12-31")]


def test_set_profile__rises_on_the_last_day__holds_at_that_midnight(garuda: LedgerStage) -> None:
    garuda.in_tier(SILVER, "2009-12-31T23:59:59")
    assert garuda.balance("2010-01-01T00:00:00") == 100


def test_set_profile__rises_one_second_later__revives_nothing(garuda: LedgerStage) -> None:
    garuda.in_tier(SILVER, "2010-01-01T00:00:00")
    assert (garuda.balance("2010-01-01"), garuda.lots("2010-01-01")) == (0, [])
    garuda.earn(5, "2010-01-02")
    assert garuda.lots("2010-01-02") == [(5, "never")]


def test_set_profile__rises_after_the_lapse__late_activity_in_time_still_revives(garuda: LedgerStage) -> None:
    garuda.in_tier(SILVER, "2010-01-10")
    garuda.earn(5, "2009-12-31T23:59:59", settled="2010-02-01")
    assert garuda.lots("2010-02-01") == [(105, "never")]
    garuda.in_tier(BLUE, "2010-02-02")
    assert garuda.lots("2010-02-02") == [(105, "2010-12-31")]


def test_set_profile__rises_after_the_lapse__late_days_end_all_the_same(garuda: LedgerStage) -> None:
    garuda.in_tier(SILVER, "2010-01-10")
    assert garuda.write_off("2010-03-01") == 0
    assert garuda.write_off("2010-03-02") == 100


def test_set_profile__within_exempt_tiers__changes_nothing_but_the_tier(garuda: LedgerStage) -> None:
    garuda.in_tier(SILVER, "2009-06-01")
    before = garuda.ledger.accountWord(1)
    garuda.in_tier(GOLD, "2012-06-01")
    assert garuda.ledger.accountWord(1) == before ^ (SILVER ^ GOLD) << 128


def test_set_profile__tier_lost_and_regained__each_fall_is_a_day(garuda: LedgerStage) -> None:
    for year in (2010, 2011, 2012):
        garuda.in_tier(SILVER, f"{2009 if year == 2010 else year - 1}-07-01T12:00:00")
        garuda.in_tier(BLUE, f"{year}-07-01")
        assert garuda.lots(f"{year}-07-01") == [(100, f"{year}-07-01")]
    assert garuda.balance("2012-07-02") == 0


def test_set_profile__bound_lots__lapse_on_their_own_days_alone(stage_of: StageOf) -> None:
    stage = stage_of("garuda-2011")
    stage.earn(100, "2011-03-15")
    stage.in_tier(SILVER, "2011-03-16")
    assert stage.lots("2011-03-16") == [(100, "2014-03-15")]
    stage.in_tier(BLUE, "2013-05-01")
    assert stage.lots("2013-05-01") == [(100, "2013-05-01")]


def test_set_profile__bound_lots_lapsed_before_the_rise__stay_lapsed(stage_of: StageOf) -> None:
    stage = stage_of("garuda-2011")
    stage.earn(100, "2011-03-15")
    stage.in_tier(SILVER, "2013-01-01")
    assert stage.lots("2013-01-01") == []
    stage.earn(5, "2013-02-01")
    assert stage.lots("2013-02-01") == [(5, "2016-02-01")]
    assert stage.write_off("2013-03-02") == 100


def test_set_profile__no_life_yet__begins_none(stage_of: StageOf) -> None:
    stage = stage_of("garuda")
    for tier in (SILVER, BLUE, GOLD, BLUE):
        stage.in_tier(tier, "2009-06-01")
    assert stage.ledger.accountWord(1) == 0


def test_set_profile__new_version_binds_the_tier__next_activity_gives_the_day(stage_of: StageOf) -> None:
    accrual = ActivityKind.ACCRUAL | ActivityKind.REDEMPTION
    stage = stage_of(
        a_clock_programme(
            RuleVersion(None, None, AccountRule(12, Align.DAY, accrual, frozenset({BLUE}))),
            RuleVersion(day_date("2020-01-01"), None, AccountRule(12, Align.DAY, accrual)),
        )
    )
    stage.earn(100, "2015-01-01")
    stage.in_tier(SILVER, "2015-06-01")
    assert stage.balance("2020-06-01") == 100
    # A purchase of before the new version binds nobody new; one of it does, from its own day.
    stage.earn(1, "2019-12-31", settled="2020-01-20")
    assert stage.lots("2020-01-20") == [(101, "never")]
    stage.redeem(1, "2020-02-01")
    assert stage.lots("2020-02-01") == [(100, "2021-02-01")]
