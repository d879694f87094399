"""Replaces Settlement: deploys a second one, makes sure it is fit, and writes down that it took over.

Its acts are in `governance_acts.py`; ledger, registry and both books stay, so reports, numbers and receipts
go on where they were.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

from eth_typing import ChecksumAddress
from web3.contract import Contract

from milepost.chain.contracts import contract_at, method_of
from milepost.chain.deployment import SETTLER_GUARDED, selector
from milepost.chain.deployment_file import Deployment, FormerSettlement, Reporters
from milepost.chain.deployment_run import Executor
from milepost.chain.errors import asking
from milepost.chain.governance import Governance
from milepost.chain.governance_status import present_reporters
from milepost.chain.roles import FUNCTIONS
from milepost.domain.errors import ChainError, WhoActs


class SettlementUnfit(ChainError):
    """A second Settlement may not take over as it is. Correct what is named, or deploy another."""

    exit_code: ClassVar[int] = 3

    def __init__(self, settlement: str, problems: list[str]) -> None:
        super().__init__(f"The Settlement at {settlement} cannot take over: {'; '.join(problems)}.")
        self.problems = problems


class SettlementNotReplaced(ChainError):
    """The settler slots do not all hold the second Settlement, or not for good yet. Execute, or wait."""

    who_acts: ClassVar[WhoActs] = WhoActs.RETRY


def deploy_settlement(governance: Governance, executor: Executor) -> ChecksumAddress:
    """Deploy a second Settlement over the parts that are there; it needs no role, and can do nothing yet.

    Raises: ChainError with the reason if it is not deployed.
    """
    addresses = governance.deployment.addresses
    parts = (addresses.registry, addresses.ledger, addresses.promotion_book, addresses.receipts)
    address, _ = executor.deploy("Settlement", (addresses.authority, *parts))
    return address


def require_parts(governance: Governance, second: ChecksumAddress) -> None:
    """Make sure that a Settlement obeys this authority and settles into these contracts.

    Raises: SettlementUnfit with all that is wrong; ChainUnavailable.
    """
    _require(second, _wrong_parts(governance, _settlement_at(governance, second)))


def require_ready(governance: Governance, second: ChecksumAddress) -> None:
    """Make sure that a Settlement has its parts, reporters, and functions given to their roles.

    Raises: SettlementUnfit with all that is wrong; ChainUnavailable.
    """
    settlement = _settlement_at(governance, second)
    _require(
        second,
        [
            *_wrong_parts(governance, settlement),
            *_missing_reporters(governance, settlement),
            *_wrong_roles(governance, second),
        ],
    )


def adopted(governance: Governance, *, final_block: int) -> Deployment:
    """The deployment with the Settlement that holds the slots, and the one before it among the former ones.

    Shape: the deployment as it is if its Settlement holds them.
    Raises: SettlementNotReplaced if the slots are empty, differ, or moved in a block that is not final;
        SettlementUnfit; ChainUnavailable.
    """
    deployment = governance.deployment
    addresses = deployment.addresses
    settlers = {name: _settler(governance, name) for name in SETTLER_GUARDED}
    if len(set(settlers.values())) != 1:
        held = ", ".join(f"{name} obeys {settler}" for name, settler in settlers.items())
        raise SettlementNotReplaced(f"The settler slots differ: {held}. Execute the replacement whole.")
    (second,) = set(settlers.values())
    if second == addresses.settlement:
        return deployment
    require_ready(governance, second)
    last_block = _last_block(governance)
    if last_block > final_block:
        raise SettlementNotReplaced(
            f"The slots moved in block {last_block}, and {final_block} is the last final one: run this again."
        )
    former = FormerSettlement(addresses.settlement, last_block)
    version, quorum, _ = _ask(governance, _settlement_at(governance, second), "reporterSet")
    return replace(
        deployment,
        addresses=replace(addresses, settlement=second),
        # A Settlement that came back is former no more.
        former_settlements=(*(one for one in deployment.former_settlements if one.address != second), former),
        reporters=Reporters(version, quorum, present_reporters(governance, second)),
    )


def _require(second: ChecksumAddress, problems: list[str]) -> None:
    if problems:
        raise SettlementUnfit(second, problems)


def _wrong_parts(governance: Governance, settlement: Contract) -> list[str]:
    addresses = governance.deployment.addresses
    wanted = [addresses.registry, addresses.ledger, addresses.promotion_book, addresses.receipts]
    with asking(governance.node.name):
        if not governance.node.web3.eth.get_code(settlement.address):
            return ["there is no contract"]
    problems = []
    if list(_ask(governance, settlement, "parts")) != wanted:
        problems.append("it settles into other contracts than the deployment's")
    if _ask(governance, settlement, "authority") != addresses.authority:
        problems.append("it obeys another authority")
    return problems


def _missing_reporters(governance: Governance, settlement: Contract) -> Iterator[str]:
    if not _ask(governance, settlement, "reporterSet")[2]:
        yield "it has no reporters: have the admin set them"
    if _ask(governance, settlement, "paused"):
        yield "it is paused"


def _wrong_roles(governance: Governance, second: ChecksumAddress) -> Iterator[str]:
    for role, functions in FUNCTIONS["Settlement"].items():
        for function in functions:
            found = governance.ask("getTargetFunctionRole", second, selector("Settlement", function))
            if found != role:
                yield f"{function} is not given to {role.label}: have the admin map it"


def _last_block(governance: Governance) -> int:
    """The block in which the deployment's Settlement left the receipt book's slot for the last time."""
    book = contract_at(governance.node.web3, "ReceiptBook", governance.deployment.addresses.receipts)
    named = [
        (log["args"]["settler"], log["blockNumber"]) for log in governance.logs("SettlerSet", contract=book)
    ]
    former = governance.deployment.addresses.settlement
    places = [place for place, (settler, _) in enumerate(named) if settler == former]
    if not places or places[-1] + 1 == len(named):
        raise SettlementNotReplaced(f"{former} never left the slot of the receipt book: look at the status.")
    return int(named[places[-1] + 1][1])


def _settler(governance: Governance, name: str) -> ChecksumAddress:
    address = governance.deployment.addresses.of(name)
    found: ChecksumAddress = _ask(governance, contract_at(governance.node.web3, name, address), "settler")
    return found


def _settlement_at(governance: Governance, address: ChecksumAddress) -> Contract:
    return contract_at(governance.node.web3, "Settlement", address)


def _ask(governance: Governance, contract: Contract, function: str) -> Any:
    with asking(governance.node.name):
        return method_of(contract, function).call()
