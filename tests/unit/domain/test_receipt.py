"""The bonus of a settled purchase is what its promotions granted."""

from milepost.domain.outcome import Cut, Outcome
from milepost.domain.receipt import Grant, Settled


def test_bonus__cut_grants__counts_what_was_granted() -> None:
    grants = (Grant(1, Cut.NONE, 300, 300), Grant(2, Cut.BUDGET, 500, 20))
    assert Settled(Outcome.CREDITED, 150, 10_363, grants).bonus == 320
    assert Settled(Outcome.CREDITED, 150, 10_363).bonus == 0
