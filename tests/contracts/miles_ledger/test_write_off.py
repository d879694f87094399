"""writeOff: anyone frees the room of what lapsed for good; no balance changes by it.

given lots with a day of their own, some of them lapsed
  when they stand in order       then at most so many go, soonest first
  when they stand out of order   then all of them go at once
given a pool past its deadline
  when late activity may still revive it   then it stays
  when it no longer may                    then it goes, whatever `most` says
given bound lots past the account's deadline
  when late activity may still revive it   then they stay, but for those whose own day is over too
  when it no longer may                    then they go
given a former life that is over           then its pool and its lots go, the present one stays
given an exempt member                     then nothing of the account goes
given any of these                         then supply falls by what went, and the answer and the event say so
given the most lots that the rules allow   then writing them off fits in one tx
"""

from collections.abc import Callable
from random import Random

import pytest

from milepost.domain.calendar import Align
from milepost.domain.programme import AccountRule, ActivityKind, LotRule, Programme, RuleVersion
from tests.support.ledger_stage import FIRST, LedgerStage
from tests.support.ledgers import a_clock_programme, a_lot_programme

StageOf = Callable[[Programme | str], LedgerStage]
MOST_GAS_A_TX = 16_777_216
ACCRUAL = ActivityKind.ACCRUAL


def three_lots(stage: LedgerStage, *order: int) -> None:
    """Of 10, 20 and 40 miles on the first three days of May 2018, arriving in this order."""
    for one in order:
        stage.earn(10 * 2**one, f"2018-05-0{one + 1}", settled="2018-05-04")


@pytest.mark.parametrize(("most", "written"), [(0, 0), (1, 10), (2, 30), (3, 30), (64, 30)])
def test_write_off__lots_in_order__takes_at_most_so_many(stage_of: StageOf, most: int, written: int) -> None:
    stage = stage_of(a_lot_programme(36))
    three_lots(stage, 0, 1, 2)
    assert stage.write_off("2021-05-03", most=most) == written
    assert stage.balance("2021-05-03") == 40
    assert (stage.totals["writtenOff"], stage.ledger.totalSupply()) == (written, 70 - written)


def test_write_off__hot_lot_lapsed__goes_last(stage_of: StageOf) -> None:
    stage = stage_of(a_lot_programme(36))
    three_lots(stage, 0, 1, 2)
    assert [stage.write_off("2021-06-01", most=2) for _ in range(3)] == [30, 40, 0]
    assert stage.ledger.accountWord(FIRST) & (1 << 64) - 1 == 0


@pytest.mark.parametrize("most", [0, 1, 64])
def test_write_off__lots_out_of_order__takes_all_that_lapsed(stage_of: StageOf, most: int) -> None:
    stage = stage_of(a_lot_programme(36))
    three_lots(stage, 2, 1, 0)
    stage.earn(80, "2018-05-04")
    assert stage.write_off("2021-05-03", most=most) == 30
    assert stage.lots("2021-05-03") == [(40, "2021-05-03"), (80, "2021-05-04")]
    assert stage.write_off("2021-05-03", most=most) == 0


def test_write_off__last_second_of_a_lot__takes_nothing(stage_of: StageOf) -> None:
    stage = stage_of(a_lot_programme(36))
    three_lots(stage, 0)
    assert stage.write_off("2021-05-01T23:59:59") == 0
    assert stage.write_off("2021-05-02T00:00:00") == 10


@pytest.mark.parametrize("most", [0, 64])
def test_write_off__pool__stays_while_late_activity_may_revive_it(stage_of: StageOf, most: int) -> None:
    stage = stage_of("onepass")
    stage.earn(100, "2008-01-31")
    assert stage.balance("2009-08-01") == 0
    # Sixty late days after 2009-07-31.
    assert stage.write_off("2009-09-29T23:59:59", most=most) == 0
    assert stage.write_off("2009-09-30T00:00:00", most=most) == 100
    assert stage.totals["writtenOff"] == 100


def test_write_off__bound_lots__stay_while_late_activity_may_revive_them(stage_of: StageOf) -> None:
    both = RuleVersion(None, LotRule(4, Align.DAY), AccountRule(3, Align.DAY, ACCRUAL))
    stage = stage_of(a_clock_programme(both))
    stage.earn(10, "2018-01-10")
    stage.earn(20, "2018-02-20")
    # The account ended on 2018-05-20, its late days on 07-19; the lots alone on 05-10 and 06-20.
    assert stage.write_off("2018-05-11") == 10
    assert stage.write_off("2018-05-21") == 0
    assert stage.write_off("2018-06-20") == 0
    assert stage.write_off("2018-06-21") == 20


def test_write_off__bound_lots_of_a_life_that_is_over__go(stage_of: StageOf) -> None:
    both = RuleVersion(None, LotRule(36, Align.DAY), AccountRule(3, Align.DAY, ACCRUAL))
    stage = stage_of(a_clock_programme(both))
    stage.earn(10, "2018-01-10")
    stage.earn(20, "2018-02-20")
    assert stage.write_off("2018-07-19") == 0
    assert stage.write_off("2018-07-20") == 30


def test_write_off__former_life_that_is_over__goes_and_the_present_stays(stage_of: StageOf) -> None:
    stage = stage_of("onepass")
    stage.earn(100, "2008-01-31")
    stage.earn(7, "2009-08-01")
    assert stage.write_off("2009-09-29") == 0
    assert stage.write_off("2009-09-30") == 100
    assert stage.lots("2009-09-30") == [(7, "2011-02-01")]
    assert stage.write_off("2009-09-30") == 0


def test_write_off__exempt_member__keeps_what_a_clock_would_end(stage_of: StageOf) -> None:
    stage = stage_of("garuda-2011")
    stage.earn(100, "2010-06-01")
    stage.earn(10, "2011-06-01")
    stage.in_tier(1, "2011-06-02")
    assert stage.write_off("2014-06-01") == 0
    assert stage.write_off("2014-06-02") == 10
    assert stage.lots("2014-06-02") == [(100, "never")]


def test_write_off__most_lots_of_four_years_by_the_day__fits_in_a_tx(stage_of: StageOf) -> None:
    """48 months by the day is the longest such rule; all arrived in the worst order, and all lapsed."""
    stage = stage_of(a_lot_programme(48))
    days = list(range(1_461))
    Random(1).shuffle(days)
    begin = stage.at("2018-01-01")
    stage.move_to("2021-12-31T23:00:00")
    for first in range(0, len(days), 50):
        stage.settle(*((FIRST, 1, begin + 86_400 * one) for one in days[first : first + 50]))
    assert stage.balance("2021-12-31T23:00:00") == 1_461
    assert stage.write_off("2026-01-01") == 1_461
    assert stage.evm.machine.result.gas_used < MOST_GAS_A_TX


def test_redeem_and_merge__most_lots_of_four_years_by_the_day__fit_in_a_tx(stage_of: StageOf) -> None:
    stage = stage_of(a_lot_programme(48))
    days = list(range(1_461))
    begin = stage.at("2018-01-01")
    stage.move_to("2021-12-31T23:00:00")
    for member in (1, 2):
        Random(member).shuffle(days)
        for first in range(0, len(days), 50):
            stage.settle(*((member, 2, begin + 86_400 * one) for one in days[first : first + 50]))
    stage.redeem(1_461, "2021-12-31T23:00:00")
    assert stage.evm.machine.result.gas_used < MOST_GAS_A_TX
    assert stage.merge("2021-12-31T23:00:00") == 1_461
    assert stage.evm.machine.result.gas_used < MOST_GAS_A_TX
    assert stage.balance("2021-12-31T23:00:00", member=2) == 3 * 1_461
