"""Contracts on a bare EVM inside the process, for tests that make thousands of calls; it has no blocks.

It runs the bytecode that ape compiled for the other contract tests, or without ape the package's own.
"""

from typing import TYPE_CHECKING

from pyrevm import EVM

from milepost.chain.contracts import Artifact
from milepost.chain.evm import CHAIN_ID, RULES, EvmContract, OutOfGas
from milepost.chain.evm import DEPLOYER as ADMIN
from milepost.chain.evm import Evm as ProductEvm

if TYPE_CHECKING:
    # Only for its name: importing ape takes seconds, and tests without it need not wait.
    from ape.managers.project import ProjectManager

__all__ = ["ADMIN", "CHAIN_ID", "Evm", "EvmContract", "OutOfGas"]
# ADMIN deploys everything, and is admin of the authority, who may call every function without a role.


class Evm(ProductEvm):
    """A machine dated `now_s`, in unix seconds; set it freely, back too.

    Shape: without a project the contracts are the package's artifacts, which have no harnesses and mocks.
    """

    def __init__(
        self, project: "ProjectManager | None" = None, machine: EVM | None = None, deployer: str = ADMIN
    ) -> None:
        super().__init__(machine or EVM(spec_id=RULES), deployer)
        self.project = project

    def compiled(self, name: str) -> Artifact:
        if self.project is None:
            return super().compiled(name)
        kind = self.project.contracts[name].contract_type
        abi = kind.model_dump(mode="json", by_alias=True)["abi"]
        return Artifact(name, abi, kind.deployment_bytecode.bytecode, deployed_size=0)
