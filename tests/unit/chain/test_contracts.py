"""The compiled contracts that ship: their size, and what they can be asked."""

import pytest

from milepost.chain.contracts import CONTRACT_NAMES, artifact

MOST_SIZE = 22_000


@pytest.mark.parametrize("name", CONTRACT_NAMES)
def test_artifact__of_each_contract__leaves_room_below_the_size_limit(name: str) -> None:
    """The chain's own limit is 24,576 bytes; the house's leaves room for the next change."""
    assert 0 < artifact(name).deployed_size < MOST_SIZE


@pytest.mark.parametrize("name", CONTRACT_NAMES)
def test_artifact__of_each_contract__names_each_function_once(name: str) -> None:
    """Functions are called by name, so an overloaded one could not be reached."""
    names = [entry["name"] for entry in artifact(name).abi if entry["type"] == "function"]
    assert len(names) == len(set(names))


def test_artifact__settlement__can_be_asked_what_the_relayer_asks() -> None:
    assert {"settle", "check", "digestOf", "parts", "reporterSet"} <= artifact("Settlement").function_names
