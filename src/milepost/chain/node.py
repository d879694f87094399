"""Connects to a node, and says which blocks of its chain are final.

Settings name the node; `settlement_chain.py` asks it.
"""

from dataclasses import dataclass
from enum import StrEnum

from web3 import Web3
from web3.types import BlockData

from milepost.chain.errors import asking
from milepost.domain.errors import ChainError

TIMEOUT_S = 10
"""Longest wait for one answer, seconds; a node that is slower counts as not answering."""


class FinalityKind(StrEnum):
    """How a chain says that a block will not be replaced."""

    INSTANT = "instant"
    """Every block is final: consensus with finality, or a chain inside the process."""
    FINALIZED = "finalized"
    """The node's `finalized` tag."""
    DEPTH = "depth"
    """So many blocks stand on it."""


@dataclass(frozen=True, slots=True)
class Finality:
    """A policy. `depth` counts the blocks above a final one, 0 unless the kind is depth."""

    kind: FinalityKind
    depth: int = 0

    @classmethod
    def parse(cls, text: str) -> "Finality":
        """Read `instant`, `finalized`, or a number of blocks from 1.

        Raises: ChainError for anything else.
        """
        word = text.strip().lower()
        if word in (FinalityKind.INSTANT, FinalityKind.FINALIZED):
            return cls(FinalityKind(word))
        if word.isascii() and word.isdigit() and int(word) > 0:
            return cls(FinalityKind.DEPTH, int(word))
        raise ChainError(
            f"Finality {text!r} is none: state instant, finalized, or a number of blocks from 1."
        )

    def final_block(self, web3: Web3) -> BlockData:
        """The newest final block; the first one while the chain is shorter than the depth.

        Raises: what web3 raises.
        """
        match self.kind:
            case FinalityKind.INSTANT:
                return web3.eth.get_block("latest")
            case FinalityKind.FINALIZED:
                return web3.eth.get_block("finalized")
            case FinalityKind.DEPTH:
                return web3.eth.get_block(max(0, web3.eth.block_number - self.depth))


@dataclass(frozen=True, slots=True)
class Node:
    """A node to ask. `name` says in messages which setting names it; its address stays out of them."""

    web3: Web3
    name: str

    def require_chain(self, chain_id: int) -> None:
        """Raises: ChainError if the node is of another chain; ChainUnavailable."""
        with asking(self.name):
            found = self.web3.eth.chain_id
        if found != chain_id:
            raise ChainError(
                f"{self.name} is of chain {found}, and the deployment of chain {chain_id}: name a node of"
                " that chain, or the deployment of this one."
            )


def connect(url: str, *, setting: str, timeout_s: int = TIMEOUT_S) -> Node:
    """A node by HTTP; nothing is asked of it yet. `setting` is the name of what holds the URL.

    Raises: ChainError for anything but an http or https URL.
    """
    if not url.startswith(("http://", "https://")):
        raise ChainError(f"{setting} must be an http:// or https:// address of a node.")
    # Without web3's own retries: the pipeline decides what is asked again, and when.
    provider = Web3.HTTPProvider(
        url, request_kwargs={"timeout": timeout_s}, exception_retry_configuration=None
    )
    web3 = Web3(provider)
    # It would ask the node for its chain twice at every call, only to compare that with what the node said.
    web3.middleware_onion.remove("validation")
    return Node(web3, f"The node named by {setting}")
