"""What an account has on a day: each lot's last day by its own rule and its life's, and what is final."""

import pytest

from milepost.domain.account import Account, Bucket, Life, pool_of
from milepost.domain.calendar import Align
from milepost.domain.programme import AccountRule, ActivityKind, ActKind, LotAct, RuleVersion
from milepost.domain.rule_book import RuleBook
from milepost.domain.rules import NEVER
from tests.support.ledgers import a_clock_programme, a_lot

BLUE = RuleVersion(None, None, AccountRule(24, Align.DAY, ActivityKind.ACCRUAL, frozenset({0})))
BOOK = RuleBook(a_clock_programme(BLUE, late_days=60))
CURRENT, FORMER, GONE = 3, 2, 1


def _account(**changes: object) -> Account:
    """A life to day 2,000, one before it to day 1,500."""
    lives = {"current": Life(CURRENT, 2_000, 1_600), "former": Life(FORMER, 1_500, 1_000), "clock_version": 1}
    return Account(**{**lives, **changes})


@pytest.mark.parametrize(
    ("bucket", "last", "final_from"),
    [
        (a_lot(1_800), 1_800, 1_801),
        (a_lot(2_500), 2_500, 2_501),
        (pool_of(CURRENT), 2_000, 2_061),
        (pool_of(FORMER), 1_500, 1_561),
        (pool_of(GONE), 0, 61),
        (Bucket(1_800, 1, CURRENT), 1_800, 1_801),
        (Bucket(2_500, 1, CURRENT), 2_000, 2_061),
        (Bucket(2_500, 1, FORMER), 1_500, 1_561),
        (Bucket(1_400, 1, FORMER), 1_400, 1_401),
        (Bucket(1_520, 1, FORMER), 1_500, 1_521),
    ],
)
def test_last_day__own_and_the_lifes__is_the_earlier(bucket: Bucket, last: int, final_from: int) -> None:
    account = _account()
    assert account.last_day(bucket, BOOK) == last
    assert not account.is_final(bucket, final_from - 1, BOOK)
    assert account.is_final(bucket, final_from, BOOK)


def test_last_day__exempt_tier__is_the_own_one_but_of_former_lives() -> None:
    account = _account(tier=1)
    assert [account.last_day(one, BOOK) for one in (pool_of(CURRENT), Bucket(2_500, 1, CURRENT))] == [
        NEVER,
        2_500,
    ]
    assert account.last_day(pool_of(FORMER), BOOK) == 1_500
    assert account.is_alive(9_000, BOOK) and not account.is_final(pool_of(CURRENT), 9_000, BOOK)


def test_is_alive__no_activity__is_not_though_exempt() -> None:
    assert not Account(tier=1).is_alive(0, BOOK)
    assert not _account(current=Life(3), tier=1).is_alive(0, BOOK)


def test_last_day__acts_announced__change_lots_and_deadlines() -> None:
    book = RuleBook(a_clock_programme(BLUE), [LotAct(ActKind.GRACE, 1, 1_900, 2_200)])
    found = [_account().last_day(one, book) for one in (a_lot(1_899), a_lot(1_900), pool_of(CURRENT))]
    assert found == [1_899, 2_200, 2_200]


def test_balance_on__lots_of_all_lives__counts_what_lives() -> None:
    account = _account()
    for bucket, miles in ((a_lot(1_800), 1), (pool_of(CURRENT), 10), (pool_of(FORMER), 100)):
        account.add(bucket, miles)
    assert [account.balance_on(day, BOOK) for day in (1_500, 1_501, 1_801, 2_001)] == [111, 11, 10, 0]


def test_take__all_of_a_lot__leaves_none() -> None:
    account = Account()
    account.add(a_lot(5), 3)
    account.take(a_lot(5), 2)
    assert account.lots == {a_lot(5): 1}
    account.take(a_lot(5), 1)
    assert account.lots == {}


def test_write_off_final__some_final__removes_and_counts_them() -> None:
    account = _account()
    for bucket, miles in ((a_lot(1_800), 1), (pool_of(CURRENT), 10), (pool_of(FORMER), 100)):
        account.add(bucket, miles)
    assert account.write_off_final(1_801, BOOK) == 101
    assert (account.lots, account.written_off) == ({pool_of(CURRENT): 10}, 101)
