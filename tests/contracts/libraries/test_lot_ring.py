"""LotRingLib: lots behind the hot one, appended, joined where near, and never lost.

given a member whose hot lot is of another bucket
  when miles of a bucket in the newest ring word come then they join it there
  when that word holds no such bucket then the hot lot moves to the ring and they are hot
  when the lot that moves is older than the newest then the account is marked unsorted
  when the lot that moves is of another version or life than the newest then so too
  when the ring passes a word's end, or its own then lots stand in the next word, or the first
  when the ring is full then hot and new miles are one lot of the later day
  when a lot would not hold the sum then a second lot of the same bucket is begun
given a ring of 16 words, or of 512 where the account is marked wide, beginning anywhere
  when credits come in any order then its lots are what was credited, bucket by bucket
"""

from collections import Counter
from random import Random

import pytest
from ape.managers.project import ProjectManager

from tests.support.evm import Evm, EvmContract

MEMBER = 2**40 - 1
MOST_LOT = 2**40 - 1
UNSORTED, WIDE = 4, 16
HEAD_SHIFT, COUNT_SHIFT, FLAGS_SHIFT = 164, 176, 120
LOT = 2**64 - 1


def bucket(day: int, version: int = 1) -> int:
    return day << 8 | version


class Ring:
    """A ring of 16 words, or of 512, beginning at a position."""

    def __init__(self, project: ProjectManager, head: int = 0, *, is_wide: bool = False) -> None:
        self.contract: EvmContract = Evm(project).deploy("LotRing__Harness")
        self.contract.setAccount(MEMBER, head << HEAD_SHIFT | (WIDE << FLAGS_SHIFT if is_wide else 0))

    def credit(self, day: int, miles: int, version: int = 1) -> None:
        self.contract.credit(MEMBER, bucket(day, version), miles)

    @property
    def word(self) -> int:
        return self.contract.accountWord(MEMBER)

    @property
    def hot(self) -> tuple[int, int]:
        return self.word >> 48 & 0xFFFF, self.word & MOST_LOT

    @property
    def count(self) -> int:
        return self.word >> COUNT_SHIFT & 0xFFF

    @property
    def is_unsorted(self) -> bool:
        return bool(self.word >> FLAGS_SHIFT & UNSORTED)

    def ring_lots(self, word: int) -> list[tuple[int, int]]:
        """Day and miles of the four lots of a word."""
        packed = self.contract.lotWord(MEMBER, word)
        lots = [packed >> 64 * i & LOT for i in range(4)]
        return [(lot >> 48, lot & MOST_LOT) for lot in lots]

    def lots(self) -> list[tuple[int, int]]:
        """Day and miles of each bucket, by day and version; those of one bucket joined."""
        joined: Counter[int] = Counter()
        for lot in self.contract.read(MEMBER):
            joined[lot >> 40] += lot & MOST_LOT
        return [(one >> 8, miles) for one, miles in sorted(joined.items())]


@pytest.fixture
def ring(clock: int, project: ProjectManager) -> Ring:
    return Ring(project)


def test_add__first_miles__are_hot_and_write_no_word(ring: Ring) -> None:
    ring.credit(100, 5)
    assert (ring.hot, ring.count, ring.ring_lots(0)) == ((100, 5), 0, [(0, 0)] * 4)


def test_add__same_bucket__joins_the_hot_lot(ring: Ring) -> None:
    ring.credit(100, 5)
    ring.credit(100, 7)
    assert (ring.hot, ring.count) == ((100, 12), 0)


def test_add__same_day_of_another_version__is_a_lot_of_its_own(ring: Ring) -> None:
    ring.credit(100, 5)
    ring.credit(100, 7, version=2)
    assert (ring.hot, ring.ring_lots(0)[0], ring.lots()) == ((100, 7), (100, 5), [(100, 5), (100, 7)])


def test_add__sum_of_two_versions_beyond_a_lot__joins_neither(ring: Ring) -> None:
    """A sum that carries into the version above was once taken for a lot of that version, and wrapped."""
    half = 2**39
    ring.credit(100, half)
    ring.credit(100, half, version=2)
    assert ring.lots() == [(100, half), (100, half)]
    ring.credit(101, 1)
    ring.credit(100, half, version=2)
    assert ring.lots() == [(100, half), (100, 2 * half), (101, 1)]


@pytest.mark.parametrize("other", [2, 1 | 1 << 4])
def test_add__version_or_life_other_than_the_newest__marks_the_account_unsorted(
    ring: Ring, other: int
) -> None:
    """A clock or an act may end one of them before the other, whatever their own days."""
    ring.credit(100, 5)
    ring.credit(101, 5, version=other)
    ring.credit(102, 5, version=other)
    assert (ring.count, ring.is_unsorted) == (2, True)
    ring.credit(103, 5)
    assert ring.lots() == [(day, 5) for day in range(100, 104)]


def test_add__version_other_than_the_hot_lots__marks_nothing_before_it_moves(ring: Ring) -> None:
    ring.credit(100, 5)
    ring.credit(101, 5, version=2)
    assert (ring.count, ring.is_unsorted) == (1, False)


@pytest.mark.parametrize("day", [1, 2, 3])
def test_add__late_bucket_in_the_newest_word__joins_it(ring: Ring, day: int) -> None:
    for one in (1, 2, 3, 4):
        ring.credit(one, 10)
    ring.credit(day, 7)
    assert (ring.hot, ring.count, ring.is_unsorted) == ((4, 10), 3, False)
    assert ring.ring_lots(0) == [(one, 17 if one == day else 10) for one in (1, 2, 3)] + [(0, 0)]


def test_add__late_bucket_in_an_older_word__is_a_second_lot_the_lens_joins(ring: Ring) -> None:
    for one in range(1, 7):
        ring.credit(one, 10)
    ring.credit(2, 7)
    assert (ring.hot, ring.count, ring.is_unsorted) == ((2, 7), 6, False)
    ring.credit(7, 10)
    assert (ring.hot, ring.count, ring.is_unsorted) == ((7, 10), 7, True)
    assert ring.lots() == [(1, 10), (2, 17), *((day, 10) for day in range(3, 8))]


def test_add__lots_that_rise__stay_sorted_across_words(ring: Ring) -> None:
    for day in range(1, 65):
        ring.credit(day, day)
    assert (ring.count, ring.is_unsorted) == (63, False)
    assert [ring.ring_lots(i) for i in range(2)] == [
        [(d, d) for d in range(1, 5)],
        [(d, d) for d in range(5, 9)],
    ]
    assert ring.lots() == [(day, day) for day in range(1, 65)]


@pytest.mark.parametrize("head", [0, 1, 3, 5, 62, 63])
def test_add__ring_full__joins_the_hot_lot_under_the_later_day(
    clock: int, project: ProjectManager, head: int
) -> None:
    """64 lots behind the hot one: wherever the ring begins, it wraps, and then joins."""
    ring = Ring(project, head)
    for day in range(1, 66):
        ring.credit(day, 10)
    assert (ring.hot, ring.count) == ((65, 10), 64)
    ring.credit(66, 7)
    assert (ring.hot, ring.count) == ((66, 17), 64)
    ring.credit(20, 5)
    assert (ring.hot, ring.count) == ((66, 22), 64)
    assert ring.lots() == [*((day, 10) for day in range(1, 65)), (66, 22)]


@pytest.mark.parametrize("head", [0, 1, 2_047])
def test_add__ring_full_and_wide__joins_the_hot_lot_under_the_later_day(
    clock: int, project: ProjectManager, head: int
) -> None:
    ring = Ring(project, head, is_wide=True)
    for day in range(1, 2_050):
        ring.credit(day, 10)
    assert (ring.hot, ring.count) == ((2_049, 10), 2_048)
    ring.credit(20, 5)
    assert (ring.hot, ring.count) == ((2_049, 15), 2_048)
    assert ring.lots() == [*((day, 10) for day in range(1, 2_049)), (2_049, 15)]


@pytest.mark.parametrize("head", [0, 2, 63])
def test_add__ring_full__still_joins_a_bucket_of_the_newest_word(
    clock: int, project: ProjectManager, head: int
) -> None:
    ring = Ring(project, head)
    for day in range(1, 66):
        ring.credit(day, 10)
    ring.credit(64, 7)
    assert (ring.hot, ring.lots()[-2:]) == ((65, 10), [(64, 17), (65, 10)])


def test_add__more_than_a_lot_holds__begins_a_second_lot_of_the_bucket(ring: Ring) -> None:
    ring.credit(100, MOST_LOT)
    ring.credit(100, 1)
    assert (ring.hot, ring.count, ring.ring_lots(0)[0]) == ((100, 1), 1, (100, MOST_LOT))
    ring.credit(101, 1)
    ring.credit(100, 5)
    # The lot of day 100 with room is the second.
    assert ring.ring_lots(0)[:2] == [(100, MOST_LOT), (100, 6)]
    assert ring.lots() == [(100, MOST_LOT + 6), (101, 1)]


@pytest.mark.parametrize("head", [0, 1, 7, 63, 2047])
@pytest.mark.parametrize("spread", [3, 12, 40])
def test_add__any_order_of_credits__keeps_every_mile_in_its_bucket(
    clock: int, project: ProjectManager, head: int, spread: int
) -> None:
    pick = Random(head * 100 + spread)
    ring = Ring(project, head, is_wide=True)
    expected: Counter[tuple[int, int]] = Counter()
    for _ in range(300):
        day, version, miles = pick.randint(1, spread), pick.randint(1, 2), pick.randint(1, 10**6)
        expected[day, version] += miles
        ring.credit(day, miles, version)
    assert ring.lots() == [(day, miles) for (day, _), miles in sorted(expected.items())]


def test_add__pool_and_deadline__stay_as_they_are(ring: Ring) -> None:
    pool = 500 << 64 | 50 << 104
    ring.contract.setAccount(MEMBER, pool)
    for day in (3, 1, 2):
        ring.credit(day, 10)
    assert ring.word >> 64 & (1 << 56) - 1 == pool >> 64
