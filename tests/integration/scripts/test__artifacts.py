"""The contracts in the package are those of the sources: anything else would deploy what nobody reviewed."""

from typing import Any

import pytest

from milepost.chain.contracts import CONTRACT_NAMES, artifact
from scripts._artifacts import compile_artifacts, stale_artifacts
from scripts._compiling import CONTRACTS


@pytest.fixture(scope="module")
def fresh() -> dict[str, dict[str, Any]]:
    return compile_artifacts()


def test_stale_artifacts__fresh_compile__finds_none(fresh: dict[str, dict[str, Any]]) -> None:
    assert stale_artifacts(fresh) == [], "run `make artifacts` and commit what it writes"


def test_stale_artifacts__another_bytecode__is_named(fresh: dict[str, dict[str, Any]]) -> None:
    changed = {**fresh, "Settlement": {**fresh["Settlement"], "bytecode": "0x00"}}
    assert stale_artifacts(changed) == ["Settlement.json"]


def test_stale_artifacts__contract_gone__is_named(fresh: dict[str, dict[str, Any]]) -> None:
    assert stale_artifacts({k: v for k, v in fresh.items() if k != "MilesLens"}) == ["MilesLens.json"]


def test_contracts__exported_and_loaded__are_the_same() -> None:
    """The ledger's part is deployed before it and has no address of its own in a deployment."""
    assert set(CONTRACTS) == {*CONTRACT_NAMES, "LedgerReversals"}
    assert [artifact(name).name for name in CONTRACTS] == list(CONTRACTS)
