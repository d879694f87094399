"""Miles that refunds take back: from the purchase's own lot, what dies soonest, or as a debt."""

import pytest

from milepost.domain.account import NO_LIFE, Bucket
from milepost.domain.calendar import Align
from milepost.domain.ledger import MOST_DEBT, Ledger
from milepost.domain.programme import SpentMiles
from milepost.domain.quantities import Miles
from milepost.domain.rules import NEVER
from tests.support.ledgers import a_clock_programme, a_lot_ledger, day

TODAY = day("2018-06-01")
OWN, SOONER, LATER = (Bucket(TODAY + days, 1, NO_LIFE) for days in (500, 300, 900))


def _ledger(spent: SpentMiles = SpentMiles.LATER_ACCRUALS) -> Ledger:
    ledger = a_lot_ledger(enrolled=3, spent_miles=spent)
    ledger.credit(1, OWN, 100)
    return ledger


def _holds(ledger: Ledger, live: int) -> None:
    """INV-1 over all: credited + debt = live + redeemed + reversed."""
    assert sum(ledger.balance_on(member, TODAY) for member in (1, 2, 3)) == live
    assert ledger.credited + ledger.owed == live + ledger.redeemed + ledger.reversed


def test_reverse__own_lot__is_taken_first() -> None:
    ledger = _ledger()
    ledger.credit(1, SOONER, 50)
    assert ledger.reverse(1, OWN, 80, today=TODAY) == (80, 0)
    assert [(lot.last_day, lot.miles) for lot in ledger.lots_of(1)] == [
        (SOONER.own_day, 50),
        (OWN.own_day, 20),
    ]
    _holds(ledger, 70)


def test_reverse__own_lot_spent__what_dies_soonest_pays() -> None:
    ledger = _ledger()
    ledger.redeem(1, 90, today=TODAY)
    ledger.credit(1, LATER, 60)
    ledger.credit(1, SOONER, 60)
    assert ledger.reverse(1, OWN, 100, today=TODAY) == (100, 0)
    assert [(lot.last_day, lot.miles) for lot in ledger.lots_of(1)] == [(LATER.own_day, 30)]


def test_reverse__own_lot_lapsed__takes_nothing_from_others_and_owes_nothing() -> None:
    ledger = _ledger(SpentMiles.DEBT)
    ledger.redeem(1, 40, today=TODAY)
    ledger.credit(1, LATER, 200)
    today = OWN.own_day + 1
    assert ledger.reverse(1, OWN, 100, today=today) == (60, 0)
    assert (ledger.balance_on(1, today), ledger.owed, ledger.reversed) == (200, 0, 60)


@pytest.mark.parametrize(
    ("setting", "owed"), [(SpentMiles.FORGIVE, 0), (SpentMiles.LATER_ACCRUALS, 70), (SpentMiles.DEBT, 70)]
)
def test_reverse__spent_miles__become_what_the_programme_says(setting: SpentMiles, owed: int) -> None:
    ledger = _ledger(setting)
    ledger.redeem(1, 70, today=TODAY)
    assert ledger.reverse(1, OWN, 100, today=TODAY) == (30, owed)
    assert (ledger.owed, ledger.reversed) == (owed, 30 + owed)
    _holds(ledger, 0)


def test_credit__later_accruals__pay_the_debt_first() -> None:
    ledger = _ledger()
    ledger.redeem(1, 70, today=TODAY)
    ledger.reverse(1, OWN, 100, today=TODAY)
    assert [ledger.credit(1, LATER, miles) for miles in (50, 50, 50)] == [50, 20, 0]
    assert (ledger.balance_on(1, TODAY), ledger.owed, ledger.credited) == (80, 0, 250)


def test_credit__a_debt_to_be_collected__is_left_whole() -> None:
    ledger = _ledger(SpentMiles.DEBT)
    ledger.redeem(1, 70, today=TODAY)
    ledger.reverse(1, OWN, 100, today=TODAY)
    assert ledger.credit(1, LATER, 50) == 0
    assert (ledger.balance_on(1, TODAY), ledger.owed) == (50, 70)
    assert ledger.collect(1, today=TODAY) == 50
    assert (ledger.balance_on(1, TODAY), ledger.owed) == (0, 20)
    ledger.credit(1, LATER, 50)
    assert [ledger.collect(1, today=TODAY) for _ in range(2)] == [20, 0]
    assert (ledger.balance_on(1, TODAY), ledger.owed) == (30, 0)


def test_reverse__more_than_a_debt_can_hold__is_forgiven() -> None:
    ledger = _ledger(SpentMiles.DEBT)
    ledger.redeem(1, 100, today=TODAY)
    ledger.account(1).debt = MOST_DEBT - 5
    assert ledger.reverse(1, OWN, 100, today=TODAY) == (0, 5)


def test_merge__debt__goes_along() -> None:
    ledger = _ledger(SpentMiles.DEBT)
    ledger.redeem(1, 100, today=TODAY)
    ledger.reverse(1, OWN, 60, today=TODAY)
    ledger.merge(1, 2, today=TODAY)
    assert (ledger.account(1).debt, ledger.account(2).debt) == (0, 60)


def test_merge__debts_of_more_than_one_account_can_owe__forgives_the_rest() -> None:
    ledger = _ledger(SpentMiles.DEBT)
    ledger.reversed = Miles(MOST_DEBT + 5)
    ledger.account(1).debt, ledger.account(2).debt = Miles(MOST_DEBT), Miles(5)
    ledger.merge(1, 2, today=TODAY)
    assert (ledger.account(2).debt, ledger.reversed) == (MOST_DEBT, MOST_DEBT)


# ------------------------------------------------------------ whose lot


def test_lot_of__a_programme_of_lots__is_the_day_of_the_purchase() -> None:
    ledger = a_lot_ledger(36, Align.MONTH, enrolled=1)
    instant = 1_526_256_000
    bucket, last_day, is_alive = ledger.lot_of(1, instant, now_s=instant)
    assert (bucket, last_day, is_alive) == (Bucket(day("2021-05-31"), 1, NO_LIFE), day("2021-05-31"), True)
    assert not ledger.lot_of(1, instant, now_s=instant + 4 * 366 * 86_400)[2]


def test_lot_of__a_pool__is_of_the_life_that_the_purchase_was_in() -> None:
    """Two years by activity: what was earned before the life ended is of that life, which is over."""
    ledger = Ledger.of(a_clock_programme(), enrolled=1)
    first, second = 1_526_256_000, 1_526_256_000 + 3 * 366 * 86_400
    standing = ledger.standing(1, first, now_s=first)
    ledger.credit(1, standing.bucket, 100)
    assert ledger.lot_of(1, first, now_s=first) == (standing.bucket, standing.last_day, True)
    later = ledger.standing(1, second, now_s=second)
    ledger.credit(1, later.bucket, 70)
    bucket, _, is_alive = ledger.lot_of(1, first, now_s=second)
    assert (bucket, is_alive) == (standing.bucket, False)
    assert ledger.lot_of(1, second, now_s=second) == (later.bucket, later.last_day, True)
    assert ledger.reverse(1, later.bucket, 70, today=ledger.day_of(second)) == (70, 0)


def test_lot_of__lots_that_never_lapse__are_alive_for_ever() -> None:
    ledger = _ledger()
    never = Bucket(NEVER, 1, NO_LIFE)
    ledger.credit(2, never, 10)
    assert ledger.reverse(2, never, 10, today=60_000) == (10, 0)
