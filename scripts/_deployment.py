"""Deploys through an ape account, by the same steps as everywhere, and writes down what was deployed.

`scripts/deploy.py` calls it; `milepost.chain.deployment` holds the steps.
"""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ape.api import AccountAPI, ReceiptAPI
from ape.contracts import ContractContainer, ContractInstance
from ape.exceptions import ApeException, ContractLogicError, CustomError
from ape.utils import ManagerAccessMixin
from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address
from ethpm_types import ContractType

from milepost.chain.contracts import artifact
from milepost.chain.deploy import deploy_programme
from milepost.chain.deployment_file import Deployment, deployment_path, write_deployment
from milepost.chain.deployment_plan import DeploymentPlan
from milepost.chain.deployment_run import DoneStep, Mined
from milepost.chain.errors import ContractReverted, error_class
from milepost.domain.errors import ChainError

ROOT = Path(__file__).resolve().parent.parent
EPHEMERAL_NETWORKS = ("local",)
"""Networks of ape that end with their process; what stands there is written below `build/`."""


class ApeExecutor(ManagerAccessMixin):
    """Sends the steps of a deployment from an ape account, on the network ape is connected to."""

    def __init__(self, account: AccountAPI) -> None:
        self._account = account
        self._instances: dict[str, ContractInstance] = {}

    @property
    def address(self) -> str:
        return str(self._account.address)

    def deploy(self, contract: str, arguments: tuple[Any, ...]) -> tuple[ChecksumAddress, Mined]:
        """Raises: ChainError with the reason if it is not deployed."""
        instance = _named(lambda: self._account.deploy(_container(contract), *arguments))
        self._instances[contract] = instance
        return to_checksum_address(instance.address), _mined(instance.creation_metadata.receipt)

    def call(
        self, contract: str, address: ChecksumAddress, *, function: str, arguments: tuple[Any, ...]
    ) -> Mined:
        """Raises: ChainError with the decoded contract error if it is refused."""
        method = getattr(self._instances[contract], function)
        return _mined(_named(lambda: method(*arguments, sender=self._account)))


def deploy_through_ape(
    plan: DeploymentPlan,
    account: AccountAPI,
    *,
    path: Path | None = None,
    on_step: Callable[[DoneStep], None] = lambda _: None,
) -> tuple[Deployment, Path]:
    """Deploy a plan on the network ape is connected to and write its deployment file.

    Shape: the deployment, and the file's path, which is the network's own unless given.
    Raises: what `deploy_programme` raises; nothing is written then.
    """
    provider = account.provider
    network = provider.network
    deployment = deploy_programme(
        plan,
        ApeExecutor(account),
        web3=provider.web3,
        node=f"The node of {network.ecosystem.name}:{network.name}",
        commit=_commit(),
        on_step=on_step,
    )
    path = path or deployment_path(
        network.ecosystem.name, network.name, is_ephemeral=network.name in EPHEMERAL_NETWORKS, root=ROOT
    )
    write_deployment(deployment, path)
    return deployment, path


def _container(contract: str) -> ContractContainer:
    """The exported contract: what is deployed is what the package was reviewed and released with."""
    compiled = artifact(contract)
    return ContractContainer(
        ContractType.model_validate(
            {
                "contractName": compiled.name,
                "abi": compiled.abi,
                "deploymentBytecode": {"bytecode": compiled.bytecode},
            }
        )
    )


def _named(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except ContractLogicError as error:
        raise _refusal(error) from error
    except ApeException as error:
        raise ChainError(f"ape could not send it: {error}") from error


def _refusal(error: ContractLogicError) -> ChainError:
    """ape decodes custom errors itself, by the ABI of the contract that was called, and drops the data."""
    if isinstance(error, CustomError):
        found = error_class(error.abi.name)
        if found is not None:
            return found(**error.inputs)
    return ContractReverted(reason=error.message)


def _mined(receipt: ReceiptAPI) -> Mined:
    return Mined(receipt.block_number, receipt.gas_used)


def _commit() -> str | None:
    """The checkout's commit; None where there is no checkout, or no git."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return done.stdout.strip() or None
