"""Builds the tree of a report's receipts, and the proofs that lead from a leaf to its root.

The contract builds the same tree while it settles; issuing receipts compares roots and hands out proofs.
Source: docs/report-format.md "Receipt tree"; OpenZeppelin's MerkleProof verifies these proofs.
"""

from collections.abc import Iterable, Sequence

from eth_utils.crypto import keccak


def root(leaves: Sequence[bytes]) -> bytes:
    """Shape: leaves in the order of the report, at least one. Raises: ValueError for none."""
    return _layers(leaves)[-1][0]


def proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The siblings on the way up from leaf `index`; a layer passed unchanged adds none.

    Raises: ValueError for no leaves, IndexError for an index beyond them.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(f"leaf {index} of {len(leaves)}")
    siblings = []
    for layer in _layers(leaves)[:-1]:
        sibling = index ^ 1
        if sibling < len(layer):
            siblings.append(layer[sibling])
        index >>= 1
    return tuple(siblings)


def verify(leaf: bytes, proof: Iterable[bytes], root: bytes) -> bool:
    """Whether the siblings lead from the leaf to the root."""
    node = leaf
    for sibling in proof:
        node = _parent(node, sibling)
    return node == root


def _layers(leaves: Sequence[bytes]) -> list[list[bytes]]:
    if not leaves:
        raise ValueError("a report holds at least one purchase, so a tree has at least one leaf")
    layers = [list(leaves)]
    while len(layers[-1]) > 1:
        layer = layers[-1]
        above = [_parent(layer[i], layer[i + 1]) for i in range(0, len(layer) - 1, 2)]
        if len(layer) % 2:
            above.append(layer[-1])
        layers.append(above)
    return layers


def _parent(left: bytes, right: bytes) -> bytes:
    return keccak(min(left, right) + max(left, right))
