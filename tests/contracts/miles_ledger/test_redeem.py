"""redeem: live miles leave in the programme's order, then it is an activity where the rule counts it.

given a member with lots and a pool
  when fewer miles are redeemed than live
    then those that lapse soonest go first, on one day the lot with the earlier own day, the pool last
    then what was taken comes back lot by lot, and adds up
  when the programme says lots-first   then every lot goes before the pool, whatever its deadline
  when lots stand out of order         then the order of spending is the same
  when lapsed lots stand in the way    then they are written off, those that may live again are left
  when exactly all is redeemed         then nothing is left
  when more is redeemed than lives     then LedgerMilesShort with both numbers
given a programme that counts redemptions
  when it is redeemed on the last day  then the order is of before, and the clock goes on
given an unknown member, a closed one, or another caller then it is refused
"""

from collections.abc import Callable
from itertools import permutations

import pytest

from milepost.domain.calendar import Align
from milepost.domain.programme import AccountRule, ActivityKind, LotRule, Programme, RuleVersion, SpendOrder
from tests.support.ledger_stage import DESK, SECOND, STRANGER, LedgerStage, unpacked
from tests.support.ledgers import a_clock_programme, a_lot_programme, day_date
from tests.support.refusals import refuses

StageOf = Callable[[Programme | str], LedgerStage]
ACCRUAL = ActivityKind.ACCRUAL
TWO_YEARS_BY_ACCRUAL = AccountRule(24, Align.DAY, ACCRUAL)


def lots_then_pool(spend: SpendOrder = SpendOrder.SOONEST) -> Programme:
    """Lots of three years until 2019, from 2020 a pool of two."""
    return a_clock_programme(
        RuleVersion(None, LotRule(36, Align.DAY)),
        RuleVersion(day_date("2020-01-01"), None, TWO_YEARS_BY_ACCRUAL),
        spend=spend,
    )


def test_redeem__some_of_several_lots__takes_the_soonest_first(stage_of: StageOf) -> None:
    stage = stage_of(a_lot_programme(36))
    for miles, local in ((10, "2018-05-01"), (20, "2018-05-02"), (40, "2018-05-03")):
        stage.earn(miles, local)
    taken = stage.redeem(25, "2018-06-01")
    assert unpacked(taken) == [(10, 1, "2021-05-01"), (15, 1, "2021-05-02")]
    assert stage.lots("2018-06-01") == [(5, "2021-05-02"), (40, "2021-05-03")]
    assert stage.totals == {"credited": 70, "reversed": 0, "redeemed": 25, "writtenOff": 0}
    assert stage.ledger.totalSupply() == 45


@pytest.mark.parametrize("order", permutations(range(4)))
def test_redeem__lots_that_arrived_in_any_order__takes_the_same(
    stage_of: StageOf, order: tuple[int, ...]
) -> None:
    stage = stage_of(a_lot_programme(36))
    for one in order:
        stage.earn(10 * 2**one, f"2018-05-0{one + 1}", settled="2018-06-01")
    assert unpacked(stage.redeem(35, "2018-06-01")) == [
        (10, 1, "2021-05-01"),
        (20, 1, "2021-05-02"),
        (5, 1, "2021-05-03"),
    ]
    assert stage.lots("2018-06-01") == [(35, "2021-05-03"), (80, "2021-05-04")]


def test_redeem__pool_and_lots__takes_what_lapses_soonest(stage_of: StageOf) -> None:
    stage = stage_of(lots_then_pool())
    stage.earn(100, "2018-03-01")
    stage.earn(200, "2019-12-31")
    stage.earn(400, "2020-02-01")
    # The deadline, 2022-02-01, lies between the two lots.
    taken = stage.redeem(550, "2020-03-01")
    assert unpacked(taken) == [(100, 1, "2021-03-01"), (400, 0, ""), (50, 1, "2022-12-31")]
    assert stage.lots("2020-03-01") == [(150, "2022-12-31")]


def test_redeem__lots_first__takes_every_lot_before_the_pool(stage_of: StageOf) -> None:
    stage = stage_of(lots_then_pool(SpendOrder.LOTS_FIRST))
    stage.earn(100, "2018-03-01")
    stage.earn(200, "2019-12-31")
    stage.earn(400, "2020-02-01")
    assert unpacked(stage.redeem(550, "2020-03-01")) == [
        (100, 1, "2021-03-01"),
        (200, 1, "2022-12-31"),
        (250, 0, ""),
    ]


def test_redeem__all_of_one_day__takes_the_earlier_own_day_then_the_version_then_the_pool(
    stage_of: StageOf,
) -> None:
    """Bound lots and the pool end on the deadline; the lot that would have died first goes first."""
    both = RuleVersion(day_date("2018-01-01"), LotRule(36, Align.DAY), TWO_YEARS_BY_ACCRUAL)
    again = RuleVersion(day_date("2018-02-01"), LotRule(35, Align.MONTH), TWO_YEARS_BY_ACCRUAL)
    stage = stage_of(a_clock_programme(RuleVersion(None, None, TWO_YEARS_BY_ACCRUAL), both, again))
    stage.earn(1, "2017-12-31")
    stage.earn(4, "2018-02-15")
    stage.earn(8, "2018-01-31", settled="2018-02-15")
    stage.earn(2, "2018-01-20", settled="2018-02-15")
    assert stage.lots("2018-02-15") == [(lot, "2020-02-15") for lot in (2, 8, 4, 1)]
    assert unpacked(stage.redeem(15, "2018-02-15")) == [
        (2, 2, "2021-01-20"),
        (8, 2, "2021-01-31"),
        (4, 3, "2021-01-31"),
        (1, 0, ""),
    ]


def test_redeem__lives_that_joined__are_no_part_of_the_order(stage_of: StageOf) -> None:
    """Of one own day, the later version in the older life: the earlier version still goes first."""
    quarter = AccountRule(3, Align.DAY, ACCRUAL)
    stage = stage_of(
        a_clock_programme(
            RuleVersion(None, LotRule(36, Align.MONTH), quarter),
            RuleVersion(day_date("2018-02-01"), LotRule(35, Align.MONTH), quarter),
        )
    )
    stage.earn(10, "2018-02-15")
    stage.earn(20, "2018-06-01")
    stage.earn(40, "2018-05-10", settled="2018-06-02")
    stage.earn(80, "2018-01-20", settled="2018-06-03")
    assert [lot[:2] for lot in unpacked(stage.redeem(100, "2018-06-03"))] == [(80, 1), (10, 2), (10, 2)]


def test_redeem__lots_lapsed_in_the_way__are_written_off(stage_of: StageOf) -> None:
    stage = stage_of(a_lot_programme(1))
    for miles, local in ((10, "2018-05-01"), (20, "2018-05-02"), (40, "2018-05-20")):
        stage.earn(miles, local)
    assert unpacked(stage.redeem(40, "2018-06-03")) == [(40, 1, "2018-06-20")]
    assert stage.totals["writtenOff"] == 30
    assert stage.ledger.accountWord(1) & (1 << 64) - 1 == 0


def test_redeem__bound_lots_that_may_live_again__are_left_where_they_are(stage_of: StageOf) -> None:
    bound = RuleVersion(day_date("2018-01-01"), LotRule(36, Align.DAY), AccountRule(3, Align.DAY, ACCRUAL))
    stage = stage_of(a_clock_programme(RuleVersion(None, None, None), bound))
    stage.earn(100, "2017-12-01")
    stage.earn(10, "2018-01-10")
    assert unpacked(stage.redeem(60, "2018-05-01")) == [(60, 1, "never")]
    with refuses("LedgerMilesShort", live=40, wanted=41):
        stage.redeem(41, "2018-05-01")
    assert stage.totals["writtenOff"] == 0
    # An activity of the last day, a month late, and they live again.
    stage.earn(1, "2018-04-10", settled="2018-05-10")
    assert stage.balance("2018-05-10") == 51


def test_redeem__last_day__judges_the_order_before_the_clock_goes_on(stage_of: StageOf) -> None:
    """Soonest today is the pool; a year later it would have been the lot."""
    both = AccountRule(24, Align.DAY, ACCRUAL | ActivityKind.REDEMPTION)
    stage = stage_of(
        a_clock_programme(
            RuleVersion(None, LotRule(36, Align.DAY)), RuleVersion(day_date("2020-01-01"), None, both)
        )
    )
    stage.earn(100, "2019-12-31")
    stage.earn(400, "2020-02-01")
    assert unpacked(stage.redeem(300, "2022-02-01T23:59:59")) == [(300, 0, "")]
    assert stage.lots("2022-02-02") == [(100, "2022-12-31"), (100, "2024-02-01")]


def test_redeem__rule_does_not_count_it__leaves_the_clock(stage_of: StageOf) -> None:
    stage = stage_of(a_clock_programme(RuleVersion(None, None, TWO_YEARS_BY_ACCRUAL)))
    stage.earn(400, "2020-02-01")
    stage.redeem(300, "2022-02-01T23:59:59")
    assert stage.clock("2022-02-01") == ("2022-02-01", False)
    assert stage.balance("2022-02-02T00:00:00") == 0


def test_redeem__one_second_after_the_last_day__has_nothing_to_take(stage_of: StageOf) -> None:
    stage = stage_of("skymiles")
    stage.earn(400, "2008-02-01")
    with refuses("LedgerMilesShort", member=1, live=0, wanted=1):
        stage.redeem(1, "2010-02-02T00:00:00")


def test_redeem__all_that_lives__leaves_nothing(stage_of: StageOf) -> None:
    stage = stage_of(lots_then_pool())
    stage.earn(100, "2019-03-01")
    stage.earn(400, "2020-02-01")
    stage.redeem(500, "2020-03-01")
    assert (stage.balance("2020-03-01"), stage.lots("2020-03-01")) == (0, [])
    assert stage.earn(7, "2020-03-02") == 0
    assert stage.lots("2020-03-02") == [(7, "2022-03-02")]


@pytest.mark.parametrize("pool_too", [False, True])
def test_redeem__more_than_lives__is_refused_and_takes_nothing(stage_of: StageOf, pool_too: bool) -> None:
    stage = stage_of(lots_then_pool())
    stage.earn(100, "2019-03-01")
    if pool_too:
        stage.earn(400, "2020-02-01")
    live = 500 if pool_too else 100
    with refuses("LedgerMilesShort", member=1, live=live, wanted=live + 1):
        stage.redeem(live + 1, "2020-03-01")
    assert (stage.balance("2020-03-01"), stage.totals["redeemed"]) == (live, 0)


def test_redeem__no_miles__takes_no_lot(stage_of: StageOf) -> None:
    stage = stage_of(a_lot_programme(36))
    stage.earn(10, "2018-05-01")
    assert stage.redeem(0, "2018-05-01") == ()
    assert stage.balance("2018-05-01") == 10


@pytest.mark.parametrize("member", [0, 6])
def test_redeem__unknown_member__is_refused(stage_of: StageOf, member: int) -> None:
    with refuses("LedgerMemberUnknown", member=member):
        stage_of("ana").redeem(1, "2018-05-01", member=member)


def test_redeem__closed_account__is_refused(stage_of: StageOf) -> None:
    stage = stage_of("ana")
    stage.earn(10, "2018-05-01")
    stage.ledger.close(1)
    with refuses("LedgerAccountClosed", member=1):
        stage.redeem(1, "2018-05-01")


@pytest.mark.parametrize("acts", [0, 1, 4, 8, 13])
def test_redeem__desk_that_may_not__is_refused(stage_of: StageOf, acts: int) -> None:
    stage = stage_of("ana")
    stage.ledger.setDesk(STRANGER, acts)
    with refuses("LedgerDeskUnauthorized", caller=STRANGER, act=2):
        stage.ledger.redeem(1, 0, sender=STRANGER)


def test_redeem__other_members__are_untouched(stage_of: StageOf) -> None:
    stage = stage_of(lots_then_pool())
    for member in (1, SECOND):
        stage.earn(100, "2019-03-01", member=member)
        stage.earn(400, "2020-02-01", member=member)
    before = stage.ledger.accountWord(SECOND)
    stage.redeem(450, "2020-03-01")
    assert stage.ledger.accountWord(SECOND) == before
    assert stage.ledger.deskActs(DESK) == 15
