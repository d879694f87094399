"""LotListLib: all of a member's lots at once, to leave some out, to take some in, to bring them into order.

given lots in any order of credits, at any place of the ring
  when they are read then they are all there, the hot one last
  when they are written then a bucket is one lot, the last to lapse is hot, and the ring is in order
  when lots of another account come with them then every mile keeps its bucket
  when some are left empty then they are in no lot any more
  when credits follow then they join as before
  when a lot cannot hold the sum then two lots of that bucket stay
given lots of several versions or lives
  when they meet in the ring then the account is marked unsorted, else not
given more lots than three quarters of 16 words
  when they are written then the ring widens to 512 words, for good
  when they are more than 512 words hold then LotListTooLong
given the largest account that the rules allow
  when it is written anew then it fits in one tx
"""

from collections import Counter
from random import Random

import pytest
from ape.managers.project import ProjectManager

from tests.support.evm import Evm, EvmContract
from tests.support.refusals import refuses

MEMBER = 7
MOST_LOT = 2**40 - 1
MOST_GAS_A_TX = 16_777_216
UNSORTED, WIDE = 4, 16
FOUR_YEARS = 1_461
"""Most lots of a day each that live at once: the longest day-aligned rule has 48 months."""


def packed(day: int, miles: int, version: int = 1) -> int:
    return day << 48 | version << 40 | miles


class Account:
    """One account over a ring, beside a plain count of miles by bucket."""

    def __init__(self, project: ProjectManager, head: int = 0, *, is_wide: bool = False) -> None:
        self.evm = Evm(project)
        self.contract: EvmContract = self.evm.deploy("LotRing__Harness")
        self.expected: Counter[int] = Counter()
        self.contract.setAccount(MEMBER, head << 164 | (WIDE << 120 if is_wide else 0))

    def credit(self, day: int, miles: int, version: int = 1) -> None:
        self.contract.credit(MEMBER, day << 8 | version, miles)
        self.expected[packed(day, 0, version)] += miles

    def write(self, *lots: int) -> None:
        """Write these as all its lots."""
        self.contract.write(MEMBER, lots)
        self.expected = Counter()
        for lot in lots:
            self.expected[lot & ~MOST_LOT] += lot & MOST_LOT

    def agrees(self) -> bool:
        found: Counter[int] = Counter()
        for lot in self.contract.read(MEMBER):
            found[lot & ~MOST_LOT] += lot & MOST_LOT
        return found == +self.expected

    @property
    def word(self) -> int:
        return self.contract.accountWord(MEMBER)

    @property
    def count(self) -> int:
        return self.word >> 176 & 0xFFF

    @property
    def head(self) -> int:
        return self.word >> 164 & 0xFFF

    def has(self, flag: int) -> bool:
        return bool(self.word >> 120 & flag)


@pytest.fixture
def account(clock: int, project: ProjectManager) -> Account:
    return Account(project)


@pytest.mark.parametrize(("is_wide", "head"), [(False, 0), (False, 61), (True, 2_046)])
@pytest.mark.parametrize("spread", [2, 9, 60])
def test_read_and_write__any_order_of_credits__are_what_a_plain_count_gives(
    clock: int, project: ProjectManager, is_wide: bool, head: int, spread: int
) -> None:
    pick = Random(head * 100 + spread)
    account = Account(project, head, is_wide=is_wide)
    for _ in range(6):
        for _ in range(20):
            if account.count == 64:
                break
            account.credit(pick.randint(1, spread), pick.randint(1, 1_000))
        assert account.agrees()
        account.contract.rewrite(MEMBER)
        assert account.agrees()
        lots = account.contract.read(MEMBER)
        assert (list(lots), len(lots)) == (sorted(lots), len(account.expected))
        assert (account.head, account.has(UNSORTED)) == (0, False)
    account.credit(spread + 1, 5)
    account.credit(1, 5)
    assert account.agrees()


def test_write__lots_of_another_account__join_those_of_their_bucket(account: Account) -> None:
    for day in (9, 5, 3):
        account.credit(day, 10)
    account.write(*account.contract.read(MEMBER), packed(5, 7), packed(4, 1), packed(9, 2))
    assert list(account.contract.read(MEMBER)) == [packed(3, 10), packed(4, 1), packed(5, 17), packed(9, 12)]
    assert account.agrees()


def test_write__other_fields__stand_as_before(account: Account) -> None:
    others = 500 << 64 | 50 << 104 | 11 << 120 | 0xABC << 128 | 3 << 188 | 77 << 220 | 5 << 252
    account.contract.setAccount(MEMBER, others | 9 << 164)
    account.write(packed(3, 10), packed(5, 10))
    assert account.word & ~(2**64 - 1) & ~(0xFFFFFF << 164) == others


def test_write__empty_lots__are_in_no_lot_any_more(account: Account) -> None:
    for day in (5, 3, 9):
        account.credit(day, 10)
    account.write(0, packed(5, 0), packed(9, 10))
    assert (list(account.contract.read(MEMBER)), account.count) == ([packed(9, 10)], 0)


def test_write__no_lots__leaves_an_empty_account_that_fills_again(account: Account) -> None:
    for day in (5, 3, 9):
        account.credit(day, 10)
    account.write()
    assert account.word == 0
    account.credit(4, 10)
    assert account.agrees()


def test_write__sum_beyond_a_lot__stays_two_lots(account: Account) -> None:
    account.write(packed(5, MOST_LOT), packed(5, 2), packed(5, 3))
    assert sorted(account.contract.read(MEMBER)) == [packed(5, 5), packed(5, MOST_LOT)]
    assert account.agrees()


def test_write__versions_or_lives_that_meet_in_the_ring__mark_it_unsorted(account: Account) -> None:
    for other in (2, 1 | 1 << 4):
        account.write(packed(1, 1), packed(2, 1, other), packed(3, 1))
        assert account.has(UNSORTED)
        # The hot lot takes its own place in the order.
        account.write(packed(1, 1), packed(2, 1), packed(3, 1, other))
        assert not account.has(UNSORTED)


def test_write__more_than_three_quarters_of_16_words__widen_the_ring_for_good(account: Account) -> None:
    account.write(*(packed(day, 1) for day in range(1, 50)))
    assert (account.count, account.has(WIDE)) == (48, False)
    account.write(*(packed(day, 1) for day in range(1, 51)))
    assert (account.count, account.has(WIDE)) == (49, True)
    account.write(packed(1, 1))
    assert account.has(WIDE)
    for day in range(2, 100):
        account.credit(day, 1)
    assert (account.count, account.agrees()) == (98, True)


def test_write__more_than_512_words_hold__is_refused(account: Account) -> None:
    most = [packed(day, 1) for day in range(1, 2_050)]
    account.write(*most)
    assert (account.count, account.agrees()) == (2_048, True)
    with refuses("LotListTooLong", lots=2_049, most=2_048):
        account.write(*most, packed(2_050, 1))


def test_write__largest_account__fits_in_a_tx(clock: int, project: ProjectManager) -> None:
    """Every day of four years in the worst order, twice, and all other places full of lapsed lots."""
    account = Account(project, is_wide=True)
    days = list(range(1_000, 1_000 + FOUR_YEARS))
    Random(1).shuffle(days)
    for lapsed in range(1, 2_049 - FOUR_YEARS):
        account.credit(lapsed, 1)
    for day in days:
        account.credit(day, 1)
    account.contract.rewrite(MEMBER)
    assert account.evm.machine.result.gas_used < MOST_GAS_A_TX
    assert account.agrees()
