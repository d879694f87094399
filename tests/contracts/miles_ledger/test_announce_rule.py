"""announceRule: a new version rules miles earned from its day, and clocks from the next activity.

given a version announced with its notice
  when miles are earned on the eve and on its first day   then each lives by its own version
  when an account has a standing deadline                 then it stays; activity counts by the new rule
  when purchases of before it arrive after it             then they earn by the version of their own day
  when a pool follows lots, or lots follow a pool         then both stand in one account
given a version
  when it begins a day before the notice is over          then RulesNoticeTooShort with the earliest day
  when it does not begin after the last one               then RulesVersionInvalid
  when months, align, activities or tiers are out of range then RulesVersionInvalid
  when it is the sixteenth                                then RulesTooMany, whatever else is wrong with it
given no role                                             then it is refused
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from milepost.domain.calendar import Align
from milepost.domain.programme import AccountRule, ActivityKind, LotRule, Programme, RuleVersion
from tests.support.ledger_rules import accounts_of, lots_of
from tests.support.ledger_stage import STRANGER, LedgerStage
from tests.support.ledgers import a_clock_programme, day, day_date
from tests.support.refusals import refuses

StageOf = Callable[[Programme | str], LedgerStage]
ACCRUAL = ActivityKind.ACCRUAL
NOTICE_DAYS = 90


def a_version(since: str, lot: LotRule | None = None, account: AccountRule | None = None) -> RuleVersion:
    return RuleVersion(day_date(since), lot, account)


def test_announce_rule__eve_and_first_day__each_by_its_version(stage_of: StageOf) -> None:
    stage = stage_of("rapid-rewards")
    stage.announce_rule(a_version("2011-03-01", LotRule(12, Align.MONTH)), "2010-12-01")
    stage.earn(10, "2011-02-28T23:59:59")
    stage.earn(20, "2011-03-01T00:00:00")
    assert stage.lots("2011-03-01") == [(20, "2012-03-31"), (10, "2013-02-28")]
    assert stage.ledger.lastDayOf(stage.at("2011-03-01")) == day("2012-03-31")


def test_announce_rule__purchase_of_before__earns_by_its_own_days_version(stage_of: StageOf) -> None:
    stage = stage_of("rapid-rewards")
    stage.announce_rule(a_version("2011-03-01", LotRule(12, Align.MONTH)), "2010-12-01")
    stage.earn(20, "2011-03-01")
    stage.earn(10, "2011-02-01", settled="2011-03-20")
    assert stage.lots("2011-03-20") == [(20, "2012-03-31"), (10, "2013-02-01")]


def test_announce_rule__standing_deadline__is_never_lowered(stage_of: StageOf) -> None:
    """From 24 months to 3: the old deadline stands until an activity by the new rule gives a later one."""
    stage = stage_of(a_clock_programme(RuleVersion(None, None, AccountRule(24, Align.DAY, ACCRUAL))))
    stage.earn(10, "2018-05-01")
    stage.announce_rule(a_version("2019-01-01", account=AccountRule(3, Align.DAY, ACCRUAL)), "2018-06-01")
    assert stage.clock("2019-02-01") == ("2020-05-01", False)
    stage.earn(10, "2019-02-01")
    assert stage.clock("2019-02-01") == ("2020-05-01", False)
    stage.earn(10, "2020-04-30")
    assert stage.lots("2020-04-30") == [(30, "2020-07-30")]


def test_announce_rule__longer_clock__reaches_an_account_with_its_next_activity(stage_of: StageOf) -> None:
    stage = stage_of(a_clock_programme(RuleVersion(None, None, AccountRule(3, Align.DAY, ACCRUAL))))
    stage.earn(10, "2018-05-01")
    stage.announce_rule(a_version("2018-07-30", account=AccountRule(24, Align.DAY, ACCRUAL)), "2018-05-01")
    assert stage.lots("2018-07-31") == [(10, "2018-08-01")]
    stage.earn(10, "2018-07-31")
    assert stage.lots("2018-07-31") == [(20, "2020-07-31")]


def test_announce_rule__southwests_change__works(stage_of: StageOf) -> None:
    """Rapid Rewards 2.0 of 1 March 2011: lots of 24 months stay as they are, new miles live by activity."""
    stage = stage_of("rapid-rewards")
    stage.earn(100, "2010-06-01")
    every = ActivityKind.ACCRUAL | ActivityKind.REDEMPTION
    stage.announce_rule(a_version("2011-03-01", account=AccountRule(24, Align.DAY, every)), "2010-11-15")
    stage.earn(10, "2011-02-28")
    stage.earn(7, "2011-03-01")
    assert stage.lots("2011-03-01") == [(100, "2012-06-01"), (10, "2013-02-28"), (7, "2013-03-01")]
    stage.redeem(50, "2012-01-15")
    assert stage.lots("2012-01-15") == [(50, "2012-06-01"), (10, "2013-02-28"), (7, "2014-01-15")]
    # In October 2019 they gave expiry up: what lives does not lapse any more, nor what is earned later.
    stage.earn(3, "2014-01-15")
    stage.earn(3, "2016-01-15")
    stage.earn(3, "2018-01-15")
    stage.announce_act(3, "2019-10-18", since="2019-10-18", versions=2)
    stage.announce_rule(a_version("2020-02-01"), "2019-10-18")
    stage.earn(1, "2020-02-01")
    assert stage.lots("2020-02-01") == [(1, "never"), (16, "never")]
    assert stage.balance("2160-01-01") == 17


@pytest.mark.parametrize("late", [0, 1])
def test_announce_rule__notice__ends_on_its_day(stage_of: StageOf, late: int) -> None:
    stage = stage_of("rapid-rewards")
    earliest = day_date("2010-11-15") + timedelta(days=NOTICE_DAYS)
    version = RuleVersion(earliest - timedelta(days=late), LotRule(12, Align.DAY))
    if late:
        with refuses(
            "RulesNoticeTooShort", fromDay=day(earliest.isoformat()) - 1, earliest=day(earliest.isoformat())
        ):
            stage.announce_rule(version, "2010-11-15T23:59:59")
    else:
        stage.announce_rule(version, "2010-11-15T23:59:59")
        assert stage.ledger.expiryAt(0)[1] == 2


@pytest.mark.parametrize(
    "words",
    [
        lots_of(601, 1, from_day=9_000),
        lots_of(49, 0, from_day=9_000),
        lots_of(36, 4, from_day=9_000),
        accounts_of(601, from_day=9_000),
        accounts_of(24, 4, from_day=9_000),
        accounts_of(24, activities=0, from_day=9_000),
        accounts_of(24, activities=62, from_day=9_000),
        accounts_of(24, activities=65, from_day=9_000),
        accounts_of(24, tiers=0, from_day=9_000),
        # Sixty late days and the shortest two months.
        accounts_of(2, from_day=9_000),
        # Activities or tiers without an account rule.
        (9_000, 36, 0, 0, 0, 1, 0),
        (9_000, 36, 0, 0, 0, 0, 1),
        # An alignment that would spill into the activities' bits.
        (9_000, 36, 0, 0, 4, 0, 0),
        (9_000, 36, 0, 0, 255, 0, 0),
        # Not after the first version.
        lots_of(36, from_day=0),
    ],
)
def test_announce_rule__out_of_range__is_refused(stage_of: StageOf, words: tuple[Any, ...]) -> None:
    stage = stage_of("rapid-rewards")
    stage.move_to("2010-11-15")
    with refuses("RulesVersionInvalid", version=2):
        stage.ledger.announceRule(words)


@pytest.mark.parametrize(
    "words", [lots_of(600, 3), lots_of(48), accounts_of(600, 3), accounts_of(3, tiers=1)]
)
def test_announce_rule__at_its_bounds__is_kept(stage_of: StageOf, words: tuple[Any, ...]) -> None:
    stage = stage_of("rapid-rewards")
    stage.move_to("2010-11-15")
    stage.ledger.announceRule((9_000, *words[1:]))
    assert stage.ledger.expiryAt(0)[1] == 2


def test_announce_rule__day_of_the_last_version__is_refused(stage_of: StageOf) -> None:
    stage = stage_of("rapid-rewards")
    stage.announce_rule(a_version("2011-03-01", LotRule(12, Align.DAY)), "2010-11-15")
    for since in ("2011-03-01", "2011-02-28"):
        with refuses("RulesVersionInvalid", version=3):
            stage.announce_rule(a_version(since, LotRule(12, Align.DAY)), "2010-11-15")


def test_announce_rule__fifteen_versions__each_rules_its_days_and_no_sixteenth_comes(
    stage_of: StageOf,
) -> None:
    stage = stage_of("rapid-rewards")
    for number in range(2, 16):
        stage.announce_rule(a_version(f"{2010 + number}-01-01", LotRule(number, Align.DAY)), "2010-11-15")
    for number in range(2, 16):
        expected = date(2010 + number + (number == 12 or number > 12), 1 + number % 12, 1)
        assert stage.ledger.lastDayOf(stage.at(f"{2010 + number}-01-01")) == day(expected.isoformat())
    with refuses("RulesTooMany", most=15):
        stage.ledger.announceRule(lots_of(601, 9))


def test_announce_rule__no_role__is_refused(stage_of: StageOf) -> None:
    stage = stage_of("rapid-rewards")
    with refuses("AccessManagedUnauthorized", caller=STRANGER):
        stage.ledger.announceRule(lots_of(12, from_day=60_000), sender=STRANGER)
