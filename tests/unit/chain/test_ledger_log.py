"""What logs say of accounts: counted one by one, and asked for in ranges that a node will answer."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from web3 import Web3
from web3.exceptions import Web3RPCError

from milepost.chain.contracts import contract_at
from milepost.chain.ledger_log import BLOCKS_ASKED, HistoryReader, LedgerLog
from milepost.chain.node import Node
from milepost.domain.conservation import Flow
from milepost.domain.errors import ChainError

LEDGER = Web3.to_checksum_address("0x" + "1e" * 20)


def _lot(miles: int, last_day: int = 11_000) -> int:
    """A packed lot, as a redemption takes it."""
    return miles | 1 << 40 | last_day << 48


def test_history_reader__each_log__counts_where_it_belongs() -> None:
    reader = HistoryReader()
    reader.add_profile({"member": 1, "tier": 2, "segments": 5})
    reader.add_profile({"member": 1, "tier": 3, "segments": 7})
    reader.add_write_off({"member": 1, "miles": 10})
    reader.add_transfer({"from": 1, "into": 2, "miles": 7})
    reader.add_merge({"from": 3, "into": 2, "miles": 4})
    reader.add_sale({"member": 2, "miles": 6})
    reader.add_extension({"member": 2, "miles": 5})
    found = reader.history()
    assert (found.tiers, found.segments, found.heirs) == ({1: 3}, {1: 7}, {3: 2})
    assert found.flows == {
        1: Counter({Flow.WRITTEN_OFF: 10, Flow.GIVEN: 7}),
        2: Counter({Flow.RECEIVED: 11, Flow.BOUGHT: 6, Flow.EXTENDED: 5}),
        3: Counter({Flow.GIVEN: 4}),
    }


def test_history_reader__order_of_a_family_cancelled__gives_each_its_own_back() -> None:
    reader = HistoryReader()
    reader.add_drawing({"order": 1, "member": 1, "taken": [_lot(10), _lot(20, 12_000)]})
    reader.add_drawing({"order": 1, "member": 2, "taken": [_lot(5)]})
    reader.add_drawing({"order": 2, "member": 1, "taken": [_lot(3)]})
    reader.add_cancelling({"order": 1})
    reader.add_cancelling({"order": 9})
    assert reader.history().flows == {1: Counter({Flow.REDEEMED: 3}), 2: Counter({Flow.REDEEMED: 0})}


@dataclass
class CountingNode:
    """Stands in for web3: it has no logs, and refuses ranges of more blocks than it says."""

    most: int
    asked: list[tuple[int, int]] = field(default_factory=list)

    @property
    def eth(self) -> "CountingNode":
        return self

    def get_logs(self, wanted: dict[str, Any]) -> list[Any]:
        if wanted["toBlock"] - wanted["fromBlock"] >= self.most:
            raise Web3RPCError("block range too large", rpc_response={"error": {"code": -32602}})
        self.asked.append((wanted["fromBlock"], wanted["toBlock"]))
        return []


def _log(node: CountingNode, last: int) -> LedgerLog:
    ledger = contract_at(Web3(), "MilesLedger", LEDGER)
    return LedgerLog(Node(node, "The node"), [ledger], first=10, last=last)  # type: ignore[arg-type]


def test_of_all__many_blocks__are_asked_in_ranges() -> None:
    node = CountingNode(most=BLOCKS_ASKED)
    _log(node, 10 + 2 * BLOCKS_ASKED).of_all()
    assert node.asked == [(10, 1_009), (1_010, 2_009), (2_010, 2_010)]


def test_of_accounts__node_refuses_so_many_blocks__asks_by_halves() -> None:
    node = CountingNode(most=3_000)
    _log(node, 10_000).of_accounts([1])
    once = node.asked[: len(node.asked) // 2]
    assert once[0][0] == 10 and once[-1][1] == 10_000
    assert all(before[1] + 1 == after[0] for before, after in pairwise(once))


def test_of_accounts__node_refuses_even_few__says_so() -> None:
    with pytest.raises(ChainError, match="refused the request"):
        _log(CountingNode(most=0), 10_000).of_accounts([1])
