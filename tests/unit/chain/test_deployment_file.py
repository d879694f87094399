"""The deployment file: its keys are what others rely on, and a wrong file is refused by name."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from milepost.chain.contracts import CONTRACT_NAMES, ContractAddresses
from milepost.chain.deployment_file import (
    Deployment,
    DeploymentFileRefused,
    FormerSettlement,
    change_deployment,
    deployment_of,
    deployment_path,
    read_deployment,
    write_deployment,
)
from milepost.chain.deployment_plan import NOWHERE
from tests.support.deployments import REPORTERS, a_plan, account_named

# interfaces.md "Deployments".
KEYS = [
    "programme", "chain_id", "settlement", "receipts", "ledger", "registry", "promotions_book", "authority",
    "start_block", "commit", "partners", "outlets", "promotions", "reporters",
]  # fmt: skip


@pytest.fixture
def deployment() -> Deployment:
    addresses = {name: account_named(name).address for name in CONTRACT_NAMES}
    return deployment_of(
        a_plan(),
        addresses=ContractAddresses.from_names(addresses),
        chain_id=31_337,
        start_block=7,
        commit="0f" * 20,
    )


def test_write_deployment__read_again__is_the_same(deployment: Deployment, tmp_path: Path) -> None:
    path = tmp_path / "build" / "deployments" / "ethereum-local.json"
    write_deployment(deployment, path)
    assert read_deployment(path) == deployment
    assert [one.name for one in path.parent.iterdir()] == ["ethereum-local.json"]


def test_change_deployment__many_at_once__lose_nothing_of_each_other(
    deployment: Deployment, tmp_path: Path
) -> None:
    path = tmp_path / "d.json"
    write_deployment(deployment, path)

    def add(number: int) -> Deployment:
        return change_deployment(
            path, lambda found: replace(found, promotions={**found.promotions, f"p-{number}": number})
        )

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add, range(100, 132)))
    assert read_deployment(path).promotions == {
        **deployment.promotions,
        **{f"p-{number}": number for number in range(100, 132)},
    }
    assert [found.name for found in tmp_path.iterdir()] == ["d.json"]


def test_write_deployment__settlements_replaced__are_read_again_the_present_one_first(
    deployment: Deployment, tmp_path: Path
) -> None:
    former = tuple(FormerSettlement(account_named(f"former {block}").address, block) for block in (9, 1_000))
    replaced = replace(deployment, former_settlements=former)
    write_deployment(replaced, tmp_path / "d.json")
    assert read_deployment(tmp_path / "d.json") == replaced
    assert replaced.settlements == (deployment.addresses.settlement, former[0].address, former[1].address)


def test_read_deployment__written_before_any_was_replaced__has_no_former(
    deployment: Deployment, tmp_path: Path
) -> None:
    write_deployment(deployment, tmp_path / "d.json")
    stored = json.loads((tmp_path / "d.json").read_text())
    del stored["former_settlements"]
    (tmp_path / "d.json").write_text(json.dumps(stored))
    assert read_deployment(tmp_path / "d.json").former_settlements == ()


def test_read_deployment__of_before_redemption__has_neither_desk_nor_shop(
    deployment: Deployment, tmp_path: Path
) -> None:
    write_deployment(deployment, tmp_path / "d.json")
    stored = json.loads((tmp_path / "d.json").read_text())
    del stored["redemption_desk"], stored["miles_shop"]
    (tmp_path / "d.json").write_text(json.dumps(stored))
    addresses = read_deployment(tmp_path / "d.json").addresses
    assert (addresses.redemption_desk, addresses.miles_shop) == (NOWHERE, NOWHERE)
    assert addresses.ledger == deployment.addresses.ledger


def test_write_deployment__keys__are_those_of_the_interface(deployment: Deployment, tmp_path: Path) -> None:
    write_deployment(deployment, tmp_path / "d.json")
    stored = json.loads((tmp_path / "d.json").read_text())
    assert list(stored)[: len(KEYS)] == KEYS
    assert stored["partners"] == {"harbour-grill": 1, "noon-kitchen": 2, "putien": 3}
    assert stored["outlets"]["noon-kitchen"] == {"market-street": 0}
    assert stored["promotions"] == {"may-double": 1, "quiet-outlet": 2}
    addresses = sorted((one.address for one in REPORTERS), key=lambda address: int(address, 16))
    assert stored["reporters"] == {"version": 1, "quorum": 3, "addresses": addresses}
    assert (stored["title"], stored["symbol"], stored["utc_offset_minutes"]) == ("Asia Miles", "MILE", 480)
    assert stored["receipts"] == deployment.addresses.receipts


def test_deployment_path__by_kind_of_network__is_committed_or_not() -> None:
    assert deployment_path("ethereum", "sepolia", is_ephemeral=False) == Path(
        "deployments/ethereum-sepolia.json"
    )
    assert deployment_path("ethereum", "local", is_ephemeral=True) == Path(
        "build/deployments/ethereum-local.json"
    )


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("receipts", "0x5FbDB2315678afecb367f032d93F642f64180aa0", "receipts is no address"),
        ("chain_id", "1", "chain_id is no number"),
        ("start_block", None, "start_block is no number"),
        ("partners", [], "is no deployment"),
    ],
)
def test_read_deployment__wrong_value__is_refused_with_its_key(
    deployment: Deployment, tmp_path: Path, key: str, value: object, said: str
) -> None:
    path = tmp_path / "d.json"
    write_deployment(deployment, path)
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))
    with pytest.raises(DeploymentFileRefused, match=said) as refused:
        read_deployment(path)
    assert refused.value.exit_code == 2


@pytest.mark.parametrize("text", ["", "[]", "{", '{"programme": "x"}'])
def test_read_deployment__no_deployment__is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "d.json").write_text(text)
    with pytest.raises(DeploymentFileRefused, match="is no deployment"):
        read_deployment(tmp_path / "d.json")


def test_read_deployment__no_file__says_to_deploy(tmp_path: Path) -> None:
    with pytest.raises(DeploymentFileRefused, match="deploy, or name another file"):
        read_deployment(tmp_path / "none.json")
