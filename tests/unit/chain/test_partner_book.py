"""Reading partners' accounts: ranges that a node will answer, and pots by their txs."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from web3.exceptions import Web3RPCError

from milepost.chain.node import Node
from milepost.chain.partner_book import BLOCKS_ASKED, NodePartnerBook
from milepost.domain.errors import ChainError
from milepost.ports import Block, ChainUnavailable
from tests.support.deployment_files import a_deployment

BLOCK = Block(2_500, b"\x01" * 32, 1_526_274_000)


@dataclass
class RefusingNode:
    """Stands in for web3: it has no logs, and refuses ranges of more blocks than it says."""

    most: int
    block_hash: bytes = BLOCK.block_hash
    asked: list[tuple[int, int]] = field(default_factory=list)

    @property
    def eth(self) -> "RefusingNode":
        return self

    def contract(self, **_: Any) -> Any:
        from web3 import Web3

        return Web3().eth.contract(**_)

    def get_logs(self, wanted: dict[str, Any]) -> list[Any]:
        first, last = wanted["fromBlock"], wanted["toBlock"]
        if last - first >= self.most:
            raise Web3RPCError("too many blocks")
        self.asked.append((first, last))
        return []

    def get_block(self, number: int) -> dict[str, Any]:
        return {"number": number, "hash": self.block_hash, "timestamp": BLOCK.timestamp}


def _book(node: RefusingNode) -> NodePartnerBook:
    return NodePartnerBook(Node(node, "The node"), a_deployment(), BLOCK)  # type: ignore[arg-type]


def test_logs__any_node__are_asked_once_to_the_last_block() -> None:
    node = RefusingNode(BLOCKS_ASKED)
    book = _book(node)
    assert (list(book.logs()), list(book.logs())) == ([], [])
    start = a_deployment().start_block
    assert node.asked[0][0] == start and node.asked[-1][1] == BLOCK.number
    assert len(node.asked) == -(-(BLOCK.number + 1 - start) // BLOCKS_ASKED)


def test_logs__node_refuses_large_ranges__are_asked_by_halves() -> None:
    node = RefusingNode(300)
    assert list(_book(node).logs()) == []
    assert [last + 1 for _, last in node.asked[:-1]] == [first for first, _ in node.asked[1:]]


def test_logs__node_refuses_every_range__is_an_error() -> None:
    with pytest.raises(ChainError):
        list(_book(RefusingNode(0)).logs())


def test_require_unchanged__block_replaced__says_to_run_again() -> None:
    _book(RefusingNode(9)).require_unchanged()
    with pytest.raises(ChainUnavailable, match="run again"):
        _book(RefusingNode(9, block_hash=bytes(32))).require_unchanged()
