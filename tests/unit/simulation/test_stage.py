"""A programme on a machine inside the process, deployed early enough for every notice."""

from pathlib import Path

import pytest

from milepost.catalogue import load_partners, load_programme, load_promotions
from milepost.chain.deployment_plan import DeploymentPlan, latest_start
from milepost.domain.errors import MilepostError
from milepost.ports import MemberRow
from milepost.simulation.stage import SimulatedChain, simulation_plan
from tests.support.catalogue_files import write_partner, write_programme, write_promotion

IN_MAY = 1_620_000_000


def a_plan(folder: Path) -> DeploymentPlan:
    programme = load_programme(write_programme(folder / "programmes", tiers=["blue", "gold"]))
    partners = load_partners([write_partner(folder)])
    return simulation_plan(
        programme, partners, load_promotions([write_promotion(folder / "promotions")], partners)
    )


def test_deployed__purchases_before_the_notice__starts_before_both(tmp_path: Path) -> None:
    plan = a_plan(tmp_path)
    assert SimulatedChain(plan, first_s=IN_MAY).starts_at < latest_start(plan)["sample"]
    assert SimulatedChain(plan, first_s=1_500_000_000).starts_at < 1_500_000_000


def test_enrol__rows__get_ids_in_order_with_tier_and_segments(tmp_path: Path) -> None:
    chain = SimulatedChain(a_plan(tmp_path), first_s=IN_MAY)
    chain.enrol([MemberRow("M-1"), MemberRow("M-2", tier=1, segments=0b101)])
    ledger = chain.contract("MilesLedger")
    assert ledger.totals()[0] == 2
    word = ledger.accountWord(2)
    assert (word >> 128 & 0xF, word >> 132 & 0xFFFFFFFF) == (1, 0b101)


def test_move_to__an_earlier_instant__keeps_the_clock(tmp_path: Path) -> None:
    chain = SimulatedChain(a_plan(tmp_path), first_s=IN_MAY)
    chain.move_to(IN_MAY)
    chain.move_to(IN_MAY - 1)
    assert chain.now_s == IN_MAY


def test_settle__no_report__is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(MilepostError):
        SimulatedChain(a_plan(tmp_path), first_s=IN_MAY).settle(b"\x09")
