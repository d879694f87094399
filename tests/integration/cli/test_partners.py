"""`milepost partners` on a running programme: added, given outlets, suspended, and settled meanwhile."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from milepost.chain.deployment_file import Deployment, read_deployment
from tests.support.cli_stage import ROOT, CliStage, cli_stage
from tests.support.deployments import ADMIN, STRANGER, fund
from tests.support.governance_stage import restored, write_key

HEADER = "partner,sale_ref,outlet,occurred_at,currency,gross_minor,member\n"
AGREEMENT = """\
partner: lantern-house
title: Lantern House
currency: USD
earn: {miles: 1, per: "0.50"}
pays: {prepaid: 90000}
alert_below: 5000
outlets:
  - {code: first-street, time_zone: America/New_York}
  - {code: dockside, time_zone: Asia/Hong_Kong}
"""
THIRD = "  - {code: hill, time_zone: Asia/Tokyo}\n"


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CliStage]:
    folder = tmp_path_factory.mktemp("partners")
    agreements = folder / "agreements"
    agreements.mkdir()
    for code in ("harbour-grill", "noon-kitchen", "putien"):
        shutil.copy(ROOT / "partners" / f"{code}.yaml", agreements)
    with cli_stage(folder, partners=agreements) as made:
        fund(made.web3, ADMIN.address, STRANGER.address)
        for account in (ADMIN, STRANGER):
            write_key(made, account)
        yield made


@pytest.fixture
def stage(deployed: CliStage, tmp_path: Path) -> Iterator[CliStage]:
    """The chain and the folder as they were after deploying."""
    shutil.copytree(deployed.folder, tmp_path / "kept")
    with restored(deployed):
        yield deployed
    shutil.rmtree(deployed.folder)
    shutil.copytree(tmp_path / "kept", deployed.folder)


def _run(stage: CliStage, *words: object, by: object = ADMIN, exit_code: int = 0) -> str:
    result = stage.run("partners", *words, governance_key_file=stage.folder / f"{by.address}.key")  # type: ignore[attr-defined]
    assert result.exit_code == exit_code, result.output
    return " ".join((result.stdout + result.stderr).split())


def _deployment(stage: CliStage) -> Deployment:
    return read_deployment(stage.folder / "ethereum-local.json")


def _settle(stage: CliStage, sale_ref: str, outlet: str = "first-street") -> dict[str, int]:
    row = f"lantern-house,{sale_ref},{outlet},2018-06-01T12:00:00-04:00,USD,2000,M1\n"
    if outlet != "first-street":
        row = row.replace("-04:00", "+09:00")
    done = stage.run("settle", stage.write("bills.csv", HEADER + row), "--json")
    assert done.exit_code == 0, done.output
    outcomes: dict[str, int] = json.loads(done.stdout)["outcomes"]
    return {outcome: count for outcome, count in outcomes.items() if count}


def test_partners__added_suspended_and_given_an_outlet__settle_as_they_stand(stage: CliStage) -> None:
    assert stage.run("members", "import", stage.write("members.csv", "member\nM1\n")).exit_code == 0
    agreement = stage.partners / "lantern-house.yaml"
    agreement.write_text(AGREEMENT, encoding="utf-8")
    said = _run(stage, "add", agreement)
    assert "lantern-house is partner 4" in said and "got a secret in" in said
    assert _deployment(stage).outlets["lantern-house"] == {"first-street": 0, "dockside": 1}
    secrets = stage.folder / "partner-secrets.json"
    assert len(json.loads(secrets.read_text("utf-8"))["lantern-house"]) == 64
    assert secrets.stat().st_mode & 0o077 == 0
    assert _settle(stage, "L-1") == {"credited": 1}

    agreement.write_text(AGREEMENT + THIRD, encoding="utf-8")
    assert "gets outlets hill" in _run(stage, "outlets", agreement)
    assert _deployment(stage).outlets["lantern-house"]["hill"] == 2
    assert _settle(stage, "L-2", "hill") == {"credited": 1}
    assert "nothing to do" in _run(stage, "outlets", agreement)

    assert "earn nothing" in _run(stage, "suspend", "lantern-house")
    assert "is suspended already" in _run(stage, "suspend", "lantern-house")
    assert _settle(stage, "L-3") == {"suspended_partner": 1}
    assert "earn again" in _run(stage, "suspend", "lantern-house", "--resume")
    assert _settle(stage, "L-4") == {"credited": 1}


def test_partners_add__cut_short_before_it_wrote_the_file__is_written_down_by_the_next_run(
    stage: CliStage,
) -> None:
    agreement = stage.partners / "lantern-house.yaml"
    agreement.write_text(AGREEMENT, encoding="utf-8")
    before = (stage.folder / "ethereum-local.json").read_text("utf-8")
    _run(stage, "add", agreement)
    (stage.folder / "ethereum-local.json").write_text(before, encoding="utf-8")
    said = _run(stage, "add", agreement)
    assert "lantern-house is partner 4" in said and "becomes partner" not in said
    assert _deployment(stage).partners["lantern-house"] == 4

    # Whoever holds an older file is told so, rather than given an id that is another's.
    (stage.folder / "ethereum-local.json").write_text(before, encoding="utf-8")
    other = stage.partners / "fourth.yaml"
    other.write_text(AGREEMENT.replace("lantern-house", "fourth").replace("0.50", "0.25"), encoding="utf-8")
    assert "does not name, the first with id 4" in _run(stage, "add", other, exit_code=2)


def test_partners__what_the_registry_would_not_take__is_refused_and_nothing_changes(stage: CliStage) -> None:
    agreement = stage.partners / "lantern-house.yaml"
    agreement.write_text(AGREEMENT, encoding="utf-8")
    before = (stage.folder / "ethereum-local.json").read_text("utf-8")
    assert "REGISTER_ROLE" in _run(stage, "add", agreement, by=STRANGER, exit_code=4)
    assert "REGISTER_ROLE" in _run(stage, "suspend", "putien", by=STRANGER, exit_code=4)
    elsewhere = stage.write("lantern-house.yaml", AGREEMENT.replace("90000", "80000"))
    assert "is not in the folder of agreements" in _run(stage, "add", elsewhere, exit_code=2)
    assert "is no partner of this deployment" in _run(stage, "outlets", agreement, exit_code=2)
    harbour = stage.partners / "harbour-grill.yaml"
    assert "already" in _run(stage, "add", harbour, exit_code=2)
    text = harbour.read_text("utf-8")
    harbour.write_text(text.replace("code: pier", "code: quay"), encoding="utf-8")
    assert "is pier on chain" in _run(stage, "outlets", harbour, exit_code=2)
    harbour.write_text(text.replace("America/New_York", "Asia/Tokyo"), encoding="utf-8")
    assert "keeps another clock on chain" in _run(stage, "outlets", harbour, exit_code=2)
    assert (stage.folder / "ethereum-local.json").read_text("utf-8") == before


def test_partners_add__by_a_multisig__prints_its_call_and_sends_nothing(stage: CliStage) -> None:
    agreement = stage.partners / "lantern-house.yaml"
    agreement.write_text(AGREEMENT, encoding="utf-8")
    blocks = stage.web3.eth.block_number
    result = stage.run("partners", "add", agreement, "--calldata")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["data"].startswith("0x")
    assert stage.web3.eth.block_number == blocks
