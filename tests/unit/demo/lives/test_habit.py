"""Who redeems: even numbers with enough alive, and the words say so."""

from milepost.demo.lives.habit import AWARD, STATED_HABIT, who_redeems
from milepost.domain.quantities import MemberId, Miles

MEMBERS = [MemberId(number) for number in range(1, 7)]


class _Balances:
    """Each member has as many miles as are said of the number."""

    def __init__(self, miles: dict[int, int]) -> None:
        self._miles = miles

    def balance_at(self, member: MemberId, instant_s: int) -> Miles:
        assert instant_s == 77
        return Miles(self._miles.get(member, 0))


def test_who_redeems__enough_or_one_mile_less__are_the_even_with_enough() -> None:
    balances = _Balances({1: 10_000, 2: AWARD, 3: AWARD, 4: AWARD - 1, 6: AWARD + 1})
    assert who_redeems(MEMBERS, balances, at=77) == [2, 6]


def test_stated_habit__names_the_award() -> None:
    assert f"one award of {AWARD} miles" in STATED_HABIT
