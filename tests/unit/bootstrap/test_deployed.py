"""What a deployment says: which file is taken, and which numbers partners have."""

from pathlib import Path

import pytest

from milepost.bootstrap import deployed_partners, find_deployment
from milepost.chain.deployment_file import DeploymentFileRefused
from tests.support.deployment_files import a_deployment, a_deployment_file
from tests.support.programme import a_partner


def test_deployed_partners__file_in_another_order__takes_the_numbers_on_chain() -> None:
    found = deployed_partners([a_partner(), a_partner("tamarind")], a_deployment())
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
    local = a_deployment_file(Path("build/deployments/ethereum-local.json"))
    assert find_deployment() == local
    a_deployment_file(Path("deployments/ethereum-sepolia.json"))
    with pytest.raises(DeploymentFileRefused, match="name one by MILEPOST_DEPLOYMENT_FILE"):
        find_deployment()
