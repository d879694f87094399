"""ReceiptTreeLib: leaves and roots are the codec's.

given the shared vectors
  when each leaf and root is made in Solidity      then it is the vector's
given 1 to 70 leaves, and the most a report holds
  when the root is built                           then it is the codec's
"""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from ape.managers.project import ProjectManager

from milepost.codec import receipt_tree
from tests.support.evm import Evm, EvmContract
from tests.vectors.generate import PATH

_WORDS = ("entry", "accrual", "grants", "basis", "amended")
VECTORS = json.loads(Path(PATH).read_text(encoding="utf-8"))["reports"]


@pytest.fixture(scope="module")
def tree(clock: int, project: ProjectManager) -> EvmContract:
    return Evm(project).deploy("ReceiptTree__Harness")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_leaf_of__shared_vectors__leaves_and_root_agree(tree: EvmContract, vector: dict[str, Any]) -> None:
    leaves = []
    for receipt in vector["receipts"]:
        leaf = tree.leafOf(*(int(receipt[word], 16) for word in _WORDS))
        assert leaf.hex() == receipt["leaf"].removeprefix("0x")
        leaves.append(leaf)
    assert tree.rootOf(leaves).hex() == vector["root"].removeprefix("0x")


@pytest.mark.parametrize("count", [*range(1, 71), 499, 500, 65_535])
def test_root_of__any_number_of_leaves__is_the_codecs(tree: EvmContract, count: int) -> None:
    leaves = [Random(count + i).randbytes(32) for i in range(count)]
    assert tree.rootOf(leaves) == receipt_tree.root(leaves)
