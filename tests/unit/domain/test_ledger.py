"""The ledger's acts: who may do what, what comes back, and what the totals say after each."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.calendar import Align, void_at
from milepost.domain.ledger import Ledger
from milepost.domain.lots import Lot
from milepost.domain.outcome import Outcome
from milepost.domain.programme import (
    AccountRule,
    ActivityKind,
    ActKind,
    LotAct,
    LotRule,
    Programme,
    RuleVersion,
)
from milepost.domain.rule_book import ActRefused
from milepost.domain.rules import NEVER
from tests.support.ledgers import Member, a_clock_programme, a_lot, a_lot_ledger, a_member, day, shown
from tests.support.promotions import OPENING, OPENING_DAY

CLOCK = AccountRule(24, Align.DAY, ActivityKind.ACCRUAL)
EVERY_KIND = AccountRule(24, Align.DAY, ~ActivityKind.ADJUSTMENT)
BLUE_ONLY = AccountRule(24, Align.DAY, ActivityKind.ACCRUAL, frozenset({0}))
LOTS_THEN_POOL = (
    RuleVersion(None, LotRule(36, Align.DAY)),
    RuleVersion(date(2010, 1, 1), None, AccountRule(18, Align.DAY, ~ActivityKind.ADJUSTMENT)),
)


def _clock_ledger(**changes: object) -> Ledger:
    return Ledger.of(a_clock_programme(**changes), enrolled=3)


def two_members(programme: Programme) -> tuple[Member, Member]:
    member = a_member(programme)
    return member, replace(member, number=2)


# ------------------------------------------------------------ lots alone


def test_adjust_down__miles_back__are_the_soonest_of_those_that_live() -> None:
    ledger = a_lot_ledger(enrolled=9)
    for last_day, miles in ((9_003, 100), (9_001, 100), (8_999, 100), (9_002, 100)):
        ledger.credit(1, a_lot(last_day), miles)
    ledger.adjust_down(1, 150, today=9_000)
    assert ledger.lots_of(1) == [Lot(9_002, 1, 50, 9_002), Lot(9_003, 1, 100, 9_003)]
    assert (ledger.credited, ledger.reversed, ledger.written_off) == (400, 150, 100)


def test_merge__two_accounts__keeps_each_day_and_closes_the_first() -> None:
    ledger = a_lot_ledger(enrolled=9)
    for member, last_day, miles in ((1, 9_001, 100), (1, 8_999, 7), (2, 9_001, 50), (2, 9_005, 1)):
        ledger.credit(member, a_lot(last_day), miles)
    assert ledger.merge(1, 2, today=9_000) == 100
    assert (ledger.lots_of(1), ledger.closed) == ([], {1})
    assert [(lot.last_day, lot.miles) for lot in ledger.lots_of(2)] == [(9_001, 150), (9_005, 1)]
    assert (ledger.credited, ledger.reversed, ledger.written_off) == (158, 0, 7)


credits = st.lists(st.tuples(st.integers(1, 3), st.integers(9_000, 9_020), st.integers(0, 1000)), max_size=30)


@given(credits, st.randoms(use_true_random=False))
def test_credit__any_order__makes_the_same_lots(acts: list[tuple[int, int, int]], random: object) -> None:
    shuffled = list(acts)
    random.shuffle(shuffled)
    ledgers = a_lot_ledger(enrolled=3), a_lot_ledger(enrolled=3)
    for ledger, order in zip(ledgers, (acts, shuffled), strict=True):
        for member, last_day, miles in order:
            ledger.credit(member, a_lot(last_day), miles)
    assert ledgers[0] == ledgers[1]
    for member in (1, 2, 3):
        lots = ledgers[0].lots_of(member)
        assert lots == sorted(lots, key=lambda lot: lot.last_day)
        for today in range(8_999, 9_022):
            alive = sum(miles for who, last_day, miles in acts if who == member and last_day >= today)
            assert ledgers[0].balance_on(member, today) == alive
    assert ledgers[0].credited == sum(miles for _, _, miles in acts)


def test_credit__no_miles__makes_no_lot() -> None:
    ledger = a_lot_ledger(enrolled=1)
    ledger.credit(1, a_lot(9_000), 0)
    assert ledger.lots_of(1) == []


def test_credit__two_versions_of_one_day__are_two_lots() -> None:
    ledger = a_lot_ledger(enrolled=1)
    ledger.credit(1, a_lot(9_000), 5)
    ledger.credit(1, a_lot(9_000, version=2), 7)
    assert ledger.lots_of(1) == [Lot(9_000, 1, 5, 9_000), Lot(9_000, 2, 7, 9_000)]
    assert ledger.balance_on(1, 9_000) == 12


def test_balance_at__last_second_and_the_next__lives_and_is_void() -> None:
    ledger = a_lot_ledger(enrolled=1)
    ledger.credit(1, a_lot(9_000), 5)
    first_void_s = void_at(9_000, 480)
    assert [ledger.balance_at(1, instant) for instant in (first_void_s - 1, first_void_s)] == [5, 0]
    assert (ledger.lapsed(1, 9_000), ledger.lapsed(1, 9_001)) == (0, 5)


def test_enrol__twice__ids_follow_without_gap() -> None:
    ledger = a_lot_ledger()
    assert [ledger.enrol(3), ledger.enrol(1), ledger.enrolled] == [1, 4, 4]


@pytest.mark.parametrize(("align", "last"), [(Align.DAY, 1096), (Align.MONTH, 1113), (Align.YEAR, 1327)])
def test_standing__known_member__names_the_last_day(align: Align, last: int) -> None:
    found = a_lot_ledger(align=align, enrolled=1).standing(1, OPENING, now_s=OPENING)
    assert (found.outcome, found.last_day, found.bucket) == (
        Outcome.CREDITED,
        OPENING_DAY + last,
        a_lot(OPENING_DAY + last),
    )


def test_standing__closed_and_void__closed_stands_first() -> None:
    ledger = a_lot_ledger(enrolled=9)
    ledger.close(2)
    late_s = OPENING + 10**9
    found = [ledger.standing(member, OPENING, now_s=late_s) for member in (1, 2, 10)]
    assert [(one.outcome, one.last_day) for one in found] == [
        (Outcome.LOT_VOID, 0),
        (Outcome.CLOSED_ACCOUNT, 0),
        (Outcome.UNKNOWN_MEMBER, 0),
    ]


def test_last_day_of__each_kind_of_rule__is_what_it_gives() -> None:
    earned_s = void_at(47_846, 0) - 1
    assert a_lot_ledger(600, Align.YEAR, offset_minutes=0).last_day_of(earned_s) == 65_534
    assert shown(_clock_ledger().last_day_of(OPENING)) == "2020-05-14"
    assert Ledger.of(a_clock_programme(RuleVersion(None, None))).last_day_of(OPENING) == NEVER


# ------------------------------------------------------------ miles that come


def test_adjust_up__pool__says_the_deadline_and_starts_a_life_though_unlisted() -> None:
    ledger = _clock_ledger()
    assert shown(ledger.adjust_up(1, 50, today=day("2010-01-10"))) == "2012-01-10"
    assert shown(ledger.adjust_up(1, 50, today=day("2011-01-10"))) == "2012-01-10"
    assert (ledger.lots_of(1), ledger.credited) == ([Lot(day("2012-01-10"), 0, 100, 0)], 100)


def test_buy__listed__moves_the_deadline() -> None:
    ledger = _clock_ledger()
    ledger.buy(1, 50, today=day("2010-01-10"))
    assert shown(ledger.buy(1, 0, today=day("2011-01-10"))) == "2013-01-10"


def test_buy__no_rule_in_force__never_lapses() -> None:
    ledger = Ledger.of(a_clock_programme(RuleVersion(None, None)), enrolled=1)
    assert ledger.buy(1, 50, today=9_000) == NEVER
    assert ledger.balance_on(1, 60_000) == 50


def test_extend__lots__earns_the_soonest_again_today() -> None:
    ledger = a_lot_ledger(enrolled=1)
    for last_day in (9_000, 9_010, 9_020):
        ledger.credit(1, a_lot(last_day), 100)
    assert ledger.extend(1, 9_010, 150, today=9_001) == 100
    assert ledger.extend(1, 9_020, 150, today=9_001) == 100
    again = ledger.last_day_of(void_at(9_001, 480) - 1)
    assert [(lot.last_day, lot.miles) for lot in ledger.lots_of(1)] == [(9_000, 100), (again, 200)]
    assert ledger.credited == 300


def test_extend__nothing_ends_by_then__changes_nothing() -> None:
    ledger = a_lot_ledger(enrolled=1)
    ledger.credit(1, a_lot(9_000), 100)
    assert ledger.extend(1, 8_999, 150, today=8_000) == 0
    assert ledger.lots_of(1) == [Lot(9_000, 1, 100, 9_000)]


def test_extend__pool__moves_its_deadline_for_all_or_not_at_all() -> None:
    ledger = _clock_ledger()
    ledger.buy(1, 80, today=day("2010-01-10"))
    with pytest.raises(ActRefused, match="More than 79 miles"):
        ledger.extend(1, day("2012-01-10"), 79, today=day("2012-01-09"))
    assert ledger.extend(1, day("2012-01-10"), 500, today=day("2012-01-09")) == 80
    assert ledger.lots_of(1) == [Lot(day("2014-01-09"), 0, 80, 0)]


def test_extend__lots_that_end_before_the_clock__is_an_activity_where_listed() -> None:
    member = a_member(a_clock_programme(RuleVersion(None, LotRule(36, Align.DAY), EVERY_KIND)))
    member.earn(5, "2011-02-01")
    member.redeem(0, "2013-01-10")
    assert member.ledger.extend(1, day("2014-01-31"), 5, today=day("2013-06-01")) == 0
    assert member.lots == [(5, "2014-02-01")]
    assert member.ledger.account(1).current.deadline == day("2015-01-10")
    assert member.ledger.extend(1, day("2014-02-01"), 5, today=day("2013-06-01")) == 5
    assert member.lots == [(5, "2015-06-01")]


# ------------------------------------------------------------ miles that go


def test_redeem__more_than_lives__is_refused_and_leaves_everything() -> None:
    member = a_member(a_clock_programme())
    member.earn(100, "2010-01-10")
    with pytest.raises(ActRefused, match="may spend 100 miles, and 101"):
        member.redeem(101, "2011-01-10")
    assert (member.lots, member.ledger.redeemed) == ([(100, "2012-01-10")], 0)


def test_cancel__spent_today__puts_miles_back_and_keeps_the_activity() -> None:
    member = a_member(a_clock_programme())
    member.earn(100, "2010-01-10")
    taken = member.redeem(60, "2011-01-10")
    member.cancel(taken, "2011-01-11")
    assert (member.lots, member.ledger.redeemed) == ([(100, "2013-01-10")], 0)


def test_cancel__lot_long_over__is_written_off_at_once() -> None:
    ledger = a_lot_ledger(enrolled=1)
    ledger.credit(1, a_lot(9_000), 100)
    taken = ledger.redeem(1, 60, today=9_000)
    ledger.cancel(1, taken, today=9_001)
    assert (ledger.redeemed, ledger.written_off, ledger.lapsed(1, 9_001)) == (0, 60, 40)


def test_transfer__lots_and_pool__keep_their_days_and_join_the_other_pool() -> None:
    member = a_member(a_clock_programme(*LOTS_THEN_POOL))
    member.earn(100, "2009-05-01")
    member.earn(40, "2010-05-01")
    member.ledger.transfer(1, 2, 120, today=day("2010-06-01"))
    assert member.lots == [(20, "2012-05-01")]
    assert replace(member, number=2).lots == [(40, "2011-12-01"), (80, "2012-05-01")]
    assert (member.ledger.credited, member.ledger.redeemed, member.ledger.reversed) == (140, 0, 0)


def test_transfer__to_one_whose_pool_lapsed__revives_nothing_of_it() -> None:
    member, other = two_members(a_clock_programme())
    other.earn(7, "2010-01-10")
    member.earn(40, "2011-12-10")
    member.ledger.transfer(1, 2, 40, today=day("2012-02-01"))
    assert other.lots == [(7, "2012-01-10"), (40, "2014-02-01")]
    assert other.balance("2012-02-01") == 40


def test_transfer__unlisted_and_none_alive__begins_a_pool_that_day() -> None:
    member, other = two_members(a_clock_programme(RuleVersion(None, None, CLOCK)))
    member.earn(40, "2010-01-10")
    member.ledger.transfer(1, 2, 40, today=day("2010-02-01"))
    assert other.lots == [(40, "2012-02-01")]


def test_merge__two_pools__live_to_the_later_deadline() -> None:
    member, other = two_members(a_clock_programme())
    member.earn(40, "2010-05-10")
    other.earn(7, "2010-01-10")
    assert member.ledger.merge(1, 2, today=day("2010-06-01")) == 40
    assert other.lots == [(47, "2012-05-10")]


def test_merge__into_one_whose_pool_lapsed__keeps_the_others_deadline() -> None:
    member, other = two_members(a_clock_programme())
    member.earn(40, "2011-05-10")
    other.earn(7, "2010-01-10")
    member.ledger.merge(1, 2, today=day("2012-02-01"))
    assert other.lots == [(7, "2012-01-10"), (40, "2013-05-10")]


def test_merge__exempt_into_bound__lives_through_that_day() -> None:
    member, other = two_members(a_clock_programme(RuleVersion(None, None, BLUE_ONLY)))
    member.in_tier(1, "2010-01-01")
    member.earn(40, "2010-01-10")
    member.ledger.merge(1, 2, today=day("2015-02-01"))
    assert other.lots == [(40, "2015-02-01")]


# ------------------------------------------------------------ closing, and what is refused


@pytest.mark.parametrize(
    ("closes", "on", "is_taken"),
    [(True, "2012-03-10", False), (True, "2012-03-11", True), (False, "2012-03-11", False)],
)
def test_close_lapsed__late_days_over_or_not__is_taken_then_alone(
    closes: bool, on: str, is_taken: bool
) -> None:
    member = a_member(a_clock_programme(closes_account=closes))
    member.earn(40, "2010-01-10")
    if is_taken:
        member.ledger.close_lapsed(1, today=day(on))
    else:
        with pytest.raises(ActRefused, match="not lapsed for good"):
            member.ledger.close_lapsed(1, today=day(on))
    assert (1 in member.ledger.closed) == is_taken


def test_close_lapsed__never_active_or_something_lives__is_refused() -> None:
    ledger = Ledger.of(a_clock_programme(*LOTS_THEN_POOL, closes_account=True), enrolled=2)
    ledger.buy(1, 5, today=day("2011-01-10"))
    ledger.credit(1, a_lot(day("2030-01-01")), 5)
    for member in (1, 2):
        with pytest.raises(ActRefused):
            ledger.close_lapsed(member, today=day("2020-01-01"))


def test_acts__member_unknown_or_closed__are_refused() -> None:
    ledger = _clock_ledger()
    ledger.buy(3, 5, today=9_000)
    ledger.close(2)
    taken = ledger.redeem(3, 5, today=9_000)
    for member in (0, 2, 4):
        for act in (
            lambda member=member: ledger.adjust_up(member, 1, today=9_000),
            lambda member=member: ledger.buy(member, 1, today=9_000),
            lambda member=member: ledger.extend(member, 9_999, 1, today=9_000),
            lambda member=member: ledger.redeem(member, 1, today=9_000),
            lambda member=member: ledger.transfer(3, member, 0, today=9_000),
            lambda member=member: ledger.transfer(member, 3, 0, today=9_000),
            lambda member=member: ledger.merge(member, 3, today=9_000),
            lambda member=member: ledger.merge(3, member, today=9_000),
            lambda member=member: ledger.set_tier(member, 1, today=9_000),
            lambda member=member: ledger.close(member),
        ):
            with pytest.raises(ActRefused, match="closed" if member == 2 else "No member"):
                act()
    for member in (0, 4):
        with pytest.raises(ActRefused, match="No member"):
            ledger.cancel(member, taken, today=9_000)
        with pytest.raises(ActRefused, match="No member"):
            ledger.write_off(member, today=9_000)


def test_merge_and_transfer__to_itself__are_refused() -> None:
    with pytest.raises(ActRefused, match="into itself"):
        _clock_ledger().merge(1, 1, today=9_000)
    with pytest.raises(ActRefused, match="to itself"):
        _clock_ledger().transfer(1, 1, 0, today=9_000)


def test_cancel__account_closed_since__puts_the_miles_back() -> None:
    ledger = a_lot_ledger(enrolled=1)
    ledger.credit(1, a_lot(9_000), 5)
    taken = ledger.redeem(1, 5, today=8_000)
    ledger.close(1)
    ledger.cancel(1, taken, today=8_001)
    assert ledger.balance_on(1, 8_001) == 5


# ------------------------------------------------------------ rules that change


def test_announce_act__grace__lots_of_that_version_live_longer() -> None:
    member = a_member(a_clock_programme(*LOTS_THEN_POOL))
    member.earn(100, "2009-05-01")
    grace = LotAct(ActKind.GRACE, 1, day("2012-03-01"), day("2012-09-01"))
    member.ledger.announce_act(grace, today=day("2012-03-01"))
    assert member.lots == [(100, "2012-09-01")]
    assert member.ledger.lots_of(1)[0].own_day == day("2012-05-01")


def test_announce_rule__from_its_day__rules_what_is_earned() -> None:
    ledger = a_lot_ledger(enrolled=1)
    ledger.announce_rule(RuleVersion(date(2020, 1, 1), LotRule(12, Align.YEAR)), today=day("2019-10-03"))
    assert shown(ledger.buy(1, 5, today=day("2019-12-31"))) == "2022-12-31"
    assert shown(ledger.buy(1, 5, today=day("2020-01-01"))) == "2021-12-31"
    assert [lot.version for lot in ledger.lots_of(1)] == [2, 1]


def test_standing__dated_ahead_over_the_day_of_a_new_version__begins_its_clock_today() -> None:
    """Purchases may be dated some minutes ahead; an activity never is."""
    member = a_member(a_clock_programme(*LOTS_THEN_POOL))
    assert member.earn(5, "2010-01-01T00:05:00", settled="2009-12-31T23:58:00") is Outcome.CREDITED
    assert member.lots == [(5, "2011-06-30")]


def test_transfer__lots_alone__begins_no_life() -> None:
    member, other = two_members(a_clock_programme(*LOTS_THEN_POOL))
    member.earn(5, "2009-05-01")
    member.ledger.transfer(1, 2, 5, today=day("2009-06-01"))
    assert (other.lots, other.ledger.account(2).current.deadline) == ([(5, "2012-05-01")], 0)
