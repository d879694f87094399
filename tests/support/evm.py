"""Contracts on a bare EVM inside the process, for tests that make thousands of calls; it has no blocks.

It runs the bytecode that ape compiled for the other contract tests, or without ape the package's own.
"""

import re
from collections import namedtuple
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from eth_abi.abi import decode, encode
from eth_utils.abi import abi_to_signature
from eth_utils.crypto import keccak
from pyrevm import EVM, BlockEnv

from milepost.chain.contracts import Artifact, artifact
from milepost.chain.errors import decode_revert

if TYPE_CHECKING:
    # Only for its name: importing ape takes seconds, and tests without it need not wait.
    from ape.managers.project import ProjectManager

ADMIN = "0x00000000000000000000000000000000000000Ad"
"""Deploys everything, and is admin of the authority, who may call every function without a role."""
CHAIN_ID = 1


class OutOfGas(Exception):
    """A call used up the gas it was given, so that nothing of it stays."""


@dataclass(slots=True)
class Evm:
    """A machine dated `now_s`, in unix seconds; set it freely, back too.

    Shape: without a project the contracts are the package's artifacts, which have no harnesses and mocks.
    """

    project: "ProjectManager | None" = None
    machine: EVM = field(default_factory=lambda: EVM(spec_id="PRAGUE"))
    deployer: str = ADMIN

    def set_time(self, now_s: int) -> None:
        self.machine.set_block_env(BlockEnv(timestamp=now_s, number=1))

    def deploy(self, name: str, *arguments: Any) -> "EvmContract":
        """Deploy a contract by its name. Raises: the error of its constructor, named as in Solidity."""
        compiled = self._compiled(name)
        inputs = [
            _canonical(one)
            for entry in compiled.abi
            if entry["type"] == "constructor"
            for one in entry["inputs"]
        ]
        code = bytes.fromhex(compiled.bytecode.removeprefix("0x"))
        code += encode(inputs, [getattr(one, "address", one) for one in arguments])
        try:
            return EvmContract(self.machine, compiled, self.machine.deploy(self.deployer, code))
        except RuntimeError as error:
            raise decode_revert(_output(error)) from error

    def _compiled(self, name: str) -> Artifact:
        if self.project is None:
            return artifact(name)
        kind = self.project.contracts[name].contract_type
        abi = kind.model_dump(mode="json", by_alias=True)["abi"]
        return Artifact(name, abi, kind.deployment_bytecode.bytecode, deployed_size=0)


@dataclass
class EvmContract:
    """A deployed contract; its functions are methods: `ledger.enrol(5)`, `ledger.enrol(5, sender=...)`."""

    machine: EVM
    compiled: Artifact
    address: str

    @property
    def name(self) -> str:
        return self.compiled.name

    @cached_property
    def functions(self) -> dict[str, dict[str, Any]]:
        """What the ABI says of each function, by name."""
        return {entry["name"]: entry for entry in self.compiled.abi if entry["type"] == "function"}

    @cached_property
    def _codecs(self) -> dict[str, tuple[bytes, list[str], list[str]]]:
        return {
            name: (
                keccak(text=abi_to_signature(entry))[:4],
                [_canonical(one) for one in entry["inputs"]],
                [_canonical(one) for one in entry["outputs"]],
            )
            for name, entry in self.functions.items()
        }

    def selector(self, function: str) -> bytes:
        return self._codecs[function][0]

    def __getattr__(self, function: str) -> Any:
        if function.startswith("_") or function not in self._codecs:
            raise AttributeError(function)

        def call(*arguments: Any, sender: str = ADMIN, gas: int | None = None) -> Any:
            return self._call(function, arguments, sender, gas)

        return call

    def _call(self, function: str, arguments: tuple[Any, ...], sender: str, gas: int | None) -> Any:
        """Shape: one output as it is, several as a tuple; a struct has its fields' names. Units: gas of a tx.

        Raises: the contract's error, named as in Solidity; OutOfGas.
        """
        selector, inputs, outputs = self._codecs[function]
        values = [getattr(one, "address", one) for one in arguments]
        data = selector + encode(inputs, values)
        # On a chain every tx begins without any; here it would stay from call to call.
        self.machine.reset_transient_storage()
        try:
            answer = self.machine.message_call(sender, self.address, calldata=data, gas=gas)
        except RuntimeError as error:
            if "OutOfGas" in str(error) or "CallGasCostMoreThanGasLimit" in str(error):
                raise OutOfGas(str(error)) from error
            raise decode_revert(_output(error)) from error
        found = decode(outputs, bytes(answer))
        named = [
            _named(one, value) for one, value in zip(self.functions[function]["outputs"], found, strict=True)
        ]
        return named[0] if len(named) == 1 else tuple(named)


def _output(error: RuntimeError) -> bytes:
    """pyrevm gives the data of a revert inside a sentence only."""
    found = re.search(r"output: 0x([0-9a-f]*)", str(error))
    return bytes.fromhex(found[1]) if found else b""


def _named(one: dict[str, Any], value: Any) -> Any:
    if one["type"] != "tuple":
        return value
    return _struct(tuple(part["name"] for part in one["components"]))(*value)


@cache
def _struct(fields: tuple[str, ...]) -> Any:
    return namedtuple("Struct", fields)


def _canonical(one: dict[str, Any]) -> str:
    if not one["type"].startswith("tuple"):
        return str(one["type"])
    return f"({','.join(map(_canonical, one['components']))}){one['type'].removeprefix('tuple')}"
