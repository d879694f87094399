"""Whole histories of members of the ten programmes, by their files: each row of the vectors, each decision.

| programmes.md | tests |
|---|---|
| vectors "earned, last, void" | `test_one_purchase__...` |
| vectors "activity, result" | one test each, named by the programme |
| decisions | the tests below name theirs |
"""

import pytest

from milepost.domain.outcome import Outcome
from milepost.domain.rule_book import ActRefused
from tests.support.ledgers import a_member, day

CREDITED, LOT_VOID = Outcome.CREDITED, Outcome.LOT_VOID


@pytest.mark.parametrize(
    ("programme", "earned", "last"),
    [
        ("ana", "2006-05-23", "2009-05-31"),
        ("ana", "2008-02-29", "2011-02-28"),
        ("ana", "2009-02-01", "2012-02-29"),
        ("ana", "2008-05-31T23:59:59", "2011-05-31"),
        ("ana", "2008-06-01T00:00:00", "2011-06-30"),
        ("rapid-rewards", "2008-02-29", "2010-02-28"),
        ("rapid-rewards", "2006-02-28", "2008-02-28"),
        ("enrich", "2006-01-01", "2009-12-31"),
        ("enrich", "2006-12-31", "2009-12-31"),
        ("enrich", "2007-01-01T00:00:00", "2010-12-31"),
        ("jpprivilege", "2008-01-01", "2011-03-31"),
        ("jpprivilege", "2008-02-29", "2011-03-31"),
        ("jpprivilege", "2008-03-31T23:59:59", "2011-03-31"),
        ("jpprivilege", "2008-04-01T00:00:00", "2011-06-30"),
        ("onepass", "2006-08-31", "2008-02-29"),
        ("garuda", "2006-05-01", "2008-12-31"),
        ("garuda", "2009-01-01", "2010-12-31"),
        ("garuda-2011", "2010-06-30", "2011-12-31"),
        ("garuda-2011", "2011-06-30", "2012-12-31"),
        ("asia-miles-2018", "2018-05-14", "2021-05-14"),
        ("asia-miles-2020", "2019-12-31", "2022-12-31"),
        ("asia-miles-2020", "2020-08-31", "2022-02-28"),
        ("asia-miles-2020", "2022-08-31", "2024-02-29"),
        ("asia-miles-2020", "2020-03-31", "2021-09-30"),
    ],
)
def test_one_purchase__nothing_after_it__lives_through_its_last_second(
    programme: str, earned: str, last: str
) -> None:
    """Decisions 1 to 4."""
    member = a_member(programme)
    assert member.earn(100, earned) is CREDITED
    assert member.lots == [(100, last)]
    void_s = member.at(f"{last}T23:59:59") + 1
    assert [member.ledger.balance_at(1, instant) for instant in (void_s - 1, void_s)] == [100, 0]


@pytest.mark.parametrize("settled", ["2009-03-16T00:00:59", "2009-03-25"])
def test_skymiles__active_in_the_last_minute_and_settled_after_it__all_lives_on(settled: str) -> None:
    """Decisions 5, 10 and 13."""
    member = a_member("skymiles")
    member.earn(100, "2007-03-15")
    assert member.balance("2009-03-16T00:00:00") == 0
    assert member.earn(7, "2009-03-15T23:59:00", settled=settled) is CREDITED
    assert member.lots == [(107, "2011-03-15")]


def test_skymiles__active_a_second_after_the_last_day__only_the_new_miles_live() -> None:
    """Decision 5."""
    member = a_member("skymiles")
    member.earn(100, "2007-03-15")
    assert member.earn(7, "2009-03-16T00:00:00") is CREDITED
    assert member.lots == [(100, "2009-03-15"), (7, "2011-03-16")]
    assert member.balance("2009-03-16T00:00:00") == 7


def test_skymiles__earned_before_2007_and_after__the_old_miles_stay() -> None:
    member = a_member("skymiles")
    member.earn(10_000, "2006-11-20")
    member.earn(2_000, "2007-06-01")
    assert [member.balance(local) for local in ("2009-06-01", "2009-06-02", "2089-06-02")] == [
        12_000,
        10_000,
        10_000,
    ]


def test_skymiles__active_before_2007_only__has_no_clock() -> None:
    """Decision 7: the clock runs from the first activity under the new version."""
    member = a_member("skymiles")
    member.earn(10_000, "2006-11-20")
    member.redeem(1, "2006-12-31")
    assert member.ledger.accounts[1].current.deadline == 0
    member.redeem(1, "2007-01-01")
    assert member.ledger.accounts[1].current.deadline == day("2009-01-01")


@pytest.mark.parametrize(
    ("settled", "outcome", "lots"),
    [
        ("2009-05-14", CREDITED, [(107, "2011-03-14")]),
        ("2009-05-15", LOT_VOID, [(100, "2009-03-15")]),
    ],
)
def test_skymiles__late_by_the_late_days_and_one_more__revives_or_does_nothing(
    settled: str, outcome: Outcome, lots: list[tuple[int, str]]
) -> None:
    """Decision 13: 60 days after 15 March is 14 May."""
    member = a_member("skymiles")
    member.earn(100, "2007-03-15")
    assert member.earn(7, "2009-03-14", settled=settled) is outcome
    assert member.lots == lots


def test_skymiles__late_activity_reaches_the_newer_pool__both_are_one() -> None:
    """Decision 13."""
    member = a_member("skymiles")
    member.earn(100, "2007-03-15")
    member.earn(7, "2009-03-20")
    assert member.balance("2009-03-20") == 7
    assert member.earn(5, "2009-03-10", settled="2009-03-30") is CREDITED
    assert member.lots == [(112, "2011-03-20")]


def test_skymiles__lapsed_and_within_the_late_days__is_neither_spent_nor_written_off() -> None:
    """Decision 13."""
    member = a_member("skymiles")
    member.earn(100, "2007-03-15")
    with pytest.raises(ActRefused):
        member.redeem(1, "2009-04-01")
    assert member.ledger.write_off(1, today=day("2009-05-14")) == 0
    assert member.ledger.write_off(1, today=day("2009-05-15")) == 100
    assert (member.lots, member.ledger.written_off) == ([], 100)


def test_skymiles__lapsed_twice__only_the_life_before_the_last_can_come_back() -> None:
    member = a_member("skymiles")
    for miles, earned in ((100, "2007-03-15"), (7, "2009-04-01"), (3, "2011-05-01")):
        member.earn(miles, earned)
    assert member.lots == [(7, "2011-04-01"), (3, "2013-05-01")]
    assert member.ledger.written_off == 100


def test_skymiles__cancelled_after_the_pool_lapsed__the_miles_lapsed_with_it() -> None:
    """Decision 9: its activity stays, so it lapses two years after it."""
    member = a_member("skymiles")
    member.earn(100, "2007-03-15")
    taken = member.redeem(60, "2007-04-15")
    assert member.lots == [(40, "2009-04-15")]
    member.cancel(taken, "2009-04-16")
    assert (member.lots, member.balance("2009-04-16")) == ([(100, "2009-04-15")], 0)
    assert member.earn(1, "2009-04-15", settled="2009-04-17") is CREDITED
    assert member.balance("2009-04-17") == 101


def test_skymiles__cancelled_when_its_life_was_joined__goes_back_to_what_goes_on() -> None:
    member = a_member("skymiles")
    member.earn(100, "2007-03-15")
    taken = member.redeem(60, "2007-04-15")
    member.earn(7, "2009-04-20")
    member.earn(5, "2009-04-10", settled="2009-04-30")
    member.cancel(taken, "2009-05-01")
    assert member.lots == [(112, "2011-04-20")]


def test_onepass__redeemed_before_the_deadline__counts_not_and_the_account_can_be_closed() -> None:
    """Purchases that come later get an outcome, never a revert: decision 10."""
    member = a_member("onepass")
    member.earn(100, "2007-08-31")
    member.redeem(1, "2009-01-10")
    assert member.lots == [(99, "2009-02-28")]
    with pytest.raises(ActRefused):
        member.ledger.close_lapsed(1, today=day("2009-04-29"))
    member.ledger.close_lapsed(1, today=day("2009-04-30"))
    assert member.earn(5, "2009-05-01") is Outcome.CLOSED_ACCOUNT


def test_garuda__nothing_in_the_next_year__void_at_its_end() -> None:
    member = a_member("garuda")
    member.earn(100, "2008-03-15")
    assert member.lots == [(100, "2009-12-31")]


def test_garuda__silver__never_lapses_while_silver() -> None:
    """Decision 8."""
    member = a_member("garuda")
    member.in_tier(1, "2008-01-01")
    member.earn(100, "2008-03-15")
    assert member.lots == [(100, "never")]
    member.in_tier(2, "2020-01-01")
    assert member.balance("2080-01-01") == 100


def test_garuda__silver_lost__the_whole_of_that_day_is_left() -> None:
    """Decision 8."""
    member = a_member("garuda")
    member.in_tier(1, "2008-01-01")
    member.earn(100, "2008-03-15")
    member.in_tier(0, "2010-07-01")
    assert member.lots == [(100, "2010-07-01")]
    void_s = member.at("2010-07-01T23:59:59") + 1
    assert [member.ledger.balance_at(1, instant) for instant in (void_s - 1, void_s)] == [100, 0]


def test_garuda__silver_lost_before_the_deadline__it_stands() -> None:
    member = a_member("garuda")
    member.in_tier(1, "2008-01-01")
    member.earn(100, "2008-03-15")
    member.in_tier(0, "2009-07-01")
    assert member.lots == [(100, "2009-12-31")]


def test_garuda__silver_gained_after_the_lapse__revives_nothing() -> None:
    """Decision 8."""
    member = a_member("garuda")
    member.earn(100, "2008-03-15")
    member.in_tier(1, "2010-01-01")
    assert (member.lots, member.balance("2010-01-01")) == ([(100, "2009-12-31")], 0)
    member.earn(5, "2010-01-02")
    assert member.lots == [(100, "2009-12-31"), (5, "never")]


def test_garuda__silver_gained_on_the_last_day__keeps_all() -> None:
    member = a_member("garuda")
    member.earn(100, "2008-03-15")
    member.in_tier(1, "2009-12-31")
    assert member.lots == [(100, "never")]


def test_garuda__silver_gained_after_the_lapse_and_late_activity__lives_again() -> None:
    """Decisions 8 and 13: had the purchase been known in time, nothing had lapsed in any night."""
    member = a_member("garuda")
    member.earn(100, "2008-03-15")
    member.in_tier(1, "2010-01-20")
    assert member.earn(5, "2009-12-31", settled="2010-02-01") is CREDITED
    assert member.lots == [(105, "never")]
    member.in_tier(0, "2010-02-02")
    assert member.lots == [(105, "2010-12-31")]


def test_garuda_2011__both_rules__each_lot_dies_on_the_earlier_day() -> None:
    member = a_member("garuda-2011")
    member.earn(1, "2010-06-30")
    member.earn(2, "2011-03-15")
    assert member.lots == [(2, "2012-12-31"), (1, "2012-12-31")]
    for year in (2012, 2013):
        member.redeem(0, f"{year}-06-01")
    assert member.lots == [(2, "2014-03-15"), (1, "2014-12-31")]


def test_garuda_2011__silver__lots_keep_their_day_and_the_pool_lapses_never() -> None:
    member = a_member("garuda-2011")
    member.earn(1, "2010-06-30")
    member.earn(2, "2011-03-15")
    member.in_tier(1, "2011-04-01")
    assert member.lots == [(2, "2014-03-15"), (1, "never")]


def test_garuda_2011__bound_lot_of_a_lapsed_life__comes_back_with_it() -> None:
    member = a_member("garuda-2011")
    member.earn(100, "2011-03-15")
    member.earn(5, "2013-01-10")
    assert member.lots == [(100, "2012-12-31"), (5, "2014-12-31")]
    assert member.earn(1, "2012-12-30", settled="2013-02-01") is CREDITED
    assert member.lots == [(100, "2014-03-15"), (1, "2014-12-31"), (5, "2014-12-31")]


def test_asia_miles_2020__old_lots_and_pool__lots_are_spent_first() -> None:
    """Decision 6."""
    member = a_member("asia-miles-2020")
    member.earn(100, "2019-12-31")
    member.earn(50, "2020-02-01")
    assert member.lots == [(50, "2021-08-01"), (100, "2022-12-31")]
    member.redeem(120, "2020-03-31")
    assert member.lots == [(30, "2021-09-30")]


def test_asia_miles_2020__earned_before_and_settled_in_2020__lot_by_the_old_rule_clock_by_the_new() -> None:
    """Decision 4: by posting day."""
    member = a_member("asia-miles-2020")
    member.earn(100, "2019-12-20", settled="2020-01-10")
    member.earn(50, "2020-06-01", settled="2020-06-03")
    assert member.lots == [(50, "2021-12-03"), (100, "2022-12-20")]


def test_asia_miles_2020__after_the_deadline__nothing_is_late() -> None:
    member = a_member("asia-miles-2020")
    member.earn(50, "2020-06-01")
    assert member.earn(7, "2021-12-01", settled="2021-12-02") is CREDITED
    assert member.lots == [(50, "2021-12-01"), (7, "2023-06-02")]


def test_ana__purchase_so_late_that_its_lot_is_void__the_outcome_says_so() -> None:
    """Decision 10."""
    member = a_member("ana")
    assert member.earn(5, "2006-05-23", settled="2009-05-31T23:59:59") is CREDITED
    assert member.earn(5, "2006-05-23", settled="2009-06-01T00:00:00") is LOT_VOID
    assert member.lots == [(5, "2009-05-31")]


def test_ana__late_purchase_of_a_month__joins_the_lot_of_its_month() -> None:
    """Decisions 6 and 10."""
    member = a_member("ana")
    member.earn(5, "2006-06-02")
    member.earn(7, "2006-05-23", settled="2006-06-03")
    member.earn(1, "2006-05-01", settled="2006-06-04")
    assert member.lots == [(8, "2009-05-31"), (5, "2009-06-30")]


def test_rapid_rewards__cancelled_after_the_lots_day__is_lost() -> None:
    """Decision 9."""
    member = a_member("rapid-rewards")
    member.earn(100, "2008-02-29")
    taken = member.redeem(60, "2010-02-28")
    member.cancel(taken, "2010-03-01")
    assert (member.balance("2010-02-28"), member.balance("2010-03-01")) == (40, 0)
    assert member.ledger.written_off == 60
