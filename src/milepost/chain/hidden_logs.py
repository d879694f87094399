"""Tells when a node hides logs of a block: the bloom filter of its header has them, and it hands out none.

A node that lags, or lost its index, answers so without an error. `settlement_chain.py` asks here before it
takes a block as one in which nothing was settled. Source: Ethereum yellow paper, 4.4.1; docs/faults.md, 28.
"""

from collections.abc import Collection

from hexbytes import HexBytes
from web3 import Web3
from web3.types import BlockData, LogReceipt

from milepost.codec.keccak import keccak
from milepost.ports.chain import ChainUnavailable

_BITS = 2_048
_PLACES = (0, 2, 4)


def bloom_of(item: bytes) -> int:
    """The three bits of an address or a topic in a block's filter."""
    digest = keccak(item)
    return sum({1 << int.from_bytes(digest[at : at + 2]) % _BITS for at in _PLACES})


def may_hold(bloom: bytes, addresses: Collection[str], topics: Collection[str]) -> bool:
    """Whether a block may have a log of one of the addresses with one of the topics first.

    Shape: false is certain; true is not, as other logs may have set the same bits.
    """
    bits = int.from_bytes(bloom)
    has_address = any(_is_in(bits, address) for address in addresses)
    return has_address and any(_is_in(bits, topic) for topic in topics)


def require_none(
    web3: Web3, block: BlockData, *, addresses: Collection[str], topics: Collection[str], node: str
) -> None:
    """Make sure that a block of which a node hands out no such log has none, by the receipts of its txs.

    Raises: ChainUnavailable if it has some; what web3 raises.
    """
    if not may_hold(block.get("logsBloom") or b"", addresses, topics):
        return
    for tx_hash in block["transactions"]:
        receipt = web3.eth.get_transaction_receipt(HexBytes(tx_hash))  # type: ignore[arg-type]
        if any(_is_wanted(log, addresses, topics) for log in receipt["logs"]):
            raise ChainUnavailable(
                f"{node} hands out no logs of block {block['number']}, which has some: it lags, or lost them."
                " Ask again; if it stays so, name another node. Nothing is lost."
            )


def _is_in(bits: int, item: str) -> bool:
    own = bloom_of(bytes.fromhex(item.removeprefix("0x")))
    return bits & own == own


def _is_wanted(log: LogReceipt, addresses: Collection[str], topics: Collection[str]) -> bool:
    first = Web3.to_hex(log["topics"][0]) if log["topics"] else ""
    return log["address"] in addresses and first in topics
