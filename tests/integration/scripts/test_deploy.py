"""`ape run deploy` as an operator runs it: what it deploys, writes and refuses."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from milepost.chain.deployment_file import read_deployment
from tests.support.deployments import ADMIN, ENROLLER, REPORTERS

ROOT = Path(__file__).resolve().parents[3]
APE = Path(sys.executable).parent / "ape"


def _deploy(*options: str, network: str = "ethereum:local:test") -> subprocess.CompletedProcess[str]:
    reporters = [option for reporter in REPORTERS[:3] for option in ("--reporter", reporter.address)]
    return subprocess.run(
        [APE, "run", "deploy", "--network", network, "--programme", "asia-miles-2018",
         "--partners", "partners", "--admin", ADMIN.address, *reporters, *options],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "COLUMNS": "120"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("network", "chain_id"), [("ethereum:local:test", 1337), ("ethereum:local:foundry", 31_337)]
)
def test_deploy__on_a_local_network__writes_its_deployment(
    network: str, chain_id: int, tmp_path: Path
) -> None:
    output = tmp_path / "deployment.json"
    holder = ("--holder", "enrol", ENROLLER.address)
    done = _deploy("--quorum", "2", "--output", str(output), *holder, network=network)
    assert done.returncode == 0, done.stderr
    deployment = read_deployment(output)
    assert (deployment.programme, deployment.chain_id) == ("asia-miles-2018", chain_id)
    assert deployment.partners == {
        "corner-cafe": 1,
        "four-kitchens": 2,
        "harbour-grill": 3,
        "main-street-diner": 4,
        "noon-kitchen": 5,
        "putien": 6,
        "restaurant-week": 7,
    }
    assert deployment.reporters.quorum == 2 and len(deployment.reporters.addresses) == 3
    assert "renounce admin" in done.stderr and "holds no role" in done.stderr
    assert deployment.addresses.settlement in done.stderr


def test_deploy__promotions_whose_notice_is_over__deploys_nothing(tmp_path: Path) -> None:
    """ape's local chain has the machine's clock, and the demo's promotions opened in 2018."""
    output = tmp_path / "deployment.json"
    done = _deploy("--quorum", "2", "--promotions", "promotions/may-double.yaml", "--output", str(output))
    assert done.returncode == 2
    assert "may-double opens on 2018-05-08" in done.stderr
    assert not output.exists()


def test_deploy__quorum_that_cannot_be_reached__is_refused(tmp_path: Path) -> None:
    done = _deploy("--quorum", "4", "--output", str(tmp_path / "d.json"))
    assert done.returncode == 2
    assert "3 reporters with a quorum of 4" in done.stderr


def test_deploy__programme_that_is_not_there__is_refused(tmp_path: Path) -> None:
    done = _deploy("--quorum", "2", "--programme", "asia-smiles", "--output", str(tmp_path / "d.json"))
    assert done.returncode == 2
    assert "asia-smiles" in done.stderr
