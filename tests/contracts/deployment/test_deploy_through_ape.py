"""The same steps through an ape account: what stands there, and how a refusal is told."""

from datetime import date
from pathlib import Path

import pytest
from ape.managers.accounts import TestAccountManager
from ape.managers.networks import NetworkManager

from milepost.chain.deployment import deployment_steps
from milepost.chain.deployment_check import verify_deployment
from milepost.chain.deployment_file import read_deployment
from milepost.chain.deployment_run import DeploymentStepFailed, DoneStep, run_steps
from milepost.domain.promotion import Fixed, Window
from scripts._deployment import ApeExecutor, deploy_through_ape
from tests.support.deployments import a_dining_promotion, a_partner, a_plan

# After the notice, counted from the day on which the contract tests' chain starts.
JULY = Window(date(2018, 7, 1), date(2018, 7, 31))


def test_deploy_through_ape__a_plan__stands_as_planned_and_is_written(
    clock: int, accounts: TestAccountManager, networks: NetworkManager, tmp_path: Path
) -> None:
    plan = a_plan(promotions=(a_dining_promotion("july-double", "putien", "noon-kitchen", window=JULY),))
    done: list[DoneStep] = []
    path = tmp_path / "deployment.json"
    deployment, written = deploy_through_ape(plan, accounts[9], path=path, on_step=done.append)
    assert written == path and read_deployment(path) == deployment
    assert len(done) == len(deployment_steps(plan, deployer=accounts[9].address))
    assert deployment.start_block == done[0].mined.block_number
    verify_deployment(
        networks.provider.web3, plan, addresses=deployment.addresses, deployer=accounts[9].address
    )


def test_run_steps__refused_by_a_contract__names_the_step_and_the_decoded_reason(
    clock: int, accounts: TestAccountManager
) -> None:
    promotions = tuple(a_dining_promotion(f"fixed-{i}", reward=Fixed(i), window=JULY) for i in range(1, 6))
    plan = a_plan(partners=(a_partner(),), promotions=promotions)
    with pytest.raises(DeploymentStepFailed, match=r'"offer set 1".*5 groups and can have 4'):
        run_steps(deployment_steps(plan, deployer=accounts[9].address), ApeExecutor(accounts[9]))
