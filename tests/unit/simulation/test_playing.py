"""Purchases settle in the order of the file, by the contracts' own code."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from milepost.catalogue import load_partners, load_programme, load_promotions
from milepost.domain.outcome import Cut, Outcome
from milepost.domain.purchase import SubmittedPurchase
from milepost.ports import MemberRow
from milepost.simulation.playing import Tried, everyone, play
from milepost.simulation.stage import simulation_plan
from tests.support.catalogue_files import write_partner, write_programme, write_promotion
from tests.support.simulations import a_sale


def tried(folder: Path, *purchases: SubmittedPurchase, promotions: list[dict[str, Any]]) -> Tried:
    programme = load_programme(write_programme(folder / "programmes"))
    partners = load_partners([write_partner(folder), write_partner(folder, "ana.yaml", partner="ana")])
    files = [
        write_promotion(folder / "promotions", f"{place}.yaml", promotion=f"p{place}", **changes)
        for place, changes in enumerate(promotions)
    ]
    return play(simulation_plan(programme, partners, load_promotions(files, partners)), purchases, [])


def test_play__a_budget__is_granted_in_the_order_of_the_file(tmp_path: Path) -> None:
    # The second happened first: what settles first is what stands first.
    found = tried(
        tmp_path,
        a_sale("1", after=timedelta(hours=2)),
        a_sale("2", member="M-2"),
        a_sale("3", member="M-3", after=timedelta(hours=3)),
        promotions=[{"limits": {"budget": 700}}],
    )
    assert [one.settled.bonus for one in found.purchases] == [500, 200, 0]
    assert [one.grants[0].cut for one in found.purchases] == [Cut.NONE, Cut.BUDGET, Cut.BUDGET]
    assert (found.budgets[1].granted, found.budgets[1].left, found.budgets[1].awards) == (700, 0, 2)


def test_play__partners_take_turns__share_a_budget_in_the_order_of_the_file(tmp_path: Path) -> None:
    turns = ("putien", "ana", "ana", "putien", "ana")
    found = tried(
        tmp_path,
        *(a_sale(str(place), partner=partner) for place, partner in enumerate(turns)),
        promotions=[{"partners": ["putien", "ana"], "reward": {"fixed": 10}, "limits": {"budget": 35}}],
    )
    assert [one.settled.bonus for one in found.purchases] == [10, 10, 10, 5, 0]
    # Ana's id is the lower: a report ends where she comes after Putien.
    assert found.reports == 3


def test_play__tiers_segments_and_enrolment__decide_who_gets_it(tmp_path: Path) -> None:
    programme = load_programme(write_programme(tmp_path / "programmes", tiers=["blue", "gold"]))
    partners = load_partners([write_partner(tmp_path)])
    who = {"a-gold": {"tiers": ["gold"]}, "b-third": {"segments": [3]}, "c-enrolled": {"enrolled": True}}
    files = [
        write_promotion(tmp_path / "promotions", f"{name}.yaml", promotion=name, members=members)
        for name, members in who.items()
    ]
    promotions = load_promotions(files, partners, tiers=programme.tiers)
    purchases = [a_sale(str(place), member=f"M-{place}") for place in range(4)]
    late = purchases[0].purchase.occurred_at_s + 1
    members = [
        MemberRow("M-0", tier=1, enrolled_at=late),
        MemberRow("M-1", segments=0b1000, enrolled_at=late),
        MemberRow("M-2", enrolled_at=late - 1),
    ]
    found = play(simulation_plan(programme, partners, promotions), purchases, members)
    granted = [[grant.promotion_id for grant in one.grants] for one in found.purchases]
    assert granted == [[1], [2], [3], [3]]


def test_play__the_loser_of_a_group__is_listed_with_what_it_desired(tmp_path: Path) -> None:
    group = {"stacking": {"group": "may"}}
    found = tried(
        tmp_path,
        a_sale("1"),
        promotions=[{"reward": {"fixed": 100}} | group, {"reward": {"fixed": 300}} | group],
    )
    (one,) = found.purchases
    assert [(grant.promotion_id, grant.desired, grant.granted, grant.cut) for grant in one.grants] == [
        (1, 100, 0, Cut.GROUP),
        (2, 300, 300, Cut.NONE),
    ]


def test_play__nobody_or_too_old__gets_its_outcome(tmp_path: Path) -> None:
    found = tried(
        tmp_path,
        a_sale("1", member=None),
        a_sale("2"),
        a_sale("3", after=-timedelta(days=91)),
        promotions=[{}],
    )
    outcomes = [one.settled.outcome for one in found.purchases]
    assert outcomes == [Outcome.UNKNOWN_MEMBER, Outcome.CREDITED, Outcome.TOO_OLD]


def test_play__no_purchases__deploys_all_the_same(tmp_path: Path) -> None:
    found = tried(tmp_path, promotions=[{"limits": {"budget": 9}}])
    assert found.purchases == () and found.budgets[1].left == 9


def test_everyone__members_and_purchases__names_each_once_the_file_first() -> None:
    rows = everyone(
        [MemberRow("M-2", tier=1)], [a_sale("1"), a_sale("2", member="M-2"), a_sale("3", member=None)]
    )
    assert [(row.number, row.tier) for row in rows] == [("M-2", 1), ("M-1", 0)]
