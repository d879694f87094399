"""Reads how a programme is governed right now: roles, delays, pause, reporters, slots, what is scheduled.

`milepost governance status` shows it; nothing else depends on it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import Web3ValueError

from milepost.chain.contracts import CONTRACT_NAMES, artifact, contract_at, method_of
from milepost.chain.deployment import SETTLER_GUARDED
from milepost.chain.errors import asking
from milepost.chain.governance import Governance, Holder
from milepost.chain.roles import Role
from milepost.ports.chain import ReporterSet


@dataclass(frozen=True, slots=True)
class ScheduledCall:
    """A call that was announced and is not done. Units: `due` and `expires` in unix seconds.

    Shape: `contract` and `function` are None for a call that is of none of our contracts.
    """

    operation: bytes
    caller: ChecksumAddress
    target: ChecksumAddress
    data: bytes
    due: int
    expires: int
    contract: str | None
    function: str | None
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class GovernanceStatus:
    """Shape: `reporters` are those of the set in force, rising; `settlers` by contract.

    Units: `now` is the chain's time in unix seconds.
    """

    now: int
    holders: dict[Role, tuple[Holder, ...]]
    settlement: ChecksumAddress
    is_paused: bool
    reporter_set: ReporterSet
    reporters: tuple[ChecksumAddress, ...]
    settlers: dict[str, ChecksumAddress]
    scheduled: tuple[ScheduledCall, ...]


def read_status(governance: Governance) -> GovernanceStatus:
    """Raises: ChainUnavailable; ChainError if the contracts are not there."""
    deployment = governance.deployment
    return GovernanceStatus(
        now=governance.now(),
        holders={role: governance.holders_of(role) for role in Role},
        settlement=deployment.addresses.settlement,
        is_paused=bool(_ask(governance, "Settlement", "paused")),
        reporter_set=ReporterSet(*_ask(governance, "Settlement", "reporterSet")),
        reporters=present_reporters(governance, deployment.addresses.settlement),
        settlers={name: _ask(governance, name, "settler") for name in SETTLER_GUARDED},
        scheduled=tuple(scheduled_calls(governance)),
    )


def present_reporters(governance: Governance, settlement: ChecksumAddress) -> tuple[ChecksumAddress, ...]:
    """The reporters in force of a Settlement: those last set, without whom was removed since."""
    contract = contract_at(governance.node.web3, "Settlement", settlement)
    named = governance.logs("ReportersSet", contract=contract)
    if not named:
        return ()
    with asking(governance.node.name):
        return tuple(
            to_checksum_address(reporter)
            for reporter in named[-1]["args"]["reporters"]
            if method_of(contract, "isReporter", reporter).call()
        )


def scheduled_calls(governance: Governance) -> Iterator[ScheduledCall]:
    """What was announced and is neither done, cancelled nor expired, in order of announcing."""
    latest = {log["args"]["operationId"]: log["args"] for log in governance.logs("OperationScheduled")}
    expiration_s = governance.ask("expiration")
    for operation, found in latest.items():
        due = governance.ask("getSchedule", operation)
        if due:
            target, data = to_checksum_address(found["target"]), bytes(found["data"])
            contract, function, arguments = _described(governance, target, data)
            yield ScheduledCall(
                operation=bytes(operation),
                caller=to_checksum_address(found["caller"]),
                target=target,
                data=data,
                due=due,
                expires=due + expiration_s,
                contract=contract,
                function=function,
                arguments=arguments,
            )


def _described(
    governance: Governance, target: ChecksumAddress, data: bytes
) -> tuple[str | None, str | None, dict[str, Any]]:
    """What a call says, by the contract at its target; a second Settlement is known by its functions."""
    addresses = governance.deployment.addresses
    at_target = [name for name in CONTRACT_NAMES if addresses.of(name) == target]
    for name in at_target or ["Settlement"]:
        contract = Web3().eth.contract(abi=artifact(name).abi)
        try:
            function, arguments = contract.decode_function_input(HexBytes(data))
        except Web3ValueError:
            continue
        return name, function.fn_name, dict(arguments)
    return None, None, {}


def _ask(governance: Governance, contract: str, function: str) -> Any:
    found = contract_at(governance.node.web3, contract, governance.deployment.addresses.of(contract))
    with asking(governance.node.name):
        return method_of(found, function).call()
