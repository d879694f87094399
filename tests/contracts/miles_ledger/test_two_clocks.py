"""Both clocks in one account, late activity, and purchases that come too late: whole stories on chain.

given Asia Miles 2020: lots of before live three years, the pool by activity
  when time passes                                  then each ends at its own second
given Garuda 2011: a lot is bound by the account too
  when active every year                            then it ends by its own day, else by the year
given an account rule
  when an activity is of the last second            then everything goes on
  when it is one second later                       then a new life begins with it alone
  when one of before arrives late, but in time      then the pool lives again, if its deadline covers today
  when it arrives after the late days               then it has no effect, and is lot_void
  when a newer pool began in between                then they join if the deadline reaches it, else lot_void
  when purchases arrive in any order                then the account is the same
given a closed account                              then a later purchase gets closed_account
given a late purchase whose own lot is over         then lot_void
given several purchases of a member in one report   then each meets the state the one before left
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations

import pytest

from milepost.domain.calendar import Align
from milepost.domain.outcome import Outcome
from milepost.domain.programme import AccountRule, ActivityKind, LotRule, Programme, RuleVersion
from tests.support.ledger_stage import RETURNED, SECOND, LedgerStage
from tests.support.ledgers import a_clock_programme, a_lot_programme

StageOf = Callable[[Programme | str], LedgerStage]
CREDITED, LOT_VOID = Outcome.CREDITED, Outcome.LOT_VOID


def pool(months: int = 24) -> Programme:
    return a_clock_programme(RuleVersion(None, None, AccountRule(months, Align.DAY, ActivityKind.ACCRUAL)))


def bound(lot_months: int, account_months: int) -> Programme:
    account = AccountRule(account_months, Align.DAY, ActivityKind.ACCRUAL)
    return a_clock_programme(RuleVersion(None, LotRule(lot_months, Align.DAY), account))


# ---------------------------------------------------------------- both clocks


def test_asia_miles_2020__old_lots_and_pool__each_end_at_their_own_second(stage_of: StageOf) -> None:
    stage = stage_of("asia-miles-2020")
    stage.earn(100, "2019-06-01")
    stage.earn(10, "2020-03-31")
    assert stage.lots("2020-03-31") == [(10, "2021-09-30"), (100, "2022-06-01")]
    assert stage.balance("2021-09-30T23:59:59") == 110
    assert stage.balance("2021-10-01T00:00:00") == 100
    assert stage.balance("2022-06-01T23:59:59") == 100
    assert stage.balance("2022-06-02T00:00:00") == 0


def test_asia_miles_2020__by_posting_day__nothing_is_late(stage_of: StageOf) -> None:
    """A purchase of the last day settles a day later: the old pool is over and a new one begins."""
    stage = stage_of("asia-miles-2020")
    stage.earn(10, "2020-03-31")
    assert stage.earn(5, "2021-09-30", settled="2021-10-01") is CREDITED
    assert stage.lots("2021-10-01") == [(5, "2023-04-01")]
    assert stage.write_off("2021-10-01") == 10


def test_asia_miles_2020__old_purchase_settles_in_2020__is_a_lot_and_keeps_the_pool(
    stage_of: StageOf,
) -> None:
    stage = stage_of("asia-miles-2020")
    stage.earn(10, "2020-01-01")
    stage.earn(100, "2019-12-31", settled="2020-02-10")
    assert stage.lots("2020-02-10") == [(10, "2021-08-10"), (100, "2022-12-31")]


@pytest.mark.parametrize("active", [True, False])
def test_garuda_2011__bound_lot__ends_by_the_earlier_of_both(stage_of: StageOf, active: bool) -> None:
    stage = stage_of("garuda-2011")
    stage.earn(100, "2011-03-15")
    if active:
        stage.earn(1, "2012-05-01")
        stage.earn(1, "2013-05-01")
    last = "2014-03-15T23:59:59" if active else "2012-12-31T23:59:59"
    void = "2014-03-16T00:00:00" if active else "2013-01-01T00:00:00"
    others = 2 if active else 0
    assert (stage.balance(last), stage.balance(void)) == (100 + others, others)


# ---------------------------------------------------------------- on time, and one second later


@pytest.mark.parametrize("settled", ["2009-03-16T00:00:30", "2009-03-26", "2009-05-14"])
def test_skymiles__last_second_settled_later__everything_lives(stage_of: StageOf, settled: str) -> None:
    stage = stage_of("skymiles")
    stage.earn(100, "2007-03-15")
    assert stage.earn(5, "2009-03-15T23:59:59", settled=settled) is CREDITED
    assert stage.lots(settled) == [(105, "2011-03-15")]
    assert not stage.has(RETURNED)


def test_skymiles__one_second_later__old_balance_is_void_and_the_new_lot_lives(stage_of: StageOf) -> None:
    stage = stage_of("skymiles")
    stage.earn(100, "2007-03-15")
    assert stage.earn(5, "2009-03-16T00:00:00") is CREDITED
    assert stage.lots("2009-03-16") == [(5, "2011-03-16")]
    assert stage.has(RETURNED)


# ---------------------------------------------------------------- late activity


@pytest.mark.parametrize(
    ("settled", "outcome", "balance"),
    [("2022-02-02", CREDITED, 105), ("2022-04-02", CREDITED, 105), ("2022-04-03", LOT_VOID, 0)],
)
def test_late__of_the_last_day__revives_until_the_sixtieth_day(
    stage_of: StageOf, settled: str, outcome: Outcome, balance: int
) -> None:
    stage = stage_of(pool())
    stage.earn(100, "2020-02-01")
    assert stage.balance("2022-02-02") == 0
    assert stage.earn(5, "2022-02-01T23:59:59", settled=settled) is outcome
    assert stage.balance(settled) == balance
    assert stage.totals["credited"] == 100 + (5 if outcome is CREDITED else 0)


def test_late__new_deadline_before_today__moves_it_but_credits_nothing(stage_of: StageOf) -> None:
    """Of a day that gives only some weeks more: those are over too when it arrives."""
    stage = stage_of(pool(months=3))
    stage.earn(100, "2020-02-01")
    assert stage.earn(5, "2020-02-10", settled="2020-06-01") is LOT_VOID
    assert stage.clock("2020-06-01") == ("2020-05-10", False)
    # So one more may arrive until 60 days after the later deadline.
    assert stage.earn(7, "2020-05-10", settled="2020-07-09") is CREDITED
    assert stage.lots("2020-07-09") == [(107, "2020-08-10")]


def test_late__newer_pool_that_the_deadline_reaches__joins(stage_of: StageOf) -> None:
    stage = stage_of(pool())
    stage.earn(100, "2020-02-01")
    stage.earn(7, "2022-02-10")
    assert stage.lots("2022-02-10") == [(7, "2024-02-10")]
    assert stage.earn(5, "2022-01-20", settled="2022-02-11") is CREDITED
    assert stage.lots("2022-02-11") == [(112, "2024-02-10")]
    assert (stage.ledger.formerWord(1) & (1 << 56) - 1, stage.totals["writtenOff"]) == (0, 0)


def test_late__newer_pool_that_the_deadline_does_not_reach__stays_alone(stage_of: StageOf) -> None:
    stage = stage_of(pool(months=3))
    stage.earn(100, "2020-02-01")
    stage.earn(7, "2020-06-20")
    assert stage.earn(5, "2020-03-01", settled="2020-06-21") is LOT_VOID
    assert stage.lots("2020-06-21") == [(7, "2020-09-20")]
    # The deadline moved to 06-01; one more activity of before it, and it reaches.
    assert stage.earn(9, "2020-05-30", settled="2020-06-22") is CREDITED
    assert stage.lots("2020-06-22") == [(116, "2020-09-20")]


def test_late__bound_lots_of_a_former_life__live_again_with_it(stage_of: StageOf) -> None:
    stage = stage_of(bound(lot_months=6, account_months=3))
    stage.earn(100, "2020-02-01")
    stage.earn(7, "2020-05-10")
    assert stage.lots("2020-05-10") == [(7, "2020-08-10")]
    assert stage.earn(5, "2020-04-20", settled="2020-05-11") is CREDITED
    assert stage.lots("2020-05-11") == [(100, "2020-08-01"), (5, "2020-08-10"), (7, "2020-08-10")]
    assert stage.balance("2020-08-02") == 12


def test_late__third_life__leaves_of_the_first_nothing_to_revive(stage_of: StageOf) -> None:
    stage = stage_of(bound(lot_months=48, account_months=3))
    stage.earn(100, "2020-02-01")
    stage.earn(10, "2020-06-01")
    stage.earn(1, "2020-10-01")
    assert (stage.balance("2020-10-01"), stage.totals["writtenOff"]) == (1, 100)
    assert stage.earn(5, "2020-04-30", settled="2020-10-02") is LOT_VOID
    assert stage.earn(5, "2020-08-30", settled="2020-10-02") is CREDITED
    assert stage.balance("2020-10-02") == 16


def test_late__twenty_lives_in_turn__keep_their_lots_apart(stage_of: StageOf) -> None:
    """Numbers of lives repeat after sixteen; no lot may come back by that."""
    stage = stage_of(replace(bound(lot_months=48, account_months=1), late_days=27))
    credited = 0
    for life in range(20):
        local = f"{2010 + life // 4}-{1 + life % 4 * 3:02}-05"
        stage.earn(1 << life, local)
        credited += 1 << life
        assert stage.balance(local) == 1 << life
        assert stage.totals["writtenOff"] == (0 if life < 2 else (1 << life - 1) - 1)
    assert stage.totals["credited"] == credited


@pytest.mark.parametrize("order", permutations(["2020-02-01", "2022-01-31", "2022-02-01", "2022-02-03"]))
def test_late__any_order_of_arrival__gives_the_same_account(
    stage_of: StageOf, order: tuple[str, ...]
) -> None:
    stage = stage_of(pool())
    for local in order:
        assert stage.earn(10, local, settled="2022-02-10") in (CREDITED, LOT_VOID)
    # All arrive together after the first deadline, so what each is worth depends on whether it lives then.
    assert stage.clock("2022-02-10") == ("2024-02-03", False)


# ---------------------------------------------------------------- too late, closed, in one report


def test_too_late__own_lot_is_over__is_lot_void(stage_of: StageOf) -> None:
    stage = stage_of(a_lot_programme(2))
    assert stage.earn(5, "2020-02-01", settled="2020-04-01T23:59:59") is CREDITED
    assert stage.earn(5, "2020-02-01", settled="2020-04-02T00:00:00") is LOT_VOID
    assert stage.totals["credited"] == 5


def test_too_late__bound_lot_whose_own_day_is_over__is_lot_void(stage_of: StageOf) -> None:
    stage = stage_of(bound(lot_months=2, account_months=6))
    stage.earn(1, "2020-03-20")
    assert stage.earn(5, "2020-02-01", settled="2020-04-02") is LOT_VOID


def test_closed__later_purchase__gets_closed_account(stage_of: StageOf) -> None:
    stage = stage_of(pool())
    stage.earn(5, "2020-02-01")
    stage.ledger.close(1)
    before = stage.ledger.accountWord(1)
    for local in ("2019-01-01", "2020-02-01", "2020-03-01"):
        assert stage.earn(5, local, settled="2020-03-01") is Outcome.CLOSED_ACCOUNT
    assert stage.ledger.accountWord(1) == before


def test_one_report__purchases_of_a_member__each_meets_the_state_before(stage_of: StageOf) -> None:
    """The first comes too late; the second revives; the third, the same as the first, is then on time."""
    stage = stage_of(pool(months=3))
    stage.earn(100, "2020-02-01")
    stage.move_to("2020-06-01")
    early, last = stage.at("2020-02-20"), stage.at("2020-05-01")
    outcomes = stage.settle((1, 1, early), (1, 2, last), (1, 4, early), (SECOND, 8, early))
    assert outcomes == [LOT_VOID, CREDITED, CREDITED, LOT_VOID]
    assert stage.lots("2020-06-01") == [(106, "2020-08-01")]


def test_one_report__purchase_of_no_miles__is_an_activity(stage_of: StageOf) -> None:
    stage = stage_of(pool())
    stage.earn(100, "2020-02-01")
    assert stage.earn(0, "2022-02-01") is CREDITED
    assert stage.lots("2022-02-02") == [(100, "2024-02-01")]


def test_one_report__purchase_ahead_of_the_clock__counts_as_of_today(stage_of: StageOf) -> None:
    stage = stage_of(pool())
    stage.earn(100, "2020-02-02T00:05:00", settled="2020-02-01T23:59:00")
    assert stage.lots("2020-02-01") == [(100, "2022-02-01")]
