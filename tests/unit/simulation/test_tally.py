"""Sums per promotion, partner and day, and the day a budget ended."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from milepost.catalogue import load_partners, load_programme, load_promotions
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.receipt import Grant, Settled
from milepost.simulation.playing import BudgetLeft, Tried, TriedPurchase
from milepost.simulation.stage import simulation_plan
from milepost.simulation.tally import budget_by_day, tally_of
from tests.support.catalogue_files import write_partner, write_programme, write_promotion
from tests.support.simulations import a_sale

MONDAY = date(2021, 5, 3)
DAY = timedelta(days=1)


def a_run(folder: Path, *granted: tuple[str, int, int], budget: int | None = 1_000, **changes: Any) -> Tried:
    """One purchase a day of 100 base miles: member, miles desired and granted by the one promotion."""
    programme = load_programme(write_programme(folder / "programmes"))
    joint = write_partner(folder, "ana.yaml", partner="ana")
    partners = load_partners([write_partner(folder, cost_per_mile="0.105"), joint])
    file = write_promotion(folder / "promotions", limits={"budget": budget}, **changes)
    plan = simulation_plan(programme, partners, load_promotions([file], partners))
    purchases = []
    for place, (member, desired, given) in enumerate(granted):
        grants = (Grant(1, Cut.BUDGET if given < desired else Cut.NONE, desired, given),) if desired else ()
        settled = Settled(Outcome.CREDITED, 100, 0, grants)
        sale = a_sale(str(place), member=member, after=place * DAY)
        purchases.append(TriedPurchase(sale, settled, (), sale.purchase.dedupe_key))
    total = sum(given for _, _, given in granted)
    left = None if budget is None else budget - total
    return Tried(plan, tuple(purchases), {1: BudgetLeft(total, len(granted), left)}, 1, 0)


def test_tally_of__awards__counts_members_once_and_sums_miles(tmp_path: Path) -> None:
    found = tally_of(
        a_run(tmp_path, ("A", 400, 400), ("A", 400, 400), ("B", 400, 200), ("C", 400, 0), ("D", 0, 0))
    )
    one = found.promotions[1]
    assert (len(one.members), one.awards, one.desired, one.granted) == (2, 3, 1_600, 1_000)
    assert one.cut == {Cut.BUDGET: 600} and one.budget_left == 0
    assert (one.ended_on, one.would_end_on) == (MONDAY + 2 * DAY, None)
    assert (found.base, found.bonus) == (500, 1_000)


def test_tally_of__budget_not_used_up__says_when_it_would_be(tmp_path: Path) -> None:
    one = tally_of(a_run(tmp_path, *[("A", 100, 100)] * 7)).promotions[1]
    assert (one.ended_on, one.would_end_on) == (None, MONDAY + 6 * DAY + 3 * DAY)


def test_tally_of__no_budget__ends_never(tmp_path: Path) -> None:
    one = tally_of(a_run(tmp_path, ("A", 100, 100), budget=None)).promotions[1]
    assert (one.budget_left, one.ended_on, one.would_end_on) == (None, None, None)
    assert budget_by_day(one) == {}


def test_budget_by_day__days_of_grants__say_what_is_left_after_each(tmp_path: Path) -> None:
    one = tally_of(a_run(tmp_path, ("A", 400, 400), ("B", 0, 0), ("B", 100, 100))).promotions[1]
    assert budget_by_day(one) == {MONDAY: 600, MONDAY + 2 * DAY: 500}


def test_cost_of__price_per_mile__rounds_half_a_cent_up(tmp_path: Path) -> None:
    partner = tally_of(a_run(tmp_path, ("A", 1, 1))).partners["putien"]
    assert partner.miles == 101
    assert partner.cost_of(101) == Decimal("10.61") and partner.cost_of(1) == Decimal("0.11")


def test_tally_of__paid_together__shares_what_was_granted_as_the_pot_is_given_back(tmp_path: Path) -> None:
    funding = [{"partner": "putien", "miles": 700}, {"partner": "ana", "miles": 300}]
    found = tally_of(a_run(tmp_path, ("A", 401, 401), funding=funding))
    # 599 are given back: 419 of 700 and 179 of 300, and the one that rounding leaves to the first.
    assert found.promotions[1].by_partner == {"putien": 280, "ana": 121}
    assert (found.partners["putien"].bonus, found.partners["ana"].bonus) == (280, 121)
    assert found.bonus == 401
