"""The reference model beside the chain: it stops where the two differ."""

from dataclasses import replace
from pathlib import Path

import pytest

from milepost.catalogue import load_partners, load_programme, load_promotions
from milepost.domain.accrual import settle
from milepost.domain.quantities import MemberId, Miles
from milepost.domain.receipt import Settled
from milepost.domain.report import Report, Section
from milepost.simulation.model import Model, ModelDisagrees
from milepost.simulation.stage import simulation_plan
from tests.support.catalogue_files import write_partner, write_programme, write_promotion
from tests.support.purchases import an_entry

IN_MAY = 1_620_000_000


def a_model(folder: Path, **changes: object) -> Model:
    programme = load_programme(write_programme(folder / "programmes", tiers=["blue", "gold"]))
    partners = load_partners([write_partner(folder, pays={"prepaid": 9_000})])
    promotions = load_promotions([write_promotion(folder / "promotions", **changes)], partners)
    return Model(simulation_plan(programme, partners, promotions), enrolled=3)


A_REPORT = Report(0, 1, (Section(1, 1, IN_MAY, (an_entry(),)),))


def test_judge__as_the_chain_settled__gives_its_own_judgement(tmp_path: Path) -> None:
    (own,) = a_model(tmp_path).judge(A_REPORT, settled_by(a_model(tmp_path)), now_s=IN_MAY)
    assert (own.settled.base, own.settled.bonus) == (25, 500)


def settled_by(model: Model) -> list[Settled]:
    """What a chain with the same books settles."""
    return [one.settled for one in settle(A_REPORT, model.books, now_s=IN_MAY)]


def test_judge__otherwise_than_the_chain__names_the_purchase(tmp_path: Path) -> None:
    settled = [replace(one, base=Miles(1)) for one in settled_by(a_model(tmp_path))]
    with pytest.raises(ModelDisagrees, match="Purchase 1 of report 1"):
        a_model(tmp_path).judge(A_REPORT, settled, now_s=IN_MAY)


def test_set_profile__a_member__is_who_promotions_see(tmp_path: Path) -> None:
    model = a_model(tmp_path)
    model.set_profile(MemberId(2), tier=1, segments=0b10, enrolled_at_s=IN_MAY, now_s=IN_MAY)
    profile = model.books.profile_of(MemberId(2))
    assert (profile.tier, profile.segments, profile.enrolled_at_s) == (1, 0b10, IN_MAY)


def test_books_of__paid_together__takes_the_pot_from_its_partners(tmp_path: Path) -> None:
    model = a_model(tmp_path, limits={"budget": 400}, funding=[{"partner": "putien", "miles": 400}])
    assert model.books.partners[1].available == 8_600 and model.books.promotions[1].budget == 400
