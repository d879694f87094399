"""transferMiles, and merge beside a clock: lots keep their days, pool miles live by the receiver's clock.

given two members
  when miles are transferred
    then they leave in spending order, lots with their days and versions, those of a bucket join
    then pool miles join the receiver's pool and take its deadline
    then bound lots go on in the receiver's life
    then it is an activity of either side where the rule counts it
  when the receiver has no life                 then one begins today, whatever the rule counts
  when the receiver's miles lapsed              then they stay lapsed
  when the giver is short                       then LedgerMilesShort, and nothing moves
  when accounts are merged                      then the later deadline stands, also of an exempt giver
given any transfer                              then no total changes
given an unknown member, a closed one, one and the same, or a desk that may not then it is refused
"""

from collections.abc import Callable

import pytest

from milepost.domain.calendar import Align
from milepost.domain.programme import AccountRule, ActivityKind, LotRule, Programme, RuleVersion
from tests.support.ledger_stage import CLOSED, SECOND, STRANGER, LedgerStage
from tests.support.ledgers import a_clock_programme, a_lot_programme, day_date
from tests.support.refusals import refuses

StageOf = Callable[[Programme | str], LedgerStage]
BY_ACCRUAL = AccountRule(24, Align.DAY, ActivityKind.ACCRUAL)


def pool_by_accrual() -> Programme:
    return a_clock_programme(RuleVersion(None, None, BY_ACCRUAL))


def both_by_accrual() -> Programme:
    return a_clock_programme(RuleVersion(None, LotRule(36, Align.DAY), BY_ACCRUAL))


def test_transfer__lots__keep_their_days_and_join_those_of_their_bucket(stage_of: StageOf) -> None:
    stage = stage_of(a_lot_programme(36))
    for miles, local in ((10, "2018-05-01"), (20, "2018-05-02"), (40, "2018-05-03")):
        stage.earn(miles, local)
    stage.earn(7, "2018-05-02", settled="2018-05-04", member=SECOND)
    before = stage.totals
    stage.transfer(25, "2018-06-01")
    assert stage.lots("2018-06-01") == [(5, "2021-05-02"), (40, "2021-05-03")]
    assert stage.lots("2018-06-01", member=SECOND) == [(10, "2021-05-01"), (22, "2021-05-02")]
    assert stage.totals == before


def test_transfer__lots_of_another_version__keep_it(stage_of: StageOf) -> None:
    stage = stage_of(
        a_clock_programme(
            RuleVersion(None, LotRule(36, Align.DAY)),
            RuleVersion(day_date("2019-01-01"), LotRule(12, Align.DAY)),
        )
    )
    stage.earn(10, "2018-05-01")
    stage.transfer(10, "2019-06-01")
    assert stage.lots("2019-06-01", member=SECOND) == [(10, "2021-05-01")]
    found = stage.lens.lotsOf(stage.ledger, SECOND)
    assert [(lot[0], lot[2]) for lot in found] == [(10, 1)]


def test_transfer__pool_miles__live_by_the_receivers_clock(stage_of: StageOf) -> None:
    stage = stage_of(pool_by_accrual())
    stage.earn(100, "2018-05-01")
    stage.earn(7, "2019-05-01", member=SECOND)
    stage.transfer(40, "2020-01-01")
    assert stage.lots("2020-01-01") == [(60, "2020-05-01")]
    assert stage.lots("2020-01-01", member=SECOND) == [(47, "2021-05-01")]


def test_transfer__counted__is_an_activity_of_either_side(stage_of: StageOf) -> None:
    stage = stage_of("skymiles")
    stage.earn(100, "2008-05-01")
    stage.earn(7, "2009-05-01", member=SECOND)
    stage.transfer(40, "2010-01-01")
    assert stage.lots("2010-01-01") == [(60, "2012-01-01")]
    assert stage.lots("2010-01-01", member=SECOND) == [(47, "2012-01-01")]


@pytest.mark.parametrize("kind", [ActivityKind.TRANSFER_IN, ActivityKind.TRANSFER_OUT])
def test_transfer__counted_on_one_side__is_an_activity_of_that_side(
    stage_of: StageOf, kind: ActivityKind
) -> None:
    rule = AccountRule(24, Align.DAY, ActivityKind.ACCRUAL | kind)
    stage = stage_of(a_clock_programme(RuleVersion(None, None, rule)))
    for member in (1, SECOND):
        stage.earn(100, "2018-05-01", member=member)
    stage.transfer(40, "2019-01-01")
    days = [stage.clock("2019-01-01", member=member)[0] for member in (1, SECOND)]
    expected = ["2020-05-01", "2021-01-01"]
    assert days == (expected if kind is ActivityKind.TRANSFER_IN else expected[::-1])


def test_transfer__receiver_without_a_life__begins_one_whatever_the_rule_counts(stage_of: StageOf) -> None:
    stage = stage_of(pool_by_accrual())
    stage.earn(100, "2018-05-01")
    stage.transfer(40, "2019-01-01")
    assert stage.lots("2019-01-01", member=SECOND) == [(40, "2021-01-01")]


def test_transfer__receiver_whose_miles_lapsed__revives_none_of_them(stage_of: StageOf) -> None:
    stage = stage_of(pool_by_accrual())
    stage.earn(7, "2018-01-01", member=SECOND)
    stage.earn(100, "2018-05-01")
    stage.transfer(40, "2020-01-02T00:00:00")
    assert stage.lots("2020-01-02", member=SECOND) == [(40, "2022-01-02")]
    # Its own late activity still does.
    stage.earn(1, "2020-01-01", settled="2020-02-01", member=SECOND)
    assert stage.lots("2020-02-01", member=SECOND) == [(48, "2022-01-02")]


def test_transfer__bound_lots__go_on_in_the_receivers_life(stage_of: StageOf) -> None:
    stage = stage_of(both_by_accrual())
    stage.earn(100, "2018-05-01")
    stage.earn(7, "2019-05-01", member=SECOND)
    stage.transfer(40, "2020-01-01")
    assert stage.lots("2020-01-01", member=SECOND) == [(40, "2021-05-01"), (7, "2021-05-01")]
    stage.earn(1, "2020-12-01", member=SECOND)
    assert stage.lots("2021-05-01", member=SECOND)[0] == (40, "2021-05-01")
    assert stage.lots("2021-05-01") == []


def test_transfer__more_than_lives__is_refused_and_moves_nothing(stage_of: StageOf) -> None:
    stage = stage_of("skymiles")
    stage.earn(100, "2008-05-01")
    with refuses("LedgerMilesShort", member=1, live=100, wanted=101):
        stage.transfer(101, "2009-01-01")
    assert (stage.balance("2009-01-01"), stage.balance("2009-01-01", member=SECOND)) == (100, 0)


@pytest.mark.parametrize(("source", "into"), [(0, 1), (6, 1), (1, 0), (1, 6)])
def test_transfer__unknown_member__is_refused(stage_of: StageOf, source: int, into: int) -> None:
    with refuses("LedgerMemberUnknown"):
        stage_of("ana").transfer(0, "2018-05-01", source=source, into=into)


def test_transfer__into_itself__is_refused(stage_of: StageOf) -> None:
    """It would count as activity twice and move nothing."""
    stage = stage_of("skymiles")
    stage.earn(100, "2008-05-01")
    with refuses("LedgerIntoItself", member=1):
        stage.transfer(0, "2009-05-01", into=1)


@pytest.mark.parametrize("closed", [1, SECOND])
def test_transfer__closed_account__is_refused(stage_of: StageOf, closed: int) -> None:
    stage = stage_of("ana")
    stage.earn(10, "2018-05-01")
    stage.ledger.close(closed)
    with refuses("LedgerAccountClosed", member=closed):
        stage.transfer(1, "2018-05-01")


def test_transfer__desk_that_may_not__is_refused(stage_of: StageOf) -> None:
    stage = stage_of("ana")
    stage.ledger.setDesk(STRANGER, 7)
    with refuses("LedgerDeskUnauthorized", caller=STRANGER, act=8):
        stage.ledger.transferMiles(1, 2, 0, sender=STRANGER)


@pytest.mark.parametrize(("source", "into"), [(1, SECOND), (SECOND, 1)])
def test_merge__two_clocks__the_later_deadline_stands(stage_of: StageOf, source: int, into: int) -> None:
    stage = stage_of(pool_by_accrual())
    stage.earn(100, "2018-05-01")
    stage.earn(7, "2019-05-01", member=SECOND)
    assert stage.merge("2020-01-01", source=source, into=into) == (100 if source == 1 else 7)
    assert stage.lots("2020-01-01", member=into) == [(107, "2021-05-01")]
    assert stage.has(CLOSED, member=source)


def test_merge__exempt_member__hands_over_a_clock_that_ends_today_at_the_earliest(stage_of: StageOf) -> None:
    stage = stage_of("garuda")
    stage.earn(100, "2009-06-01")
    stage.in_tier(1, "2009-06-02")
    stage.merge("2012-05-01")
    assert stage.lots("2012-05-01", member=SECOND) == [(100, "2012-05-01")]


def test_merge__lapsed_miles__stay_behind(stage_of: StageOf) -> None:
    stage = stage_of(pool_by_accrual())
    stage.earn(100, "2018-05-01")
    stage.earn(7, "2019-05-01", member=SECOND)
    assert stage.merge("2020-05-02") == 0
    assert stage.lots("2020-05-02", member=SECOND) == [(7, "2021-05-01")]
    assert stage.totals["writtenOff"] == 0
    assert stage.write_off("2020-07-01") == 100


def test_transfer__pool_under_a_version_without_a_clock__keeps_the_givers_deadline(stage_of: StageOf) -> None:
    """Passed on to a member without a life it once lived for ever, and whatever joined it."""
    stage = stage_of(
        a_clock_programme(
            RuleVersion(None, None, BY_ACCRUAL), RuleVersion(day_date("2019-01-01"), LotRule(36, Align.DAY))
        )
    )
    stage.earn(1_000, "2018-05-01")
    stage.transfer(400, "2020-05-01")
    assert stage.lots("2020-05-01", member=SECOND) == [(400, "2020-05-01")]
    stage.transfer(400, "2020-05-01", source=SECOND, into=1)
    assert stage.lots("2020-05-01") == [(1_000, "2020-05-01")]
    assert [stage.balance("2020-05-02", member=member) for member in (1, SECOND)] == [0, 0]
