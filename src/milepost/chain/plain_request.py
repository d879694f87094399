"""Asks a node exactly what is asked, so that verifying a receipt takes as few questions as it promises.

The verifiers of receipts use it; web3 would ask more on the way.
"""

from typing import Any

from eth_utils.conversions import to_bytes
from web3 import Web3
from web3.types import RPCEndpoint

from milepost.chain.errors import asking
from milepost.chain.node import Node


def request(node: Node, method: str, params: list[Any]) -> Any:
    """One answer of the node, as it came."""
    with asking(node.name):
        # Without web3's middleware, which would ask the node for its chain once more a question.
        return Web3(node.web3.provider, middleware=[]).manager.request_blocking(RPCEndpoint(method), params)


def answered_bytes(answer: Any) -> bytes:
    """A node answers in hex, odd digits included; the embedded chain in numbers and bytes."""
    if isinstance(answer, str):
        digits = answer.removeprefix("0x")
        return bytes.fromhex(digits.zfill(len(digits) + len(digits) % 2))
    return to_bytes(answer)
