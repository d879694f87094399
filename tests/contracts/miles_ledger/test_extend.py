"""extend: miles about to lapse are earned again today, those that lapse soonest first.

given lots with a day of their own
  when miles of them are extended by a day    then the soonest are, up to so many, and no later ones
  when fewer lapse by that day than wanted    then those, and the answer says how many
  when none does                              then nothing changes
given a pool whose deadline is by that day
  when all of it is among the miles           then the clock goes on from today, whatever the rule counts
  when some of it would be left out           then LedgerExtensionPartial with what was left
given a pool whose deadline is after that day then its clock moves only where the rule counts buying
given a programme that spends lots first      then by which day they lapse still decides, not their order
given lapsed miles                            then they cannot be extended
given any extension                           then no total changes, and no balance
given an unknown member, a closed one, or a desk that may not then it is refused
"""

from collections.abc import Callable

import pytest

from milepost.domain.calendar import Align
from milepost.domain.programme import AccountRule, ActivityKind, LotRule, Programme, RuleVersion, SpendOrder
from tests.support.ledger_stage import STRANGER, LedgerStage
from tests.support.ledgers import a_clock_programme, a_lot_programme, day_date
from tests.support.refusals import refuses

StageOf = Callable[[Programme | str], LedgerStage]
BY_ACCRUAL = AccountRule(24, Align.DAY, ActivityKind.ACCRUAL)


def lots_then_pool(spend: SpendOrder = SpendOrder.SOONEST) -> Programme:
    """Lots of three years until 2019, from 2020 a pool of two by accrual."""
    return a_clock_programme(
        RuleVersion(None, LotRule(36, Align.DAY)),
        RuleVersion(day_date("2020-01-01"), None, BY_ACCRUAL),
        spend=spend,
    )


@pytest.fixture
def three_lots(stage_of: StageOf) -> LedgerStage:
    stage = stage_of(a_lot_programme(36))
    for miles, local in ((10, "2018-05-01"), (20, "2018-05-02"), (40, "2018-05-03")):
        stage.earn(miles, local)
    return stage


def test_extend__lots_by_a_day__earns_the_soonest_again_today(three_lots: LedgerStage) -> None:
    before = three_lots.totals
    assert three_lots.extend(25, "2021-04-01", by="2021-05-02") == 25
    assert three_lots.lots("2021-04-01") == [(5, "2021-05-02"), (40, "2021-05-03"), (25, "2024-04-01")]
    assert (three_lots.totals, three_lots.balance("2021-04-01")) == (before, 70)


def test_extend__more_than_lapse_by_then__extends_those(three_lots: LedgerStage) -> None:
    assert three_lots.extend(1_000, "2021-04-01", by="2021-05-02") == 30
    assert three_lots.lots("2021-04-01") == [(40, "2021-05-03"), (30, "2024-04-01")]


def test_extend__nothing_lapses_by_then__changes_nothing(three_lots: LedgerStage) -> None:
    before = three_lots.ledger.accountWord(1)
    assert three_lots.extend(1_000, "2021-04-01", by="2021-04-30") == 0
    assert three_lots.ledger.accountWord(1) == before


def test_extend__last_second_of_the_last_day__still_does(three_lots: LedgerStage) -> None:
    assert three_lots.extend(10, "2021-05-01T23:59:59", by="2021-05-01") == 10
    assert three_lots.lots("2021-05-02") == [(20, "2021-05-02"), (40, "2021-05-03"), (10, "2024-05-01")]


def test_extend__one_second_later__the_lot_is_lapsed(three_lots: LedgerStage) -> None:
    assert three_lots.extend(10, "2021-05-02T00:00:00", by="2021-05-01") == 0
    assert three_lots.balance("2021-05-02") == 60


@pytest.mark.parametrize("wanted", [100, 101])
def test_extend__whole_pool__goes_on_whatever_the_rule_counts(stage_of: StageOf, wanted: int) -> None:
    stage = stage_of("onepass")
    stage.earn(100, "2008-01-31")
    assert stage.extend(wanted, "2009-07-31T23:59:59", by="2009-07-31") == 100
    assert stage.lots("2009-08-01") == [(100, "2011-01-31")]
    assert stage.totals == {"credited": 100, "reversed": 0, "redeemed": 0, "writtenOff": 0}


def test_extend__part_of_a_pool__is_refused(stage_of: StageOf) -> None:
    """Its one clock would go on for all of it."""
    stage = stage_of("onepass")
    stage.earn(100, "2008-01-31")
    with refuses("LedgerExtensionPartial", member=1, left=1):
        stage.extend(99, "2009-07-31", by="2009-07-31")
    assert stage.lots("2009-07-31") == [(100, "2009-07-31")]


def test_extend__lapsed_pool__has_nothing_to_extend(stage_of: StageOf) -> None:
    stage = stage_of("onepass")
    stage.earn(100, "2008-01-31")
    assert stage.extend(100, "2009-08-01T00:00:00", by="2009-12-31") == 0
    assert stage.clock("2009-08-01") == ("2009-07-31", False)


def test_extend__bound_lots_and_pool__all_that_the_clock_ends_or_none(stage_of: StageOf) -> None:
    stage = stage_of("garuda-2011")
    stage.earn(100, "2010-06-01")
    stage.earn(10, "2011-06-01")
    with refuses("LedgerExtensionPartial", left=100):
        stage.extend(10, "2012-12-31", by="2012-12-31")
    assert stage.extend(110, "2012-12-31", by="2012-12-31") == 110
    # Earned again under both rules of today: a lot of three years, bound by the calendar year.
    assert stage.lots("2012-12-31") == [(110, "2013-12-31")]
    stage.earn(1, "2013-06-01")
    stage.earn(1, "2014-06-01")
    stage.earn(1, "2015-06-01")
    assert stage.lots("2015-06-01")[0] == (110, "2015-12-31")


def test_extend__lots_before_the_deadline__leave_the_clock_and_join_the_pool(stage_of: StageOf) -> None:
    stage = stage_of(lots_then_pool())
    stage.earn(100, "2018-03-01")
    stage.earn(400, "2020-02-01")
    assert stage.extend(60, "2021-01-01", by="2021-03-01") == 60
    assert stage.lots("2021-01-01") == [(40, "2021-03-01"), (460, "2022-02-01")]


def test_extend__rule_counts_buying__is_an_activity_as_buying_is(stage_of: StageOf) -> None:
    by_buying = AccountRule(24, Align.DAY, ActivityKind.ACCRUAL | ActivityKind.PURCHASE)
    stage = stage_of(
        a_clock_programme(
            RuleVersion(None, LotRule(36, Align.DAY)), RuleVersion(day_date("2020-01-01"), None, by_buying)
        )
    )
    stage.earn(100, "2018-03-01")
    stage.earn(400, "2020-02-01")
    assert stage.extend(60, "2021-01-01", by="2021-03-01") == 60
    assert stage.lots("2021-01-01") == [(40, "2021-03-01"), (460, "2023-01-01")]


def test_extend__lots_and_no_pool_alive__begin_one(stage_of: StageOf) -> None:
    stage = stage_of(lots_then_pool())
    stage.earn(100, "2018-03-01")
    assert stage.extend(100, "2021-03-01", by="2021-03-01") == 100
    assert stage.lots("2021-03-01") == [(100, "2023-03-01")]


@pytest.mark.parametrize("spend", SpendOrder)
def test_extend__pool_before_a_lot__is_extended_without_it_in_either_order(
    stage_of: StageOf, spend: SpendOrder
) -> None:
    """Lots go first when miles are spent; a lot that lives on is no reason not to extend the pool."""
    stage = stage_of(lots_then_pool(spend))
    stage.earn(100, "2019-12-31")
    stage.earn(400, "2020-02-01")
    assert stage.extend(400, "2022-01-01", by="2022-02-01") == 400
    assert stage.lots("2022-01-01") == [(100, "2022-12-31"), (400, "2024-01-01")]


@pytest.mark.parametrize("arrived", [("2018-05-01", "2018-05-02"), ("2018-05-02", "2018-05-01")])
def test_extend__lots_first_and_lots_in_any_order__takes_lots_and_pool(
    stage_of: StageOf, arrived: tuple[str, str]
) -> None:
    stage = stage_of(lots_then_pool(SpendOrder.LOTS_FIRST))
    for local in ("2018-05-03", *arrived, "2019-12-31"):
        stage.earn(10, local, settled="2019-12-31")
    stage.earn(400, "2020-02-01")
    assert stage.extend(430, "2021-04-01", by="2022-02-01") == 430
    assert stage.lots("2021-04-01") == [(10, "2022-12-31"), (430, "2023-04-01")]


def test_extend__exempt_member__has_a_pool_that_no_day_ends(stage_of: StageOf) -> None:
    stage = stage_of("garuda")
    stage.earn(100, "2009-06-01")
    stage.in_tier(1, "2009-06-02")
    assert stage.extend(100, "2010-12-31", by="2010-12-31") == 0
    assert stage.lots("2010-12-31") == [(100, "never")]


@pytest.mark.parametrize("member", [0, 6])
def test_extend__unknown_member__is_refused(stage_of: StageOf, member: int) -> None:
    with refuses("LedgerMemberUnknown", member=member):
        stage_of("ana").extend(1, "2018-05-01", by="2018-05-01", member=member)


def test_extend__closed_account__is_refused(stage_of: StageOf) -> None:
    stage = stage_of("ana")
    stage.ledger.close(1)
    with refuses("LedgerAccountClosed", member=1):
        stage.extend(1, "2018-05-01", by="2018-05-01")


def test_extend__desk_that_may_not__is_refused(stage_of: StageOf) -> None:
    stage = stage_of("ana")
    stage.ledger.setDesk(STRANGER, 11)
    with refuses("LedgerDeskUnauthorized", caller=STRANGER, act=4):
        stage.ledger.extend(1, 1, 1, sender=STRANGER)


def test_extend__pool_under_a_version_without_a_clock__leaves_no_deadline_behind(stage_of: StageOf) -> None:
    """The rest of a pool once became immortal for the price of a mile."""
    stage = stage_of(
        a_clock_programme(
            RuleVersion(None, None, AccountRule(24, Align.DAY, ActivityKind.ACCRUAL)),
            RuleVersion(day_date("2019-01-01"), LotRule(36, Align.DAY)),
        )
    )
    stage.earn(1_000, "2018-05-01")
    stage.move_to("2020-05-01")
    taken = stage.redeem(999, "2020-05-01")
    assert stage.extend(1, "2020-05-01", by="2020-05-01") == 1
    stage.cancel(taken, "2020-05-01")
    assert stage.lots("2020-05-01") == [(999, "2020-05-01"), (1, "2023-05-01")]
