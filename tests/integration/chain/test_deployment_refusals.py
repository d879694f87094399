"""What deploying refuses, before it begins, on the way and at its end, and what its check names."""

import itertools
from dataclasses import replace
from datetime import date

import pytest

from milepost.chain.contract_errors import (
    OfferSetTooManyGroups,
)
from milepost.chain.deploy import deploy_programme
from milepost.chain.deployment import Deploy, deployment_steps
from milepost.chain.deployment_check import DeploymentDiffers, verify_deployment
from milepost.chain.deployment_plan import DeploymentRefused, latest_start
from milepost.chain.deployment_run import DeploymentStepFailed, DoneStep, Web3Executor, run_steps
from milepost.chain.embedded import embedded_chain
from milepost.domain.promotion import Fixed, Limits, Window
from tests.support.deployments import (
    ENROLLER,
    START,
    STRANGER,
    DeployedChain,
    a_dining_promotion,
    a_partner,
    a_plan,
    a_programme,
    account_named,
    fund,
)

MOST_GAS_A_TX = 16_777_216


def test_verify_deployment__each_part_of_another_plan__is_named(chain: DeployedChain) -> None:
    plan = chain.plan
    others = {
        "symbol": replace(plan, programme=a_programme(symbol="OTHER")),
        "acceptance": replace(
            plan, programme=replace(plan.programme, accept=replace(plan.programme.accept, oldest_days=1))
        ),
        "reporter set": replace(plan, quorum=4),
        "reporter 0x": replace(plan, reporters=(STRANGER.address, *plan.reporters[1:])),
        "partner putien": replace(plan, partners=(*plan.partners[1:], a_partner("putien", 19))),
        "hash of its text": replace(
            plan, promotions=(replace(plan.promotions[0], terms="Other."), plan.promotions[1])
        ),
        "its terms": replace(
            plan, promotions=(plan.promotions[0], replace(plan.promotions[1], weekdays=(1,)))
        ),
        "its budget": replace(
            plan,
            promotions=(
                replace(plan.promotions[0], limits=Limits(per_member=100, budget=7)),
                plan.promotions[1],
            ),
        ),
        "ADMIN_ROLE of 0x": replace(plan, admin=STRANGER.address),
        "GOVERN_ROLE of 0x": replace(plan, govern_delay_s=1),
    }
    for what, other in others.items():
        with pytest.raises(DeploymentDiffers, match=what):
            verify_deployment(
                chain.web3, other, addresses=chain.deployment.addresses, deployer=chain.deployer
            )


def test_verify_deployment__deployer_with_a_role__is_named(chain: DeployedChain) -> None:
    with pytest.raises(DeploymentDiffers, match="ENROL_ROLE of the deployer"):
        verify_deployment(
            chain.web3, chain.plan, addresses=chain.deployment.addresses, deployer=ENROLLER.address
        )


def test_run_steps__all_of_a_plan__stay_below_the_gas_of_a_tx() -> None:
    web3 = embedded_chain(START)
    done: list[DoneStep] = []
    plan = a_plan(partners=(*a_plan().partners, a_partner("a-chain-of-outlets", 256)))
    deploy_programme(plan, Web3Executor(web3, web3.eth.accounts[0]), web3=web3, on_step=done.append)
    assert {one.step.name: one.mined.gas_used for one in done if one.mined.gas_used >= MOST_GAS_A_TX} == {}
    assert len([one for one in done if isinstance(one.step, Deploy)]) == 11


def test_run_steps__a_step_fails__names_it_and_the_contracts_reason() -> None:
    web3 = embedded_chain(START)
    executor = Web3Executor(web3, web3.eth.accounts[0])
    # Five ungrouped promotions are five groups, and a receipt has room for four.
    promotions = tuple(a_dining_promotion(f"double-{i}", reward=Fixed(i)) for i in range(1, 6))
    plan = a_plan(promotions=promotions)
    done: list[DoneStep] = []
    with pytest.raises(DeploymentStepFailed, match=r'"offer set 1".*5 groups and can have 4') as failed:
        run_steps(deployment_steps(plan, deployer=executor.address), executor, on_step=done.append)
    assert isinstance(failed.value.__cause__, OfferSetTooManyGroups)
    assert done[-1].step.name == "promotion double-5"


def test_deploy_programme__notice_is_over__is_refused_before_anything_is_sent() -> None:
    plan = a_plan()
    web3 = embedded_chain(latest_start(plan)["may-double"] + 1)
    with pytest.raises(DeploymentRefused, match="may-double opens on 2018-05-01") as refused:
        deploy_programme(plan, Web3Executor(web3, web3.eth.accounts[0]), web3=web3)
    assert refused.value.exit_code == 2
    assert web3.eth.block_number == 0


def test_deploy_programme__last_moment_of_the_notice__succeeds() -> None:
    plan = a_plan(promotions=(a_dining_promotion(window=Window(date(2018, 5, 1), date(2018, 5, 1))),))
    web3 = embedded_chain(latest_start(plan)["may-double"])
    deploy_programme(plan, Web3Executor(web3, web3.eth.accounts[0]), web3=web3)


def test_web3_executor__with_a_key__deploys_the_same() -> None:
    web3 = embedded_chain(START)
    deployer = account_named("a deployer with a key")
    fund(web3, deployer.address)
    plan = a_plan(partners=(a_partner(),), promotions=())
    deployment = deploy_programme(plan, Web3Executor(web3, deployer), web3=web3)
    assert deployment.partners == {"putien": 1}
    verify_deployment(web3, plan, addresses=deployment.addresses, deployer=deployer.address)


def test_deployment_steps__in_order__deploy_before_they_call() -> None:
    steps = deployment_steps(a_plan(), deployer=STRANGER.address)
    kinds = [isinstance(step, Deploy) for step in steps]
    assert kinds == sorted(kinds, reverse=True)
    assert [step.name for step in itertools.islice(reversed(steps), 1)] == ["renounce admin"]
