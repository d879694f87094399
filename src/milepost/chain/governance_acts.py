"""Lists as data what the holders of roles do to a running programme: each call, by which role, and why.

`governance.py` schedules and executes these acts through the authority; `deployment.py` gave out the roles.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_typing import ChecksumAddress
from hexbytes import HexBytes
from web3 import Web3

from milepost.chain.contracts import ContractAddresses, artifact
from milepost.chain.deployment import SETTLER_GUARDED, selector
from milepost.chain.programme_rules import version_words
from milepost.chain.roles import FUNCTIONS, Role
from milepost.domain.calendar import date_of
from milepost.domain.programme import ActKind, LotAct, RuleVersion

NOBODY = Web3.to_checksum_address("0x" + "00" * 20)
"""What an empty settler slot holds."""


@dataclass(frozen=True, slots=True)
class Act:
    """One call that one role makes: a function of a contract, named as in Solidity, at an address."""

    role: Role
    purpose: str
    contract: str
    target: ChecksumAddress
    function: str
    arguments: tuple[Any, ...] = ()

    @property
    def data(self) -> bytes:
        """The call's bytes, as the authority schedules and executes them."""
        contract = Web3().eth.contract(abi=artifact(self.contract).abi)
        return bytes(HexBytes(contract.encode_abi(self.function, args=list(self.arguments))))


def removing_reporter(addresses: ContractAddresses, reporter: str) -> list[Act]:
    """Take one reporter out of the set, at once."""
    purpose = f"what {reporter} signs counts no more"
    return [_of_settlement(addresses, Role.REVOKE, purpose, "removeReporter", reporter)]


def setting_reporters(addresses: ContractAddresses, reporters: Sequence[str], quorum: int) -> list[Act]:
    """Put another set in place of the present one, after the governing delay."""
    purpose = f"{quorum} of {len(reporters)} sign a report"
    return [_of_settlement(addresses, Role.GOVERN, purpose, "setReporters", in_order(reporters), quorum)]


def pausing(addresses: ContractAddresses) -> list[Act]:
    """Stop settling, at once."""
    return [_of_settlement(addresses, Role.PAUSE, "settling stops", "pause")]


def resuming(addresses: ContractAddresses) -> list[Act]:
    """Let settling go on, at once."""
    return [_of_settlement(addresses, Role.PAUSE, "settling goes on", "unpause")]


def preparing_settlement(
    second: ChecksumAddress, reporters: Sequence[str], quorum: int, *, authority: str
) -> list[Act]:
    """Make a second Settlement ready: its reporters, then its functions given to their roles.

    Shape: all by the admin, to whom the functions of a new contract answer; reporters come first, because
        afterwards they are the governor's.
    """
    reporters_first = Act(
        Role.ADMIN,
        f"{quorum} of {len(reporters)} sign a report",
        "Settlement",
        second,
        "setReporters",
        (in_order(reporters), quorum),
    )
    return [
        reporters_first,
        *(
            Act(
                Role.ADMIN,
                f"{role.label} may call {', '.join(functions)}",
                "Authority",
                Web3.to_checksum_address(authority),
                "setTargetFunctionRole",
                (second, [selector("Settlement", function) for function in functions], role),
            )
            for role, functions in FUNCTIONS["Settlement"].items()
        ),
    ]


def moving_slots(addresses: ContractAddresses, second: ChecksumAddress) -> list[Act]:
    """Empty the four settler slots, then give them to the second Settlement; all in one tx."""
    return [
        Act(
            Role.GOVERN,
            f"{contract} obeys {'the second Settlement' if settler == second else 'nobody'}",
            contract,
            addresses.of(contract),
            "setSettler",
            (settler,),
        )
        for settler in (NOBODY, second)
        for contract in SETTLER_GUARDED
    ]


def granting_admin(addresses: ContractAddresses, admin: ChecksumAddress, delay_s: int) -> list[Act]:
    """Make another account admin beside the present one. Units: its delay in seconds."""
    purpose = f"{admin} gives and takes roles, each after {delay_s} s"
    arguments = (Role.ADMIN, admin, delay_s)
    return [Act(Role.ADMIN, purpose, "Authority", addresses.authority, "grantRole", arguments)]


def announcing_rule(addresses: ContractAddresses, version: RuleVersion) -> list[Act]:
    """Announce the ledger's next version of the rules, after the governing delay."""
    purpose = f"miles earned from {version.from_day} on follow it"
    return [_of_ledger(addresses, purpose, "announceRule", version_words(version))]


def announcing_act(addresses: ContractAddresses, act: LotAct) -> list[Act]:
    """Announce an act on lots that exist, after the governing delay."""
    value = act.months if act.kind is ActKind.MOVE else int(act.until_day)
    purpose = f"last days from {date_of(act.from_day)} on: {act.kind.name.lower()}"
    arguments = (int(act.kind), act.versions, int(act.from_day), value)
    return [_of_ledger(addresses, purpose, "announceAct", *arguments)]


def in_order(reporters: Sequence[str]) -> list[ChecksumAddress]:
    """Checksummed, in rising order of address, as the contract wants them."""
    return sorted(map(Web3.to_checksum_address, reporters), key=lambda address: int(address, 16))


def _of_ledger(addresses: ContractAddresses, purpose: str, function: str, *arguments: Any) -> Act:
    return Act(Role.GOVERN, purpose, "MilesLedger", addresses.ledger, function, arguments)


def _of_settlement(
    addresses: ContractAddresses, role: Role, purpose: str, function: str, *arguments: Any
) -> Act:
    return Act(role, purpose, "Settlement", addresses.settlement, function, arguments)
