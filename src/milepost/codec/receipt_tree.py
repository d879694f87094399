"""Builds the tree of a report's receipts, and the proofs that lead from a leaf to its root.

The contract builds the same tree while it settles; issuing receipts compares roots and hands out proofs.
Source: docs/report-format.md "Receipt tree"; OpenZeppelin's MerkleProof verifies these proofs.
"""

from collections.abc import Iterable, Sequence

from milepost.codec.keccak import keccak


def root(leaves: Sequence[bytes]) -> bytes:
    """Shape: leaves in the order of the report, at least one. Raises: ValueError for none."""
    return layers(leaves)[-1][0]


def proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The siblings on the way up from leaf `index`; a layer passed unchanged adds none.

    Raises: ValueError for no leaves, IndexError for an index beyond them.
    """
    return proof_in(layers(leaves), index)


def proof_in(tree: Sequence[Sequence[bytes]], index: int) -> tuple[bytes, ...]:
    """As `proof`, in the `layers` of a tree: whoever wants many proofs builds it once.

    Raises: IndexError for an index beyond the leaves.
    """
    if not 0 <= index < len(tree[0]):
        raise IndexError(f"leaf {index} of {len(tree[0])}")
    siblings = []
    for layer in tree[:-1]:
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


def layers(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """The leaves, what stands above them, and so on up to the root alone. Raises: ValueError for none."""
    if not leaves:
        raise ValueError("a report holds at least one purchase, so a tree has at least one leaf")
    tree = [list(leaves)]
    while len(tree[-1]) > 1:
        layer = tree[-1]
        above = [_parent(layer[i], layer[i + 1]) for i in range(0, len(layer) - 1, 2)]
        if len(layer) % 2:
            above.append(layer[-1])
        tree.append(above)
    return tree


def _parent(left: bytes, right: bytes) -> bytes:
    return keccak(min(left, right) + max(left, right))
