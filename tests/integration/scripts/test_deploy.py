"""`ape run deploy` as an operator runs it: what it deploys, writes and refuses."""

import os
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest
from web3 import HTTPProvider

from milepost.chain.deployment_file import read_deployment
from milepost.chain.node import Node
from milepost.local.anvil import free_port
from tests.support.anvil import anvil
from tests.support.deployments import ADMIN, ENROLLER, REPORTERS, START

ROOT = Path(__file__).resolve().parents[3]
APE = Path(sys.executable).parent / "ape"


ALIAS, PASSWORD = "deployer", "only for this test"
RICH = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
"""The first account of every development chain; nobody's on any other."""


def _deploy(
    *options: str,
    network: str = "ethereum:local:test",
    ape_folder: Path | None = None,
    password: str | None = None,
    types: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run it with what a person types, or with the account's password in the environment."""
    reporters = [option for reporter in REPORTERS[:3] for option in ("--reporter", reporter.address)]
    own = {} if ape_folder is None else {"APE_DATA_FOLDER": str(ape_folder)}
    own |= {} if password is None else {f"APE_ACCOUNTS_{ALIAS}_PASSPHRASE": password}
    if network == "ethereum:local:foundry":
        # ape draws a port without asking whether it is free, and waits in vain for a node that cannot listen.
        own |= {"APE_FOUNDRY_HOST": f"http://127.0.0.1:{free_port()}"}
    return subprocess.run(
        [APE, "run", "deploy", "--network", network, "--programme", "asia-miles-2018",
         "--partners", "partners", "--admin", ADMIN.address, *reporters, *options],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120, input=types,
        env={**os.environ, "COLUMNS": "120", **own},
    )  # fmt: skip


def _url(node: Node) -> str:
    return str(cast(HTTPProvider, node.web3.provider).endpoint_uri)


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


def test_deploy__chain_that_ends_with_the_command__wants_a_file() -> None:
    done = _deploy("--quorum", "2")
    assert done.returncode == 2
    said = " ".join(done.stderr.split())
    assert "it is gone afterwards" in said and "--output build/try.json" in said


def test_deploy__network_without_a_node__says_so_in_a_sentence(tmp_path: Path) -> None:
    done = _deploy(
        "--quorum",
        "2",
        "--output",
        str(tmp_path / "d.json"),
        network=f"ethereum:local:http://127.0.0.1:{free_port()}",
    )
    assert done.returncode == 1
    assert "There is no node to deploy to." in done.stderr and "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def ape_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of ape's own with one account, which is rich on anvil."""
    folder = tmp_path_factory.mktemp("ape")
    made = (
        f"from ape_accounts import import_account_from_private_key as i; i({ALIAS!r}, {PASSWORD!r}, {RICH!r})"
    )
    subprocess.run(
        [sys.executable, "-c", made], env={**os.environ, "APE_DATA_FOLDER": str(folder)}, check=True
    )
    return folder


def test_deploy__to_a_node_that_runs__asks_once_and_signs_every_step(
    ape_folder: Path, tmp_path: Path
) -> None:
    output = tmp_path / "deployment.json"
    with anvil(starts_at=START) as node:
        done = _deploy(
            "--quorum", "2", "--account", ALIAS, "--output", str(output),
            network=_url(node), ape_folder=ape_folder, types=f"y\n{PASSWORD}\n",
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (done.stdout + done.stderr).count("[y/N]") == 1
    assert read_deployment(output).programme == "asia-miles-2018"


@pytest.mark.parametrize(
    ("account", "password", "said"),
    [
        ("nobody", PASSWORD, "ape knows no account nobody"),
        (ALIAS, "another one", "Nothing was sent: Invalid password"),
    ],
)
def test_deploy__account_that_cannot_sign__sends_nothing(
    account: str, password: str, said: str, ape_folder: Path, tmp_path: Path
) -> None:
    output = tmp_path / "deployment.json"
    with anvil(starts_at=START) as node:
        done = _deploy(
            "--quorum", "2", "--account", account, "--yes", "--output", str(output),
            network=_url(node), ape_folder=ape_folder, password=password,
        )  # fmt: skip
        assert node.web3.eth.block_number == 0
    assert done.returncode in {1, 2}
    assert said in " ".join(done.stderr.split())
    assert not output.exists()
