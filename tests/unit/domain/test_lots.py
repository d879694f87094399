"""Lots do not depend on the order of credits, and lapse to the second without anyone acting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.calendar import Align, void_at
from milepost.domain.lots import Ledger, Lot, take_soonest
from milepost.domain.outcome import Outcome
from milepost.domain.programme import LotRule
from tests.support.promotions import OPENING, OPENING_DAY


def _ledger(align: Align = Align.DAY) -> Ledger:
    return Ledger(LotRule(36, align), utc_offset_minutes=480, enrolled=9)


def test_debit__miles_back__are_the_soonest_of_those_that_live() -> None:
    ledger = _ledger()
    for last_day, miles in ((9_003, 100), (9_001, 100), (8_999, 100), (9_002, 100)):
        ledger.credit(1, last_day, miles)
    ledger.debit(1, 150, day=9_000)
    assert ledger.lots_of(1) == [Lot(9_002, 1, 50), Lot(9_003, 1, 100)]
    assert (ledger.credited, ledger.reversed) == (400, 150)


def test_merge__two_accounts__keeps_each_day_and_closes_the_first() -> None:
    ledger = _ledger()
    for member, last_day, miles in ((1, 9_001, 100), (1, 8_999, 7), (2, 9_001, 50), (2, 9_005, 1)):
        ledger.credit(member, last_day, miles)
    assert ledger.merge(1, 2, day=9_000) == 100
    assert (ledger.lots_of(1), ledger.closed) == ([], {1})
    assert ledger.lots_of(2) == [Lot(9_001, 1, 150), Lot(9_005, 1, 1)]
    assert (ledger.credited, ledger.reversed) == (158, 0)


def test_take_soonest__more_than_there_is__says_what_was_short() -> None:
    lots = {(9_000, 1): 5, (9_001, 1): 6}
    assert (take_soonest(lots, 20), lots) == (9, {})


credits = st.lists(st.tuples(st.integers(1, 3), st.integers(9_000, 9_020), st.integers(0, 1000)), max_size=30)


@given(credits, st.randoms(use_true_random=False))
def test_credit__any_order__makes_the_same_lots(acts: list[tuple[int, int, int]], random: object) -> None:
    shuffled = list(acts)
    random.shuffle(shuffled)
    ledgers = _ledger(), _ledger()
    for ledger, order in zip(ledgers, (acts, shuffled), strict=True):
        for member, last_day, miles in order:
            ledger.credit(member, last_day, miles)
    assert ledgers[0] == ledgers[1]
    for member in (1, 2, 3):
        lots = ledgers[0].lots_of(member)
        assert lots == sorted(lots, key=lambda lot: lot.last_day)
        for day in range(8_999, 9_022):
            alive = sum(miles for who, last_day, miles in acts if who == member and last_day >= day)
            assert ledgers[0].balance_on(member, day) == alive
    assert ledgers[0].credited == sum(miles for _, _, miles in acts)


def test_credit__no_miles__makes_no_lot() -> None:
    ledger = _ledger()
    ledger.credit(1, 9_000, 0)
    assert ledger.lots_of(1) == []


def test_credit__two_versions_of_one_day__are_two_lots() -> None:
    ledger = _ledger()
    ledger.credit(1, 9_000, 5)
    ledger.version = 2
    ledger.credit(1, 9_000, 7)
    assert ledger.lots_of(1) == [Lot(9_000, 1, 5), Lot(9_000, 2, 7)]
    assert ledger.balance_on(1, 9_000) == 12


def test_balance_at__last_second_and_the_next__lives_and_is_void() -> None:
    ledger = _ledger()
    ledger.credit(1, 9_000, 5)
    first_void_s = void_at(9_000, 480)
    assert [ledger.balance_at(1, instant) for instant in (first_void_s - 1, first_void_s)] == [5, 0]


def test_enrol__twice__ids_follow_without_gap() -> None:
    ledger = Ledger(LotRule(36, Align.DAY), utc_offset_minutes=0)
    assert [ledger.enrol(3), ledger.enrol(1), ledger.enrolled] == [1, 4, 4]


@pytest.mark.parametrize(("align", "last"), [(Align.DAY, 1096), (Align.MONTH, 1113), (Align.YEAR, 1327)])
def test_standing__known_member__names_the_last_day(align: Align, last: int) -> None:
    assert _ledger(align).standing(1, OPENING, now_s=OPENING) == (Outcome.CREDITED, OPENING_DAY + last)


def test_last_day_of__beyond_what_a_lot_can_name__is_cut() -> None:
    ledger = Ledger(LotRule(600, Align.YEAR), utc_offset_minutes=0)
    assert ledger.last_day_of(void_at(47_846, 0) - 1) == 65_534


def test_standing__closed_and_void__closed_stands_first() -> None:
    ledger = _ledger()
    ledger.closed.add(2)
    late_s = OPENING + 10**9
    assert [ledger.standing(member, OPENING, now_s=late_s) for member in (1, 2, 10)] == [
        (Outcome.LOT_VOID, 0),
        (Outcome.CLOSED_ACCOUNT, 0),
        (Outcome.UNKNOWN_MEMBER, 0),
    ]
