"""The bonus of a settled purchase is what its promotions granted."""

from dataclasses import replace

from milepost.domain.outcome import Cut, Outcome
from milepost.domain.receipt import Amendment, Basis, Grant, Settled


def test_bonus__cut_grants__counts_what_was_granted() -> None:
    grants = (Grant(1, Cut.NONE, 300, 300), Grant(2, Cut.BUDGET, 500, 20))
    assert Settled(Outcome.CREDITED, 150, 10_363, grants).bonus == 320
    assert Settled(Outcome.CREDITED, 150, 10_363).bonus == 0


def test_credited__amendment__is_what_it_added_and_no_more() -> None:
    sale = Settled(Outcome.CREDITED, 150, 10_363, (Grant(1, Cut.NONE, 300, 300),))
    assert (sale.credited, sale.returned) == (450, 0)
    raised = replace(sale, amendment=Amendment(7, 1, 0, 0, 0, 0, added=20))
    assert (raised.credited, raised.returned) == (20, 0)
    refunded = replace(sale, amendment=Amendment(7, 1, 0, 0, 0, 0, returned=30))
    assert (refunded.credited, refunded.returned) == (0, 30)


def test_settled__other_terms__is_the_same_result() -> None:
    sale = Settled(Outcome.CREDITED, 150, 10_363)
    assert sale == replace(sale, basis=Basis(1, 400, 7))
