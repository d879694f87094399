"""The product contracts as they were compiled, and the ones of a deployment to be called by name.

`make artifacts` writes the files read here; deployment, settling and decoding errors use them.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from eth_typing import ChecksumAddress
from web3 import Web3
from web3.contract import Contract

CONTRACT_NAMES = (
    "AdjustmentDesk",
    "Authority",
    "MilesLedger",
    "MilesLens",
    "MilesShop",
    "PartnerRegistry",
    "PromotionBook",
    "ReceiptBook",
    "RedemptionDesk",
    "Settlement",
)


@dataclass(frozen=True, slots=True)
class Artifact:
    """A compiled contract. Units: `deployed_size` in bytes of code on chain."""

    name: str
    abi: list[dict[str, Any]]
    bytecode: str
    deployed_size: int

    @property
    def function_names(self) -> frozenset[str]:
        return frozenset(entry["name"] for entry in self.abi if entry["type"] == "function")


@dataclass(frozen=True, slots=True)
class ContractAddresses:
    """Checksummed addresses of one deployment's contracts."""

    authority: ChecksumAddress
    ledger: ChecksumAddress
    lens: ChecksumAddress
    registry: ChecksumAddress
    promotion_book: ChecksumAddress
    receipts: ChecksumAddress
    settlement: ChecksumAddress
    adjustment_desk: ChecksumAddress
    redemption_desk: ChecksumAddress
    miles_shop: ChecksumAddress

    def of(self, contract: str) -> ChecksumAddress:
        """The address of a contract by the name it has in Solidity."""
        address: ChecksumAddress = getattr(self, _FIELDS[contract])
        return address

    @classmethod
    def from_names(cls, addresses: dict[str, ChecksumAddress]) -> "ContractAddresses":
        """Shape: one address by each name in `CONTRACT_NAMES`."""
        return cls(**{_FIELDS[name]: addresses[name] for name in CONTRACT_NAMES})


_FIELDS = {
    "AdjustmentDesk": "adjustment_desk",
    "Authority": "authority",
    "MilesLedger": "ledger",
    "MilesLens": "lens",
    "MilesShop": "miles_shop",
    "PartnerRegistry": "registry",
    "PromotionBook": "promotion_book",
    "ReceiptBook": "receipts",
    "RedemptionDesk": "redemption_desk",
    "Settlement": "settlement",
}


@cache
def artifact(name: str) -> Artifact:
    """Read one of `CONTRACT_NAMES` from the package."""
    text = (files("milepost.chain") / "artifacts" / f"{name}.json").read_text(encoding="utf-8")
    stored = json.loads(text)
    return Artifact(stored["contract"], stored["abi"], stored["bytecode"], stored["deployed_size"])


def contract_at(web3: Web3, name: str, address: ChecksumAddress) -> Contract:
    """The contract of this name at an address; nothing is asked of the node yet."""
    return web3.eth.contract(address=address, abi=artifact(name).abi)


def method_of(contract: Contract, name: str, *arguments: Any) -> Any:
    """A function of a contract with its arguments, ready to be called or sent.

    Shape: an ABI names each function once; AccessManager's `canCall` and the like are no exception.
    """
    return contract.get_function_by_name(name)(*arguments)
