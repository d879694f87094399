"""Connects to a node, and says which blocks of its chain are final.

Settings name the node; `settlement_chain.py` asks it.
"""

from dataclasses import dataclass
from enum import StrEnum

from web3 import Web3
from web3.types import BlockData

from milepost.chain.endpoint import Endpoint, EndpointSnapshot
from milepost.chain.endpoints import Endpoints
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
        if isinstance(self.web3.provider, Endpoints):
            self.web3.provider.expect_chain(chain_id)
        with asking(self.name):
            found = self.web3.eth.chain_id
        if found != chain_id:
            raise ChainError(
                f"{self.name} is of chain {found}, and the deployment of chain {chain_id}: name a node of"
                " that chain, or the deployment of this one."
            )

    @property
    def endpoints(self) -> tuple[EndpointSnapshot, ...]:
        """How each address in the setting does, as was last found; none for a chain in the process."""
        provider = self.web3.provider
        if isinstance(provider, Endpoints):
            return provider.snapshot()
        return (provider.snapshot(),) if isinstance(provider, Endpoint) else ()


def connect(url: str, *, setting: str, timeout_s: int = TIMEOUT_S) -> Node:
    """A node by HTTP, or several of one chain, separated by commas, that stand in for each other.

    Shape: nothing is asked yet. `setting` is the name of what holds the URLs.
    Raises: ChainError for anything but different http or https URLs.
    """
    urls = [one.strip() for one in url.split(",")]
    if not all(one.startswith(("http://", "https://")) for one in urls):
        raise ChainError(
            f"{setting} must be an http:// or https:// address of a node, or several separated by commas."
        )
    if len(set(urls)) < len(urls):
        raise ChainError(f"{setting} names one node twice: name each once.")
    endpoints = [
        Endpoint(one, place=place, timeout_s=timeout_s, is_alone=len(urls) == 1)
        for place, one in enumerate(urls, start=1)
    ]
    provider = endpoints[0] if len(endpoints) == 1 else Endpoints(endpoints, setting=setting)
    web3 = Web3(provider)
    # It would ask the node for its chain twice at every call, only to compare that with what the node said.
    web3.middleware_onion.remove("validation")
    name = f"The node named by {setting}" if len(endpoints) == 1 else f"A node named by {setting}"
    return Node(web3, name)
