"""Deploys a programme: checks the plan, executes its steps, and reads back that they did what they should.

`scripts/deploy.py`, the demo and tests begin here; afterwards reports can be settled.
"""

from collections.abc import Callable

from web3 import Web3

from milepost.chain.deployment import deployment_steps
from milepost.chain.deployment_check import verify_deployment
from milepost.chain.deployment_file import Deployment, deployment_of
from milepost.chain.deployment_plan import DeploymentPlan, check_plan
from milepost.chain.deployment_run import DoneStep, Executor, run_steps
from milepost.chain.errors import asking


def deploy_programme(
    plan: DeploymentPlan,
    executor: Executor,
    *,
    web3: Web3,
    node: str = "The node",
    commit: str | None = None,
    on_step: Callable[[DoneStep], None] = lambda _: None,
) -> Deployment:
    """Deploy everything that a plan names, from the executor's account, which holds no role in the end.

    Shape: `web3` reads from the chain that the executor sends to; `node` says in messages which one that is.
    Raises: DeploymentRefused before anything is sent; DeploymentStepFailed at the step that fails;
        DeploymentDiffers if the chain is not as planned at the end; ChainUnavailable.
    """
    with asking(node):
        chain_time = web3.eth.get_block("latest")["timestamp"]
        chain_id = web3.eth.chain_id
    check_plan(plan, deployer=executor.address, chain_time=chain_time)
    deployed = run_steps(deployment_steps(plan, deployer=executor.address), executor, on_step=on_step)
    verify_deployment(web3, plan, addresses=deployed.addresses, deployer=executor.address, node=node)
    return deployment_of(
        plan,
        addresses=deployed.addresses,
        chain_id=chain_id,
        start_block=deployed.start_block,
        commit=commit,
    )
