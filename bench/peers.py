"""Mints plain ERC-20 tokens on the same chain: OpenZeppelin's and Solady's, one a tx and in a loop.

`gas.py` puts them beside the settled reports; they keep no lots, rules or receipts.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from eth_typing import ChecksumAddress
from web3.contract import Contract

from bench.floor import EXISTING, NEW
from bench.programme import MILES_PER_MINOR
from bench.reports import BILL_MINOR
from bench.settling import BenchChain
from milepost.chain.contracts import method_of

PEERS = {"openzeppelin": "OpenZeppelinPeer", "solady": "SoladyPeer"}
ONE_TX_EACH, LOOP = "one_tx_each", "loop"
SIZE = 200

_ADDRESS_SIZE = 20


@dataclass(frozen=True, slots=True)
class PeerRow:
    """`gas` of all mints: of one tx, or summed over one tx each."""

    peer: str
    way: str
    size: int
    member: str
    gas: int

    @property
    def per_purchase(self) -> float:
        return self.gas / self.size


def measure_peers(
    chain: BenchChain, size: int = SIZE, on_row: Callable[[], None] = lambda: None
) -> list[PeerRow]:
    """Mint to new wallets, then to the same ones again, in both ways.

    Shape: two peers, two ways, new and existing each.
    """
    drawn = random.Random(2)
    least, most = BILL_MINOR
    miles, per_minor = MILES_PER_MINOR
    amounts = [drawn.randint(least, most) * miles // per_minor for _ in range(size)]
    rows = []
    for peer, name in PEERS.items():
        address, _ = chain.deploy(name)
        contract = chain.contract(name, address)
        # The first mint of all writes the supply's slot; it is no row's.
        chain.mine(method_of(contract, "mint", chain.sender, 1))
        for way, mint in ((ONE_TX_EACH, _mint_each), (LOOP, _mint_in_loop)):
            wallets = [chain.web3.to_checksum_address(drawn.randbytes(_ADDRESS_SIZE)) for _ in range(size)]
            for member in (NEW, EXISTING):
                rows.append(PeerRow(peer, way, size, member, mint(chain, contract, wallets, amounts)))
                on_row()
    return rows


def _mint_each(
    chain: BenchChain, contract: Contract, wallets: list[ChecksumAddress], amounts: list[int]
) -> int:
    acts = (method_of(contract, "mint", *pair) for pair in zip(wallets, amounts, strict=True))
    return sum(chain.mine(act)["gasUsed"] for act in acts)


def _mint_in_loop(
    chain: BenchChain, contract: Contract, wallets: list[ChecksumAddress], amounts: list[int]
) -> int:
    return chain.mine(method_of(contract, "mintBatch", wallets, amounts))["gasUsed"]
