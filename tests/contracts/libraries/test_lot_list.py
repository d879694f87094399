"""LotListLib: all live lots of a member at once, to take the soonest, to merge, to leave lapsed ones out.

given lots in any order of credits, at any place of the ring
  when miles are taken then those that lapse soonest go first, and lapsed ones are in no lot any more
  when two accounts are merged then every mile keeps its day, and the first account is empty
  when credits follow then they join as before
  when a lot cannot hold the sum then two lots of that bucket stay
  when the largest accounts that the rules allow are merged then it fits in one tx
"""

from collections import Counter
from random import Random

import pytest
from ape.managers.project import ProjectManager

from tests.support.evm import Evm, EvmContract

FIRST, SECOND = 7, 8
MOST_LOT = 2**40 - 1
MOST_GAS_A_TX = 16_777_216
UNSORTED = 4
FOUR_YEARS = 1_461
"""Most lots of a day each that live at once: the longest day-aligned rule has 48 months."""


class Accounts:
    """Two accounts over one ring of so many words, beside a plain count of miles by last day."""

    def __init__(self, project: ProjectManager, words: int, head: int = 0) -> None:
        self.evm = Evm(project)
        self.contract: EvmContract = self.evm.deploy("LotRing__Harness", words)
        self.lens = self.evm.deploy("MilesLens")
        self.expected: dict[int, Counter[int]] = {FIRST: Counter(), SECOND: Counter()}
        for member in self.expected:
            self.contract.setAccount(member, head << 164)

    def credit(self, member: int, day: int, miles: int) -> None:
        self.contract.credit(member, day << 8 | 1, miles)
        self.expected[member][day] += miles

    def take(self, member: int, miles: int, day: int) -> None:
        """Take from contract and count; both drop what lapsed before `day`."""
        expected = self.expected[member]
        lapsed = sum(expected.pop(one) for one in [one for one in expected if one < day])
        assert self.contract.take(member, miles, day) == lapsed
        for one in sorted(expected):
            taken = min(miles, expected[one])
            expected[one] -= taken
            miles -= taken

    def merge(self, day: int) -> None:
        self.contract.merge(FIRST, SECOND, day)
        self.expected[SECOND] += self.expected.pop(FIRST)
        self.expected[FIRST] = Counter()
        for one in [one for one in self.expected[SECOND] if one < day]:
            del self.expected[SECOND][one]

    def agree(self) -> bool:
        return all(self.lots(member) == sorted((+count).items()) for member, count in self.expected.items())

    def lots(self, member: int) -> list[tuple[int, int]]:
        return [(day, miles) for miles, day, _ in self.lens.lotsOf(self.contract, member)]

    def is_unsorted(self, member: int) -> bool:
        return bool(self.contract.accountWord(member) >> 120 & UNSORTED)


@pytest.mark.parametrize(("words", "head"), [(16, 0), (16, 61), (512, 2_046)])
@pytest.mark.parametrize("spread", [2, 9, 60])
def test_take_and_merge__any_order__are_what_a_plain_count_gives(
    clock: int, project: ProjectManager, words: int, head: int, spread: int
) -> None:
    pick = Random(head * 100 + spread)
    accounts = Accounts(project, words, head)
    for _ in range(6):
        for _ in range(20):
            accounts.credit(
                pick.choice((FIRST, SECOND, SECOND)), pick.randint(1, spread), pick.randint(1, 1_000)
            )
        day = pick.randint(0, spread // 2)
        live = sum(miles for one, miles in accounts.expected[SECOND].items() if one >= day)
        accounts.take(SECOND, pick.randint(0, live), day)
        assert accounts.agree()
    accounts.merge(day=1)
    assert accounts.agree() and not accounts.is_unsorted(SECOND)
    accounts.credit(SECOND, spread + 1, 5)
    accounts.credit(SECOND, 1, 5)
    assert accounts.agree()


def test_take__all__leaves_an_empty_account_that_fills_again(clock: int, project: ProjectManager) -> None:
    accounts = Accounts(project, 16)
    for day in (5, 3, 9):
        accounts.credit(FIRST, day, 10)
    accounts.take(FIRST, 30, day=1)
    assert accounts.contract.accountWord(FIRST) == 0
    accounts.credit(FIRST, 4, 10)
    assert accounts.agree()


def test_merge__sum_beyond_a_lot__stays_two_lots(clock: int, project: ProjectManager) -> None:
    accounts = Accounts(project, 16)
    accounts.credit(FIRST, 5, MOST_LOT)
    accounts.credit(SECOND, 5, 2)
    accounts.merge(day=1)
    assert accounts.agree() and accounts.contract.liveOn(SECOND, 5) == MOST_LOT + 2


def test_merge__largest_accounts__fits_in_a_tx(clock: int, project: ProjectManager) -> None:
    """Every day of four years in both, in the worst order, and all other places full of lapsed lots."""
    accounts = Accounts(project, 512)
    days = list(range(1_000, 1_000 + FOUR_YEARS))
    Random(1).shuffle(days)
    for member in (FIRST, SECOND):
        for lapsed in range(1, 2_049 - FOUR_YEARS):
            accounts.credit(member, lapsed, 1)
        for day in days:
            accounts.credit(member, day, 1)
    accounts.merge(day=1_000)
    assert accounts.evm.machine.result.gas_used < MOST_GAS_A_TX
    assert accounts.agree()


def test_merge__into_an_account_without_lots__fits_in_a_tx(clock: int, project: ProjectManager) -> None:
    accounts = Accounts(project, 512)
    for day in range(1_000, 1_000 + FOUR_YEARS):
        accounts.credit(FIRST, day, 1)
    accounts.merge(day=1_000)
    assert accounts.evm.machine.result.gas_used < MOST_GAS_A_TX
    assert accounts.agree()
