"""Contracts on a bare EVM inside the process, for tests that make thousands of calls; it has no blocks.

It runs the same bytecode that ape compiled for the other contract tests.
"""

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ape.managers.project import ProjectManager
from eth_abi.abi import decode, encode
from eth_utils.abi import abi_to_signature
from eth_utils.crypto import keccak
from ethpm_types import ContractType
from pyrevm import EVM, BlockEnv

from milepost.chain.errors import decode_revert

ADMIN = "0x00000000000000000000000000000000000000Ad"
"""Deploys everything, and is admin of the authority, who may call every function without a role."""
CHAIN_ID = 1


@dataclass(slots=True)
class Evm:
    """A machine dated `now_s`, in unix seconds; set it freely, back too."""

    project: ProjectManager
    machine: EVM = field(default_factory=lambda: EVM(spec_id="PRAGUE"))
    deployer: str = ADMIN

    def set_time(self, now_s: int) -> None:
        self.machine.set_block_env(BlockEnv(timestamp=now_s, number=1))

    def deploy(self, name: str, *arguments: Any) -> "EvmContract":
        """Deploy a contract of the project. Raises: the error of its constructor, named as in Solidity."""
        kind = self.project.contracts[name].contract_type
        inputs = kind.constructor.inputs
        values = [getattr(one, "address", one) for one in arguments]
        code = bytes.fromhex(kind.deployment_bytecode.bytecode.removeprefix("0x"))
        code += encode([one.canonical_type for one in inputs], values)
        try:
            return EvmContract(self.machine, kind, self.machine.deploy(self.deployer, code))
        except RuntimeError as error:
            raise decode_revert(_output(error)) from error


@dataclass
class EvmContract:
    """A deployed contract; its functions are methods: `ledger.enrol(5)`, `ledger.enrol(5, sender=...)`."""

    machine: EVM
    kind: ContractType
    address: str

    @cached_property
    def _functions(self) -> dict[str, tuple[bytes, list[str], list[str]]]:
        found = {}
        for entry in self.kind.model_dump(mode="json", by_alias=True)["abi"]:
            if entry["type"] == "function":
                outputs = [_canonical(one) for one in entry["outputs"]]
                inputs = [_canonical(one) for one in entry["inputs"]]
                found[entry["name"]] = (keccak(text=abi_to_signature(entry))[:4], inputs, outputs)
        return found

    def __getattr__(self, function: str) -> Any:
        if function.startswith("_") or function not in self._functions:
            raise AttributeError(function)

        def call(*arguments: Any, sender: str = ADMIN) -> Any:
            return self._call(function, arguments, sender)

        return call

    def _call(self, function: str, arguments: tuple[Any, ...], sender: str) -> Any:
        """Shape: one output as it is, several as a tuple.

        Raises: the contract's error, named as in Solidity.
        """
        selector, inputs, outputs = self._functions[function]
        values = [getattr(one, "address", one) for one in arguments]
        try:
            answer = self.machine.message_call(
                sender, self.address, calldata=selector + encode(inputs, values)
            )
        except RuntimeError as error:
            raise decode_revert(_output(error)) from error
        found = decode(outputs, bytes(answer))
        return found[0] if len(found) == 1 else found


def _output(error: RuntimeError) -> bytes:
    """pyrevm gives the data of a revert inside a sentence only."""
    found = re.search(r"output: 0x([0-9a-f]*)", str(error))
    return bytes.fromhex(found[1]) if found else b""


def _canonical(one: dict[str, Any]) -> str:
    if not one["type"].startswith("tuple"):
        return str(one["type"])
    return f"({','.join(map(_canonical, one['components']))}){one['type'].removeprefix('tuple')}"
