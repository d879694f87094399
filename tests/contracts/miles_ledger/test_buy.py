"""buy and adjustUp: miles that no purchase at a partner earned are earned on the day of the act.

given a lot rule, an account rule, both, or none in force
  when miles are bought then they go where an accrual of that day would, and the last day is answered
given an account rule that counts buying
  when miles are bought on the last day       then the pool goes on
  when they are bought one second later       then a new life begins, and what lapsed stays lapsed
given an account rule that does not count it
  when a pool is alive                        then they join it and its deadline stays
  when none is alive                          then one begins that day all the same
given adjustments upwards then the same, where the rule counts adjustments
given miles of one or the other               then both are credited in the totals
given an unknown member, a closed one, or a desk that may not then it is refused
"""

from collections.abc import Callable

import pytest

from milepost.domain.calendar import Align
from milepost.domain.outcome import Outcome
from milepost.domain.programme import AccountRule, ActivityKind, LotRule, Programme, RuleVersion
from tests.support.ledger_stage import STRANGER, LedgerStage
from tests.support.ledgers import a_clock_programme
from tests.support.refusals import refuses

StageOf = Callable[[Programme | str], LedgerStage]


def by(*kinds: ActivityKind) -> Programme:
    """A pool of two years by accrual and these."""
    every = ActivityKind.ACCRUAL
    for kind in kinds:
        every |= kind
    return a_clock_programme(RuleVersion(None, None, AccountRule(24, Align.DAY, every)))


@pytest.mark.parametrize(
    ("programme", "last_day"),
    [
        ("ana", "2014-05-31"),
        ("rapid-rewards", "2013-05-14"),
        ("enrich", "2014-12-31"),
        ("jpprivilege", "2014-06-30"),
        ("skymiles", "2013-05-14"),
        ("onepass", "2012-11-14"),
        ("garuda", "2012-12-31"),
        ("garuda-2011", "2014-05-14"),
        ("asia-miles-2018", "2014-05-14"),
    ],
)
def test_buy__each_programme__earns_as_a_purchase_of_that_day(
    stage_of: StageOf, programme: str, last_day: str
) -> None:
    """The answer is a lot's own day; a bound one may die sooner with the account, in Garuda by 2012."""
    bought, earned = stage_of(programme), stage_of(programme)
    assert bought.buy(100, "2011-05-14") == last_day
    earned.earn(100, "2011-05-14")
    assert bought.ledger.accountWord(1) == earned.ledger.accountWord(1)
    assert bought.totals == earned.totals


def test_buy__no_rule_in_force__never_lapses(stage_of: StageOf) -> None:
    stage = stage_of("skymiles")
    assert stage.buy(100, "2006-05-14") == "never"
    assert stage.adjust_up(5, "2006-05-14") == "never"
    assert stage.lots("2166-05-14") == [(105, "never")]


def test_buy__counted_on_the_last_day__keeps_the_pool(stage_of: StageOf) -> None:
    stage = stage_of("skymiles")
    stage.earn(100, "2008-03-15")
    assert stage.buy(5, "2010-03-15T23:59:59") == "2012-03-15"
    assert stage.lots("2010-03-16") == [(105, "2012-03-15")]


def test_buy__counted_one_second_later__begins_a_new_life(stage_of: StageOf) -> None:
    stage = stage_of("skymiles")
    stage.earn(100, "2008-03-15")
    assert stage.buy(5, "2010-03-16T00:00:00") == "2012-03-16"
    assert stage.lots("2010-03-16") == [(5, "2012-03-16")]


@pytest.mark.parametrize("act", ["buy", "adjust_up"])
def test_buy__not_counted_and_pool_alive__joins_it_under_its_deadline(stage_of: StageOf, act: str) -> None:
    stage = stage_of(by())
    stage.earn(100, "2018-03-15")
    assert getattr(stage, act)(5, "2020-03-15") == "2020-03-15"
    assert stage.lots("2020-03-15") == [(105, "2020-03-15")]


@pytest.mark.parametrize("act", ["buy", "adjust_up"])
@pytest.mark.parametrize("earned", [False, True])
def test_buy__not_counted_and_no_pool_alive__begins_one_all_the_same(
    stage_of: StageOf, act: str, earned: bool
) -> None:
    stage = stage_of(by())
    if earned:
        stage.earn(100, "2018-03-15")
    assert getattr(stage, act)(5, "2020-03-16") == "2022-03-16"
    assert stage.lots("2020-03-16") == [(5, "2022-03-16")]


def test_adjust_up__counted__is_an_activity(stage_of: StageOf) -> None:
    stage = stage_of(by(ActivityKind.ADJUSTMENT))
    stage.earn(100, "2018-03-15")
    assert stage.adjust_up(5, "2019-03-15") == "2021-03-15"
    assert stage.lots("2019-03-15") == [(105, "2021-03-15")]


def test_adjust_up__only_buying_counted__is_none(stage_of: StageOf) -> None:
    stage = stage_of(by(ActivityKind.PURCHASE))
    stage.earn(100, "2018-03-15")
    assert stage.adjust_up(5, "2019-03-15") == "2020-03-15"


def test_adjust_down__any_rule__is_no_activity_and_takes_the_soonest(stage_of: StageOf) -> None:
    stage = stage_of(by(*ActivityKind))
    stage.earn(100, "2018-03-15")
    stage.adjust_down(30, "2019-03-15")
    assert stage.lots("2019-03-15") == [(70, "2020-03-15")]
    assert stage.totals == {"credited": 100, "reversed": 30, "redeemed": 0, "writtenOff": 0}
    with refuses("LedgerMilesShort", live=70, wanted=71):
        stage.adjust_down(71, "2019-03-15")


def test_adjust_down__closed_account__takes_its_miles_back(stage_of: StageOf) -> None:
    stage = stage_of("ana")
    stage.earn(100, "2018-03-15")
    stage.ledger.close(1)
    stage.adjust_down(100, "2018-03-16")
    assert stage.balance("2018-03-16") == 0


def test_buy__bound_lots__take_the_life_that_the_buying_belongs_to(stage_of: StageOf) -> None:
    both = RuleVersion(None, LotRule(36, Align.DAY), AccountRule(12, Align.DAY, ActivityKind.ACCRUAL))
    stage = stage_of(a_clock_programme(both))
    stage.earn(100, "2018-03-15")
    assert stage.buy(5, "2019-04-01") == "2022-04-01"
    assert stage.lots("2019-04-01") == [(5, "2020-04-01")]
    # The first life is revived, late but in time, and joins the second.
    stage.earn(1, "2019-03-10", settled="2019-04-20")
    assert stage.lots("2019-04-20") == [(100, "2020-04-01"), (1, "2020-04-01"), (5, "2020-04-01")]


@pytest.mark.parametrize("act", ["buy", "adjust_up"])
def test_buy__closed_or_unknown_account__is_refused(stage_of: StageOf, act: str) -> None:
    stage = stage_of("ana")
    stage.ledger.close(1)
    with refuses("LedgerAccountClosed", member=1):
        getattr(stage, act)(1, "2018-03-15")
    for member in (0, 6):
        with refuses("LedgerMemberUnknown", member=member):
            getattr(stage, act)(1, "2018-03-15", member=member)


@pytest.mark.parametrize(("function", "act"), [("buy", 4), ("adjustUp", 1), ("adjustDown", 1)])
def test_buy__desk_that_may_not__is_refused(stage_of: StageOf, function: str, act: int) -> None:
    stage = stage_of("ana")
    stage.ledger.setDesk(STRANGER, 15 ^ act)
    with refuses("LedgerDeskUnauthorized", caller=STRANGER, act=act):
        getattr(stage.ledger, function)(1, 1, sender=STRANGER)


def test_buy__more_than_half_a_pool__is_refused_so_that_settling_goes_on(stage_of: StageOf) -> None:
    """A pool that an act had filled stopped every later report with a purchase of its member."""
    stage = stage_of("skymiles")
    with refuses("LedgerMilesTooMany", member=1, most=2**39):
        stage.buy(2**39 + 1, "2008-05-01")
    stage.buy(2**39, "2008-05-01")
    assert stage.earn(1_000, "2008-05-02") == Outcome.CREDITED
    assert stage.balance("2008-05-02") == 2**39 + 1_000
