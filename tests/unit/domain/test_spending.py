"""The order in which miles are spent, and what was taken on its way back."""

from milepost.domain.account import Account, Bucket, Life, pool_of
from milepost.domain.calendar import Align
from milepost.domain.programme import AccountRule, ActivityKind, LotRule, RuleVersion, SpendOrder
from milepost.domain.rule_book import RuleBook
from milepost.domain.spending import hand_over, in_spend_order, put_back, spend, take
from tests.support.ledgers import a_clock_programme, a_lot, day_date

CLOCK = AccountRule(24, Align.DAY, ActivityKind.ACCRUAL)
VERSIONS = RuleVersion(None, LotRule(36, Align.DAY)), RuleVersion(day_date("1992-01-01"), None, CLOCK)
BOOK = RuleBook(a_clock_programme(*VERSIONS, late_days=60))
LOTS_FIRST = RuleBook(a_clock_programme(*VERSIONS, late_days=60, spend=SpendOrder.LOTS_FIRST))


def _account() -> Account:
    """Pool to day 2,000; lots before it, on its day and after it, one of which the clock binds."""
    account = Account(current=Life(1, 2_000, 1_000), clock_version=2)
    for bucket, miles in (
        (pool_of(1), 10),
        (a_lot(2_100), 20),
        (a_lot(2_000), 30),
        (Bucket(2_200, 3, 1), 40),
        (a_lot(1_500), 50),
    ):
        account.add(bucket, miles)
    return account


def test_in_spend_order__soonest__pool_after_lots_of_its_day() -> None:
    found = in_spend_order(_account(), BOOK, is_lots_first=False)
    assert found == [a_lot(1_500), a_lot(2_000), Bucket(2_200, 3, 1), pool_of(1), a_lot(2_100)]


def test_in_spend_order__lots_first__pool_last() -> None:
    found = in_spend_order(_account(), BOOK, is_lots_first=True)
    assert found == [a_lot(1_500), a_lot(2_000), Bucket(2_200, 3, 1), a_lot(2_100), pool_of(1)]


def test_in_spend_order__same_days_two_versions__the_lower_first() -> None:
    account = Account()
    for version in (2, 1):
        account.add(a_lot(2_000, version), 1)
    assert in_spend_order(account, BOOK, is_lots_first=False) == [a_lot(2_000, 1), a_lot(2_000, 2)]


def test_spend__what_has_lapsed__is_never_taken() -> None:
    account = _account()
    assert spend(account, 75, BOOK, today=1_501) == (
        (a_lot(2_000), 30),
        (Bucket(2_200, 3, 1), 40),
        (pool_of(1), 5),
    )
    assert account.lots == {pool_of(1): 5, a_lot(2_100): 20, a_lot(1_500): 50}


def test_spend__lots_first__leaves_the_pool() -> None:
    account = _account()
    spend(account, 90, LOTS_FIRST, today=1_501)
    assert account.lots == {pool_of(1): 10, a_lot(1_500): 50}


def test_take__fewer_than_wanted__is_what_there_was() -> None:
    assert take(_account(), [a_lot(2_100), a_lot(2_000)], 500) == ((a_lot(2_100), 20), (a_lot(2_000), 30))
    assert take(_account(), [a_lot(2_100)], 0) == ()


def test_put_back__in_time__is_as_before() -> None:
    account = _account()
    put_back(account, spend(account, 140, BOOK, today=1_400), BOOK, today=1_500)
    assert account == _account()


def test_put_back__lot_over_and_life_not_yet_final__writes_off_the_lot_alone() -> None:
    account = _account()
    taken = spend(account, 150, BOOK, today=1_400)
    put_back(account, taken, BOOK, today=2_060)
    assert (account.written_off, account.lots) == (
        50 + 30,
        {pool_of(1): 10, Bucket(2_200, 3, 1): 40, a_lot(2_100): 20},
    )


def test_put_back__life_that_joined_another__goes_where_that_went() -> None:
    account = _account()
    taken = spend(account, 130, BOOK, today=1_400)
    account.lots.clear()
    account.heirs, account.current = {1: 2, 2: 3}, Life(3, 2_000, 1_000)
    put_back(account, taken, BOOK, today=1_400)
    assert account.lots == {a_lot(1_500): 50, a_lot(2_000): 30, Bucket(2_200, 3, 3): 40, pool_of(3): 10}


def test_hand_over__lots_and_pool__are_the_takers_lifes() -> None:
    account, taker = _account(), Account(current=Life(4, 2_300, 900), clock_version=2)
    hand_over(spend(account, 130, BOOK, today=1_400), taker)
    assert taker.lots == {a_lot(1_500): 50, a_lot(2_000): 30, Bucket(2_200, 3, 4): 40, pool_of(4): 10}
