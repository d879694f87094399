"""Parts made of settings: none before it is asked for, and finality stated where not every block is final."""

from pathlib import Path

import pytest

from milepost.bootstrap import Parts
from milepost.catalogue import CatalogueError
from milepost.chain.node import Finality, FinalityKind
from milepost.config import Settings, SettingsRefused
from tests.support.catalogue_files import write_yaml
from tests.support.deployment_files import a_deployment_file


def test_finality__ephemeral_deployment__is_instant_and_else_to_be_stated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    local = a_deployment_file(Path("build/deployments/ethereum-local.json"))
    assert Parts(Settings(deployment_file=local)).finality == Finality(FinalityKind.INSTANT)
    public = a_deployment_file(Path("deployments/ethereum-sepolia.json"))
    with pytest.raises(SettingsRefused, match="MILEPOST_FINALITY is not stated"):
        _ = Parts(Settings(deployment_file=public)).finality
    stated = Parts(Settings(deployment_file=public, finality="12")).finality
    assert stated == Finality(FinalityKind.DEPTH, 12)


def test_parts__nothing_asked_for__opens_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Parts(Settings())
    assert list(tmp_path.iterdir()) == []


def test_segments__usual_folder_missing__is_no_name_and_one_that_was_set_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Parts(Settings()).segments == {}
    with pytest.raises(CatalogueError, match="no such file"):
        _ = Parts(Settings(segments=tmp_path / "none.yaml")).segments
    rules = {"segments": "s", "currency": "HKD", "rules": [{"segment": "staff", "bit": 31}]}
    write_yaml(tmp_path / "segments" / "s.yaml", rules)
    assert Parts(Settings()).segments == {"staff": 31}
