"""Every leaf of a tree of 1 to 40 has a proof, and nothing else has."""

import pytest
from eth_utils.crypto import keccak

from milepost.codec.receipt_tree import proof, root, verify

LEAVES = [keccak(bytes([i])) for i in range(40)]


def _node(a: bytes, b: bytes) -> bytes:
    return keccak(b"".join(sorted((a, b))))


def _root_by_halves(leaves: list[bytes]) -> bytes:
    """The same tree from the top: the left half is the greatest power of two below the number of leaves."""
    if len(leaves) == 1:
        return leaves[0]
    left = 1 << (len(leaves) - 1).bit_length() - 1
    return _node(_root_by_halves(leaves[:left]), _root_by_halves(leaves[left:]))


@pytest.mark.parametrize("count", range(1, 41))
def test_proof__every_leaf__leads_to_the_root(count: int) -> None:
    leaves = LEAVES[:count]
    assert root(leaves) == _root_by_halves(leaves)
    for i, leaf in enumerate(leaves):
        siblings = proof(leaves, i)
        assert len(siblings) <= (count - 1).bit_length()
        assert verify(leaf, siblings, root(leaves))


@pytest.mark.parametrize("count", range(2, 41))
def test_verify__other_leaf_or_sibling__is_false(count: int) -> None:
    leaves = LEAVES[:count]
    stranger = keccak(b"stranger")
    for i, leaf in enumerate(leaves):
        siblings = proof(leaves, i)
        assert not verify(stranger, siblings, root(leaves))
        assert not verify(leaf, siblings[1:], root(leaves))
        assert not verify(leaf, (stranger, *siblings), root(leaves))
        assert not verify(leaf, siblings, stranger)
        for at in range(len(siblings)):
            assert not verify(leaf, (*siblings[:at], stranger, *siblings[at + 1 :]), root(leaves))


def test_root__one_leaf__is_the_leaf() -> None:
    assert (root(LEAVES[:1]), proof(LEAVES[:1], 0)) == (LEAVES[0], ())


def test_root__no_leaf__is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        root([])


@pytest.mark.parametrize("index", [-1, 3])
def test_proof__index_beyond_the_leaves__is_refused(index: int) -> None:
    with pytest.raises(IndexError, match="of 3"):
        proof(LEAVES[:3], index)
