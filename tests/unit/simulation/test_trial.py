"""Drafts tried on the same past, the first kept purchase by purchase."""

from pathlib import Path

from milepost.catalogue import load_partners, load_programme, load_promotions
from milepost.simulation.reading import Past
from milepost.simulation.trial import AGAINST, BASELINE, DRAFT, try_drafts
from tests.support.catalogue_files import write_partner, write_programme, write_promotion
from tests.support.simulations import a_sale


def test_try_drafts__three_of_them__each_has_its_sums_and_the_draft_its_purchases(tmp_path: Path) -> None:
    programme = load_programme(write_programme(tmp_path / "programmes"))
    partners = load_partners([write_partner(tmp_path)])
    heard: list[tuple[str, int]] = []
    drafts = {
        name: load_promotions(
            [write_promotion(tmp_path / name, promotion=name, reward={"fixed": miles})], partners
        )
        for name, miles in ((DRAFT, 10), (AGAINST, 20))
    }
    trial = try_drafts(
        programme,
        partners,
        {**drafts, BASELINE: ()},
        Past([a_sale("1"), a_sale("2")]),
        on_purchases=lambda name, count: heard.append((name, count)),
    )
    assert {name: tally.bonus for name, tally in trial.tallies.items()} == {
        DRAFT: 20,
        AGAINST: 40,
        BASELINE: 0,
    }
    assert [one.settled.bonus for one in trial.draft.purchases] == [10, 10]
    assert heard == [(DRAFT, 2), (AGAINST, 2), (BASELINE, 2)]
