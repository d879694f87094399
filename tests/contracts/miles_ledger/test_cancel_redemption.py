"""cancelRedemption: what was taken goes back to where it came from, with its day, even if that is past.

given a redemption of lots and pool
  when it is cancelled at once               then lots, days and balance are as before, and totals too
  when lots were earned or spent since       then each part joins the lot of its bucket
  when the lot has lapsed since              then its part is written off at once
  when the pool has lapsed since             then its part waits as the pool does: late activity may revive it
  when it can no longer be revived           then it is written off at once
  when a former life joined the present      then parts of either go to the present
given a redemption that was an activity      then its cancelling takes nothing of that back, and is none
given a closed account                       then its miles go back all the same
given more miles than are redeemed, an unknown member, or a desk that may not then it is refused
"""

from collections.abc import Callable

import pytest

from milepost.domain.calendar import Align
from milepost.domain.programme import AccountRule, ActivityKind, LotRule, Programme, RuleVersion
from tests.support.evm import ADMIN
from tests.support.ledger_stage import STRANGER, LedgerStage
from tests.support.ledgers import a_clock_programme, a_lot_programme, day_date
from tests.support.refusals import refuses

StageOf = Callable[[Programme | str], LedgerStage]
BY_ACCRUAL = AccountRule(24, Align.DAY, ActivityKind.ACCRUAL)


def lots_and_pool() -> Programme:
    """Lots of three years until 2019, then a pool of two, from 2021 both at once."""
    return a_clock_programme(
        RuleVersion(None, LotRule(36, Align.DAY)),
        RuleVersion(day_date("2020-01-01"), None, BY_ACCRUAL),
        RuleVersion(day_date("2021-01-01"), LotRule(36, Align.DAY), BY_ACCRUAL),
    )


def pool_alone() -> Programme:
    return a_clock_programme(RuleVersion(None, None, BY_ACCRUAL))


def test_cancel__at_once__restores_lots_days_and_totals(stage_of: StageOf) -> None:
    stage = stage_of(lots_and_pool())
    stage.earn(100, "2019-03-01")
    stage.earn(200, "2020-02-01")
    stage.earn(400, "2021-02-01")
    before = stage.lots("2021-02-01"), stage.totals, stage.clock("2021-02-01")
    for miles in (50, 100, 101, 300, 650, 700):
        stage.cancel(stage.redeem(miles, "2021-02-01"), "2021-02-01")
        assert (stage.lots("2021-02-01"), stage.totals, stage.clock("2021-02-01")) == before


def test_cancel__lots_spent_and_earned_since__joins_the_lot_of_each_bucket(stage_of: StageOf) -> None:
    stage = stage_of(a_lot_programme(36, Align.MONTH))
    for miles, local in ((10, "2018-05-01"), (20, "2018-06-02"), (40, "2018-07-03")):
        stage.earn(miles, local)
    taken = stage.redeem(35, "2018-07-04")
    stage.redeem(25, "2018-07-05")
    stage.earn(80, "2018-06-20", settled="2018-07-06")
    stage.cancel(taken, "2018-07-07")
    assert stage.lots("2018-07-07") == [(10, "2021-05-31"), (100, "2021-06-30"), (15, "2021-07-31")]
    assert stage.totals == {"credited": 150, "reversed": 0, "redeemed": 25, "writtenOff": 0}


def test_cancel__lot_lapsed_since__is_written_off_at_once(stage_of: StageOf) -> None:
    stage = stage_of(a_lot_programme(36))
    stage.earn(10, "2018-05-01")
    stage.earn(20, "2018-05-02")
    taken = stage.redeem(30, "2021-05-01T23:59:59")
    stage.cancel(taken, "2021-05-02T00:00:00")
    assert stage.lots("2021-05-02") == [(20, "2021-05-02")]
    assert stage.totals == {"credited": 30, "reversed": 0, "redeemed": 0, "writtenOff": 10}
    assert stage.ledger.totalSupply() == 20


@pytest.mark.parametrize(("on", "miles"), [("2022-02-01", 100), ("2022-02-02", 0)])
def test_cancel__pool__waits_as_the_pool_does(stage_of: StageOf, on: str, miles: int) -> None:
    stage = stage_of(pool_alone())
    stage.earn(100, "2020-02-01")
    stage.cancel(stage.redeem(60, "2020-03-01"), on)
    assert (stage.balance(on), stage.totals["writtenOff"]) == (miles, 0)
    stage.earn(1, "2022-02-01", settled="2022-04-02")
    assert stage.balance("2022-04-02") == 101


def test_cancel__pool_past_its_late_days__is_written_off_at_once(stage_of: StageOf) -> None:
    stage = stage_of(pool_alone())
    stage.earn(100, "2020-02-01")
    stage.cancel(stage.redeem(60, "2020-03-01"), "2022-04-03")
    assert stage.totals == {"credited": 100, "reversed": 0, "redeemed": 0, "writtenOff": 60}


def test_cancel__new_life_since__goes_to_the_former_one(stage_of: StageOf) -> None:
    """Spent in the first life, cancelled in the second: only what revives the first revives it."""
    stage = stage_of(pool_alone())
    stage.earn(100, "2020-02-01")
    taken = stage.redeem(60, "2020-03-01")
    stage.earn(7, "2022-02-10")
    stage.cancel(taken, "2022-02-11")
    assert (stage.balance("2022-02-11"), stage.totals["writtenOff"]) == (7, 0)
    stage.earn(1, "2022-02-01", settled="2022-03-01")
    assert stage.balance("2022-03-01") == 108


def test_cancel__two_lives_since__is_written_off(stage_of: StageOf) -> None:
    stage = stage_of(pool_alone())
    stage.earn(100, "2020-02-01")
    taken = stage.redeem(60, "2020-03-01")
    stage.earn(7, "2022-02-10")
    stage.earn(9, "2024-03-01")
    stage.cancel(taken, "2024-03-01")
    # 40 of the first life were written off as the third began.
    assert (stage.balance("2024-03-01"), stage.totals["writtenOff"]) == (9, 100)


def test_cancel__lives_joined_since__goes_to_the_present_one(stage_of: StageOf) -> None:
    stage = stage_of(lots_and_pool())
    stage.earn(100, "2021-02-01")
    of_first = stage.redeem(60, "2021-03-01")
    stage.earn(7, "2023-02-10")
    of_second = stage.redeem(3, "2023-02-11")
    stage.earn(1, "2023-02-01", settled="2023-02-12")
    assert stage.balance("2023-02-12") == 45
    stage.cancel(of_first, "2023-02-13")
    stage.cancel(of_second, "2023-02-13")
    assert stage.lots("2023-02-13") == [(100, "2024-02-01"), (1, "2025-02-10"), (7, "2025-02-10")]


def test_cancel__redemption_that_was_an_activity__stays_one_and_is_none_itself(stage_of: StageOf) -> None:
    stage = stage_of(a_clock_programme())
    stage.earn(100, "2020-02-01")
    taken = stage.redeem(60, "2020-03-01")
    stage.cancel(taken, "2020-04-01")
    assert stage.lots("2020-04-01") == [(100, "2022-03-01")]


def test_cancel__closed_account__gives_its_miles_back(stage_of: StageOf) -> None:
    stage = stage_of(a_lot_programme(36))
    stage.earn(100, "2020-02-01")
    taken = stage.redeem(60, "2020-03-01")
    stage.ledger.close(1)
    stage.cancel(taken, "2020-03-02")
    assert stage.balance("2020-03-02") == 100


def test_cancel__more_than_all_redemptions__is_refused(stage_of: StageOf) -> None:
    """A desk at fault cannot make miles: the sum of redemptions bounds what comes back."""
    stage = stage_of(a_lot_programme(36))
    stage.earn(100, "2020-02-01")
    (lot,) = stage.redeem(60, "2020-03-01")
    with pytest.raises(Exception, match="panic 0x11"):
        stage.cancel([lot + 1], "2020-03-01")
    assert stage.balance("2020-03-01") == 40


def test_cancel__unknown_member_or_other_caller__is_refused(stage_of: StageOf) -> None:
    stage = stage_of(a_lot_programme(36))
    stage.ledger.setDesk(STRANGER, 13)
    for caller in (STRANGER, ADMIN):
        with refuses("LedgerDeskUnauthorized", caller=caller, act=2):
            stage.ledger.cancelRedemption(1, [], sender=caller)
    with refuses("LedgerMemberUnknown", member=6):
        stage.cancel([], "2020-03-01", member=6)
