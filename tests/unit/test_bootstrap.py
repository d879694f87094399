"""Putting parts together by the settings: which deployment, which partners, which blocks are final."""

import json
from pathlib import Path

import pytest

from milepost.bootstrap import Parts, deployed_partners, find_deployment, receipt_verifier
from milepost.chain.deployment_file import Deployment, DeploymentFileRefused, from_json
from milepost.chain.node import Finality, FinalityKind
from milepost.config import Settings, SettingsRefused
from milepost.domain.errors import ChainError
from tests.support.programme import a_partner

ADDRESS = "0x5FbDB2315678afecb367f032d93F642f64180aa3"


def _deployment() -> dict[str, object]:
    names = (
        "settlement",
        "receipts",
        "ledger",
        "registry",
        "promotions_book",
        "authority",
        "adjustment_desk",
        "lens",
    )
    return {
        **dict.fromkeys(names, ADDRESS),
        "programme": "asia-miles-2018",
        "title": "Asia Miles",
        "symbol": "MILES",
        "chain_id": 31_337,
        "start_block": 1,
        "commit": None,
        "partners": {"putien": 4},
        "outlets": {"putien": {"soho": 0, "causeway-bay": 1}},
        "promotions": {},
        "reporters": {"version": 1, "quorum": 3, "addresses": []},
        "utc_offset_minutes": 480,
        "lot_rule": {"utc_offset_minutes": 480, "months": 36, "align": 0},
    }


@pytest.fixture
def deployment() -> Deployment:
    return from_json(_deployment())


def _write(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_deployment()), encoding="utf-8")
    return path


def test_deployed_partners__file_in_another_order__takes_the_numbers_on_chain(deployment: Deployment) -> None:
    found = deployed_partners([a_partner(), a_partner("tamarind")], deployment)
    assert set(found.partners) == {"putien"} and found.id_of("putien") == 4
    assert {outlet.code: outlet.number for outlet in found.partners["putien"].outlets} == {
        "causeway-bay": 1,
        "soho": 0,
    }


def test_find_deployment__one_none_or_several__takes_no_guess(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DeploymentFileRefused, match="There is no deployment in") as none:
        find_deployment()
    assert none.value.exit_code == 2
    local = _write(Path("build/deployments/ethereum-local.json"))
    assert find_deployment() == local
    _write(Path("deployments/ethereum-sepolia.json"))
    with pytest.raises(DeploymentFileRefused, match="name one by MILEPOST_DEPLOYMENT_FILE"):
        find_deployment()


def test_finality__ephemeral_deployment__is_instant_and_else_to_be_stated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    local = _write(Path("build/deployments/ethereum-local.json"))
    assert Parts(Settings(deployment_file=local)).finality == Finality(FinalityKind.INSTANT)
    public = _write(Path("deployments/ethereum-sepolia.json"))
    with pytest.raises(SettingsRefused, match="MILEPOST_FINALITY is not stated"):
        _ = Parts(Settings(deployment_file=public)).finality
    stated = Parts(Settings(deployment_file=public, finality="12")).finality
    assert stated == Finality(FinalityKind.DEPTH, 12)


def test_parts__nothing_asked_for__opens_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Parts(Settings())
    assert list(tmp_path.iterdir()) == []


def test_receipt_verifier__book_given__asks_for_no_deployment(deployment: Deployment) -> None:
    def never() -> Deployment:
        raise AssertionError("no deployment is needed")

    found = receipt_verifier("http://node", setting="--rpc", receipts=ADDRESS.lower(), deployment=never)
    assert (found.receipts, found.chain_id) == (ADDRESS, None)
    published = receipt_verifier("http://node", setting="--rpc", receipts=None, deployment=lambda: deployment)
    assert (published.receipts, published.chain_id) == (ADDRESS, 31_337)


def test_receipt_verifier__no_address_or_url__is_refused(deployment: Deployment) -> None:
    with pytest.raises(SettingsRefused, match="no address of a receipt book"):
        receipt_verifier("http://node", setting="--rpc", receipts="0x12", deployment=lambda: deployment)
    with pytest.raises(ChainError, match="--rpc must be an http"):
        receipt_verifier("ws://node", setting="--rpc", receipts=None, deployment=lambda: deployment)
