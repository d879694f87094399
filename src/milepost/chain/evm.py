"""Contracts on a bare EVM inside the process, for thousands of calls a second; it has no blocks and no node.

Simulations deploy the product's own bytecode on it, tests of machines and fuzzing too. Its clock goes where
it is set, also back.
"""

import re
from collections import namedtuple
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from eth_abi.abi import decode, encode
from eth_typing import ChecksumAddress
from eth_utils.abi import abi_to_signature
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from pyrevm import EVM, BlockEnv, ExecutionResult

from milepost.chain.contracts import Artifact, artifact
from milepost.chain.deployment_run import Mined
from milepost.chain.errors import decode_revert
from milepost.domain.errors import ChainError

DEPLOYER = "0x00000000000000000000000000000000000000Ad"
"""Deploys everything unless told otherwise; it needs no key and no money here."""
CHAIN_ID = 1
RULES = "PRAGUE"
"""The rules of the chain, as every other chain of ours has them."""

_ONLY_BLOCK = 1


class OutOfGas(ChainError):
    """A call used up the gas it was given, so that nothing of it stays. Give it more."""


@dataclass(frozen=True, slots=True)
class EmittedLog:
    """One event that a call emitted.

    Shape: `topics` of 32 bytes each, the event's own first; `address` in small letters.
    """

    address: str
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(slots=True)
class Evm:
    """A machine with contracts; set its clock before anything asks for the time."""

    machine: EVM = field(default_factory=lambda: EVM(spec_id=RULES))
    deployer: str = DEPLOYER

    def set_time(self, now_s: int) -> None:
        """Date the block that every call runs in. Units: unix seconds."""
        self.machine.set_block_env(BlockEnv(timestamp=now_s, number=_ONLY_BLOCK))

    def deploy(self, name: str, *arguments: Any) -> "EvmContract":
        """Deploy a contract by its name. Raises: the error of its constructor, named as in Solidity."""
        compiled = self.compiled(name)
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

    def compiled(self, name: str) -> Artifact:
        """What `deploy` takes by a name: the package's own contracts."""
        return artifact(name)


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
                keccak(text=abi_to_signature(entry))[:4],  # type: ignore[arg-type]
                [_canonical(one) for one in entry["inputs"]],
                [_canonical(one) for one in entry["outputs"]],
            )
            for name, entry in self.functions.items()
        }

    def selector(self, function: str) -> bytes:
        return self._codecs[function][0]

    def logs(self) -> list[EmittedLog]:
        """What the last call of the machine emitted, in order."""
        return [
            EmittedLog(log.address.lower(), tuple(log.data[0]), bytes(log.data[1]))
            for log in _result(self.machine).logs
        ]

    def emitted(self, event: str) -> list[dict[str, Any]]:
        """The arguments of each event of this name that this contract emitted in the machine's last call."""
        topic, indexed, plain = self._events[event]
        return [
            dict(zip((name for name, _ in plain), decode([kind for _, kind in plain], log.data), strict=True))
            | {name: decode([kind], log.topics[i])[0] for i, (name, kind) in enumerate(indexed, start=1)}
            for log in self.logs()
            if log.address == self.address and log.topics[0] == topic
        ]

    @cached_property
    def _events(self) -> dict[str, tuple[bytes, list[tuple[str, str]], list[tuple[str, str]]]]:
        found = {}
        for entry in self.compiled.abi:
            if entry["type"] == "event":
                named = [(one["name"], _canonical(one), one["indexed"]) for one in entry["inputs"]]
                found[entry["name"]] = (
                    keccak(text=abi_to_signature(entry)),  # type: ignore[arg-type]
                    [(name, kind) for name, kind, is_indexed in named if is_indexed],
                    [(name, kind) for name, kind, is_indexed in named if not is_indexed],
                )
        return found

    def __getattr__(self, function: str) -> Any:
        if function.startswith("_") or function not in self._codecs:
            raise AttributeError(function)

        def call(*arguments: Any, sender: str = DEPLOYER, gas: int | None = None) -> Any:
            return self.call(function, arguments, sender=sender, gas=gas)

        return call

    def call(
        self, function: str, arguments: Sequence[Any], *, sender: str = DEPLOYER, gas: int | None = None
    ) -> Any:
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


@dataclass(slots=True)
class EvmExecutor:
    """Executes the steps of a deployment on a machine; what `deployment_run.run_steps` asks of one."""

    evm: Evm
    contracts: dict[str, EvmContract] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return self.evm.deployer

    def deploy(self, contract: str, arguments: tuple[Any, ...]) -> tuple[ChecksumAddress, Mined]:
        """Raises: the error of its constructor."""
        made = self.contracts[contract] = self.evm.deploy(contract, *arguments)
        return to_checksum_address(made.address), self._mined()

    def call(
        self, contract: str, address: ChecksumAddress, *, function: str, arguments: tuple[Any, ...]
    ) -> Mined:
        """Raises: the contract's error."""
        self.contracts[contract].call(function, arguments, sender=self.address)
        return self._mined()

    def _mined(self) -> Mined:
        return Mined(_ONLY_BLOCK, _result(self.evm.machine).gas_used)


def _result(machine: EVM) -> ExecutionResult:
    result = machine.result
    assert result is not None, "something was called before"
    return result


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
