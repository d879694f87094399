"""What a deployment says: which one is meant, its chain, and its partners' numbers.

Before it something was deployed; `Parts`, the demo and the faults' tests settle on what it gives.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from web3 import Web3

from milepost.chain.deployment_file import EPHEMERAL_FOLDER, FOLDER, Deployment, DeploymentFileRefused
from milepost.chain.node import Finality, FinalityKind, Node
from milepost.chain.settlement_chain import NodeSettlementChain
from milepost.config import setting_name
from milepost.domain.partner import Outlet, Partner
from milepost.domain.quantities import OutletCode, OutletNumber
from milepost.pipeline.build_report import DeployedPartners
from milepost.ports import Signer


def find_deployment() -> Path:
    """The one deployment file of `deployments/` and `build/deployments/`.

    Raises: DeploymentFileRefused if there is none, or more than one.
    """
    found = sorted(path for folder in (FOLDER, EPHEMERAL_FOLDER) for path in folder.glob("*.json"))
    setting = setting_name("deployment_file")
    if not found:
        raise DeploymentFileRefused(
            f"There is no deployment in {FOLDER}/ or {EPHEMERAL_FOLDER}/: deploy, or name one by {setting}."
        )
    if len(found) > 1:
        names = ", ".join(map(str, found))
        raise DeploymentFileRefused(f"There are several deployments, {names}: name one by {setting}.")
    return found[0]


def build_chain(
    web3: Web3,
    deployment: Deployment,
    *,
    relayer: Signer | None = None,
    finality: Finality | None = None,
    node_name: str = "The node",
) -> NodeSettlementChain:
    """The chain to settle on, by any web3, such as the embedded one; every block is final unless told else.

    Shape: without a relayer's key it only reads. `node_name` names the node in messages.
    """
    return NodeSettlementChain(
        Node(web3, node_name),
        deployment,
        finality=finality or Finality(FinalityKind.INSTANT),
        relayer=relayer,
    )


def deployed_partners(partners: Sequence[Partner], deployment: Deployment) -> DeployedPartners:
    """The agreements with the ids and outlet numbers that the deployment gave them.

    Shape: what a file names and the deployment does not is left out, so that feeds refuse it by name.
    """
    found = {
        partner.code: replace(
            partner, outlets=tuple(_deployed_outlets(partner, deployment.outlets.get(partner.code, {})))
        )
        for partner in partners
        if partner.code in deployment.partners
    }
    return DeployedPartners(found, deployment.partners)


def _deployed_outlets(partner: Partner, numbers: Mapping[OutletCode, OutletNumber]) -> Iterator[Outlet]:
    for outlet in partner.outlets:
        if outlet.code in numbers:
            yield replace(outlet, number=numbers[outlet.code])
